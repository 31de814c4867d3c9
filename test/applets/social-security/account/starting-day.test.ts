// UPDATE and GET STARTING DAY: the day that payment years begin on.

import { suite } from "uvu";
import * as assert from "uvu/assert";
import {
  CLA_ACCOUNT,
  KEY_DSK,
  P1_GET_STARTING_DAY,
  P1_UPDATE_STARTING_DAY,
} from "../../../../applets/social-security/spec.ts";
import type { Card } from "../../../../emulator/card.ts";
import {
  INS_EXTERNAL_AUTHENTICATE,
  INS_GET_CHALLENGE,
  INS_STARTING_DAY,
} from "../../../../runtime/spec/instructions.ts";
import {
  SW_FUNCTION_NOT_SUPPORTED,
  SW_SECURITY_NOT_SATISFIED,
  SW_WRONG_DATA,
  SW_WRONG_LENGTH,
  SW_WRONG_P1P2,
  swTriesLeft,
} from "../../../../runtime/spec/status-words.ts";
import { bytes, hex } from "../../../helpers/bytes.ts";
import { accept, answers, apdu, everyPowerCut, refuse } from "../../../helpers/card.ts";
import { hex16 } from "../../../helpers/secure-channel.ts";
import {
  accountCard,
  beginPurchase,
  DSK,
  FID_DF02,
  openAccount,
  selectDf,
  stateOf,
} from "./account-card.ts";
import { FAMILIES, type Family, sessionKey } from "./reference.ts";

const made = await accountCard("sm4");
const { card } = made;
const ready = card.snapshot();
const tests = suite("starting day");
tests.before.each(() => card.restore(ready));

const raw = (p1: number, p2: number, data = "", le?: number) =>
  apdu(CLA_ACCOUNT, INS_STARTING_DAY, p1, p2, data, le);
const update = (data: string) => raw(P1_UPDATE_STARTING_DAY, 0, data);
const get = raw(P1_GET_STARTING_DAY, 0, "", 2);

/** EXTERNAL AUTHENTICATE with DSK. */
function proveDsk(on: Card, family: Family = "sm4", key = DSK): Uint8Array {
  const challenge = () => hex(accept(on, apdu(0, INS_GET_CHALLENGE, 0, 0, "", 8)));
  const [original, factor] = [challenge(), challenge()];
  const block = bytes(sessionKey(family, sessionKey(family, key, factor), original));
  const data = block.slice(0, 8).map((byte, i) => byte ^ (block[8 + i] ?? 0));
  return apdu(0, INS_EXTERNAL_AUTHENTICATE, 0, KEY_DSK, hex(data) + original);
}

for (const family of FAMILIES) {
  tests(`${family}: UPDATE STARTING DAY after authentication with DSK`, async () => {
    const other = await accountCard(family);
    answers(other.card, get, "0101");
    accept(other.card, proveDsk(other.card, family));
    accept(other.card, update("0701"));
    answers(other.card, get, "0701");
  });
}

tests("the new day decides on the next purchase", () => {
  accept(card, proveDsk(card));
  accept(card, update("0701"));
  accept(card, beginPurchase(made, [1, 10, 10]).end("20270630120000").command);
  assert.is(stateOf(card).year, "2026");
  accept(card, beginPurchase(made, [1, 10, 10]).end("20270701120000").command);
  assert.is(stateOf(card).year, "2027");
});

const DAYS = ["0131", "0229", "0430", "1231", "0101", "0930", "1031", "1130"];
tests(`days that are: ${DAYS.join(", ")}`, () => {
  accept(card, proveDsk(card));
  for (const day of DAYS) {
    accept(card, update(day));
    answers(card, get, day);
  }
});

const REFUSALS: readonly [string, Uint8Array, number][] = [
  ["P1 02", raw(2, 0, "0701"), SW_WRONG_P1P2],
  ["P2", raw(P1_UPDATE_STARTING_DAY, 1, "0701"), SW_WRONG_P1P2],
  ["P2 of GET", raw(P1_GET_STARTING_DAY, 1, "", 2), SW_WRONG_P1P2],
  ["no day", update(""), SW_WRONG_LENGTH],
  ["one byte", update("07"), SW_WRONG_LENGTH],
  ["three bytes", update("070100"), SW_WRONG_LENGTH],
  ["data of GET", raw(P1_GET_STARTING_DAY, 0, "00", 2), SW_WRONG_LENGTH],
  ["Le 01 of GET", raw(P1_GET_STARTING_DAY, 0, "", 1), SW_WRONG_LENGTH],
  ...[
    "0001",
    "1301",
    "0100",
    "0132",
    "0230",
    "0431",
    "0631",
    "0931",
    "1131",
    "0a01",
    "010a",
    "1f01",
  ].map((day): [string, Uint8Array, number] => [`the day ${day}`, update(day), SW_WRONG_DATA]),
];

for (const [what, command, sw] of REFUSALS) {
  tests(`STARTING DAY refuses ${what} with ${hex16(sw)}, changes nothing, and works next`, () => {
    accept(card, proveDsk(card));
    refuse(card, command, sw);
    answers(card, get, "0101");
    accept(card, update("0701"));
    answers(card, get, "0701");
  });
}

tests("UPDATE STARTING DAY without DSK is refused; GET asks for nothing", () => {
  refuse(card, update("0701"), SW_SECURITY_NOT_SATISFIED);
  refuse(card, proveDsk(card, "sm4", "00".repeat(16)), swTriesLeft(2));
  refuse(card, update("0701"), SW_SECURITY_NOT_SATISFIED);
  answers(card, get, "0101");
});

tests("what DSK proved is forgotten in another DF", () => {
  accept(card, proveDsk(card));
  accept(card, selectDf(FID_DF02));
  refuse(card, get, SW_FUNCTION_NOT_SUPPORTED);
  refuse(card, update("0701"), SW_FUNCTION_NOT_SUPPORTED);
  accept(card, selectDf());
  refuse(card, update("0701"), SW_SECURITY_NOT_SATISFIED);
});

tests("UPDATE STARTING DAY cut anywhere leaves the old day or the new", () => {
  accept(card, proveDsk(card));
  const seen = new Set<string>();
  const cuts = everyPowerCut(
    card,
    () => card.exchange(update("0930")),
    () => {
      openAccount(card);
      seen.add(hex(accept(card, get)));
    },
  );
  assert.ok(cuts > 0, "nothing was written: this test proves nothing");
  assert.equal([...seen].sort(), ["0101", "0930"]);
});

tests.run();
