// INITIALIZE FOR LOAD: what it answers, and what keeps a load from beginning.

import { suite } from "uvu";
import * as assert from "uvu/assert";
import { FILE_LINEAR_FIXED } from "../../../../applets/filesystem/spec.ts";
import {
  ACCOUNT_ALGORITHM_SM4,
  ACCOUNT_ALGORITHM_TDES,
  CLA_ACCOUNT,
  P1_LOAD,
  P2_INITIALIZE,
} from "../../../../applets/social-security/spec.ts";
import { INS_INITIALIZE_TRANSACTION } from "../../../../runtime/spec/instructions.ts";
import {
  SW_CONDITIONS_NOT_SATISFIED,
  SW_COUNTER_AT_END,
  SW_FUNCTION_NOT_SUPPORTED,
  SW_KEY_INDEX_NOT_SUPPORTED,
  SW_SECURITY_NOT_SATISFIED,
  SW_WRONG_LENGTH,
  SW_WRONG_P1P2,
} from "../../../../runtime/spec/status-words.ts";
import { accept, apdu, refuse } from "../../../helpers/card.ts";
import { hex8, hex16 } from "../../../helpers/secure-channel.ts";
import {
  ACCOUNT,
  accountCard,
  beginLoad,
  beginPurchase,
  FID_DF02,
  hex32,
  initializeForLoad,
  type Options,
  openAccount,
  selectDf,
  stateOf,
  TERMINAL,
  verifyPin,
} from "./account-card.ts";
import { FAMILIES } from "./reference.ts";

const made = await accountCard("sm4");
const { card } = made;
const ready = card.snapshot();
const tests = suite("INITIALIZE FOR LOAD");
tests.before.each(() => card.restore(ready));

const AMOUNT = 500;

for (const family of FAMILIES) {
  tests(
    `${family}: INITIALIZE FOR LOAD answers balance, number, key, algorithm, random, MAC1`,
    async () => {
      const other = await accountCard(family, { account: { counted: [7, 0x1234] } });
      const algorithm = family === "tdes" ? ACCOUNT_ALGORITHM_TDES : ACCOUNT_ALGORITHM_SM4;
      for (const index of [1, 2, 3]) {
        const { answer } = beginLoad(other, AMOUNT, index);
        const head = `${hex32(ACCOUNT.balance)}1234${hex8(index)}${hex8(algorithm)}`;
        assert.is(answer.slice(0, 16), head);
        assert.is(answer.length, 32);
      }
    },
  );
}

tests("each INITIALIZE has another random number, and changes nothing", () => {
  const before = stateOf(card);
  const randoms = new Set(
    Array.from({ length: 8 }, () => beginLoad(made, AMOUNT).answer.slice(16, 24)),
  );
  assert.is(randoms.size, 8);
  assert.equal(stateOf(card), before);
});

const raw = (p1: number, p2: number, data: string) =>
  apdu(CLA_ACCOUNT, INS_INITIALIZE_TRANSACTION, p1, p2, data, 0x10);
const DATA = `01${hex32(AMOUNT)}${TERMINAL}`;
const REFUSALS: readonly [string, Uint8Array, number][] = [
  ["P1", raw(2, P2_INITIALIZE, DATA), SW_WRONG_P1P2],
  ["P2 00", raw(P1_LOAD, 0, DATA), SW_WRONG_P1P2],
  ["P2 02", raw(P1_LOAD, 2, DATA), SW_WRONG_P1P2],
  ["no data", raw(P1_LOAD, P2_INITIALIZE, ""), SW_WRONG_LENGTH],
  ["10 bytes", raw(P1_LOAD, P2_INITIALIZE, DATA.slice(2)), SW_WRONG_LENGTH],
  ["12 bytes", raw(P1_LOAD, P2_INITIALIZE, `${DATA}00`), SW_WRONG_LENGTH],
  ["key index 0", initializeForLoad(AMOUNT, 0), SW_KEY_INDEX_NOT_SUPPORTED],
  ["key index 4", initializeForLoad(AMOUNT, 4), SW_KEY_INDEX_NOT_SUPPORTED],
  ["key index 255", initializeForLoad(AMOUNT, 255), SW_KEY_INDEX_NOT_SUPPORTED],
];

for (const [what, command, sw] of REFUSALS) {
  tests(`INITIALIZE FOR LOAD refuses ${what} with ${hex16(sw)}, and works next`, () => {
    refuse(card, command, sw);
    accept(card, beginLoad(made, AMOUNT).end().command);
  });
}

/** Cards on which no load can begin. */
const CARDS: readonly [string, Options, number][] = [
  ["without an account", { leaveOut: ["account"] }, SW_FUNCTION_NOT_SUPPORTED],
  ["without a file of transactions", { leaveOut: ["records"] }, SW_CONDITIONS_NOT_SATISFIED],
  ["with a linear file", { recordType: FILE_LINEAR_FIXED }, SW_CONDITIONS_NOT_SATISFIED],
  ["with records of another length", { recordBytes: 24 }, SW_CONDITIONS_NOT_SATISFIED],
  ["without DTK", { leaveOut: ["dtk"] }, SW_CONDITIONS_NOT_SATISFIED],
  ["that counted 65535", { account: { counted: [0, 0xffff] } }, SW_COUNTER_AT_END],
];

for (const [what, options, sw] of CARDS) {
  tests(`INITIALIZE FOR LOAD on a card ${what} is refused with ${hex16(sw)}`, async () => {
    const other = await accountCard("sm4", options);
    refuse(other.card, initializeForLoad(AMOUNT), sw);
  });
}

tests("the 65535th load is the last, purchases go on", async () => {
  const other = await accountCard("sm4", { account: { counted: [3, 0xfffe] } });
  const last = beginLoad(other, AMOUNT).end();
  assert.is(last.number, 0xffff);
  accept(other.card, last.command);
  refuse(other.card, initializeForLoad(AMOUNT), SW_COUNTER_AT_END);
  accept(other.card, beginPurchase(other, [1, 0, 0]).end().command);
});

tests("a key of one version answers index 1 alone", async () => {
  const other = await accountCard("sm4", { versions: 1 });
  refuse(other.card, initializeForLoad(AMOUNT, 2), SW_KEY_INDEX_NOT_SUPPORTED);
  accept(other.card, beginLoad(other, AMOUNT, 1).end().command);
});

tests("a load that overflows the balance is refused, before the host takes the money", async () => {
  const other = await accountCard("sm4", { account: { balance: 0xffff_fff0 } });
  refuse(other.card, initializeForLoad(0x10), SW_CONDITIONS_NOT_SATISFIED);
  refuse(other.card, initializeForLoad(0xffff_ffff), SW_CONDITIONS_NOT_SATISFIED);
  accept(other.card, beginLoad(other, 0x0f).end().command);
  assert.is(stateOf(other.card).balance, 0xffff_ffff);
});

tests("in a DF without an account every command of class B0 is refused", () => {
  accept(card, selectDf(FID_DF02));
  refuse(card, initializeForLoad(AMOUNT), SW_FUNCTION_NOT_SUPPORTED);
  openAccount(card);
  beginLoad(made, AMOUNT);
});

tests("a cardholder's PIN must be verified first", async () => {
  const other = await accountCard("sm4", { pin: true });
  refuse(other.card, initializeForLoad(AMOUNT), SW_SECURITY_NOT_SATISFIED);
  accept(other.card, verifyPin());
  accept(other.card, beginLoad(other, AMOUNT).end().command);
});

tests.run();
