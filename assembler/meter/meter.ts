// Makes a module count its instructions, so that it stops at a limit wherever it runs.

import { concatBytes, utf8ToBytes } from "@noble/hashes/utils.js";
import { ByteReader } from "../verify/byte-reader.ts";
import { REQUIRED_FUNCTIONS } from "../verify/imports.ts";
import { KIND_FUNCTION, KIND_GLOBAL, TYPE_I32, type WasmModule } from "../verify/module.ts";
import {
  BLOCK_EMPTY,
  OP_END,
  OP_GLOBAL_GET,
  OP_GLOBAL_SET,
  OP_I32_CONST,
  OP_I32_LT_S,
  OP_I32_SUB,
  OP_IF,
  OP_UNREACHABLE,
} from "../verify/opcodes.ts";
import { parseModule } from "../verify/parse.ts";
import { signed, sized, unsigned } from "./leb.ts";
import { type Payment, weights } from "./weights.ts";

/** The global that a metered module exports: whoever calls an entry puts fuel there first. */
export const FUEL = "fuel";

const HEADER_BYTES = 8;
const SECTION_GLOBAL = 6;
const SECTION_EXPORT = 7;
const SECTION_CODE = 10;
const MUTABLE = 1;

/**
 * The module of a verified applet with payments at its loops and entries. When one leaves less than
 * nothing of the fuel, the module traps. Everything else it does as before.
 */
export function meter(wasm: Uint8Array): Uint8Array {
  return withFuel(wasm, paymentsOf(parseModule(wasm)));
}

/** The module with the global for fuel, and with these payments, in the order of their places. */
export function withFuel(wasm: Uint8Array, payments: readonly Payment[]): Uint8Array {
  const fuel = parseModule(wasm).globals.length;
  const parts = [wasm.subarray(0, HEADER_BYTES)];
  const reader = new ByteReader(wasm, HEADER_BYTES);
  while (!reader.atEnd) {
    const { offset } = reader;
    const id = reader.u8();
    const length = reader.u32();
    const content = reader.sub(length);
    if (id === SECTION_GLOBAL) {
      parts.push(section(id, withItem(content, fuelGlobal())));
    } else if (id === SECTION_EXPORT) {
      if (fuel === 0) parts.push(section(SECTION_GLOBAL, [unsigned(1), fuelGlobal()]));
      parts.push(section(id, withItem(content, fuelExport(fuel))));
    } else if (id === SECTION_CODE) {
      parts.push(section(id, withPayments(content, payments, fuel)));
    } else {
      parts.push(wasm.subarray(offset, reader.offset));
    }
  }
  return concatBytes(...parts);
}

/** All payments in the order of their places. */
function paymentsOf(module: WasmModule): Payment[] {
  const costs = weights(module);
  const entries = new Set(
    module.exports
      .filter(
        ({ kind, name }) => kind === KIND_FUNCTION && REQUIRED_FUNCTIONS.applet.includes(name),
      )
      .map(({ index }) => index),
  );
  return module.bodies.flatMap(({ index, instructions }) => {
    const { straight, loops } = costs.get(index)!;
    const entry = entries.has(index) ? [{ offset: instructions[0]!.offset, weight: straight }] : [];
    return [...entry, ...loops];
  });
}

/** A vector with one item more. Core specification 2.0, 5.1.3. */
function withItem(content: ByteReader, item: Uint8Array): Uint8Array[] {
  return [unsigned(content.u32() + 1), content.rest(), item];
}

/** The bodies with the payments that fall into each. 5.5.13. */
function withPayments(
  content: ByteReader,
  payments: readonly Payment[],
  fuel: number,
): Uint8Array[] {
  const count = content.u32();
  const parts = [unsigned(count)];
  let next = 0;
  for (let i = 0; i < count; i++) {
    const body = content.sub(content.u32());
    const pieces: Uint8Array[] = [];
    for (; (payments[next]?.offset ?? Infinity) < body.end; next++) {
      const { offset, weight } = payments[next]!;
      pieces.push(body.take(offset - body.offset), payment(weight, fuel));
    }
    parts.push(sized(...pieces, body.rest()));
  }
  return parts;
}

/** Takes the weight from the fuel, and stops when there was less. Leaves the operands as they are. */
function payment(weight: number, fuel: number): Uint8Array {
  return concatBytes(
    Uint8Array.of(OP_GLOBAL_GET),
    unsigned(fuel),
    Uint8Array.of(OP_I32_CONST),
    signed(weight),
    Uint8Array.of(OP_I32_SUB, OP_GLOBAL_SET),
    unsigned(fuel),
    Uint8Array.of(OP_GLOBAL_GET),
    unsigned(fuel),
    Uint8Array.of(OP_I32_CONST, 0, OP_I32_LT_S),
    Uint8Array.of(OP_IF, BLOCK_EMPTY, OP_UNREACHABLE, OP_END),
  );
}

function fuelGlobal(): Uint8Array {
  return Uint8Array.of(TYPE_I32, MUTABLE, OP_I32_CONST, 0, OP_END);
}

function fuelExport(index: number): Uint8Array {
  return concatBytes(sized(utf8ToBytes(FUEL)), Uint8Array.of(KIND_GLOBAL), unsigned(index));
}

function section(id: number, content: readonly Uint8Array[]): Uint8Array {
  return concatBytes(Uint8Array.of(id), sized(...content));
}
