// The grouping that makes an account during personalization.

import { suite } from "uvu";
import * as assert from "uvu/assert";
import { FID_MF, FILE_TRANSPARENT } from "../../../../applets/filesystem/spec.ts";
import {
  AID_SSSE,
  DGI_8400_MEDICAL_ACCOUNT,
  FID_EF05_ISSUANCE,
  P2_ACCOUNT_BALANCE,
} from "../../../../applets/social-security/spec.ts";
import type { Card } from "../../../../emulator/card.ts";
import {
  SW_FILE_EXISTS,
  SW_FILE_NOT_FOUND,
  SW_SUCCESS,
  SW_WRONG_DATA,
} from "../../../../runtime/spec/status-words.ts";
import { answers, everyPowerCut, freshCard, send } from "../../../helpers/card.ts";
import {
  ACTIVATE,
  fileGrouping,
  grouping,
  hex16,
  personalize,
  storeData,
  through,
} from "../../../helpers/secure-channel.ts";
import { fcp } from "../../filesystem/file-tree.ts";
import {
  ACCOUNT,
  accountGrouping,
  beginLoad,
  beginPurchase,
  FID_DF02,
  getBalance,
  groupings,
  hex32,
  openAccount,
  stateOf,
} from "./account-card.ts";

const EF = { type: FILE_TRANSPARENT, fid: FID_EF05_ISSUANCE, size: 8 } as const;
const FILES = [...groupings("sm4", { leaveOut: ["account"] }), fileGrouping(FID_MF, fcp(EF))];
const tests = suite("account of STORE DATA");

/** A card with all but an account, and the channel that goes on. */
async function unfinished() {
  const card = await freshCard();
  return { card, channel: await personalize(card, AID_SSSE, FILES) };
}

function store(
  { card, channel }: Awaited<ReturnType<typeof unfinished>>,
  block: number,
  one: string,
  sw: number = SW_SUCCESS,
): void {
  through(card, channel, storeData(FILES.length + block, one), sw);
}

function finished(card: Card): { card: Card; family: "sm4" } {
  card.reset();
  openAccount(card);
  return { card, family: "sm4" };
}

tests("the account has what the grouping says, and has counted nothing", async () => {
  const made = await unfinished();
  store(made, 0, accountGrouping({ year: "2031", balance: 0x01020304 }) + ACTIVATE);
  const { card } = finished(made.card);
  assert.equal(stateOf(card), {
    balance: 0x01020304,
    selfPaid: ACCOUNT.selfPaid,
    pooled: ACCOUNT.pooled,
    year: "2031",
  });
  assert.is(beginLoad({ card, family: "sm4" }, 1).end().number, 1);
  assert.is(beginPurchase({ card, family: "sm4" }, [1, 0, 0]).end().number, 1);
});

tests("an account that comes from another card goes on counting", async () => {
  const made = await unfinished();
  store(made, 0, accountGrouping({ counted: [0x0102, 0x0304] }) + ACTIVATE);
  const card = finished(made.card);
  assert.is(beginPurchase(card, [1, 0, 0]).end().number, 0x0103);
  assert.is(beginLoad(card, 1).end().number, 0x0305);
});

tests("each DF can have one, beside groupings in the same block", async () => {
  const made = await unfinished();
  store(made, 0, accountGrouping({ balance: 2 }, FID_DF02) + accountGrouping({ balance: 4 }));
  store(made, 1, ACTIVATE);
  const { card } = finished(made.card);
  answers(card, getBalance(P2_ACCOUNT_BALANCE), hex32(4));
});

const VALUE = accountGrouping().slice(6);
const REFUSALS: readonly [string, string, number][] = [
  ["17 bytes", VALUE.slice(0, -2), SW_WRONG_DATA],
  ["19 bytes", `${VALUE}00`, SW_WRONG_DATA],
  ["23 bytes", `${VALUE}0000000000`, SW_WRONG_DATA],
  ["nothing", "", SW_WRONG_DATA],
  ["a year that is not decimal", accountGrouping({ year: "20a6" }).slice(6), SW_WRONG_DATA],
  ["a day that is none", accountGrouping({ startingDay: "0230" }).slice(6), SW_WRONG_DATA],
  ["a DF that is not there", accountGrouping({}, 0xdf07).slice(6), SW_FILE_NOT_FOUND],
  ["the environment itself", accountGrouping({}, FID_MF).slice(6), SW_FILE_NOT_FOUND],
  ["an EF of the environment", accountGrouping({}, FID_EF05_ISSUANCE).slice(6), SW_FILE_NOT_FOUND],
];

for (const [what, value, sw] of REFUSALS) {
  tests(
    `the account of ${what} is refused with ${hex16(sw)}, and a right one is taken next`,
    async () => {
      const made = await unfinished();
      store(made, 0, grouping(DGI_8400_MEDICAL_ACCOUNT, value), sw);
      store(made, 1, accountGrouping() + ACTIVATE);
      assert.is(stateOf(finished(made.card).card).balance, ACCOUNT.balance);
    },
  );
}

tests("a second account of the same DF is refused, the first stays", async () => {
  const made = await unfinished();
  store(made, 0, accountGrouping());
  store(made, 1, accountGrouping({ balance: 1 }), SW_FILE_EXISTS);
  assert.is(stateOf(finished(made.card).card).balance, ACCOUNT.balance);
});

tests("the grouping cut anywhere makes the account or none", async () => {
  const made = await unfinished();
  const command = made.channel.wrap(storeData(FILES.length, accountGrouping()));
  const seen = new Set<boolean>();
  const cuts = everyPowerCut(
    made.card,
    () => made.card.exchange(command),
    (cut) => {
      openAccount(made.card);
      const done = send(made.card, getBalance(P2_ACCOUNT_BALANCE)).sw === SW_SUCCESS;
      if (done) assert.is(stateOf(made.card).balance, ACCOUNT.balance, cut);
      seen.add(done);
    },
  );
  assert.ok(cuts > 0 && seen.size === 2, "the cuts did not reach both sides of the commit");
});

tests.run();
