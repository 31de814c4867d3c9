// A card with nothing but a medical account and what goes with it; the terminal and host that use it.

import * as assert from "uvu/assert";
import { ACCESS_PIN, FID_MF, FILE_CYCLIC, FILE_DF } from "../../../../applets/filesystem/spec.ts";
import {
  AID_SSSE,
  ALGORITHM_SM4,
  ALGORITHM_TDES,
  CLA_ACCOUNT,
  DGI_0086_ALGORITHM,
  DGI_8400_MEDICAL_ACCOUNT,
  FID_EF08_TRANSACTIONS,
  KEY_DLK,
  KEY_DPK,
  KEY_DSK,
  KEY_DTK,
  P1_LOAD,
  P1_PURCHASE,
  P2_ACCOUNT_BALANCE,
  P2_INITIALIZE,
  P2_YEAR_POOLED,
  P2_YEAR_SELF_PAID,
  PIN_SSSE,
  TRANSACTION_LOAD,
  TRANSACTION_PURCHASE,
  TRANSACTION_RECORD_BYTES,
} from "../../../../applets/social-security/spec.ts";
import type { Card } from "../../../../emulator/card.ts";
import { KEY_USE_DERIVE } from "../../../../runtime/spec/card-api.ts";
import { CIPHER_SM4, CIPHER_TDES } from "../../../../runtime/spec/chip.ts";
import {
  INS_CREDIT_FOR_LOAD,
  INS_DEBIT_FOR_PURCHASE,
  INS_GET_BALANCE,
  INS_GET_TRANSACTION_PROOF,
  INS_INITIALIZE_TRANSACTION,
  INS_READ_RECORD,
  INS_SELECT,
  INS_VERIFY,
} from "../../../../runtime/spec/instructions.ts";
import { SW_RECORD_NOT_FOUND } from "../../../../runtime/spec/status-words.ts";
import { hex } from "../../../helpers/bytes.ts";
import { accept, apdu, freshCard, send } from "../../../helpers/card.ts";
import {
  ACTIVATE,
  fileGrouping,
  grouping,
  hex8,
  hex16,
  keyGrouping,
  personalize,
  pinGrouping,
  selectApplication,
} from "../../../helpers/secure-channel.ts";
import { condition, FREE, fcp } from "../../filesystem/file-tree.ts";
import { type Family, mac, sessionKey, tacKey } from "./reference.ts";

export const FID_DF04 = 0xdf04;
/** A DF without an account. */
export const FID_DF02 = 0xdf02;
export const PIN = "123456";
export const TERMINAL = "510100000001";
export const TIME = "20260315101530";
/** Number of records in the file of transactions. */
export const RECORDS = 30;

/** Values of the account's keys, those of DPK and DLK by version. */
export const DPK: readonly string[] = ["a1", "b2", "c3"].map((one) =>
  `${one}0123456789abcd`.repeat(2),
);
export const DLK: readonly string[] = ["1d", "2e", "3f"].map((one) =>
  `${one}fedcba98765432`.repeat(2),
);
export const DSK = "5500112233445566778899aabbccddee";
export const DTK = "00112233445566778091a2b3c4d5e6f7";

export const hex32 = (value: number): string => value.toString(16).padStart(8, "0");

export interface Account {
  readonly balance: number;
  readonly selfPaid: number;
  readonly pooled: number;
  readonly year: string;
  readonly startingDay: string;
  /** Purchases and loads so far, when the account comes from another card. */
  readonly counted?: readonly [number, number];
}

/** What is different about a card. */
export interface Options {
  readonly account?: Partial<Account>;
  /** Type of the file of transactions, and bytes of its records. */
  readonly recordType?: number;
  readonly recordBytes?: number;
  readonly pin?: boolean;
  readonly versions?: number;
  readonly tries?: number;
  readonly leaveOut?: readonly ("account" | "dtk" | "records")[];
}

export interface Made {
  readonly card: Card;
  readonly family: Family;
}

export const ACCOUNT: Account = {
  balance: 100_000,
  selfPaid: 1_000,
  pooled: 2_000,
  year: "2026",
  startingDay: "0101",
};

export function accountGrouping(account: Partial<Account> = {}, df: number = FID_DF04): string {
  const { balance, selfPaid, pooled, year, startingDay, counted } = { ...ACCOUNT, ...account };
  const counters = (counted ?? []).map(hex16).join("");
  const amounts = [balance, selfPaid, pooled].map(hex32).join("");
  return grouping(DGI_8400_MEDICAL_ACCOUNT, hex16(df) + amounts + year + startingDay + counters);
}

/** The groupings that make the card, not yet activated. */
export function groupings(family: Family, options: Options = {}): string[] {
  const { recordType = FILE_CYCLIC, recordBytes = TRANSACTION_RECORD_BYTES } = options;
  const { pin = false, versions = 3, tries = 0 } = options;
  const algorithm = family === "tdes" ? ALGORITHM_TDES : ALGORITHM_SM4;
  const cipher = family === "tdes" ? CIPHER_TDES : CIPHER_SM4;
  const key = { df: FID_DF04, cipher, uses: KEY_USE_DERIVE } as const;
  const several = (reference: number, values: readonly string[]) => {
    const value = values.slice(0, versions).join("");
    return keyGrouping({ ...key, reference, tries: tries | (versions << 4), value });
  };
  const transactions = fcp({
    type: recordType,
    fid: FID_EF08_TRANSACTIONS,
    sfi: 8,
    records: [recordBytes, RECORDS],
    access: condition(pin ? ACCESS_PIN : 0, PIN_SSSE) + FREE.slice(6),
  });
  const all: Readonly<Record<string, string>> = {
    algorithm: grouping(DGI_0086_ALGORITHM, hex8(algorithm)),
    df: fileGrouping(FID_MF, fcp({ type: FILE_DF, fid: FID_DF04, name: "D15600000503" })),
    other: fileGrouping(FID_MF, fcp({ type: FILE_DF, fid: FID_DF02, name: "D15600000501" })),
    records: fileGrouping(FID_DF04, transactions),
    dpk: several(KEY_DPK, DPK),
    dlk: several(KEY_DLK, DLK),
    dsk: keyGrouping({ ...key, reference: KEY_DSK, tries: 3, value: DSK }),
    dtk: keyGrouping({ ...key, reference: KEY_DTK, tries: 0, value: DTK }),
    pin: pin ? pinGrouping(FID_MF, PIN_SSSE, 3, PIN) : "",
    account: accountGrouping(options.account),
  };
  const left = new Set<string>(options.leaveOut);
  return Object.keys(all).flatMap((name) => (left.has(name) || !all[name] ? [] : [all[name]]));
}

export const selectDf = (fid: number = FID_DF04): Uint8Array =>
  apdu(0, INS_SELECT, 0, 0, hex16(fid), 0);

/** A card with an account, activated; its DF is selected. */
export async function accountCard(family: Family, options: Options = {}): Promise<Made> {
  const card = await freshCard();
  await personalize(card, AID_SSSE, [...groupings(family, options), ACTIVATE]);
  card.reset();
  openAccount(card);
  return { card, family };
}

/** As after a reset: selects the application and the account's DF. */
export function openAccount(card: Card): void {
  accept(card, selectApplication(AID_SSSE));
  accept(card, selectDf());
}

export const verifyPin = (): Uint8Array => apdu(0, INS_VERIFY, 0, PIN_SSSE, PIN);

// Commands

export function initializeForLoad(amount: number, index = 1): Uint8Array {
  const data = hex8(index) + hex32(amount) + TERMINAL;
  return apdu(CLA_ACCOUNT, INS_INITIALIZE_TRANSACTION, P1_LOAD, P2_INITIALIZE, data, 0x10);
}

/** Amounts of a purchase: from the account, by the person, by the fund. */
export type Amounts = readonly [number, number, number];

export function initializeForPurchase(amounts: Amounts, index = 1): Uint8Array {
  const data = hex8(index) + amounts.map(hex32).join("") + TERMINAL;
  return apdu(CLA_ACCOUNT, INS_INITIALIZE_TRANSACTION, P1_PURCHASE, P2_INITIALIZE, data, 0x16);
}

export const creditForLoad = (data: string): Uint8Array =>
  apdu(CLA_ACCOUNT, INS_CREDIT_FOR_LOAD, 0, 0, data, 4);
export const debitForPurchase = (data: string): Uint8Array =>
  apdu(CLA_ACCOUNT, INS_DEBIT_FOR_PURCHASE, P1_PURCHASE, 0, data, 8);
export const getBalance = (p2: number, le = p2 === P2_ACCOUNT_BALANCE ? 4 : 6): Uint8Array =>
  apdu(CLA_ACCOUNT, INS_GET_BALANCE, 0, p2, "", le);
export const getProof = (type: number, number: number): Uint8Array =>
  apdu(CLA_ACCOUNT, INS_GET_TRANSACTION_PROOF, 0, type, hex16(number), 8);

// A load and a purchase: INITIALIZE, then the command that the host or the PSAM makes for it

/** What ends a transaction, and what the card must answer to it and keep of it. */
export interface Ending {
  readonly command: Uint8Array;
  /** Number that the transaction gets. */
  readonly number: number;
  readonly answer: string;
  /** MAC ‖ TAC. */
  readonly proof: string;
  /** All 28 bytes of its record. */
  readonly record: string;
}

export interface Begun {
  readonly answer: string;
  end(time?: string): Ending;
}

export function beginLoad({ card, family }: Made, amount: number, index = 1): Begun {
  const answer = hex(accept(card, initializeForLoad(amount, index)));
  const [balance, number, random] = [answer.slice(0, 8), answer.slice(8, 12), answer.slice(16, 24)];
  const session = sessionKey(family, DLK[index - 1]!, `${random}${number}8000`);
  const [money, what] = [hex32(amount), hex8(TRANSACTION_LOAD) + TERMINAL];
  assert.is(answer.slice(24), mac(family, session, balance + money + what), "MAC1");
  const end = (time = TIME): Ending => {
    const after = hex32(Number.parseInt(balance, 16) + amount);
    const tac = mac(family, tacKey(family, DTK), after + number + money + what + time);
    const counted = Number.parseInt(number, 16) + 1;
    return {
      command: creditForLoad(time + mac(family, session, money + what + time)),
      number: counted,
      answer: tac,
      proof: `00000000${tac}`,
      record: hex16(counted) + what + time + hex32(amount) + "0".repeat(16),
    };
  };
  return { answer, end };
}

export const TERMINAL_NUMBER = "00010007";

export function beginPurchase({ card, family }: Made, amounts: Amounts, index = 1): Begun {
  const answer = hex(accept(card, initializeForPurchase(amounts, index)));
  const [number, random] = [answer.slice(28, 32), answer.slice(36, 44)];
  const input = random + number + TERMINAL_NUMBER.slice(4);
  const session = sessionKey(family, DPK[index - 1]!, input);
  const [money, what] = [amounts.map(hex32).join(""), hex8(TRANSACTION_PURCHASE) + TERMINAL];
  const end = (time = TIME): Ending => {
    const mac1 = mac(family, session, money + what + time);
    const mac2 = mac(family, session, money);
    const tac = mac(family, tacKey(family, DTK), money + what + TERMINAL_NUMBER + time);
    const counted = Number.parseInt(number, 16) + 1;
    return {
      command: debitForPurchase(TERMINAL_NUMBER + time + mac1),
      number: counted,
      answer: tac + mac2,
      proof: mac2 + tac,
      record: hex16(counted) + what + time + money,
    };
  };
  return { answer, end };
}

// What the card holds

export interface State {
  readonly balance: number;
  readonly selfPaid: number;
  readonly pooled: number;
  readonly year: string;
}

export function stateOf(card: Card): State {
  const answer = (p2: number) => hex(accept(card, getBalance(p2)));
  const amount = (text: string) => Number.parseInt(text.slice(0, 8), 16);
  const self = answer(P2_YEAR_SELF_PAID);
  return {
    balance: amount(answer(P2_ACCOUNT_BALANCE)),
    selfPaid: amount(self),
    pooled: amount(answer(P2_YEAR_POOLED)),
    year: self.slice(8),
  };
}

/** All records, the newest first. Le 00 asks for the length: 6Cxx. */
export function recordsOf(card: Card): string[] {
  const records: string[] = [];
  for (let number = 1; ; number++) {
    const read = (le: number) => send(card, apdu(0, INS_READ_RECORD, number, (8 << 3) | 4, "", le));
    const asked = read(0);
    if (asked.sw === SW_RECORD_NOT_FOUND) return records;
    records.push(hex(read(asked.sw & 0xff).data));
  }
}
