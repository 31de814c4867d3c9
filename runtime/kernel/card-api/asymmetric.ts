// Card API: key pairs made on the card. The private key is an object of its own that only signs.

import * as api from "../../spec/card-api.ts";
import {
  CURVE_SM2,
  PRIVATE_KEY_BYTES,
  PUBLIC_KEY_BYTES,
  SIGNATURE_BYTES,
  SIGNATURE_SM2,
  SIGNED_DIGEST_BYTES,
} from "../../spec/chip.ts";
import {
  SW_CONDITIONS_NOT_SATISFIED,
  SW_FILE_EXISTS,
  SW_INTERNAL_ERROR,
  SW_NOT_ENOUGH_MEMORY,
  SW_REFERENCED_DATA_NOT_FOUND,
  SW_SUCCESS,
  SW_WRONG_DATA,
} from "../../spec/status-words.ts";
import { KIND_KEY } from "../../spec/store.ts";
import { appletRead, appletWrite, generateKeyPair, sign } from "../chip.ts";
import { WORK } from "../keys.ts";
import * as registry from "../registry.ts";
import * as objects from "../store/objects.ts";
import { countBytes, mayKeep } from "../work.ts";
import { inRam, PIECE } from "./ranges.ts";

// A private key is a key object (see keys.ts) without tries, of a curve in place of a cipher, whose one
// use is KEY_USE_SIGN: every operation with a block cipher refuses it for its use.
const CIPHER: usize = 2;
const USES: usize = 3;
const LENGTH: usize = 4;
const VERSIONS: usize = 5;
const VALUE: usize = 6;
const PAIR_BYTES: i32 = (VALUE as i32) + PRIVATE_KEY_BYTES;
/** The object in hand, and behind it the digest. */
const PAIR: usize = PIECE;
const DIGEST: usize = PIECE + PAIR_BYTES;
/** What one operation counts as, in bytes moved: 64 of them end a command. */
const WORK_OF_ONE: i32 = 0x4000;

export function callAsymmetric(instance: i32, operation: i32, a: i32, b: i32, c: i32): i32 {
  if (!registry.isAppletNumber(a)) return SW_WRONG_DATA;
  switch (operation) {
    case api.CARD_KEY_PAIR_CREATE: // a number, b to: PUBLIC_KEY_BYTES
      return createPair(instance, a, b);
    case api.CARD_KEY_SIGN: // a number, b digest: SIGNED_DIGEST_BYTES, c to: SIGNATURE_BYTES
      return signDigest(instance, a, b, c);
    default:
      return SW_INTERNAL_ERROR;
  }
}

/** Whether an object of the instance is a key pair; its header comes to `PAIR`. */
function isPair(row: i32): bool {
  if (objects.kindOf(row) != KIND_KEY || objects.sizeOf(row) != PAIR_BYTES) return false;
  objects.read(row, 0, PAIR, VALUE as i32);
  return load<u8>(PAIR + CIPHER) == (CURVE_SM2 as u8);
}

/**
 * Makes a key pair, in the place of an earlier one of that number: the old or the new is there, never
 * half of one. 6A89 when the number is another object's.
 */
function createPair(instance: i32, number: i32, to: i32): i32 {
  if (!inRam(instance, to, PUBLIC_KEY_BYTES)) return SW_INTERNAL_ERROR;
  const row = objects.find(instance, number);
  if (row >= 0 && !isPair(row)) return SW_FILE_EXISTS;
  if (row < 0 && !mayKeep(instance, 1, 1)) return SW_NOT_ENOUGH_MEMORY;
  countBytes(WORK_OF_ONE);
  memory.fill(PAIR, 0, VALUE as i32);
  store<u8>(PAIR + CIPHER, CURVE_SM2 as u8);
  store<u8>(PAIR + USES, api.KEY_USE_SIGN as u8);
  store<u8>(PAIR + LENGTH, PRIVATE_KEY_BYTES as u8);
  store<u8>(PAIR + VERSIONS, 1);
  generateKeyPair(CURVE_SM2, PAIR + VALUE, WORK);
  const status =
    row < 0
      ? objects.createFrom(instance, number, KIND_KEY, PAIR_BYTES, PAIR)
      : objects.write(row, 0, 0, PAIR, PAIR_BYTES);
  memory.fill(PAIR, 0, PAIR_BYTES);
  if (status == SW_SUCCESS) appletWrite(instance, to, WORK, PUBLIC_KEY_BYTES);
  return status;
}

/** Signs a digest. 6A88 without a key of that number, 6985 for one of a block cipher. */
function signDigest(instance: i32, number: i32, digest: i32, to: i32): i32 {
  if (!inRam(instance, digest, SIGNED_DIGEST_BYTES)) return SW_INTERNAL_ERROR;
  if (!inRam(instance, to, SIGNATURE_BYTES)) return SW_INTERNAL_ERROR;
  const row = objects.find(instance, number);
  if (row < 0 || objects.kindOf(row) != KIND_KEY) return SW_REFERENCED_DATA_NOT_FOUND;
  if (!isPair(row)) return SW_CONDITIONS_NOT_SATISFIED;
  countBytes(WORK_OF_ONE);
  objects.read(row, 0, PAIR, PAIR_BYTES);
  appletRead(instance, digest, DIGEST, SIGNED_DIGEST_BYTES);
  sign(SIGNATURE_SM2, PAIR + VALUE, DIGEST, WORK);
  memory.fill(PAIR, 0, PAIR_BYTES);
  appletWrite(instance, to, WORK, SIGNATURE_BYTES);
  return SW_SUCCESS;
}
