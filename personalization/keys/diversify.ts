// Three-level diversification of social security keys: nation → province → city → card.
// Social security card specification, part 9, 7.3.

import { bytes, concat, invert } from "../bytes.ts";
import { FieldError } from "../errors.ts";
import { BLOCK_BYTES, encryptBlocks } from "./block-cipher.ts";
import type { KeyKind } from "./key-service.ts";

/** Bytes of a factor at every level. */
export const FACTOR_BYTES = 8;
/** Zhejiang forms its city factor from four digits. Reader specification 2.0, 10.3. */
const REGION_OF_FOUR_DIGITS = "33";
/** "sh": the text prints 73 68 at this level, 73 78 at the next. We follow the print. */
const PROVINCE_SUFFIX = bytes("303030307368");
/** "sx" */
const CITY_SUFFIX = bytes("7378");

/** First two digits of the region ‖ 30303030 ‖ 7368. */
export function provinceFactor(region: string): Uint8Array {
  return concat(Buffer.from(checkRegion(region).slice(0, 2), "latin1"), PROVINCE_SUFFIX);
}

/** Six digits of the region ‖ 7378; for regions 33xxxx four digits ‖ 3030 ‖ 7378. */
export function cityFactor(region: string): Uint8Array {
  const digits = checkRegion(region).startsWith(REGION_OF_FOUR_DIGITS)
    ? `${region.slice(0, 4)}00`
    : region;
  return concat(Buffer.from(digits, "latin1"), CITY_SUFFIX);
}

/** One level down: E(f) ‖ E(~f) with 8-byte blocks, E(f ‖ ~f) with 16-byte blocks. */
export function diversify(kind: KeyKind, key: Uint8Array, factor: Uint8Array): Uint8Array {
  if (factor.length !== FACTOR_BYTES) throw new RangeError("a factor has 8 bytes");
  if (BLOCK_BYTES[kind] * 2 !== key.length && BLOCK_BYTES[kind] !== key.length) {
    throw new RangeError(`a ${kind} key of ${key.length} bytes has no such derivation`);
  }
  return encryptBlocks(kind, "ecb", key, concat(factor, invert(factor)));
}

/** One level down for a key of one DES length, held twice: E(f) twice. */
export function diversifySingle(kind: KeyKind, key: Uint8Array, factor: Uint8Array): Uint8Array {
  if (kind !== "tdes") throw new RangeError(`a ${kind} key has no single length`);
  const half = diversify(kind, key, factor).subarray(0, BLOCK_BYTES.tdes);
  return concat(half, half);
}

function checkRegion(region: string): string {
  if (!/^[0-9]{6}$/.test(region)) throw new FieldError(`a region has 6 digits, not "${region}"`);
  return region;
}
