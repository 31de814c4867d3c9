// Reading, writing, PINs and purchases: each function by PSAM and in steps, on both generations.

import { suite } from "uvu";
import * as assert from "uvu/assert";
import type { Snapshot } from "../../../../emulator/card.ts";
import { BusinessSystem } from "../../../../emulator/terminal/desk/business-system.ts";
import { libraryCardOf } from "../../../../emulator/terminal/desk/hsm.ts";
import type { NoPin } from "../../../../emulator/terminal/desk/pin-pad.ts";
import {
  type Cards,
  cardInfoOf,
  type DeskParts,
  deskWith,
  done,
  ended,
  GENERATIONS,
  type Generation,
  libraryOf,
  makeCards,
  PIN,
  psamOf,
  servedBy,
  TypedPad,
  terminalNumber,
} from "./desk-cards.ts";

const WAYS = ["PSAM", "HSM"] as const;
type Way = (typeof WAYS)[number];
const tests = suite("functions of the reader interface");
let cards: Cards;
let fresh: { card: Cards["psam"]; snapshot: Snapshot }[];
tests.before(async () => {
  cards = await makeCards();
  const all = [...cards[2], ...cards[3]].map(({ card }) => card);
  fresh = [...all, cards.psam].map((card) => ({ card, snapshot: card.snapshot() }));
});
tests.before.each(() => {
  for (const { card, snapshot } of fresh) card.restore(snapshot);
});

interface Scene {
  readonly system: BusinessSystem;
  readonly info: string;
  readonly basic: string;
  readonly pad: TypedPad;
}

/** A business system whose desk has a PSAM, or only the card library's HSM; the basics are read. */
async function scene(generation: Generation, way: Way, ...typed: string[]): Promise<Scene> {
  const { card } = cards[generation][0]!;
  const pad = new TypedPad(...typed);
  const parts: DeskParts =
    way === "PSAM" ? { security: psamOf(cards), pinPad: pad } : { pinPad: pad };
  const library = way === "HSM" ? libraryOf(cards.service) : undefined;
  const system = new BusinessSystem(deskWith(card, parts), library);
  const basic = done(await system.readBasic(1));
  return { system, pad, basic, info: system.cardInfo };
}

for (const generation of GENERATIONS) {
  for (const way of WAYS) {
    const named = `${generation}.0 card, ${way}`;

    tests(`${named}: iReadCard mirrors its addresses, the PIN asked for once`, async () => {
      const { row } = cards[generation][0]!;
      const { system, info, pad } = await scene(generation, way, PIN);
      const addresses = "DF01EF08|2B|$SSSEEF05|07|03|$DF01EF07|29|$DF04EF05|8C|$";
      const output = done(await system.read(1, 1, info, addresses));
      assert.is(
        output,
        `DF01EF08|${row.marital_status}|$SSSEEF05|${row.card_number}|${generation}.00|$` +
          `DF01EF07|${row.work_status}|$DF04EF05|${row.medical_category}|$`,
      );
      assert.equal(pad.asked, ["pin"]);
    });

    tests(`${named}: iReadCard opens a file with its key instead of the PIN`, async () => {
      const { row } = cards[generation][0]!;
      const { system, info, pad } = await scene(generation, way);
      const output = done(await system.read(1, 2, info, "DF01EF08|2B|$"));
      assert.is(output, `DF01EF08|${row.marital_status}|$`);
      assert.equal(pad.asked, []);
    });

    tests(`${named}: iReadCard of a file that asks for key and PIN`, async () => {
      const { system, info, pad } = await scene(generation, way, PIN);
      assert.match(
        done(await system.read(1, 1, info, "DF04EF06|90|92|$")),
        /^DF04EF06\|1\|\d*\|\$$/,
      );
      assert.equal(pad.asked, ["pin"]);
    });

    tests(`${named}: iReadCard of a transparent file is all its bytes`, async () => {
      const { system, info } = await scene(generation, way);
      const [, hexOf = ""] = done(await system.read(1, 2, info, "SSSEEF08|$")).split("|");
      assert.is(hexOf.length, 2 * 4096);
      assert.match(hexOf, /^FFD8FF/);
    });

    tests(`${named}: what iWriteCard writes, iReadCard reads`, async () => {
      const { system, info } = await scene(generation, way, PIN, PIN, PIN);
      const write = (addresses: string, data: string) => system.write(1, info, addresses, data);
      assert.is(done(await write("DF01EF0A|37|38|$", "DF01EF0A|CHN|13|$")), "");
      assert.is(done(await system.read(1, 1, info, "DF01EF0A|38|37|$")), "DF01EF0A|13|CHN|$");
      // A constructed item, the second of its tag; its parts end with ^.
      const degrees = "DF01EF15|40:1|40:2|$";
      done(await write("DF01EF15|40:1|$", "DF01EF15|203^0101^北京大学^|$"));
      done(await write("DF01EF15|40:2|$", "DF01EF15|303^0202^同济大学^|$"));
      assert.is(
        done(await system.read(1, 1, info, degrees)),
        "DF01EF15|203^0101^北京大学^|303^0202^同济大学^|$",
      );
    });

    tests(`${named}: a record that is written to a cyclic file is its first`, async () => {
      const { system, info } = await scene(generation, way, PIN, PIN);
      for (const year of ["2020", "2021"]) {
        const data = `DF02EF07|4010101^${year}0101^${year}1231^某公司^|$`;
        assert.is(done(await system.write(1, info, "DF02EF07|$", data)), "");
      }
      const record = (year: string) => `4010101^${year}0101^${year}1231^某公司^`;
      const all = done(await system.read(1, 1, info, "DF02EF07|$"));
      assert.ok(all.startsWith(`DF02EF07|${record("2021")}|${record("2020")}|`), all);
      assert.is(
        done(await system.read(1, 1, info, "DF02EF07|2|$")),
        `DF02EF07|${record("2020")}|$`,
      );
    });

    tests(`${named}: a forgotten PIN is set anew, a blocked one is unblocked`, async () => {
      const { system, info } = await scene(generation, way, "1357246", "1357246");
      assert.is(done(await system.reloadPin(1, info)), "");
      const { card } = cards[generation][0]!;
      const verify = (pin: string) => deskWith(card, { pinPad: new TypedPad(pin) }).iVerifyPIN(1);
      ended(await verify(PIN), -51);
      done(await verify("1357246"));
      for (let tries = 5; tries >= 0; tries--) {
        const wrong = await verify("0000");
        ended(wrong, -51);
        assert.match(wrong.output, new RegExp(`剩余${tries}次`));
      }
      ended(await verify("1357246"), -52);
      assert.is(done(await system.unblockPin(1, info)), "");
      done(await verify("1357246"));
    });

    tests(`${named}: iDoDebit pays, its receipt is good, iReadDebitRecord shows it`, async () => {
      const { system, info, basic } = await scene(generation, way, PIN, PIN);
      const output = done(await system.debit(1, info, "12.34|10.00|20261123101500|"));
      const parts = output.split("|");
      if (way === "HSM") assert.match(parts.shift() ?? "", /^[0-9A-F]{8}$/, "MAC2");
      const cipher = generation === 3 ? "03" : "01";
      const terminal = way === "PSAM" ? terminalNumber(cards) : "000000000000";
      assert.equal(parts.slice(0, 5), [cipher, "00B5", "000004D2000003E8", "32", terminal]);
      assert.equal(parts[6], "20261123101500");
      const receipt = parts.join("|");
      const library = libraryOf(cards.service);
      assert.is(await library.checkReceipt(libraryCardOf(basic), receipt), true);
      const forged = receipt.replace("000004D2", "000004D1");
      assert.is(await library.checkReceipt(libraryCardOf(basic), forged), false);
      const desk = deskWith(cards[generation][0]!.card, { pinPad: new TypedPad(PIN) });
      assert.is(done(await desk.iReadDebitRecord(1)), `1^${terminal}^20261123101500^12.34^10.00^|`);
    });

    tests(
      `${named}: another card than the one that was named, before anything else: -22`,
      async () => {
        const { system, pad, info } = await scene(generation, way, PIN);
        const [identifier = "", number = ""] = info.split("|");
        // Its last digit is of a code under random keys: any digit may be there already.
        const strange = identifier.slice(0, -1) + (identifier.endsWith("0") ? "1" : "0");
        const others = [`${strange}|${number}|`, `${identifier}|W00000099|`];
        for (const other of others) {
          ended(await system.read(1, 1, other, "DF01EF08|2B|$"), -22);
          ended(await system.write(1, other, "DF01EF08|2B|$", "DF01EF08|1|$"), -22);
          ended(await system.reloadPin(1, other), -22);
          ended(await system.unblockPin(1, other), -22);
          ended(await system.debit(1, other, "1|1|20261123101500|"), -22);
        }
        assert.equal(pad.asked, [], "the PIN was asked for");
      },
    );
  }

  tests(`${generation}.0 card: iChangePIN takes the old PIN and a new one`, async () => {
    const { card } = cards[generation][0]!;
    const change = (...typed: string[]) =>
      deskWith(card, { pinPad: new TypedPad(...typed) }).iChangePIN(1);
    done(await change(PIN, "87654321", "87654321"));
    ended(await change(PIN, "1111", "1111"), -51);
    done(await change("87654321", PIN, PIN));
    ended(await change(PIN, "1111", "2222"), -34);
    done(await deskWith(card).iVerifyPIN(1));
  });

  tests(`${generation}.0 card: a wrong proof from the HSM spends a try of the key`, async () => {
    const { card } = cards[generation][0]!;
    const desk = deskWith(card, { security: servedBy(cards.service) });
    const info = cardInfoOf(done(await desk.iReadCardBas(1)));
    const first = done(await desk.iReadCard_HSM_Step1(1, info, "DF01EF08|2B|$"));
    const original = first.split("|")[3]!;
    ended(await desk.iReadCard_HSM_Step2("0".repeat(16) + original), -25545);
  });
}

const PINS: [typed: (string | NoPin)[], code: number][] = [
  [[], -31],
  [[{ none: "timeout" }], -32],
  // What is typed never means that nothing is.
  [["timeout"], -41],
  [["cancelled"], -41],
  [["123"], -33],
  [[""], -33],
  [["12345678901234567"], -33],
  [["12a4"], -41],
  [["１２３４"], -41],
];
for (const [typed, code] of PINS) {
  tests(`a PIN typed as ${JSON.stringify(typed)}: ${code}, and no try is spent`, async () => {
    const { card } = cards[3][0]!;
    ended(await deskWith(card, { pinPad: new TypedPad(...typed) }).iVerifyPIN(1), code);
    const wrong = await deskWith(card, { pinPad: new TypedPad("0000") }).iVerifyPIN(1);
    assert.match(wrong.output, /剩余5次/);
  });
}

/** Addresses that are in order as text, and what the card or its definition says. */
const REFUSED: [addresses: string, code: number][] = [
  ["DF01EF99|37|$", -23],
  ["DF99EF05|37|$", -23],
  ["DF01EF0A|99|$", -23],
  ["DF01EF0A|37:2|$", -23],
  ["DF01EF15|40:4|$", -23],
  ["DF01EF0A|$", -23],
  ["SSSEEF08|01|$", -23],
  ["DF02EF07|0|$", -23],
  ["DF02EF07|255|$", -23],
  ["DF02EF07|9|$", -27267],
];
for (const [addresses, code] of REFUSED) {
  tests(`iReadCard of ${addresses}: ${code}`, async () => {
    const { system, info } = await scene(3, "PSAM", PIN);
    ended(await system.read(1, 1, info, addresses), code);
  });
}

const NOT_WRITTEN: [addresses: string, data: string, code: number][] = [
  ["DF04EF08|$", "DF04EF08|1^1^|$", -23],
  ["DF01EF0A|37|$", "DF01EF0A|CHNX|$", -42],
  ["DF01EF0A|39|$", "DF01EF0A|2020X101|$", -41],
  ["DF01EF0A|37|$", "DF01EF0A|A^B|$", -41],
  ["DF02EF07|$", "DF02EF07|1^|$", -23],
  ["DF01EF15|40:1|$", "DF01EF15|1^2^|$", -23],
];
for (const [addresses, data, code] of NOT_WRITTEN) {
  tests(`iWriteCard of ${data}: ${code}, and nothing is written`, async () => {
    const { system, info } = await scene(3, "PSAM");
    const before = cards[3][0]!.card.memory.operations;
    ended(await system.write(1, info, addresses, data), code);
    // A card that gets power writes one word.
    assert.is(cards[3][0]!.card.memory.operations, before + 1);
  });
}

tests("iWriteCard refuses what nobody may write: -27010", async () => {
  const { system, info } = await scene(3, "PSAM");
  const record = "0001^2^519900000001^20260101000000^00000001^00000001^00000001^";
  ended(await system.write(1, info, "DF04EF08|$", `DF04EF08|${record}|$`), -27010);
});

tests("the first step for a file without key: -2204", async () => {
  const { card } = cards[3][0]!;
  const desk = deskWith(card, { security: servedBy(cards.service) });
  const info = cardInfoOf(done(await desk.iReadCardBas(1)));
  ended(await desk.iReadCard_HSM_Step1(1, info, "SSSEEF05|07|$"), -2204);
  ended(await desk.iReadCard_HSM_Step1(1, info, "DF04EF08|$"), -2204);
});

tests("a proof of the HSM for another question is not given to the card: -23", async () => {
  const { card } = cards[3][0]!;
  const desk = deskWith(card, { security: servedBy(cards.service) });
  const basic = done(await desk.iReadCardBas(1));
  const ask = async () =>
    done(await desk.iReadCard_HSM_Step1(1, cardInfoOf(basic), "DF01EF08|2B|$"));
  const stale = await ask();
  await ask();
  const pKey = await libraryOf(cards.service).computeProof(libraryCardOf(basic), stale);
  const before = card.memory.operations;
  ended(await desk.iReadCard_HSM_Step2(pKey), -23);
  assert.is(card.memory.operations, before, "a try was spent");
});

tests("a message of the HSM with another header is not sent: -23", async () => {
  const { card } = cards[3][0]!;
  const library = libraryOf(cards.service);
  const desk = deskWith(card, { security: servedBy(cards.service) });
  const basic = done(await desk.iReadCardBas(1));
  const first = done(await desk.iUnblockPIN_HSM_Step1(1, cardInfoOf(basic)));
  const proof = await library.computeProof(libraryCardOf(basic), first);
  const second = done(await desk.iUnblockPIN_HSM_Step2(proof));
  const message = await library.computeMessage(libraryCardOf(basic), second);
  ended(await desk.iUnblockPIN_HSM_Step3(message.replace(/^84240000/, "84160000")), -23);
});

tests("a purchase with a MAC1 that is not the issuer's: -37634, nothing is paid", async () => {
  const { card } = cards[3][0]!;
  const desk = deskWith(card, {
    security: servedBy(cards.service),
    pinPad: new TypedPad(PIN, PIN),
  });
  const info = cardInfoOf(done(await desk.iReadCardBas(1)));
  done(await desk.iDoDebit_HSM_Step1(1, info, "1.00|1.00|20261123101500|"));
  ended(await desk.iDoDebit_HSM_Step2("00000000|20261123101500|00000000|"), -37634);
  assert.is(done(await desk.iReadDebitRecord(1)), "");
});

for (const [what, payInfo] of [
  ["of nothing", "0|0|20261123101500|"],
  ["of the year 0", "1.00|1.00|00000229101500|"],
  ["before the card was issued", "1.00|1.00|20251231235959|"],
] as const) {
  for (const way of WAYS) {
    tests(`${way}: a purchase ${what}: -23, and the card books nothing`, async () => {
      const { card } = cards[3][0]!;
      const { system, info } = await scene(3, way, PIN);
      const before = card.memory.operations;
      ended(await system.debit(1, info, payInfo), -23);
      // A card that gets power writes one word; the HSM's way asks a desk without PSAM first.
      assert.ok(card.memory.operations <= before + 2, "more was written than power writes");
      const desk = deskWith(card, { pinPad: new TypedPad(PIN) });
      assert.is(done(await desk.iReadDebitRecord(1)), "");
    });
  }
}

tests("a desk without PSAM and HSM does what needs no key", async () => {
  const { card, row } = cards[2][0]!;
  const { info } = await scene(2, "HSM");
  const desk = deskWith(card);
  const addresses = "SSSEEF06|09|$DF01EF08|2B|$";
  const output = done(await desk.iReadCard(1, 1, info, addresses));
  assert.is(output, `SSSEEF06|${row.name}|$DF01EF08|${row.marital_status}|$`);
  ended(await desk.iReadCard(1, 2, info, "DF01EF08|2B|$"), -2201);
});

tests.run();
