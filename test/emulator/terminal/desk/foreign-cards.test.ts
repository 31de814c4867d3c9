// Cards that are not ours: older ones, those that read record by record, and those that lie.

import { suite } from "uvu";
import * as assert from "uvu/assert";
import { indicatedAlgorithm } from "../../../../emulator/terminal/desk/algorithm.ts";
import { generationOf } from "../../../../emulator/terminal/desk/card-session.ts";
import { EmulatedSlot } from "../../../../emulator/terminal/desk/emulated-slots.ts";
import { libraryCardOf } from "../../../../emulator/terminal/desk/hsm.ts";
import { findCard, historicalOf, type Slot } from "../../../../emulator/terminal/desk/slots.ts";
import { TransportError } from "../../../../personalization/errors.ts";
import {
  INS_DEBIT_FOR_PURCHASE,
  INS_EXTERNAL_AUTHENTICATE,
  INS_READ_RECORD,
  INS_SELECT,
} from "../../../../runtime/spec/instructions.ts";
import { SW_SUCCESS, SW_WRONG_P1P2 } from "../../../../runtime/spec/status-words.ts";
import { bytes, hex } from "../../../helpers/bytes.ts";
import {
  type Cards,
  cardInfoOf,
  deskWith,
  done,
  ended,
  type Generation,
  libraryOf,
  makeCards,
  PIN,
  psamOf,
  servedBy,
  TypedPad,
} from "./desk-cards.ts";

const tests = suite("foreign cards");
let cards: Cards;
tests.before(async () => {
  cards = await makeCards();
});

type Answer = (command: Uint8Array, response: Uint8Array, at: number) => Uint8Array;

/** The card with its answers changed; `at` counts commands from 0. */
function changed(generation: Generation, answer: Answer): Slot & { commands: number } {
  const slot = new EmulatedSlot(cards[generation][0]!.card);
  const result = {
    interface: "contact" as const,
    commands: 0,
    close: () => slot.close(),
    async power() {
      const { card, answer: atr } = await slot.power();
      const transmit = async (command: Uint8Array) =>
        answer(command, await card.transmit(command), result.commands++);
      return { answer: atr, card: { transmit, reset: () => card.reset() } };
    },
  };
  return result;
}

const statusOf = (sw: number): Uint8Array => Uint8Array.of(sw >> 8, sw & 0xff);
const reads = (slot: Slot) =>
  deskWith(cards[3][0]!.card, { slots: [slot], security: servedBy(cards.service) });

for (const generation of [2, 3] as const) {
  tests(
    `a ${generation}.0 card that reads no range of records is read by tags, as terminals did`,
    async () => {
      const plain = changed(generation, (_command, response) => response);
      const whole = done(await reads(plain).iReadCardBas(1));
      const sent: string[] = [];
      const foreign = changed(generation, (command, response) => {
        sent.push(hex(command));
        const isRange = command[1] === INS_READ_RECORD && (command[3]! & 7) === 5;
        return isRange ? statusOf(SW_WRONG_P1P2) : response;
      });
      assert.is(done(await reads(foreign).iReadCardBas(1)), whole);
      const issuance = ["00A4020002EF05", "00B2010012", "00B2030006", "00B207000B"];
      assert.equal(
        sent.slice(2, 6).map((command) => command.toUpperCase()),
        issuance,
      );
      assert.ok(sent.length < 20, `${sent.length} commands`);
    },
  );
}

/** The FCI without 9F0C and what is in it. */
function withoutIndicator(response: Uint8Array): Uint8Array {
  const name = response.subarray(4, 4 + response[3]!);
  return Uint8Array.of(0x6f, name.length + 2, 0x84, name.length, ...name, 0x90, 0x00);
}

tests("a card that names no cipher has TDES keys", async () => {
  const slot = changed(2, (command, response) =>
    command[1] === INS_SELECT ? withoutIndicator(response) : response,
  );
  done(await reads(slot).iReadCardBas(1));
});

tests("a card of Beijing that names no cipher has SSF33 keys: -2202", async () => {
  const slot = changed(2, (command, response) => {
    if (command[1] === INS_SELECT) return withoutIndicator(response);
    if (command[1] !== INS_READ_RECORD) return response;
    const beijing = response.slice();
    beijing.set(bytes("110000"), 2);
    return beijing;
  });
  ended(await reads(slot).iReadCardBas(1), -2202);
});

tests("a card without a version is of the first generation: no extension of the name", async () => {
  const slot = changed(2, (command, response) => {
    const issuance = command[1] === INS_READ_RECORD && command[3] === ((5 << 3) | 5);
    if (!issuance) return response;
    // Tag 01 (18 bytes), 02 (3), then 03 with length and version.
    const old = response.slice();
    old.fill(0, 18 + 3 + 2, 18 + 3 + 2 + 4);
    return old;
  });
  const [, , , , , , version] = done(await reads(slot).iReadCardBas(1)).split("|");
  assert.is(version, "");
});

tests("versions by their first three characters", () => {
  assert.equal(["1.00", "", "2.01", "3.00", "3.0x"].map(generationOf), [1, 1, 2, 3, 3]);
  for (const version of ["4.00", "3.10", "x"]) assert.throws(() => generationOf(version));
});

tests("a number longer than nine characters is cut", async () => {
  const slot = changed(3, (command, response) => {
    const issuance = command[1] === INS_READ_RECORD && command[3] === ((5 << 3) | 5);
    if (!issuance) return response;
    const body = response.slice(0, -2);
    const number = body.slice(-9);
    return Uint8Array.of(...body.slice(0, -11), 7, 12, ...number, 0x41, 0x42, 0x43, 0x90, 0x00);
  });
  const [, , number] = done(await reads(slot).iReadCardBas(1)).split("|");
  assert.is(number, cards[3][0]!.row.card_number);
});

const NONSENSE = ["", "90", "9000", "FFFFFFFF9000", "6F00", "6A82", "09FF419000", "61FF", "6C01"];
tests("whatever a card answers to any command, the function ends with a code", async () => {
  const { card } = cards[3][0]!;
  const info = cardInfoOf(
    done(await deskWith(card, { security: servedBy(cards.service) }).iReadCardBas(1)),
  );
  let refusals = 0;
  for (const nonsense of NONSENSE) {
    for (let wrong = 0; wrong < 14; wrong++) {
      const lying = () =>
        changed(3, (_command, response, at) => (at === wrong ? bytes(nonsense) : response));
      const desk = (slot: Slot) =>
        deskWith(card, {
          slots: [slot],
          security: servedBy(cards.service),
          pinPad: new TypedPad(PIN),
        });
      for (const result of [
        await desk(lying()).iReadCardBas(1),
        await desk(lying()).iReadCard(1, 1, info, "DF01EF08|2B|$DF04EF06|90|$DF04EF08|$"),
        await desk(lying()).iReadDebitRecord(1),
      ]) {
        assert.ok(result.code <= 0 && Number.isInteger(result.code));
        assert.not.match(result.output, /\n/);
        if (result.code !== 0) refusals++;
      }
    }
  }
  assert.ok(refusals > 120, `only ${refusals} refusals`);
});

const LIES: [file: string, sfi: number, records: string][] = [
  ["issuance", 5, "0110"],
  ["issuance", 5, "01"],
  ["cardholder", 6, "0812353139393030313939303031303130"],
  ["cardholder", 6, "0801410955C0EE"],
];
for (const [file, sfi, records] of LIES) {
  tests(
    `a length in the ${file} file that leads outside (${records.slice(0, 8)}..): -15`,
    async () => {
      const slot = changed(3, (command, response) => {
        const asked = command[1] === INS_READ_RECORD && command[3] === ((sfi << 3) | 5);
        return asked ? bytes(`${records}9000`) : response;
      });
      ended(await reads(slot).iReadCardBas(1), -15);
    },
  );
}

tests("what a card holds forges no field and steers no terminal", async () => {
  const slot = changed(3, (command, response) => {
    const holder = command[1] === INS_READ_RECORD && command[3] === ((6 << 3) | 5);
    if (!holder) return response;
    const name = response.slice();
    name.set(bytes("7C245E1B"), 18 + 2 + 2);
    return name;
  });
  const output = done(await reads(slot).iReadCardBas(1));
  assert.is(output.split("|").length, 12);
  assert.not.match(output, /\p{Cc}|\$|\^/u);
});

for (const by of ["PSAM", "key service"] as const) {
  tests(
    `a purchase whose proof (MAC2) is not the card's: -2206 and its receipt, by ${by}`,
    async () => {
      const slot = changed(3, (command, response) => {
        if (command[1] !== INS_DEBIT_FOR_PURCHASE) return response;
        const forged = response.slice();
        forged[7]! ^= 1;
        return forged;
      });
      const security = by === "PSAM" ? psamOf(cards) : servedBy(cards.service);
      const pinPad = new TypedPad(PIN);
      const desk = deskWith(cards[3][0]!.card, { slots: [slot], security, pinPad });
      const info = cardInfoOf(done(await desk.iReadCardBas(1)));
      const result = await desk.iDoDebit(1, info, "1.00|1.00|20261123101500|");
      ended(result, -2206);
      const library = libraryOf(cards.service);
      const basic = done(await deskWith(cards[3][0]!.card, { security }).iReadCardBas(1));
      assert.is(await library.checkReceipt(libraryCardOf(basic), result.output), true);
    },
  );
}

tests("a card that is taken out is -4, and the slot is free for the next", async () => {
  let out = true;
  const slot = changed(3, (_command, response, at) => {
    if (out && at === 3) throw new TransportError("the card is gone");
    return response;
  });
  const desk = reads(slot);
  ended(await desk.iReadCardBas(1), -4);
  out = false;
  slot.commands = 0;
  done(await desk.iReadCardBas(1));
});

tests("historical bytes of an ATR, of a PC/SC reader's ATR for a field, of an ATS", () => {
  const historical = "00814E43238697159900BF7C7A";
  assert.is(hex(historicalOf(bytes(`3B6D0000${historical}`))), hex(bytes(historical)));
  assert.is(hex(historicalOf(bytes(`3B8D8001${historical}00`))), hex(bytes(historical)));
  assert.is(hex(historicalOf(bytes(`127880A002${historical}`))), hex(bytes(historical)));
  for (const answer of ["", "3B", "3B00", "3B630000010203", "05788000", "FF"]) {
    assert.throws(() => historicalOf(bytes(answer)), /卡类型不符/);
  }
});

tests("a PC/SC reader's card shows which interface it has", async () => {
  const card = { transmit: async () => new Uint8Array(), reset: async () => new Uint8Array() };
  const slot = (answer: string): Slot => ({
    interface: "either",
    power: async () => ({ card, answer: bytes(answer) }),
    close: async () => {},
  });
  const contact = slot("3B6D000000814E43238697159900BF7C7A");
  const field = slot("3B8D800100814E43238697159900BF7C7A00");
  const found = async (...interfaces: ("contact" | "contactless")[]) =>
    (await findCard([contact, field], interfaces)).slot;
  assert.is(await found("contact"), contact);
  assert.is(await found("contactless"), field);
  assert.is(await found("contactless", "contact"), field);
});

tests("an indicator that is none is refused", () => {
  assert.is(indicatedAlgorithm(bytes("6F08A5069F0C03860103")), "sm4");
  assert.is(indicatedAlgorithm(bytes("6F028400")), undefined);
  for (const fci of ["6F08A5069F0C03860104", "6F07A5059F0C028600", "6F08A5069F0C0386010"]) {
    assert.throws(() => indicatedAlgorithm(bytes(fci.padEnd(fci.length + (fci.length % 2), "0"))));
  }
});

for (const generation of [2, 3] as const) {
  tests(`a recording of a ${generation}.0 card is not genuine, in steps either: -21`, async () => {
    const heard = new Map<string, Uint8Array[]>();
    const under = (command: Uint8Array) => {
      const header = hex(command.subarray(0, 4));
      if (!heard.has(header)) heard.set(header, []);
      return heard.get(header)!;
    };
    const genuine = changed(generation, (command, response) => {
      under(command).push(response);
      return response;
    });
    // It needs no key: it accepts every proof, and says what was said before.
    const recording = changed(generation, (command) =>
      command[1] === INS_EXTERNAL_AUTHENTICATE ? statusOf(SW_SUCCESS) : under(command).shift()!,
    );
    const read = async (slot: Slot) => {
      const desk = deskWith(cards[generation][0]!.card, { slots: [slot] });
      const first = done(await desk.iReadCardBas_HSM_Step1(1));
      const pKey = await libraryOf(cards.service).computeReadCardBas(first);
      return desk.iReadCardBas_HSM_Step2(pKey);
    };
    done(await read(genuine));
    ended(await read(recording), -21);
  });
}

tests.run();
