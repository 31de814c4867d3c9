// DEBIT FOR PURCHASE: money goes out with MAC1 of a PSAM; totals of the year; whole or not at all.

import { suite } from "uvu";
import * as assert from "uvu/assert";
import {
  ACCOUNT_ONLY_RECORD_BYTES,
  CLA_ACCOUNT,
  P1_PURCHASE,
  TRANSACTION_PURCHASE,
} from "../../../../applets/social-security/spec.ts";
import { INS_DEBIT_FOR_PURCHASE } from "../../../../runtime/spec/instructions.ts";
import {
  SW_AUTHENTICATION_BLOCKED,
  SW_COMMAND_NOT_ACCEPTED,
  SW_CONDITIONS_NOT_SATISFIED,
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
  type Account,
  type Amounts,
  accountCard,
  beginLoad,
  beginPurchase,
  debitForPurchase,
  getProof,
  initializeForPurchase,
  openAccount,
  RECORDS,
  recordsOf,
  stateOf,
  TERMINAL_NUMBER,
  TIME,
} from "./account-card.ts";
import { FAMILIES } from "./reference.ts";

const made = await accountCard("sm4");
const { card } = made;
const ready = card.snapshot();
const tests = suite("DEBIT FOR PURCHASE");
tests.before.each(() => card.restore(ready));

const AMOUNTS: Amounts = [300, 70, 5];
const ZEROS = "00000000";

for (const family of FAMILIES) {
  tests(
    `${family}: DEBIT FOR PURCHASE takes, totals, counts, records, answers TAC and MAC2`,
    async () => {
      const other = await accountCard(family);
      const records: string[] = [];
      for (let purchase = 1; purchase <= 3; purchase++) {
        const ending = beginPurchase(other, AMOUNTS).end();
        assert.is(ending.number, purchase);
        answers(other.card, ending.command, ending.answer);
        answers(other.card, getProof(TRANSACTION_PURCHASE, purchase), ending.proof);
        records.unshift(ending.record);
        assert.equal(stateOf(other.card), {
          balance: ACCOUNT.balance - purchase * AMOUNTS[0],
          selfPaid: ACCOUNT.selfPaid + purchase * AMOUNTS[1],
          pooled: ACCOUNT.pooled + purchase * AMOUNTS[2],
          year: ACCOUNT.year,
        });
      }
      assert.equal(recordsOf(other.card), records);
    },
  );
}

for (const index of [2, 3]) {
  tests(`DEBIT FOR PURCHASE works with version ${index} of the key`, () => {
    const ending = beginPurchase(made, AMOUNTS, index).end();
    answers(card, ending.command, ending.answer);
  });
}

tests("the whole balance can be spent, and loads and purchases count apart", () => {
  accept(card, beginPurchase(made, [ACCOUNT.balance, 0, 0]).end().command);
  assert.is(stateOf(card).balance, 0);
  const load = beginLoad(made, 5).end();
  assert.is(load.number, 1);
  accept(card, load.command);
  const purchase = beginPurchase(made, [5, 0, 0]).end();
  assert.is(purchase.number, 2);
  accept(card, purchase.command);
  assert.is(stateOf(card).balance, 0);
});

tests("the file of transactions keeps the last thirty, loads among them", () => {
  const records: string[] = [];
  for (let i = 1; i <= RECORDS + 3; i++) {
    const begun = i % 5 === 0 ? beginLoad(made, i) : beginPurchase(made, [i, 2 * i, 3 * i]);
    const ending = begun.end();
    accept(card, ending.command);
    records.unshift(ending.record);
  }
  assert.equal(recordsOf(card), records.slice(0, RECORDS));
});

tests("with records of 20 bytes only the account counts", async () => {
  const other = await accountCard("sm4", { recordBytes: ACCOUNT_ONLY_RECORD_BYTES });
  const before = stateOf(other.card);
  const ending = beginPurchase(other, AMOUNTS).end("20300101000000");
  answers(other.card, ending.command, ending.answer);
  assert.equal(stateOf(other.card), { ...before, balance: before.balance - AMOUNTS[0] });
  assert.equal(recordsOf(other.card), [ending.record.slice(0, 40)]);
});

/** Payment year and starting day of the card, date of the purchase, the year then, whether it adds up. */
const YEARS: readonly [string, string, string, string, boolean][] = [
  ["2026", "0101", "20260101", "2026", true],
  ["2026", "0101", "20261231", "2026", true],
  ["2026", "0101", "20270101", "2027", false],
  ["2026", "0101", "20291231", "2029", false],
  ["2026", "0701", "20260701", "2026", true],
  ["2026", "0701", "20270630", "2026", true],
  ["2026", "0701", "20270701", "2027", false],
  ["2026", "0701", "20280630", "2027", false],
  ["2026", "0701", "20280701", "2028", false],
  // A date before the payment year adds to it: the rule knows only what lies behind.
  ["2026", "0701", "20260630", "2026", true],
  ["2026", "0101", "20251231", "2026", true],
  ["2026", "1231", "20271230", "2026", true],
  ["2026", "1231", "20271231", "2027", false],
  ["1999", "0701", "20000701", "2000", false],
  ["1999", "0701", "20010101", "2000", false],
  // A card that was never used: its year is nobody's.
  ["0000", "0101", "20260315", "2026", false],
];

for (const [year, startingDay, date, after, adds] of YEARS) {
  const what = adds ? "adds to" : "begins";
  tests(
    `in the year ${year} from ${startingDay}, a purchase on ${date} ${what} ${after}`,
    async () => {
      const other = await accountCard("tdes", { account: { year, startingDay } });
      accept(other.card, beginPurchase(other, AMOUNTS).end(`${date}235959`).command);
      assert.equal(stateOf(other.card), {
        balance: ACCOUNT.balance - AMOUNTS[0],
        selfPaid: AMOUNTS[1] + (adds ? ACCOUNT.selfPaid : 0),
        pooled: AMOUNTS[2] + (adds ? ACCOUNT.pooled : 0),
        year: after,
      });
    },
  );
}

tests("totals add up over three years, each from its first purchase", () => {
  const totals: string[] = [];
  for (const date of ["20260301", "20261231", "20270101", "20270815", "20290101"]) {
    accept(card, beginPurchase(made, [1, 100, 10]).end(`${date}080000`).command);
    const { selfPaid, pooled, year } = stateOf(card);
    totals.push(`${year} ${selfPaid} ${pooled}`);
  }
  assert.equal(totals, [
    "2026 1100 2010",
    "2026 1200 2020",
    "2027 100 10",
    "2027 200 20",
    "2029 100 10",
  ]);
});

const MOST = 0xffff_ffff;
/** What the account has, and what the purchase adds: one fen too much for a total. */
const OVERFLOWS: readonly [string, Partial<Account>, Amounts][] = [
  ["the person", { selfPaid: MOST - 10 }, [1, 11, 1]],
  ["the fund", { pooled: MOST - 10 }, [1, 1, 11]],
];

for (const [whose, account, amounts] of OVERFLOWS) {
  tests(
    `a purchase that overflows the total of ${whose} is refused; in a new year it is not`,
    async () => {
      const other = await accountCard("sm4", { account });
      const before = stateOf(other.card);
      refuse(other.card, beginPurchase(other, amounts).end().command, SW_CONDITIONS_NOT_SATISFIED);
      assert.equal(stateOf(other.card), before);
      assert.equal(recordsOf(other.card), []);
      const most = amounts.map((amount) => Math.min(amount, 10)) as unknown as Amounts;
      accept(other.card, beginPurchase(other, most).end().command);
      accept(other.card, beginPurchase(other, amounts).end("20270101000000").command);
      const { selfPaid, pooled, year } = stateOf(other.card);
      assert.equal([selfPaid, pooled, year], [amounts[1], amounts[2], "2027"]);
    },
  );
}

type Change = (right: string) => Uint8Array;
const with2 = (p1: number, p2: number, data: string) =>
  apdu(CLA_ACCOUNT, INS_DEBIT_FOR_PURCHASE, p1, p2, data, 8);
/** What is made of the data of a right command, in the order of the handler. */
const REFUSALS: readonly [string, Change, number][] = [
  ["P1", (data) => with2(0, 0, data), SW_WRONG_P1P2],
  ["P2", (data) => with2(P1_PURCHASE, 1, data), SW_WRONG_P1P2],
  ["14 bytes", (data) => debitForPurchase(data.slice(2)), SW_WRONG_LENGTH],
  ["16 bytes", (data) => debitForPurchase(`${data}00`), SW_WRONG_LENGTH],
  [
    "a time that is none",
    (data) => debitForPurchase(`${data.slice(0, 8)}20260431000000${data.slice(22)}`),
    SW_WRONG_DATA,
  ],
  ["a wrong MAC1", (data) => debitForPurchase(data.slice(0, -8) + ZEROS), SW_MAC_WRONG],
  [
    "another number of the terminal",
    (data) => debitForPurchase(`00010008${data.slice(8)}`),
    SW_MAC_WRONG,
  ],
];

for (const [what, command, sw] of REFUSALS) {
  tests(
    `DEBIT FOR PURCHASE refuses ${what} with ${hex16(sw)}, changes nothing, ends the purchase`,
    () => {
      const before = stateOf(card);
      const right = beginPurchase(made, AMOUNTS).end();
      refuse(card, command(hex(right.command.slice(5, -1))), sw);
      refuse(card, right.command, SW_COMMAND_NOT_ACCEPTED);
      assert.equal(stateOf(card), before);
      assert.equal(recordsOf(card), []);
      const next = beginPurchase(made, AMOUNTS).end();
      assert.is(next.number, 1);
      answers(card, next.command, next.answer);
    },
  );
}

tests("DEBIT FOR PURCHASE without INITIALIZE, after one for load, and twice is refused", () => {
  const any = debitForPurchase(TERMINAL_NUMBER + TIME + ZEROS);
  refuse(card, any, SW_COMMAND_NOT_ACCEPTED);
  beginLoad(made, 1);
  refuse(card, any, SW_COMMAND_NOT_ACCEPTED);
  const { command } = beginPurchase(made, AMOUNTS).end();
  accept(card, command);
  refuse(card, command, SW_COMMAND_NOT_ACCEPTED);
  assert.is(stateOf(card).balance, ACCOUNT.balance - AMOUNTS[0]);
});

tests("a key with tries is blocked by wrong MACs, and a right one gives them back", async () => {
  const limited = await accountCard("sm4", { tries: 2 });
  const wrong = () => {
    beginPurchase(limited, AMOUNTS);
    refuse(limited.card, debitForPurchase(TERMINAL_NUMBER + TIME + ZEROS), SW_MAC_WRONG);
  };
  wrong();
  accept(limited.card, beginPurchase(limited, AMOUNTS).end().command);
  wrong();
  wrong();
  refuse(limited.card, initializeForPurchase(AMOUNTS), SW_AUTHENTICATION_BLOCKED);
  // The key for loads is another one.
  accept(limited.card, beginLoad(limited, 1).end().command);
});

for (const full of [false, true]) {
  tests(
    `DEBIT FOR PURCHASE cut anywhere is done or not, and the proof tells: ${full ? "over the oldest record" : "into a new year"}`,
    () => {
      for (let i = 0; full && i < RECORDS; i++) accept(card, beginLoad(made, 1).end().command);
      const [before, records] = [stateOf(card), recordsOf(card)];
      const { command, number, proof, record } = beginPurchase(made, AMOUNTS).end("20270101000000");
      const after = {
        balance: before.balance - AMOUNTS[0],
        selfPaid: AMOUNTS[1],
        pooled: AMOUNTS[2],
        year: "2027",
      };
      const seen = new Set<boolean>();
      const cuts = everyPowerCut(
        card,
        () => card.exchange(command),
        (cut) => {
          openAccount(card);
          const reply = send(card, getProof(TRANSACTION_PURCHASE, number));
          const done = reply.sw === SW_SUCCESS;
          if (!done) assert.is(reply.sw, SW_MAC_NOT_AVAILABLE, cut);
          else assert.is(hex(reply.data), proof, cut);
          assert.equal(stateOf(card), done ? after : before, cut);
          const now = done ? [record, ...records].slice(0, RECORDS) : records;
          assert.equal(recordsOf(card), now, cut);
          assert.is(beginPurchase(made, AMOUNTS).end().number, done ? 2 : 1, cut);
          seen.add(done);
        },
      );
      assert.ok(cuts > 0 && seen.size === 2, "the cuts did not reach both sides of the commit");
    },
  );
}

tests.run();
