// The MAC on a command of class 04 or 84, under a maintenance key (STK). Part 4, 9; part 7, 13.

import { Apdu } from "../../runtime/sdk/apdu.ts";
import { sameBytes } from "../../runtime/sdk/bytes.ts";
import { readCommand } from "../../runtime/sdk/card.ts";
import {
  SW_REFERENCE_DATA_NOT_USABLE,
  SW_SECURE_MESSAGING_WRONG,
  SW_SUCCESS,
  SW_WRONG_LENGTH,
} from "../../runtime/spec/status-words.ts";
import { CHALLENGE, current, keyOf } from "../filesystem/engine/current.ts";
import { addToMac, blockBytes, endMac, startMac, startSession, WORK } from "./cryptography.ts";
import { MAC_BYTES } from "./spec.ts";

const PIECE_BYTES: i32 = 16;
const PIECE: usize = memory.data(PIECE_BYTES, 4);

/**
 * Makes the session key of `key` with the last challenge, which is used up whatever comes of it. 6984
 * without a challenge, or with one that is longer than a block; 6A88 without the key.
 */
export function startSessionWithChallenge(key: i32, version: i32): u16 {
  const length = current.challengeLength;
  current.challengeLength = 0;
  if (length == 0 || length > blockBytes()) return SW_REFERENCE_DATA_NOT_USABLE;
  return startSession(key, CHALLENGE, length, version);
}

/**
 * Checks the last four bytes of the data as the MAC over header and data, and takes them off the
 * command. 6700 without four bytes, 6984 without a challenge, 6A88 without the key, 6988 when it is
 * wrong, which costs no try: part 7, 13 says that keys of maintenance are not blocked.
 */
export function takeMac(apdu: Apdu, reference: i32): u16 {
  if (apdu.lc < MAC_BYTES || apdu.lc > 0xff) return SW_WRONG_LENGTH;
  let status = startSessionWithChallenge(keyOf(reference), 0);
  if (status != SW_SUCCESS) return status;
  startMac();
  store<u8>(PIECE, apdu.cla);
  store<u8>(PIECE + 1, apdu.ins);
  store<u8>(PIECE + 2, apdu.p1);
  store<u8>(PIECE + 3, apdu.p2);
  store<u8>(PIECE + 4, apdu.lc as u8);
  addToMac(PIECE, 5);
  const length = apdu.lc - MAC_BYTES;
  for (let at = 0; at < length; at += PIECE_BYTES) {
    const size = length - at < PIECE_BYTES ? length - at : PIECE_BYTES;
    readCommand(at, PIECE, size);
    addToMac(PIECE, size);
  }
  status = endMac();
  if (status != SW_SUCCESS) return status;
  readCommand(length, PIECE, MAC_BYTES);
  if (!sameBytes(WORK, PIECE, MAC_BYTES)) return SW_SECURE_MESSAGING_WRONG;
  apdu.lc = length;
  return SW_SUCCESS;
}
