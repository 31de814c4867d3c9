// What an image holds, as data and as text.

import { bytesToHex } from "@noble/hashes/utils.js";
import {
  MODULE_MULTISELECTABLE,
  MODULE_RESIDENT,
  MODULE_SECURITY_DOMAIN,
} from "../runtime/spec/configuration.ts";
import { usage } from "./budget.ts";
import type { Image } from "./image/types.ts";
import { DEVELOPMENT_SIGNER } from "./keys/development.ts";

/** All that `wafer inspect --json` prints. Sizes in bytes, byte strings as hex. */
export interface Inspection {
  readonly format: number;
  /** SHA-256 of the file. */
  readonly digest: string;
  readonly imageBytes: number;
  readonly signer: InspectedSigner;
  readonly chip: InspectedChip;
  /** Logical channels, the basic one included. */
  readonly channels: number;
  readonly secureChannels: readonly InspectedSecureChannel[];
  readonly code: Budget;
  /** Linear memories and stacks of all modules. */
  readonly ram: Budget;
  readonly configurationBytes: number;
  readonly modules: readonly InspectedModule[];
  readonly instances: readonly InspectedInstance[];
}

export interface InspectedChip {
  readonly name: string;
  readonly pageBytes: number;
  /** Pages of the store, and those of packages behind them. */
  readonly pageCount: number;
  readonly packagePages: number;
  /** Promised for each page. */
  readonly eraseCycles: number;
  /** Fuel of an applet for each call of an entry. */
  readonly instructionLimit: number;
}

/** Protocol 2 or 3, and its parameter `i` in hex. */
export interface InspectedSecureChannel {
  readonly protocol: number;
  readonly i: string;
}

export interface Budget {
  readonly used: number;
  readonly budget: number;
}

export interface InspectedSigner {
  readonly name: string;
  readonly algorithm: string;
  readonly keyId: string;
  /** Signed with the public development key: for emulators only. */
  readonly development: boolean;
}

export interface InspectedModule {
  readonly name: string;
  readonly aid?: string | undefined;
  /** Absent for the kernel. */
  readonly multiselectable?: boolean;
  readonly domain?: boolean;
  readonly resident?: boolean;
  readonly digest: string;
  readonly codeBytes: number;
  readonly dataBytes: number;
  readonly ramBytes: number;
  readonly stackBytes: number;
  readonly stackUsedBytes: number;
}

export interface InspectedInstance {
  readonly aid: string;
  readonly module: string;
  readonly privileges: string;
  /** Only the length: install parameters may hold keys. */
  readonly parameterBytes: number;
  /** Bytes of the store that it may take; 0: as many as the kernel gives. */
  readonly quotaBytes: number;
  /** Implicit selection parameter; 00: none. */
  readonly implicit: string;
}

/** Gathers what an image holds. */
export function inspectImage(image: Image): Inspection {
  const { manifest, signer } = image;
  const { codeBytes, ramBytes, ...chip } = manifest.chip;
  const used = usage(manifest.modules);
  return {
    format: manifest.format,
    digest: bytesToHex(image.digest),
    imageBytes: image.bytes.length,
    signer: {
      name: signer.name,
      algorithm: signer.algorithm,
      keyId: bytesToHex(signer.keyId),
      development: bytesToHex(signer.keyId) === bytesToHex(DEVELOPMENT_SIGNER.keyId),
    },
    chip,
    channels: manifest.channels,
    secureChannels: manifest.secureChannels.map(({ protocol, i }) => ({ protocol, i: hex1(i) })),
    code: { used: used.codeBytes, budget: codeBytes },
    ram: { used: used.ramBytes, budget: ramBytes },
    configurationBytes: image.configuration.length,
    modules: manifest.modules.map(({ digest, aid, flags, ...sizes }) => ({
      ...sizes,
      digest: bytesToHex(digest),
      aid: aid && hex(aid),
      ...(flags === undefined ? {} : flagsOf(flags)),
    })),
    instances: manifest.instances.map((instance) => ({
      aid: hex(instance.aid),
      module: manifest.modules[instance.module + 1]!.name,
      privileges: hex(instance.privileges),
      parameterBytes: instance.parameters.length,
      quotaBytes: instance.quotaBytes,
      implicit: hex1(instance.implicit),
    })),
  };
}

function flagsOf(flags: number): Pick<InspectedModule, "multiselectable" | "domain" | "resident"> {
  return {
    multiselectable: (flags & MODULE_MULTISELECTABLE) !== 0,
    domain: (flags & MODULE_SECURITY_DOMAIN) !== 0,
    resident: (flags & MODULE_RESIDENT) !== 0,
  };
}

/** The inspection as a page of text, ending in a newline. */
export function formatInspection(inspection: Inspection): string {
  const { chip, signer, modules, instances, code, ram } = inspection;
  const stack = (used: number, granted: number): string => `${used}/${granted}`;
  const sizes = table(
    ["module", "code", "data", "RAM", "stack", "SHA-256", "may be"],
    [
      ...modules.map((m) => [
        m.name,
        `${m.codeBytes}`,
        `${m.dataBytes}`,
        `${m.ramBytes}`,
        stack(m.stackUsedBytes, m.stackBytes),
        m.digest.slice(0, 16),
        [
          m.domain && "security domain",
          m.multiselectable && "multiselected",
          m.resident && "resident",
        ]
          .filter(Boolean)
          .join(", "),
      ]),
      ["used", `${code.used}`, "", `${ram.used}`, "", "", ""],
      ["chip", `${code.budget}`, "", `${ram.budget}`, "", "", ""],
    ],
  );
  const installed = table(
    ["instance", "module", "privileges", "parameters", "quota", "implicit"],
    instances.map((i) => [
      i.aid,
      i.module,
      i.privileges,
      `${i.parameterBytes} bytes`,
      i.quotaBytes === 0 ? "kernel's" : `${i.quotaBytes} bytes`,
      i.implicit === "00" ? "no" : i.implicit,
    ]),
  );
  return [
    `image    ${inspection.imageBytes} bytes, SHA-256 ${inspection.digest}`,
    `signer   ${signer.name} (${signer.algorithm}, key ${signer.keyId.slice(0, 16)})`,
    ...(signer.development ? ["         WARNING: everyone has this key; not for real cards"] : []),
    `chip     ${chip.name}: ${chip.pageCount} pages of ${chip.pageBytes} bytes, ` +
      `${chip.packagePages} more for packages; ${chip.eraseCycles} erases each`,
    `limit    ${chip.instructionLimit} instructions of an applet for each call`,
    `speaks   ${inspection.secureChannels.map(({ protocol, i }) => `SCP0${protocol} i=${i}`).join(", ")}` +
      ` on ${inspection.channels} logical channels`,
    "",
    ...sizes,
    "",
    "RAM used is linear memory and stack of all modules; stack is worst case/granted.",
    "",
    ...(instances.length === 0 ? ["no instances"] : installed),
    "",
  ].join("\n");
}

/** Columns as wide as their longest cell; a column of numbers is set to the right. */
function table(heads: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const columns = heads.map((head, column) => {
    const cells = rows.map((row) => row[column] ?? "");
    const width = Math.max(head.length, ...cells.map((cell) => cell.length));
    return { width, right: cells.every((cell) => /^[0-9/]*$/.test(cell)) };
  });
  return [heads, ...rows].map((row) =>
    columns
      .map(({ width, right }, column) => {
        const cell = row[column] ?? "";
        return right ? cell.padStart(width) : cell.padEnd(width);
      })
      .join("  ")
      .trimEnd(),
  );
}

function hex(bytes: Uint8Array): string {
  return bytesToHex(bytes).toUpperCase();
}

function hex1(byte: number): string {
  return hex(Uint8Array.of(byte));
}
