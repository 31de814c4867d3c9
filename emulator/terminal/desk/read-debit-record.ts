// iReadDebitRecord: what was paid with the card. Reader specification 2.0, 9.9.

import {
  ACCOUNT_ONLY_RECORD_BYTES,
  TRANSACTION_PURCHASE,
} from "../../../applets/social-security/spec.ts";
import { hex } from "../../../personalization/bytes.ts";
import { numberOf } from "../../../personalization/card-manager/read-tlv.ts";
import { FieldError } from "../../../personalization/errors.ts";
import { place } from "./file-rules.ts";
import { nothingOpened, openWithPin, selectApplicationOf } from "./open-file.ts";
import { showAmount } from "./parameters.ts";
import { readCyclicRecords } from "./read-card.ts";
import type { CardAtTerminal } from "./terminal.ts";

/** The details of medical transactions. */
const FILE = { application: "DF04", file: "EF08", items: [] };
/**
 * Number (2), type (1), terminal (6), time (7), from the account (4), by the holder (4), from the pool (4).
 * Cards that keep an account only have the first 20 bytes.
 */

/** number^terminal^time^total^account and pool^| for each settlement, the newest first. */
export async function readDebitRecords(session: CardAtTerminal): Promise<string> {
  const placed = place(session.definition, FILE);
  const opened = nothingOpened();
  await openWithPin(session, opened);
  await selectApplicationOf(session, placed, opened);
  const records = await readCyclicRecords(session, placed);
  return records
    .filter((record) => record[2] === TRANSACTION_PURCHASE)
    .map((record) => `${showRecord(record)}|`)
    .join("");
}

/** Amounts as iDoDebit writes them: the total as the holder's part, account and pool as the pool's. */
function showRecord(record: Uint8Array): string {
  if (record.length < ACCOUNT_ONLY_RECORD_BYTES) {
    throw new FieldError(
      `a transaction has ${record.length} bytes, at least ${ACCOUNT_ONLY_RECORD_BYTES}`,
    );
  }
  const number = String(numberOf(record.subarray(0, 2)));
  const [terminal, time] = [hex(record.subarray(3, 9)), hex(record.subarray(9, 16))];
  const total = numberOf(record.subarray(20, 24));
  const accountAndPool = numberOf(record.subarray(24, 28));
  const values = [number, terminal, time, showAmount(total), showAmount(accountAndPool)];
  return values.map((value) => `${value}^`).join("");
}
