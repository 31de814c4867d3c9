// INITIALIZE FOR PURCHASE: what it answers, and what keeps a purchase from beginning.

import { suite } from "uvu";
import * as assert from "uvu/assert";
import { FILE_LINEAR_FIXED } from "../../../../applets/filesystem/spec.ts";
import {
  ACCOUNT_ALGORITHM_SM4,
  ACCOUNT_ALGORITHM_TDES,
  CLA_ACCOUNT,
  P1_PURCHASE,
  P2_INITIALIZE,
} from "../../../../applets/social-security/spec.ts";
import { INS_INITIALIZE_TRANSACTION } from "../../../../runtime/spec/instructions.ts";
import {
  SW_CONDITIONS_NOT_SATISFIED,
  SW_COUNTER_AT_END,
  SW_FUNCTION_NOT_SUPPORTED,
  SW_KEY_INDEX_NOT_SUPPORTED,
  SW_NOT_ENOUGH_MONEY,
  SW_SECURITY_NOT_SATISFIED,
  SW_WRONG_LENGTH,
  SW_WRONG_P1P2,
} from "../../../../runtime/spec/status-words.ts";
import { accept, apdu, refuse } from "../../../helpers/card.ts";
import { hex8, hex16 } from "../../../helpers/secure-channel.ts";
import {
  ACCOUNT,
  type Amounts,
  accountCard,
  beginLoad,
  beginPurchase,
  hex32,
  initializeForPurchase,
  type Options,
  stateOf,
  TERMINAL,
  verifyPin,
} from "./account-card.ts";
import { FAMILIES } from "./reference.ts";

const made = await accountCard("sm4");
const { card } = made;
const ready = card.snapshot();
const tests = suite("INITIALIZE FOR PURCHASE");
tests.before.each(() => card.restore(ready));

const AMOUNTS: Amounts = [500, 60, 7];

for (const family of FAMILIES) {
  tests(
    `${family}: INITIALIZE FOR PURCHASE answers the account, number, key, algorithm, random`,
    async () => {
      const other = await accountCard(family, { account: { counted: [0x4321, 9] } });
      const algorithm = family === "tdes" ? ACCOUNT_ALGORITHM_TDES : ACCOUNT_ALGORITHM_SM4;
      const { balance, selfPaid, pooled, year } = ACCOUNT;
      for (const index of [1, 2, 3]) {
        const { answer } = beginPurchase(other, AMOUNTS, index);
        const money = [balance, selfPaid, pooled].map(hex32).join("");
        assert.is(answer.slice(0, 36), `${money}${year}4321${hex8(index)}${hex8(algorithm)}`);
        assert.is(answer.length, 44);
      }
    },
  );
}

tests("each INITIALIZE has another random number, and changes nothing", () => {
  const before = stateOf(card);
  const randoms = new Set(
    Array.from({ length: 8 }, () => beginPurchase(made, AMOUNTS).answer.slice(36)),
  );
  assert.is(randoms.size, 8);
  assert.equal(stateOf(card), before);
});

const raw = (p2: number, data: string) =>
  apdu(CLA_ACCOUNT, INS_INITIALIZE_TRANSACTION, P1_PURCHASE, p2, data, 0x16);
const DATA = `01${AMOUNTS.map(hex32).join("")}${TERMINAL}`;
const TOO_MUCH: Amounts = [ACCOUNT.balance + 1, 0, 0];
const REFUSALS: readonly [string, Uint8Array, number][] = [
  ["P2 00", raw(0, DATA), SW_WRONG_P1P2],
  ["P2 02", raw(2, DATA), SW_WRONG_P1P2],
  ["no data", raw(P2_INITIALIZE, ""), SW_WRONG_LENGTH],
  ["18 bytes", raw(P2_INITIALIZE, DATA.slice(2)), SW_WRONG_LENGTH],
  ["20 bytes", raw(P2_INITIALIZE, `${DATA}00`), SW_WRONG_LENGTH],
  ["key index 0", initializeForPurchase(TOO_MUCH, 0), SW_KEY_INDEX_NOT_SUPPORTED],
  ["key index 4", initializeForPurchase(TOO_MUCH, 4), SW_KEY_INDEX_NOT_SUPPORTED],
  ["more than the balance", initializeForPurchase(TOO_MUCH), SW_NOT_ENOUGH_MONEY],
];

for (const [what, command, sw] of REFUSALS) {
  tests(`INITIALIZE FOR PURCHASE refuses ${what} with ${hex16(sw)}, and works next`, () => {
    refuse(card, command, sw);
    accept(card, beginPurchase(made, AMOUNTS).end().command);
  });
}

tests("what the person and the fund pay needs no balance", async () => {
  const other = await accountCard("sm4", { account: { balance: 0 } });
  accept(other.card, beginPurchase(other, [0, 900, 90]).end().command);
  refuse(other.card, initializeForPurchase([1, 0, 0]), SW_NOT_ENOUGH_MONEY);
});

/** Cards on which no purchase can begin. */
const CARDS: readonly [string, Options, number][] = [
  ["without an account", { leaveOut: ["account"] }, SW_FUNCTION_NOT_SUPPORTED],
  ["without a file of transactions", { leaveOut: ["records"] }, SW_CONDITIONS_NOT_SATISFIED],
  ["with a linear file", { recordType: FILE_LINEAR_FIXED }, SW_CONDITIONS_NOT_SATISFIED],
  ["with records of another length", { recordBytes: 24 }, SW_CONDITIONS_NOT_SATISFIED],
  ["without DTK", { leaveOut: ["dtk"] }, SW_CONDITIONS_NOT_SATISFIED],
  ["that counted 65535", { account: { counted: [0xffff, 0] } }, SW_COUNTER_AT_END],
];

for (const [what, options, sw] of CARDS) {
  tests(`INITIALIZE FOR PURCHASE on a card ${what} is refused with ${hex16(sw)}`, async () => {
    const other = await accountCard("sm4", options);
    refuse(other.card, initializeForPurchase(AMOUNTS), sw);
  });
}

tests("the 65535th purchase is the last, loads go on", async () => {
  const other = await accountCard("sm4", { account: { counted: [0xfffe, 3] } });
  const last = beginPurchase(other, AMOUNTS).end();
  assert.is(last.number, 0xffff);
  accept(other.card, last.command);
  refuse(other.card, initializeForPurchase(AMOUNTS), SW_COUNTER_AT_END);
  accept(other.card, beginLoad(other, 1).end().command);
});

tests("a cardholder's PIN must be verified first, and stands for the next purchase", async () => {
  const other = await accountCard("sm4", { pin: true });
  refuse(other.card, initializeForPurchase(AMOUNTS), SW_SECURITY_NOT_SATISFIED);
  accept(other.card, verifyPin());
  for (let i = 0; i < 2; i++) accept(other.card, beginPurchase(other, AMOUNTS).end().command);
});

tests.run();
