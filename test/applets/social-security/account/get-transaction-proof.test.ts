// GET TRANSACTION PROOF: MAC and TAC of the last transaction, for a terminal that did not get them.

import { suite } from "uvu";
import {
  CLA_ACCOUNT,
  TRANSACTION_LOAD,
  TRANSACTION_PURCHASE,
} from "../../../../applets/social-security/spec.ts";
import { INS_GET_TRANSACTION_PROOF } from "../../../../runtime/spec/instructions.ts";
import {
  SW_COMMAND_NOT_ACCEPTED,
  SW_FUNCTION_NOT_SUPPORTED,
  SW_MAC_NOT_AVAILABLE,
  SW_WRONG_LENGTH,
  SW_WRONG_P1P2,
} from "../../../../runtime/spec/status-words.ts";
import { accept, answers, apdu, refuse, reset } from "../../../helpers/card.ts";
import { hex16 } from "../../../helpers/secure-channel.ts";
import {
  type Amounts,
  accountCard,
  beginLoad,
  beginPurchase,
  getProof,
  openAccount,
} from "./account-card.ts";

const made = await accountCard("sm4");
const { card } = made;
const ready = card.snapshot();
const tests = suite("GET TRANSACTION PROOF");
tests.before.each(() => card.restore(ready));

const AMOUNTS: Amounts = [300, 20, 1];
const PURCHASE = TRANSACTION_PURCHASE;

tests("a new card proves nothing", () => {
  for (const type of [TRANSACTION_LOAD, PURCHASE]) {
    for (const number of [0, 1]) refuse(card, getProof(type, number), SW_MAC_NOT_AVAILABLE);
  }
});

tests("the proof is that of the last transaction, of its type and number, reset or not", () => {
  const purchase = beginPurchase(made, AMOUNTS).end();
  accept(card, purchase.command);
  reset(card);
  openAccount(card);
  for (let i = 0; i < 2; i++) answers(card, getProof(PURCHASE, 1), purchase.proof);
  refuse(card, getProof(PURCHASE, 0), SW_MAC_NOT_AVAILABLE);
  refuse(card, getProof(PURCHASE, 2), SW_MAC_NOT_AVAILABLE);
  refuse(card, getProof(TRANSACTION_LOAD, 1), SW_MAC_NOT_AVAILABLE);
  const load = beginLoad(made, 10).end();
  accept(card, load.command);
  answers(card, getProof(TRANSACTION_LOAD, 1), load.proof);
  refuse(card, getProof(PURCHASE, 1), SW_MAC_NOT_AVAILABLE);
});

tests("a transaction that was begun is not proven, and the last one still is", () => {
  const first = beginPurchase(made, AMOUNTS).end();
  accept(card, first.command);
  const second = beginPurchase(made, AMOUNTS).end();
  refuse(card, getProof(PURCHASE, second.number), SW_MAC_NOT_AVAILABLE);
  // A refusal ends what was begun.
  refuse(card, second.command, SW_COMMAND_NOT_ACCEPTED);
  answers(card, getProof(PURCHASE, first.number), first.proof);
});

const raw = (p1: number, p2: number, data: string, le = 8) =>
  apdu(CLA_ACCOUNT, INS_GET_TRANSACTION_PROOF, p1, p2, data, le);
const REFUSALS: readonly [string, Uint8Array, number][] = [
  ["P1", raw(1, PURCHASE, "0001"), SW_WRONG_P1P2],
  ["a type in binary", raw(0, 2, "0001"), SW_WRONG_P1P2],
  ["type 00", raw(0, 0, "0001"), SW_WRONG_P1P2],
  ["no number", raw(0, PURCHASE, ""), SW_WRONG_LENGTH],
  ["three bytes", raw(0, PURCHASE, "000100"), SW_WRONG_LENGTH],
  ["Le 04", raw(0, PURCHASE, "0001", 4), SW_WRONG_LENGTH],
  ["another number", raw(0, PURCHASE, "0100"), SW_MAC_NOT_AVAILABLE],
];

for (const [what, command, sw] of REFUSALS) {
  tests(`GET TRANSACTION PROOF refuses ${what} with ${hex16(sw)}, and works next`, () => {
    const { command: debit, proof } = beginPurchase(made, AMOUNTS).end();
    accept(card, debit);
    refuse(card, command, sw);
    answers(card, getProof(PURCHASE, 1), proof);
  });
}

tests("GET TRANSACTION PROOF without an account is refused", async () => {
  const other = await accountCard("sm4", { leaveOut: ["account"] });
  refuse(other.card, getProof(PURCHASE, 1), SW_FUNCTION_NOT_SUPPORTED);
});

tests.run();
