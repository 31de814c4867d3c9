// What was done at the desk and failed at its end is not done a second time with the HSM.

import { suite } from "uvu";
import * as assert from "uvu/assert";
import { INS_CREDIT_SAM_FOR_PURCHASE } from "../../../../applets/psam/spec.ts";
import { BusinessSystem } from "../../../../emulator/terminal/desk/business-system.ts";
import { EmulatedSlot } from "../../../../emulator/terminal/desk/emulated-slots.ts";
import { libraryCardOf } from "../../../../emulator/terminal/desk/hsm.ts";
import { PsamSecurity } from "../../../../emulator/terminal/desk/psam-security.ts";
import type { Slot } from "../../../../emulator/terminal/desk/slots.ts";
import { TransportError } from "../../../../personalization/errors.ts";
import {
  INS_PIN_CHANGE_UNBLOCK,
  INS_UPDATE_RECORD,
} from "../../../../runtime/spec/instructions.ts";
import {
  SW_CONDITIONS_NOT_SATISFIED,
  SW_REFERENCED_DATA_NOT_FOUND,
} from "../../../../runtime/spec/status-words.ts";
import {
  type Cards,
  deskWith,
  done,
  ended,
  libraryOf,
  makeCards,
  PIN,
  psamOf,
  TypedPad,
} from "./desk-cards.ts";

const tests = suite("not a second time");
let cards: Cards;
tests.before(async () => {
  cards = await makeCards();
});

const statusOf = (sw: number): Uint8Array => Uint8Array.of(sw >> 8, sw & 0xff);

/** A card whose answers to an instruction are replaced; what it was told it has done. */
function answering(inner: EmulatedSlot, ins: number, answer: () => Uint8Array): Slot {
  return {
    interface: "contact",
    close: () => inner.close(),
    async power() {
      const { card, answer: atr } = await inner.power();
      const transmit = async (command: Uint8Array) => {
        const response = await card.transmit(command);
        return command[1] === ins ? answer() : response;
      };
      return { answer: atr, card: { transmit, reset: () => card.reset() } };
    },
  };
}

/** A desk with PSAM and HSM, and which steps with the HSM it took. */
async function scene(parts: { user?: Slot; psam?: Slot }) {
  const { card } = cards[3][0]!;
  const psam = parts.psam ? new PsamSecurity(parts.psam) : psamOf(cards);
  const slots = [parts.user ?? new EmulatedSlot(card)];
  const desk = deskWith(card, { security: psam, slots, pinPad: new TypedPad(PIN, PIN, PIN) });
  const seen: string[] = [];
  const library = libraryOf(cards.service);
  const system = new BusinessSystem(desk, library, (step) => seen.push(step));
  const basic = done(await system.readBasic(1));
  return { system, seen, library, card: libraryCardOf(basic), info: system.cardInfo };
}

const gone = () => {
  throw new TransportError("the PSAM is gone");
};
const ENDS: [what: string, answer: () => Uint8Array][] = [
  ["knows no key", () => statusOf(SW_REFERENCED_DATA_NOT_FOUND)],
  ["is in no state for it", () => statusOf(SW_CONDITIONS_NOT_SATISFIED)],
  ["is gone", gone],
];
for (const [at, [what, answer]] of ENDS.entries()) {
  tests(
    `a PSAM that ${what} after the card has paid: -2206, paid once, the receipt kept`,
    async () => {
      const psam = answering(new EmulatedSlot(cards.psam), INS_CREDIT_SAM_FOR_PURCHASE, answer);
      const { system, seen, library, card, info } = await scene({ psam });
      const paid = await system.debit(1, info, `100.00|4${at}.00|20261123101500|`);
      assert.is(paid.code, -2206, paid.output);
      assert.is(await library.checkReceipt(card, paid.output), true);
      assert.equal(seen, []);
      const desk = deskWith(cards[3][0]!.card, { pinPad: new TypedPad(PIN) });
      const records = done(await desk.iReadDebitRecord(1)).split("|");
      assert.is(records.filter((record) => record.endsWith(`^100.00^4${at}.00^`)).length, 1);
    },
  );
}

tests("a cyclic record whose answer is a key that is not there is added once: -2205", async () => {
  const inner = new EmulatedSlot(cards[3][0]!.card);
  const lost = () => statusOf(SW_REFERENCED_DATA_NOT_FOUND);
  const { system, seen, info } = await scene({ user: answering(inner, INS_UPDATE_RECORD, lost) });
  const record = "4010101^20200101^20201231^某公司^";
  ended(await system.write(1, info, "DF02EF07|$", `DF02EF07|${record}|$`), -2205);
  assert.equal(seen, []);
  const all = done(await system.read(1, 1, info, "DF02EF07|$"));
  assert.is(all.split(record).length - 1, 1, all);
});

tests("a PIN that is set anew is set once: -2205", async () => {
  const inner = new EmulatedSlot(cards[3][0]!.card);
  const lost = () => statusOf(SW_REFERENCED_DATA_NOT_FOUND);
  const user = answering(inner, INS_PIN_CHANGE_UNBLOCK, lost);
  const { system, seen, info } = await scene({ user });
  ended(await system.reloadPin(1, info), -2205);
  assert.equal(seen, []);
});

tests(
  "a key that the PSAM has not is asked of the HSM, as long as nothing was changed",
  async () => {
    const empty: Slot = {
      interface: "contact",
      power: async () => undefined,
      close: async () => {},
    };
    const { system, seen, info } = await scene({ psam: empty });
    done(await system.write(1, info, "DF01EF0A|37|$", "DF01EF0A|CHN|$"));
    assert.ok(seen.includes("iWriteCard_HSM_Step2"), seen.join(" "));
  },
);

tests.run();
