// What the laboratory asks of the bureau and of this machine: secure channels, files, words.

import { dirname, resolve } from "node:path";
import { AID_SM4_ENVIRONMENT } from "../../applets/psam/spec.ts";
import type { Image } from "../../assembler/image/types.ts";
import { hex } from "../../personalization/bytes.ts";
import { SoftwareKeyService } from "../../personalization/keys/software-key-service.ts";
import { openSecureChannel } from "../../personalization/scp03/open.ts";
import { statusWordMeaning } from "../../personalization/status-word-meaning.ts";
import { readScenario, type Scenario } from "../lab/scenario.ts";
import type { KeySet, PackageSource } from "../lab/scenario-schema.ts";
import type { Channel, Host, Line, LoadFile } from "../lab/session.ts";
import { FileError } from "./fail.ts";
import { readBytes } from "./files.ts";
import { cacheFolder, fileOrBundled, projectRoot } from "./project.ts";

export const SCENARIOS = "emulator/lab/scenarios";

/** Of the reference image. */
const AID_FILE_SYSTEM = "F0576166657201";
/** The same for every channel: a sweep must be the same each time it runs. */
const HOST_CHALLENGE = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8);

/** Scenarios that come along, by an application that only their image has. */
const OF_IMAGES: readonly (readonly [aid: string, scenario: string])[] = [
  [AID_SM4_ENVIRONMENT, "psam"],
  [AID_FILE_SYSTEM, "reference"],
];

/** The scenario that is named, or the one that comes along for such an image. */
export function scenarioOf(file: string, image: Image, named: string | undefined): Scenario {
  const aids = image.manifest.instances.map(({ aid }) => hex(aid));
  const fitting = OF_IMAGES.find(([aid]) => aids.includes(aid.toUpperCase()))?.[1];
  const name = named ?? fitting;
  if (name === undefined) {
    throw new FileError(file, "no scenario that comes along is for such an image; give --scenario");
  }
  return readScenario(fileOrBundled(name, SCENARIOS));
}

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
