// What the laboratory asks of the bureau and of this machine: secure channels, files, words.

import { dirname, resolve } from "node:path";
import { SoftwareKeyService } from "../../personalization/keys/software-key-service.ts";
import { openSecureChannel } from "../../personalization/scp03/open.ts";
import { statusWordMeaning } from "../../personalization/status-word-meaning.ts";
import type { KeySet, PackageSource } from "../lab/scenario-schema.ts";
import type { Channel, Host, Line, LoadFile } from "../lab/session.ts";
import { readBytes } from "./files.ts";
import { cacheFolder, projectRoot } from "./project.ts";

export const SCENARIOS = "emulator/lab/scenarios";

/** The same for every channel: a sweep must be the same each time it runs. */
const HOST_CHALLENGE = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8);

export const LAB_HOST: Host = {
  open: openChannel,
  loadFile,
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

/** From a file beside the scenario, or made from an applet that comes along. */
async function loadFile(source: PackageSource, scenario: string): Promise<LoadFile> {
  if ("file" in source) {
    const { readLoadFile } = await import("../../assembler/package/load-file.ts");
    const file = resolve(dirname(scenario), source.file);
    return readLoadFile(await readBytes(file), file);
  }
  const { buildPackage } = await import("../../assembler/package/build.ts");
  const { defaultCache } = await import("../../assembler/compiler/cache.ts");
  const { applet: name, ram, stack } = source;
  const sizes = { ram, stack, optimize: "speed" } as const;
  const profile = { name, aid: new Uint8Array(source.aid), multiselectable: false, ...sizes };
  const root = projectRoot();
  return buildPackage(profile, { root, cache: cacheFolder(root, defaultCache) });
}
