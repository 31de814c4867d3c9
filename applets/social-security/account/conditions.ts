// What commands of the account ask before they do anything.

import { Apdu } from "../../../runtime/sdk/apdu.ts";
import { keyTries, pinTries } from "../../../runtime/sdk/card.ts";
import { LE_ABSENT } from "../../../runtime/spec/card-api.ts";
import {
  SW_CONDITIONS_NOT_SATISFIED,
  SW_SECURITY_NOT_SATISFIED,
  SW_SUCCESS,
} from "../../../runtime/spec/status-words.ts";
import { current, keyOf, pinIsVerified, pinOf } from "../../filesystem/engine/current.ts";
import {
  BY_FID,
  findFile,
  NO_FILE,
  ROW_RECORD_BYTES,
  ROW_TYPE,
  readRow,
} from "../../filesystem/engine/files.ts";
import { FILE_CYCLIC } from "../../filesystem/spec.ts";
import {
  ACCOUNT_ONLY_RECORD_BYTES,
  FID_EF08_TRANSACTIONS,
  KEY_DTK,
  PIN_SSSE,
  TRANSACTION_RECORD_BYTES,
} from "../spec.ts";
import { ROW } from "./object.ts";
import { transaction } from "./states.ts";

/** 6982 unless the cardholder's PIN was verified, or the cardholder has none. */
export function checkPin(): u16 {
  const open = pinIsVerified(PIN_SSSE) || pinTries(pinOf(PIN_SSSE)) < 0;
  return open ? SW_SUCCESS : SW_SECURITY_NOT_SATISFIED;
}

/** Whether Le is absent, asks for all, or for exactly `length` bytes. */
export function leFits(apdu: Apdu, length: i32): bool {
  return apdu.le == LE_ABSENT || apdu.le == length || apdu.le >= 256;
}

/** Bytes of a record of transactions: all amounts, or the account's only. Leaves its file's row in `ROW`. */
export function recordBytes(): i32 {
  readRow(transaction.file, ROW);
  return load<u8>(ROW + ROW_RECORD_BYTES);
}

/** 6985 unless a transaction can be recorded beside the account and be given a TAC. */
export function checkSurroundings(): u16 {
  const file = findFile(BY_FID, current.df, FID_EF08_TRANSACTIONS);
  if (file == NO_FILE || keyTries(keyOf(KEY_DTK)) < 0) return SW_CONDITIONS_NOT_SATISFIED;
  transaction.file = file as u8;
  const length = recordBytes();
  const cyclic = load<u8>(ROW + ROW_TYPE) == FILE_CYCLIC;
  const known = length == TRANSACTION_RECORD_BYTES || length == ACCOUNT_ONLY_RECORD_BYTES;
  return cyclic && known ? SW_SUCCESS : SW_CONDITIONS_NOT_SATISFIED;
}
