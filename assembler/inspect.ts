// What an image holds, as data and as text.

import { bytesToHex } from "@noble/hashes/utils.js";
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
  readonly chip: { readonly name: string; readonly pageBytes: number; readonly pageCount: number };
  readonly code: Budget;
  /** Linear memories and stacks of all modules. */
  readonly ram: Budget;
  readonly configurationBytes: number;
  readonly modules: readonly InspectedModule[];
  readonly instances: readonly InspectedInstance[];
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
}

/** Gathers what an image holds. */
export function inspectImage(image: Image): Inspection {
  const { manifest, signer } = image;
  const { chip } = manifest;
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
    chip: { name: chip.name, pageBytes: chip.pageBytes, pageCount: chip.pageCount },
    code: { used: used.codeBytes, budget: chip.codeBytes },
    ram: { used: used.ramBytes, budget: chip.ramBytes },
    configurationBytes: image.configuration.length,
    modules: manifest.modules.map(({ digest, aid, ...sizes }) => ({
      ...sizes,
      digest: bytesToHex(digest),
      aid: aid && hex(aid),
    })),
    instances: manifest.instances.map(({ aid, module, privileges, parameters }) => ({
      aid: hex(aid),
      module: manifest.modules[module + 1]!.name,
      privileges: hex(privileges),
      parameterBytes: parameters.length,
    })),
  };
}

/** The inspection as a page of text, ending in a newline. */
export function formatInspection(inspection: Inspection): string {
  const { chip, signer, modules, instances, code, ram } = inspection;
  const stack = (used: number, granted: number): string => `${used}/${granted}`;
  const sizes = table(
    ["module", "code", "data", "RAM", "stack", "SHA-256"],
    [
      ...modules.map((m) => [
        m.name,
        `${m.codeBytes}`,
        `${m.dataBytes}`,
        `${m.ramBytes}`,
        stack(m.stackUsedBytes, m.stackBytes),
        m.digest.slice(0, 16),
      ]),
      ["used", `${code.used}`, "", `${ram.used}`, "", ""],
      ["chip", `${code.budget}`, "", `${ram.budget}`, "", ""],
    ],
  );
  const installed = table(
    ["instance", "module", "privileges", "parameters"],
    instances.map((i) => [i.aid, i.module, i.privileges, `${i.parameterBytes} bytes`]),
  );
  return [
    `image    ${inspection.imageBytes} bytes, SHA-256 ${inspection.digest}`,
    `signer   ${signer.name} (${signer.algorithm}, key ${signer.keyId.slice(0, 16)})`,
    ...(signer.development ? ["         WARNING: everyone has this key; not for real cards"] : []),
    `chip     ${chip.name}: ${chip.pageCount} pages of ${chip.pageBytes} bytes`,
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
