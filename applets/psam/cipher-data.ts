// CIPHER DATA. Specification part 9, 9.8.

import { Apdu, DATA, loadData } from "../../runtime/sdk/apdu.ts";
import { cipher, replyBytes } from "../../runtime/sdk/card.ts";
import { SESSION_KEY } from "../../runtime/spec/card-api.ts";
import { DIRECTION_ENCRYPT, MODE_ECB } from "../../runtime/spec/chip.ts";
import {
  SW_COMMAND_NOT_ACCEPTED,
  SW_CONDITIONS_NOT_SATISFIED,
  SW_SUCCESS,
  SW_WRONG_LENGTH,
  SW_WRONG_P1P2,
} from "../../runtime/spec/status-words.ts";
import { blockBytes, CHAIN, continueMac, foldMac, PIECE_BYTES, startMac } from "./cryptography.ts";
import { MAY_ENCIPHER, MAY_MAC, session } from "./session.ts";
import {
  MAC_BYTES,
  P1_FIRST_OF_MAC,
  P1_LAST_OF_MAC,
  P1_LAST_TO_ENCIPHER,
  P1_MORE_TO_ENCIPHER,
  P1_NEXT_OF_MAC,
  P1_WHOLE_MAC,
} from "./spec.ts";

/** Most data of one command, blocks. */
const MOST_BLOCKS: i32 = 8;

/** CIPHER DATA: P1 says what is computed and which part of it this is. */
export function cipherData(apdu: Apdu): u16 {
  const kind = kindOf(apdu.p1);
  if (kind == 0 || apdu.p2 != 0) return SW_WRONG_P1P2;
  if (session.may == 0) return SW_COMMAND_NOT_ACCEPTED;
  if ((session.may & kind) == 0) return SW_CONDITIONS_NOT_SATISFIED;
  const block = blockBytes();
  const least = apdu.p1 == P1_WHOLE_MAC ? 2 * block : block;
  if (apdu.lc < least || apdu.lc > MOST_BLOCKS * block || apdu.lc % block != 0) {
    return SW_WRONG_LENGTH;
  }
  if (kind == MAY_ENCIPHER) return encipher(apdu);
  const goesOn = apdu.p1 == P1_NEXT_OF_MAC || apdu.p1 == P1_LAST_OF_MAC;
  if (goesOn && !session.macBegun) return SW_CONDITIONS_NOT_SATISFIED;
  return mac(apdu, goesOn ? 0 : block);
}

function kindOf(p1: u8): u8 {
  switch (p1) {
    case P1_LAST_TO_ENCIPHER:
    case P1_MORE_TO_ENCIPHER:
      return MAY_ENCIPHER;
    case P1_FIRST_OF_MAC:
    case P1_NEXT_OF_MAC:
    case P1_LAST_OF_MAC:
    case P1_WHOLE_MAC:
      return MAY_MAC;
    default:
      return 0;
  }
}

function encipher(apdu: Apdu): u16 {
  const length = loadData();
  for (let at = 0; at < length; at += PIECE_BYTES) {
    const piece = length - at < PIECE_BYTES ? length - at : PIECE_BYTES;
    const status = cipher(SESSION_KEY, MODE_ECB, DIRECTION_ENCRYPT, DATA + at, piece);
    if (status != SW_SUCCESS) return status;
  }
  if (apdu.p1 == P1_LAST_TO_ENCIPHER) session.may &= ~MAY_ENCIPHER;
  return replyBytes(DATA, length);
}

/** The first `ivBytes` are what the MAC begins with. Only the end of a MAC is answered. */
function mac(apdu: Apdu, ivBytes: i32): u16 {
  const length = loadData();
  if (ivBytes > 0) startMac(DATA, ivBytes);
  const status = continueMac(DATA + ivBytes, length - ivBytes);
  if (status != SW_SUCCESS) return status;
  session.macBegun = apdu.p1 == P1_FIRST_OF_MAC || apdu.p1 == P1_NEXT_OF_MAC;
  if (session.macBegun) return SW_SUCCESS;
  session.may &= ~MAY_MAC;
  foldMac();
  return replyBytes(CHAIN, MAC_BYTES);
}
