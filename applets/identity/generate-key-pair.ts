// GENERATE ASYMMETRIC KEY PAIR. ISO/IEC 7816-8:2019, 5.1.

import { Apdu, DATA, loadData } from "../../runtime/sdk/apdu.ts";
import { begin, commit, createKeyPair, writeObject } from "../../runtime/sdk/card.ts";
import * as reply from "../../runtime/sdk/reply.ts";
import { PUBLIC_KEY_BYTES } from "../../runtime/spec/chip.ts";
import {
  SW_FILE_NOT_FOUND,
  SW_SUCCESS,
  SW_WRONG_DATA,
  SW_WRONG_P1P2,
} from "../../runtime/spec/status-words.ts";
import { checkAccess } from "../filesystem/engine/access.ts";
import { current, keyOf } from "../filesystem/engine/current.ts";
import {
  BY_FID,
  contentOf,
  findFile,
  NO_FILE,
  ROW_BYTES,
  readRow,
} from "../filesystem/engine/files.ts";
import { checkPersonalization } from "../filesystem/engine/personalization.ts";
import { CONDITION_UPDATE } from "../filesystem/spec.ts";
import {
  FID_SIGNING_PUBLIC_KEY,
  KEY_SIGNING,
  P1_GENERATE,
  POINT_UNCOMPRESSED,
  PUBLIC_KEY_FILE_BYTES,
  PUBLIC_KEY_HEAD,
  TAG_7F49_PUBLIC_KEY,
  TAG_84_PRIVATE_KEY,
  TAG_86_POINT,
  TAG_B6_DIGITAL_SIGNATURE,
} from "./spec.ts";

/** B6 { 84 { reference } }. */
const TEMPLATE_BYTES: i32 = 5;
/** What the public key file gets: head ‖ x ‖ y. */
const FILE: usize = DATA + ROW_BYTES;
const POINT: usize = FILE + 2;

/**
 * GENERATE ASYMMETRIC KEY PAIR: a new pair and the file of its public key, both or neither, in the place
 * of earlier ones. Allowed during personalization, over the secure channel; after it to whom may update
 * that file.
 */
export function generateKeyPair(apdu: Apdu): u16 {
  if (apdu.p1 != P1_GENERATE || apdu.p2 != 0) return SW_WRONG_P1P2;
  if (!namesSigningKey(loadData())) return SW_WRONG_DATA;
  const file = findFile(BY_FID, current.df, FID_SIGNING_PUBLIC_KEY);
  if (file == NO_FILE) return SW_FILE_NOT_FOUND;
  readRow(file, DATA);
  let status = checkPersonalization();
  if (status != SW_SUCCESS) status = checkAccess(DATA, CONDITION_UPDATE);
  if (status == SW_SUCCESS) status = replacePair(contentOf(file));
  return status == SW_SUCCESS ? answerPublicKey() : status;
}

function namesSigningKey(length: i32): bool {
  if (length != TEMPLATE_BYTES || load<u8>(DATA) != TAG_B6_DIGITAL_SIGNATURE) return false;
  if (load<u8>(DATA + 1) != 3 || load<u8>(DATA + 2) != TAG_84_PRIVATE_KEY) return false;
  return load<u8>(DATA + 3) == 1 && load<u8>(DATA + 4) == KEY_SIGNING;
}

function replacePair(content: i32): u16 {
  let status = begin();
  if (status == SW_SUCCESS) status = createKeyPair(keyOf(KEY_SIGNING), POINT);
  if (status != SW_SUCCESS) return status;
  store<u8>(FILE, (PUBLIC_KEY_HEAD >> 8) as u8);
  store<u8>(FILE + 1, PUBLIC_KEY_HEAD as u8);
  status = writeObject(content, 0, FILE, PUBLIC_KEY_FILE_BYTES);
  return status == SW_SUCCESS ? commit() : status;
}

/** 7F49 { 86 { 04 ‖ x ‖ y } }. */
function answerPublicKey(): u16 {
  reply.start();
  const publicKey = reply.open(TAG_7F49_PUBLIC_KEY);
  const point = reply.open(TAG_86_POINT);
  reply.byte(POINT_UNCOMPRESSED);
  reply.bytes(POINT, PUBLIC_KEY_BYTES);
  reply.close(point);
  reply.close(publicKey);
  return reply.send();
}
