// How a scenario writes bytes: hex digits, lengths that count themselves, and what only the run knows.
//
//   00 A4 04 00      bytes, blanks between them or not
//   [ ... ]          the bytes inside, behind one byte that counts them (254 at most)
//   dek( ... )       the bytes inside as a secret travels: filled up with zeros, AES-CBC under the DEK
//   check( ... )     key check value of the AES key inside, 3 bytes
//   hash( NAME )     load file data block hash (SHA-256) of the package of this name
//   answer( ... )    the card's last response data, enciphered block by block under the AES key inside
//   last( 08 04 )    of the card's last response data, 4 bytes from the 8th on, counted from 0
//
// Of social security cards, with SM4; each begins with a key of 16 bytes:
//
//   sm4( KEY ... )   the bytes behind it, filled up with zeros, enciphered: session keys, and under these data
//   mac( KEY ... )   MAC under a session key over header, Lc and data, 4 bytes
//   proof( KEY )     data of EXTERNAL AUTHENTICATE for the card's last response data, 16 bytes

import { cbc, ecb } from "@noble/ciphers/aes.js";
import { enciphered, mac, proof } from "./sm4-text.ts";

/** What the functions of a text need from the run so far. */
export interface TextContext {
  /** DEK of the open secure channel. */
  readonly dek?: Uint8Array | undefined;
  /** Load file data block hash of a package, by its name. */
  readonly hash?: ((name: string) => Uint8Array | undefined) | undefined;
  /** Data of the last response. */
  readonly last: Uint8Array;
}

type Part =
  | { readonly kind: "bytes"; readonly bytes: Uint8Array }
  | { readonly kind: "counted"; readonly parts: BytesText }
  | { readonly kind: "hash"; readonly name: string }
  | { readonly kind: Called; readonly parts: BytesText };

type Called = "dek" | "check" | "answer" | "last" | "sm4" | "mac" | "proof";

/** Bytes that are known once the scenario runs. */
export type BytesText = readonly Part[];

const BLOCK = 16;
const CHECK_VALUE_BYTES = 3;
const MOST_COUNTED = 254;
const TOKEN =
  /\s*(?:hash\(\s*([a-z0-9-]+)\s*\)|(dek|check|answer|last|sm4|mac|proof)\s*\(|([0-9a-fA-F]{2})|([[\])]))/y;

/** Reads a text. Throws `SyntaxError` with what is wrong. */
export function parseBytes(text: string): BytesText {
  const open: { readonly kind: "counted" | Called; readonly parts: Part[] }[] = [];
  let parts: Part[] = [];
  const whole = parts;
  TOKEN.lastIndex = 0;
  const end = text.trimEnd().length;
  while (TOKEN.lastIndex < end) {
    const at = TOKEN.lastIndex;
    const token = TOKEN.exec(text);
    if (token === null) throw new SyntaxError(`cannot be read from "${shown(text.slice(at))}" on`);
    const [, name, called, digits, bracket] = token;
    if (name !== undefined) parts.push({ kind: "hash", name });
    else if (digits !== undefined) {
      parts.push({ kind: "bytes", bytes: Uint8Array.of(Number.parseInt(digits, 16)) });
    } else if (called !== undefined || bracket === "[") {
      open.push({ kind: (called as Called | undefined) ?? "counted", parts });
      parts = [];
    } else {
      const outer = open.pop();
      if (outer === undefined || (outer.kind === "counted") !== (bracket === "]")) {
        throw new SyntaxError(`has a ${bracket} that closes nothing`);
      }
      outer.parts.push({ kind: outer.kind, parts });
      parts = outer.parts;
    }
  }
  if (open.length > 0) throw new SyntaxError("has a [ or ( that is never closed");
  return whole;
}

function shown(text: string): string {
  const start = text.trim();
  return start.length > 12 ? `${start.slice(0, 12)}...` : start;
}

/** The bytes of a text. Throws `RangeError` with what they lack. */
export function encodeBytes(text: BytesText, context: TextContext): Uint8Array {
  return concat(text.map((part) => encodePart(part, context)));
}

function encodePart(part: Part, context: TextContext): Uint8Array {
  if (part.kind === "bytes") return part.bytes;
  if (part.kind === "hash") {
    const hash = context.hash?.(part.name);
    if (hash === undefined) throw new RangeError(`there is no package ${part.name}`);
    return hash;
  }
  const inside = encodeBytes(part.parts, context);
  switch (part.kind) {
    case "counted":
      if (inside.length > MOST_COUNTED) throw new RangeError(`[ ] counts ${inside.length} bytes`);
      return concat([Uint8Array.of(inside.length), inside]);
    case "dek":
      if (context.dek === undefined) throw new RangeError("dek( ) needs an open secure channel");
      return cbc(aesKey(context.dek), new Uint8Array(BLOCK), { disablePadding: true }).encrypt(
        filled(inside),
      );
    case "check":
      return ecb(aesKey(inside), { disablePadding: true })
        .encrypt(new Uint8Array(BLOCK).fill(1))
        .subarray(0, CHECK_VALUE_BYTES);
    case "answer":
      return ecb(aesKey(inside), { disablePadding: true }).encrypt(filled(context.last));
    case "last":
      return partOf(context.last, inside);
    case "sm4":
      return enciphered(inside);
    case "mac":
      return mac(inside);
    case "proof":
      return proof(inside, context.last);
  }
}

/** Bytes of the last response: offset ‖ length. Before there is one, as many zeros. */
function partOf(last: Uint8Array, inside: Uint8Array): Uint8Array {
  const [offset, length] = inside;
  if (offset === undefined || length === undefined || inside.length !== 2) {
    throw new RangeError("last( ) takes an offset and a length, a byte each");
  }
  const part = new Uint8Array(length);
  part.set(last.subarray(offset, offset + length));
  return part;
}

function aesKey(bytes: Uint8Array): Uint8Array {
  if (![16, 24, 32].includes(bytes.length)) {
    throw new RangeError(`a key of ${bytes.length} bytes is no AES key`);
  }
  return bytes;
}

function filled(bytes: Uint8Array): Uint8Array {
  const whole = new Uint8Array(Math.max(1, Math.ceil(bytes.length / BLOCK)) * BLOCK);
  whole.set(bytes);
  return whole;
}

function concat(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
