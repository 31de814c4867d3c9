// Images with other code in place of their own: hand-made applets, and a kernel that only passes on
// what a test wants of the chip.

import { sha256 } from "@noble/hashes/sha2.js";
import { readImage } from "../../../assembler/image/read.ts";
import type { Image, ManifestChip } from "../../../assembler/image/types.ts";
import { writeImage } from "../../../assembler/image/write.ts";
import { DEVELOPMENT_SIGNER, DEVELOPMENT_TRUSTED } from "../../../assembler/keys/development.ts";
import { Card } from "../../../emulator/card.ts";
import { assemble, I32, type Parts } from "../../assembler/wasm-bytes.ts";

/** The image with other code for some of its modules, by their places, or for another chip. */
export function withModules(
  from: Image,
  changes: Readonly<Record<number, Uint8Array>>,
  chip: Partial<ManifestChip> = {},
): Image {
  const codes = [from.kernel, ...from.applets].map(({ wasm }, place) => changes[place] ?? wasm);
  const modules = from.manifest.modules.map((module, place) => {
    const wasm = codes[place]!;
    return { ...module, codeBytes: wasm.length, digest: sha256(wasm) };
  });
  const manifest = { ...from.manifest, modules, chip: { ...from.manifest.chip, ...chip } };
  return readImage(writeImage(manifest, codes, DEVELOPMENT_SIGNER), DEVELOPMENT_TRUSTED);
}

/** Chip imports that the kernel passes on: how many words each takes, and whether it answers one. */
const PASSED_ON = {
  appletStart: [2, true],
  appletCall: [5, true],
  hash: [4, false],
  memoryHash: [4, false],
  verifySignature: [7, true],
  packageCheck: [4, true],
  packageStart: [5, true],
} as const;
export type PassedOn = keyof typeof PASSED_ON;

const END = 0x0b;
/** Where the buffer of the kernel lies: number of the import in a byte, its words from 4. */
const WORDS = 4;

/**
 * A kernel that calls one import for each command and answers its result as four bytes.
 * @param onRequest what it does for an applet's request; leaves one number
 */
export function passingKernel(onRequest: readonly number[] = [0x41, 0]): Uint8Array {
  const passed = Object.entries(PASSED_ON);
  const words = (count: number): number[] => Array(count).fill(I32);
  const types: Parts["types"] = [
    ...passed.map(([, [count, answers]]): [number[], number[]] => [
      words(count),
      words(answers ? 1 : 0),
    ]),
    [[], [I32]],
    [[I32], [I32]],
    [words(6), [I32]],
  ];
  const nothing = passed.length;
  const branches = passed.flatMap(([, [count, answers]], index) => {
    const push = Array.from({ length: count }, (_, at) => [0x41, 0, 0x28, 2, WORDS + 4 * at]);
    const call = [...push.flat(), 0x10, index];
    const store = answers ? [0x41, 0, ...call, 0x36, 2, 0] : call;
    // if (load8(0) == index) { ...; return 4 }
    return [0x41, 0, 0x2d, 0, 0, 0x41, index, 0x46, 0x04, 0x40, ...store, 0x41, 4, 0x0f, END];
  });
  const first = passed.length;
  return assemble({
    types,
    imports: passed.map(([name], index) => ["chip", name, index]),
    functions: [
      { type: nothing, code: [0x41, 0x80, 0xa0, 0x02, END] },
      { type: nothing + 1, code: [0x41, 0, END] },
      { type: nothing + 1, code: [...branches, 0x41, 0, END] },
      { type: nothing, code: [0x41, 0, END] },
      { type: nothing + 2, code: [...onRequest, END] },
    ],
    memories: [[1, 1]],
    exports: [
      ["memory", 2, 0],
      ["boot", 0, first],
      ["reset", 0, first + 1],
      ["transmit", 0, first + 2],
      ["buffer", 0, first + 3],
      ["call", 0, first + 4],
    ],
  });
}

/** A card whose kernel passes on. */
export function passingCard(from: Image, changes: Readonly<Record<number, Uint8Array>> = {}): Card {
  const card = Card.boot(withModules(from, { 0: passingKernel(), ...changes }), { seed: 1 });
  card.reset();
  return card;
}

/** Has the kernel call an import; the response of the card. */
export function passOn(card: Card, name: PassedOn, ...words: number[]): Uint8Array {
  const command = new Uint8Array(WORDS + 4 * words.length);
  command[0] = Object.keys(PASSED_ON).indexOf(name);
  const view = new DataView(command.buffer);
  words.forEach((word, at) => {
    view.setInt32(WORDS + 4 * at, word, true);
  });
  return card.exchange(command);
}

/** As `passOn`; the number that the import answered. */
export function ask(card: Card, name: PassedOn, ...words: number[]): number {
  const response = passOn(card, name, ...words);
  if (response.length !== 4) throw new Error(`${name}: a response of ${response.length} bytes`);
  return new DataView(response.buffer, response.byteOffset).getInt32(0, true);
}
