// What the laboratory asks of the bureau and of this machine: secure channels, files, words.

import { SoftwareKeyService } from "../../personalization/keys/software-key-service.ts";
import { openSecureChannel } from "../../personalization/scp03/open.ts";
import { statusWordMeaning } from "../../personalization/status-word-meaning.ts";
import type { KeySet } from "../lab/scenario-schema.ts";
import type { Channel, Host, Line } from "../lab/session.ts";
import { readBytes } from "./files.ts";

export const SCENARIOS = "emulator/lab/scenarios";

/** The same for every channel: a sweep must be the same each time it runs. */
const HOST_CHALLENGE = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8);

export const LAB_HOST: Host = {
  open: openChannel,
  loadFile: (name) => readBytes(name),
  meaning: statusWordMeaning,
};

async function openChannel(line: Line, keys: KeySet, level: number): Promise<Channel> {
  const named = (["enc", "mac", "dek"] as const).map((name) => {
    return { name, kind: "aes" as const, value: keys[name] };
  });
  const service = new SoftwareKeyService(named);
  const set = {
    version: keys.version,
    enc: await service.open("enc"),
    mac: await service.open("mac"),
    dek: await service.open("dek"),
  };
  return openSecureChannel(line, service, set, level, HOST_CHALLENGE);
}
