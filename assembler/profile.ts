// Reads a profile: the YAML file that says which chip is built for, and what goes on it.

import * as v from "valibot";
import { MAX_INSTANCES } from "../runtime/spec/chip.ts";
import {
  MAX_AID_BYTES,
  MAX_CHANNELS,
  MAX_MODULES,
  MIN_AID_BYTES,
} from "../runtime/spec/configuration.ts";
import {
  MAX_PAGES,
  PAGE_HEADER_BYTES,
  reservedPages,
  SLOT_BYTES,
  slotsPerPage,
} from "../runtime/spec/store.ts";
import { MAX_INSTRUCTION_LIMIT, MAX_QUOTA_BYTES, MAX_SECURE_CHANNELS } from "./image/manifest.ts";
import { type Fault, flag, hex, integer, parseYaml, readText } from "./yaml.ts";

export const name = v.pipe(
  v.string("must be a name"),
  v.regex(/^[a-z][a-z0-9-]{0,31}$/, "must be a name of a-z, 0-9 and -, 32 characters at most"),
);

export const aid = hex(MIN_AID_BYTES, MAX_AID_BYTES);
/** Linear memory and stack of one module, in bytes. */
export const ram = integer(16, 0x10000 - 16);
export const stack = integer(64, 0x10000);
export const optimize = v.optional(v.picklist(["speed", "size"], "must be speed or size"), "speed");
/** With pages of 4096 bytes as many as a card file takes. */
const MAX_PACKAGE_PAGES = 0x1000;
/** What makers of flash and EEPROM promise at least. */
const DEFAULT_ERASE_CYCLES = 100_000;
/** Far above what the commands of our applets take: assembler/README.md, "Metering". */
const DEFAULT_INSTRUCTION_LIMIT = 5_000_000;
/** Parameters `i` by protocol. GPC 2.3.1, E.1.1; Amendment D, 5.1, bit 1 for 16-byte MACs. */
const PARAMETERS_I: Readonly<Record<number, readonly number[]>> = {
  2: [0x15, 0x55],
  3: [0x00, 0x01, 0x10, 0x11, 0x20, 0x21, 0x30, 0x31, 0x60, 0x61, 0x70, 0x71],
};

const profileSchema = v.strictObject({
  chip: v.strictObject({
    name,
    pageBytes: integer(64, 4096),
    pageCount: integer(1, MAX_PAGES),
    packagePages: v.optional(integer(0, MAX_PACKAGE_PAGES), 0),
    eraseCycles: v.optional(integer(1, 0x7fffffff), DEFAULT_ERASE_CYCLES),
    codeBytes: integer(1, 1 << 26),
    ramBytes: integer(1, 1 << 20),
    instructionLimit: v.optional(integer(1, MAX_INSTRUCTION_LIMIT), DEFAULT_INSTRUCTION_LIMIT),
  }),
  interfaces: v.strictObject({
    historicalBytes: hex(0, 15),
    atrInterfaceBytes: hex(1, 16),
    atsInterfaceBytes: hex(1, 4),
  }),
  channels: v.optional(integer(1, MAX_CHANNELS), 4),
  secureChannels: v.optional(
    v.pipe(
      v.array(v.strictObject({ protocol: integer(2, 3), i: hex(1, 1) }), "must be a list"),
      v.minLength(1, "must name one secure channel at least"),
      v.maxLength(MAX_SECURE_CHANNELS, `must name ${MAX_SECURE_CHANNELS} at most`),
    ),
    [{ protocol: 3, i: "70" }],
  ),
  optimize,
  kernel: v.strictObject({ ram, stack }),
  applets: v.pipe(
    v.array(
      v.strictObject({
        name,
        aid,
        ram,
        stack,
        multiselectable: v.optional(flag),
        domain: v.optional(flag),
        resident: v.optional(flag),
      }),
      "must be a list",
    ),
    v.maxLength(MAX_MODULES, `an image carries ${MAX_MODULES} modules at most`),
  ),
  instances: v.pipe(
    v.array(
      v.strictObject({
        aid,
        module: name,
        privileges: hex(3, 3),
        parameters: v.optional(hex(0, 255), ""),
        quota: v.optional(integer(0, MAX_QUOTA_BYTES)),
        implicit: v.optional(hex(1, 1)),
      }),
      "must be a list",
    ),
    v.maxLength(MAX_INSTANCES - 1, `a card holds ${MAX_INSTANCES - 1} instances at most`),
  ),
});

/** A chip and what goes on it. `assembler/profiles/reference.yaml` explains each field. */
export type Profile = v.InferOutput<typeof profileSchema>;

/**
 * Reads a profile from a file.
 * @throws ProfileError with the path in the profile and the line
 */
export function readProfile(file: string): Profile {
  return parseProfile(readText(file, "give a profile such as reference.yaml"), file);
}

/**
 * Reads a profile from its text.
 * @throws ProfileError with the path in the profile and the line
 */
export function parseProfile(text: string, file: string): Profile {
  return parseYaml(profileSchema, text, file, inconsistency);
}

/** What the schema of single fields cannot see. */
function inconsistency(profile: Profile): Fault | undefined {
  const store = storeFault(profile.chip);
  if (store) return store;
  for (const [index, { protocol, i }] of profile.secureChannels.entries()) {
    if (!PARAMETERS_I[protocol]?.includes(i[0]!)) {
      const known = PARAMETERS_I[protocol]!.map((one) => one.toString(16).padStart(2, "0"));
      const path = ["secureChannels", index, "i"];
      return { path, reason: `must be one of ${known.join(", ")} for protocol ${protocol}` };
    }
  }
  const names = new Set<string>(["kernel"]);
  const aids = new Set<string>();
  for (const [index, applet] of profile.applets.entries()) {
    const path = ["applets", index];
    if (names.has(applet.name)) return { path: [...path, "name"], reason: "is used twice" };
    if (aids.has(String(applet.aid))) return { path: [...path, "aid"], reason: "is used twice" };
    names.add(applet.name);
    aids.add(String(applet.aid));
  }
  for (const [index, instance] of profile.instances.entries()) {
    const path = ["instances", index];
    if (!profile.applets.some((applet) => applet.name === instance.module)) {
      return { path: [...path, "module"], reason: `there is no applet ${instance.module}` };
    }
    if (aids.has(String(instance.aid))) return { path: [...path, "aid"], reason: "is used twice" };
    aids.add(String(instance.aid));
  }
  return undefined;
}

/** A store that the kernel could not work in. runtime/STORE.md. */
function storeFault({ pageBytes, pageCount }: Profile["chip"]): Fault | undefined {
  const slots = slotsPerPage(pageBytes);
  if (slots === 0) {
    const least = PAGE_HEADER_BYTES + SLOT_BYTES;
    return { path: ["chip", "pageBytes"], reason: `must be ${least} or more, for one slot` };
  }
  const least = reservedPages(slots) + 1;
  if (pageCount >= least) return undefined;
  const reason = `must be ${least} or more: the store keeps ${least - 1} pages of ${pageBytes} free`;
  return { path: ["chip", "pageCount"], reason };
}
