// CREDIT FOR LOAD: money comes in with MAC2 of the host, whole or not at all.

import { suite } from "uvu";
import * as assert from "uvu/assert";
import {
  ACCOUNT_ONLY_RECORD_BYTES,
  CLA_ACCOUNT,
  TRANSACTION_LOAD,
} from "../../../../applets/social-security/spec.ts";
import { INS_CREDIT_FOR_LOAD } from "../../../../runtime/spec/instructions.ts";
import {
  SW_AUTHENTICATION_BLOCKED,
  SW_COMMAND_NOT_ACCEPTED,
  SW_MAC_NOT_AVAILABLE,
  SW_MAC_WRONG,
  SW_SUCCESS,
  SW_WRONG_DATA,
  SW_WRONG_LENGTH,
  SW_WRONG_P1P2,
} from "../../../../runtime/spec/status-words.ts";
import { hex } from "../../../helpers/bytes.ts";
import { accept, answers, apdu, everyPowerCut, refuse, send } from "../../../helpers/card.ts";
import { hex16 } from "../../../helpers/secure-channel.ts";
import {
  ACCOUNT,
  accountCard,
  beginLoad,
  beginPurchase,
  creditForLoad,
  getProof,
  initializeForLoad,
  openAccount,
  RECORDS,
  recordsOf,
  stateOf,
  TIME,
} from "./account-card.ts";
import { FAMILIES } from "./reference.ts";

const made = await accountCard("sm4");
const { card } = made;
const ready = card.snapshot();
const tests = suite("CREDIT FOR LOAD");
tests.before.each(() => card.restore(ready));

const AMOUNT = 2_550;

for (const family of FAMILIES) {
  tests(
    `${family}: CREDIT FOR LOAD adds to the balance, counts, records and answers the TAC`,
    async () => {
      const other = await accountCard(family);
      const records: string[] = [];
      for (let load = 1; load <= 3; load++) {
        const ending = beginLoad(other, AMOUNT).end();
        assert.is(ending.number, load);
        answers(other.card, ending.command, ending.answer);
        answers(other.card, getProof(TRANSACTION_LOAD, load), ending.proof);
        records.unshift(ending.record);
        const { balance, selfPaid, pooled } = stateOf(other.card);
        assert.equal(
          { balance, selfPaid, pooled },
          {
            balance: ACCOUNT.balance + load * AMOUNT,
            selfPaid: ACCOUNT.selfPaid,
            pooled: ACCOUNT.pooled,
          },
        );
      }
      assert.equal(recordsOf(other.card), records);
    },
  );
}

for (const index of [2, 3]) {
  tests(`CREDIT FOR LOAD works with version ${index} of the key`, () => {
    const ending = beginLoad(made, AMOUNT, index).end();
    answers(card, ending.command, ending.answer);
  });
}

tests("the file of transactions keeps the last thirty", () => {
  const records: string[] = [];
  for (let load = 1; load <= RECORDS + 3; load++) {
    const ending = beginLoad(made, load).end();
    accept(card, ending.command);
    records.unshift(ending.record);
  }
  assert.equal(recordsOf(card), records.slice(0, RECORDS));
});

tests("records of 20 bytes hold the amount of the account", async () => {
  const other = await accountCard("sm4", { recordBytes: ACCOUNT_ONLY_RECORD_BYTES });
  const ending = beginLoad(other, AMOUNT).end();
  answers(other.card, ending.command, ending.answer);
  assert.equal(recordsOf(other.card), [ending.record.slice(0, 40)]);
});

type Change = (right: string) => Uint8Array;
const NO_TIMES: readonly [string, string][] = [
  ["month 13", "20261301000000"],
  ["month 00", "20260001000000"],
  ["30 February", "20260230000000"],
  ["31 June", "20260631000000"],
  ["day 00", "20260100000000"],
  ["hour 24", "20260101240000"],
  ["minute 60", "20260101006000"],
  ["second 60", "20260101000060"],
  ["a year that is not decimal", "20A60101000000"],
  ["a day that is not decimal", "2026010A000000"],
];
/** What is made of the data of a right command, in the order of the handler. */
const REFUSALS: readonly [string, Change, number][] = [
  ["P1", (data) => apdu(CLA_ACCOUNT, INS_CREDIT_FOR_LOAD, 1, 0, data, 4), SW_WRONG_P1P2],
  ["P2", (data) => apdu(CLA_ACCOUNT, INS_CREDIT_FOR_LOAD, 0, 1, data, 4), SW_WRONG_P1P2],
  ["10 bytes", (data) => creditForLoad(data.slice(2)), SW_WRONG_LENGTH],
  ["12 bytes", (data) => creditForLoad(`${data}00`), SW_WRONG_LENGTH],
  ...NO_TIMES.map(([what, time]): [string, Change, number] => [
    what,
    (data) => creditForLoad(time + data.slice(14)),
    SW_WRONG_DATA,
  ]),
  ["a wrong MAC2", (data) => creditForLoad(`${data.slice(0, -8)}00000000`), SW_MAC_WRONG],
  ["another time", (data) => creditForLoad(`20260315101531${data.slice(14)}`), SW_MAC_WRONG],
];

for (const [what, command, sw] of REFUSALS) {
  tests(`CREDIT FOR LOAD refuses ${what} with ${hex16(sw)}, changes nothing, ends the load`, () => {
    const before = stateOf(card);
    const right = beginLoad(made, AMOUNT).end();
    refuse(card, command(hex(right.command.slice(5, -1))), sw);
    refuse(card, right.command, SW_COMMAND_NOT_ACCEPTED);
    assert.equal(stateOf(card), before);
    assert.equal(recordsOf(card), []);
    const next = beginLoad(made, AMOUNT).end();
    assert.is(next.number, 1);
    answers(card, next.command, next.answer);
  });
}

tests("CREDIT FOR LOAD without INITIALIZE, after one for purchase, and twice is refused", () => {
  refuse(card, creditForLoad(`${TIME}00000000`), SW_COMMAND_NOT_ACCEPTED);
  beginPurchase(made, [1, 2, 3]);
  refuse(card, creditForLoad(`${TIME}00000000`), SW_COMMAND_NOT_ACCEPTED);
  const { command } = beginLoad(made, AMOUNT).end();
  accept(card, command);
  refuse(card, command, SW_COMMAND_NOT_ACCEPTED);
  assert.is(stateOf(card).balance, ACCOUNT.balance + AMOUNT);
});

tests("MAC2 of one load is wrong for the next, of the same amount too", () => {
  const first = beginLoad(made, AMOUNT).end();
  beginLoad(made, AMOUNT);
  refuse(card, first.command, SW_MAC_WRONG);
});

tests("a key with tries is blocked by wrong MACs, and a right one gives them back", async () => {
  const limited = await accountCard("sm4", { tries: 2 });
  const wrong = () => {
    beginLoad(limited, AMOUNT);
    refuse(limited.card, creditForLoad(`${TIME}00000000`), SW_MAC_WRONG);
  };
  wrong();
  accept(limited.card, beginLoad(limited, AMOUNT).end().command);
  wrong();
  wrong();
  const reply = send(limited.card, initializeForLoad(AMOUNT));
  assert.is(reply.sw, SW_AUTHENTICATION_BLOCKED);
});

tests("CREDIT FOR LOAD cut anywhere is done or not, and the proof tells which", () => {
  const before = stateOf(card).balance;
  const { command, number, proof, record } = beginLoad(made, AMOUNT).end();
  const seen = new Set<boolean>();
  const cuts = everyPowerCut(
    card,
    () => card.exchange(command),
    (cut) => {
      openAccount(card);
      const reply = send(card, getProof(TRANSACTION_LOAD, number));
      const done = reply.sw === SW_SUCCESS;
      if (!done) assert.is(reply.sw, SW_MAC_NOT_AVAILABLE, cut);
      else assert.is(hex(reply.data), proof, cut);
      assert.is(stateOf(card).balance, before + (done ? AMOUNT : 0), cut);
      assert.equal(recordsOf(card), done ? [record] : [], cut);
      const next = beginLoad(made, AMOUNT).end();
      assert.is(next.number, done ? 2 : 1, cut);
      seen.add(done);
    },
  );
  assert.ok(cuts > 0 && seen.size === 2, "the cuts did not reach both sides of the commit");
});

tests.run();
