// iReadDebitRecord of a card that was loaded too: the file of transactions has both, the function purchases.

import { suite } from "uvu";
import * as assert from "uvu/assert";
import { openAccount } from "../../../../emulator/terminal/account/account.ts";
import { creditLoad, initializeLoad } from "../../../../emulator/terminal/account/load.ts";
import { EmulatedSlot } from "../../../../emulator/terminal/desk/emulated-slots.ts";
import { openCard } from "../../../../emulator/terminal/desk/terminal.ts";
import { bytes } from "../../../helpers/bytes.ts";
import {
  type Cards,
  cardInfoOf,
  deskWith,
  done,
  GENERATIONS,
  makeCards,
  PIN,
  psamOf,
  servedBy,
  TypedPad,
  terminalNumber,
} from "./desk-cards.ts";

const tests = suite("iReadDebitRecord");
let cards: Cards;
tests.before(async () => {
  cards = await makeCards();
});

for (const generation of GENERATIONS) {
  tests(`${generation}.0 card: a load among purchases is none of them`, async () => {
    const { card } = cards[generation][0]!;
    const pinPad = new TypedPad(...new Array<string>(9).fill(PIN));
    const desk = deskWith(card, { security: psamOf(cards), pinPad });
    const info = cardInfoOf(done(await desk.iReadCardBas(1)));
    done(await desk.iDoDebit(1, info, "1.00|0.50|20270101101500|"));
    const session = await openCard({ slots: [new EmulatedSlot(card)], pinPad }, 1);
    await openAccount(session);
    const load = await initializeLoad(session, 5000, terminalNumber(cards));
    const time = bytes("20270101101600");
    const { mac2 } = await servedBy(cards.service).loadMacs(session, load, time);
    await creditLoad(session, time, mac2);
    await session.close();
    done(await desk.iDoDebit(1, info, "2.00|0.00|20270101101700|"));
    const all = done(await desk.iReadCard(1, 2, info, "DF04EF08|$"));
    assert.is(all.split("|").length - 2, 3, "the file has all three");
    const lines = done(await desk.iReadDebitRecord(1))
      .split("|")
      .slice(0, -1);
    assert.equal(
      lines.map((line) => line.split("^").slice(2, -1)),
      [
        ["20270101101700", "2.00", "0.00"],
        ["20270101101500", "1.00", "0.50"],
      ],
    );
  });
}

tests.run();
