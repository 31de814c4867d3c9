// INIT SAM FOR PURCHASE and CREDIT SAM FOR PURCHASE. Specification part 9, 9.9 and 9.10; part 7, 12.

import { Apdu, DATA, loadData } from "../../runtime/sdk/apdu.ts";
import { sameBytes } from "../../runtime/sdk/bytes.ts";
import { deriveSessionKey, readObject, replyBytes, writeObject } from "../../runtime/sdk/card.ts";
import {
  SW_COMMAND_NOT_ACCEPTED,
  SW_CONDITIONS_NOT_SATISFIED,
  SW_MAC_WRONG,
  SW_REFERENCED_DATA_NOT_FOUND,
  SW_SUCCESS,
  SW_WRONG_DATA,
  SW_WRONG_LENGTH,
  SW_WRONG_P1P2,
} from "../../runtime/spec/status-words.ts";
import { isInApplication, sequenceObject, terminalObject } from "./application.ts";
import { blockBytes, CHAIN, MOST_BLOCK, macOfWork, WORK } from "./cryptography.ts";
import { EXPECTED_MAC2, endSession, session } from "./session.ts";
import {
  ALGORITHM_TDES,
  FACTOR_BYTES,
  KEY_SM4,
  KEY_TDES,
  MAC_BYTES,
  MAX_LEVEL,
  P1_INIT_SAM_FOR_PURCHASE,
  PURCHASE_BYTES,
  SEQUENCE_BYTES,
  TERMINAL_BYTES,
  TYPE_PURCHASE,
  USAGE_LEVEL_SHIFT,
} from "./spec.ts";
import { diversify, findKey, keyBelow } from "./user-card-keys.ts";

// Offsets in the data of INIT SAM FOR PURCHASE; the factors come last, the card's first.
const RANDOM: usize = DATA; //         4, then the user card's transaction number, 2
const RANDOM_BYTES: i32 = 6;
const AMOUNTS: usize = DATA + 6; //    3 amounts of 4, then the type of the transaction, 1
const AMOUNTS_BYTES: i32 = 12;
const TIME: usize = DATA + 19; //      date 4, time 3
const TIME_BYTES: i32 = 7;
const KEY_VERSION: usize = DATA + 26; // 1, then the algorithm, 1
const FACTORS: usize = DATA + 28;

/** The terminal transaction number of this purchase, and the MAC1 behind it. */
const ANSWER: usize = memory.data(8, 4);
const NEXT: usize = memory.data(4, 4);

/** INIT SAM FOR PURCHASE: spends a terminal transaction number, answers it with MAC1. */
export function initSamForPurchase(apdu: Apdu): u16 {
  if (apdu.p1 != P1_INIT_SAM_FOR_PURCHASE || apdu.p2 != 0) return SW_WRONG_P1P2;
  if (!isInApplication()) return SW_CONDITIONS_NOT_SATISFIED;
  const factorBytes = apdu.lc - PURCHASE_BYTES;
  const levels = factorBytes / FACTOR_BYTES;
  if (levels < 1 || levels > MAX_LEVEL || levels * FACTOR_BYTES != factorBytes) {
    return SW_WRONG_LENGTH;
  }
  loadData();
  const version = load<u8>(KEY_VERSION) as i32;
  if (!isAlgorithm(load<u8>(KEY_VERSION + 1))) return SW_REFERENCED_DATA_NOT_FOUND;
  const key = findKey(usageOn(levels), version);
  if (key < 0) return isElsewhere(version) ? SW_WRONG_DATA : SW_REFERENCED_DATA_NOT_FOUND;
  if (sequenceObject() < 0 || terminalObject() < 0) return SW_CONDITIONS_NOT_SATISFIED;
  endSession();
  let status = spendSequence();
  if (status == SW_SUCCESS) status = diversify(key, FACTORS, levels);
  if (status == SW_SUCCESS) status = deriveSession(keyBelow(key, levels));
  if (status == SW_SUCCESS) status = makeMacs();
  if (status != SW_SUCCESS) return status;
  session.purchase = true;
  return replyBytes(ANSWER, SEQUENCE_BYTES + MAC_BYTES);
}

function usageOn(level: i32): i32 {
  return (level << USAGE_LEVEL_SHIFT) | (TYPE_PURCHASE as i32);
}

/** Whether there is a purchase key of this version, whatever its level. */
function isElsewhere(version: i32): bool {
  for (let level = 1; level <= MAX_LEVEL; level++) {
    if (findKey(usageOn(level), version) >= 0) return true;
  }
  return false;
}

/** The environment's algorithm, as a key record or as the FCI of a user card has it. */
function isAlgorithm(algorithm: u8): bool {
  if (blockBytes() == MOST_BLOCK) return algorithm == KEY_SM4;
  return algorithm == KEY_TDES || algorithm == ALGORITHM_TDES;
}

/** Puts the number into `ANSWER`, and its successor into the file: no later purchase gets it again. */
function spendSequence(): u16 {
  const file = sequenceObject();
  const status = readObject(file, 0, ANSWER, SEQUENCE_BYTES);
  if (status != SW_SUCCESS) return status;
  const next = bswap<u32>(load<u32>(ANSWER)) + 1;
  if (next == 0) return SW_CONDITIONS_NOT_SATISFIED;
  store<u32>(NEXT, bswap<u32>(next));
  return writeObject(file, 0, NEXT, SEQUENCE_BYTES);
}

/** Session key of the purchase: from random ‖ transaction number of the card ‖ low half of ours. */
function deriveSession(key: i32): u16 {
  memory.fill(WORK, 0, MOST_BLOCK);
  memory.copy(WORK, RANDOM, RANDOM_BYTES);
  memory.copy(WORK + RANDOM_BYTES, ANSWER + 2, 2);
  return deriveSessionKey(key, WORK, blockBytes());
}

/**
 * MAC1 over amounts ‖ type ‖ terminal ‖ date ‖ time goes to `ANSWER`, MAC2 over the amounts alone is
 * kept. Part 7, 12.
 */
function makeMacs(): u16 {
  const head = AMOUNTS_BYTES + 1;
  memory.copy(WORK, AMOUNTS, head);
  let status = readObject(terminalObject(), 0, WORK + head, TERMINAL_BYTES);
  memory.copy(WORK + head + TERMINAL_BYTES, TIME, TIME_BYTES);
  if (status == SW_SUCCESS) status = macOfWork(head + TERMINAL_BYTES + TIME_BYTES);
  if (status != SW_SUCCESS) return status;
  memory.copy(ANSWER + SEQUENCE_BYTES, CHAIN, MAC_BYTES);
  memory.copy(WORK, AMOUNTS, AMOUNTS_BYTES);
  status = macOfWork(AMOUNTS_BYTES);
  memory.copy(EXPECTED_MAC2, CHAIN, MAC_BYTES);
  return status;
}

/** CREDIT SAM FOR PURCHASE: checks the user card's MAC2, once; 9302 when it is wrong. */
export function creditSamForPurchase(apdu: Apdu): u16 {
  if (apdu.p1p2 != 0) return SW_WRONG_P1P2;
  if (apdu.lc != MAC_BYTES) return SW_WRONG_LENGTH;
  if (!session.purchase) return SW_COMMAND_NOT_ACCEPTED;
  loadData();
  const right = sameBytes(DATA, EXPECTED_MAC2, MAC_BYTES);
  endSession();
  return right ? SW_SUCCESS : SW_MAC_WRONG;
}
