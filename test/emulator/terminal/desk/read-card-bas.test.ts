// iReadCardBas and its steps, with a PSAM, with an HSM, on both generations and both interfaces.

import { suite } from "uvu";
import * as assert from "uvu/assert";
import { INS_DELIVER_SESSION_KEY } from "../../../../applets/psam/spec.ts";
import { BusinessSystem } from "../../../../emulator/terminal/desk/business-system.ts";
import { EmulatedSlot } from "../../../../emulator/terminal/desk/emulated-slots.ts";
import { libraryCardOf } from "../../../../emulator/terminal/desk/hsm.ts";
import { PsamSecurity } from "../../../../emulator/terminal/desk/psam-security.ts";
import type { Slot } from "../../../../emulator/terminal/desk/slots.ts";
import { KeystoreError } from "../../../../personalization/errors.ts";
import {
  SW_CONDITIONS_NOT_SATISFIED,
  SW_REFERENCED_DATA_NOT_FOUND,
  SW_WRONG_DATA,
} from "../../../../runtime/spec/status-words.ts";
import {
  type Cards,
  type DeskParts,
  deskWith,
  done,
  ended,
  GENERATIONS,
  type Generation,
  libraryOf,
  makeCards,
  psamOf,
  servedBy,
  terminalNumber,
} from "./desk-cards.ts";

/** Identifier of RKSSSE on PSAMs. */
const READING_KEY_OF_PSAM = 0x0a;

const tests = suite("iReadCardBas");
let cards: Cards;
tests.before(async () => {
  cards = await makeCards();
});

const digits = (text: string | undefined) => text?.replaceAll("-", "");

/** What the output must be for a row of the batch; the identifier ends with a code of the issuer's. */
function expected(generation: Generation, row: Readonly<Record<string, string>>, terminal: string) {
  const { issuing_region: region, serial } = row;
  return {
    before: `${region}|${row.id_number}|${row.card_number}|${region}D156000005${serial}`,
    after: [
      row.name,
      `5746261101${"5746"}${region?.slice(0, 4)}${serial}`,
      `${generation}.00`,
      digits(row.issue_date),
      digits(row.expiry_date),
      terminal,
      "D-1",
      "",
    ].join("|"),
  };
}

for (const generation of GENERATIONS) {
  for (const by of ["PSAM", "key service"] as const) {
    tests(`a ${generation}.0 card is read with a ${by}: eleven fields`, async () => {
      // The other one is of another province, whose keys this PSAM has not.
      const holders = by === "PSAM" ? cards[generation].slice(0, 1) : cards[generation];
      for (const { card, row } of holders) {
        const security = by === "PSAM" ? psamOf(cards) : servedBy(cards.service);
        const output = done(
          await deskWith(card, { security, deviceNumber: "D-1" }).iReadCardBas(1),
        );
        const terminal = by === "PSAM" ? terminalNumber(cards) : "000000000000";
        const { before, after } = expected(generation, row, terminal);
        assert.ok(output.startsWith(before), output);
        assert.ok(output.endsWith(after), output);
        assert.is(output.split("|").length, 12);
      }
    });
  }

  tests(
    `a ${generation}.0 card of another province: -24 by the PSAM, the HSM reads it`,
    async () => {
      const [own, other] = cards[generation];
      const security = psamOf(cards);
      done(await deskWith(own!.card, { security }).iReadCardBas(1));
      const before = other!.card.memory.operations;
      ended(await deskWith(other!.card, { security }).iReadCardBas(1), -24);
      // A card that gets power writes one word.
      assert.is(other!.card.memory.operations, before + 1, "a try was spent");
      const system = new BusinessSystem(
        deskWith(other!.card, { security }),
        libraryOf(cards.service),
      );
      assert.match(done(await system.readBasic(1)), new RegExp(`^${other!.row.issuing_region}`));
    },
  );

  tests(`a ${generation}.0 card is read in two steps as in one`, async () => {
    const { card } = cards[generation][0]!;
    const once = done(await deskWith(card, { security: servedBy(cards.service) }).iReadCardBas(1));
    const desk = deskWith(card);
    const first = done(await desk.iReadCardBas_HSM_Step1(1));
    const [region, historical, cipher, identifier, ...randoms] = first.split("|");
    assert.is(region, once.split("|")[0]);
    assert.is(historical, once.split("|")[5]);
    assert.is(cipher, generation === 3 ? "03" : "01");
    assert.is(identifier, once.split("|")[3]);
    const outside = generation === 3 ? /^[0-9A-F]{16}$/ : /^$/;
    for (const [at, random] of randoms.slice(0, 4).entries()) {
      assert.match(random, at < 2 ? /^[0-9A-F]{16}$/ : outside);
    }
    const pKey = await libraryOf(cards.service).computeReadCardBas(first);
    assert.is(done(await desk.iReadCardBas_HSM_Step2(pKey)), once);
  });

  tests(`a ${generation}.0 card is the same without contacts`, async () => {
    const { card } = cards[generation][0]!;
    const security = servedBy(cards.service);
    const contact = done(await deskWith(card, { security }).iReadCardBas(1));
    const field = { security, slots: [new EmulatedSlot(card, "contactless")] };
    assert.is(done(await deskWith(card, field).iReadCardBas(2)), contact);
    assert.is(done(await deskWith(card, field).iReadCardBas(3)), contact);
    assert.is(done(await deskWith(card, field).iReadCardBas(4)), contact);
    ended(await deskWith(card, field).iReadCardBas(1), -11);
  });

  tests(`a ${generation}.0 card of another issuer is not genuine`, async () => {
    const { card } = cards[generation][0]!;
    ended(await deskWith(card, { security: servedBy(cards.strangeService) }).iReadCardBas(1), -21);
    const desk = deskWith(card);
    const first = done(await desk.iReadCardBas_HSM_Step1(1));
    const pKey = await libraryOf(cards.strangeService).computeReadCardBas(first);
    ended(await desk.iReadCardBas_HSM_Step2(pKey), -21);
  });
}

tests("iType 3 and 4 say which interface is tried first", async () => {
  const [first, second] = cards[3];
  const slots = [
    new EmulatedSlot(second!.card, "contactless"),
    new EmulatedSlot(first!.card, "contact"),
  ];
  const number = async (iType: number) => {
    const desk = deskWith(first!.card, { security: servedBy(cards.service), slots });
    return done(await desk.iReadCardBas(iType)).split("|")[2];
  };
  assert.is(await number(1), first!.row.card_number);
  assert.is(await number(2), second!.row.card_number);
  assert.is(await number(3), first!.row.card_number);
  assert.is(await number(4), second!.row.card_number);
});

tests("parameters are looked at before there is a card: -23", async () => {
  const nowhere = deskWith(cards[3][0]!.card, { slots: [] });
  for (const iType of [0, 5, -1, 1.5, Number.NaN]) ended(await nowhere.iReadCardBas(iType), -23);
});

tests("no reader -11, no card -2, no card of ours -1", async () => {
  const { card } = cards[3][0]!;
  const empty = {
    interface: "contact" as const,
    power: async () => undefined,
    close: async () => {},
  };
  ended(await deskWith(card, { slots: [] }).iReadCardBas(1), -11);
  ended(await deskWith(card, { slots: [empty] }).iReadCardBas(1), -2);
  const security = servedBy(cards.service);
  ended(await deskWith(cards.psam, { security }).iReadCardBas(1), -1);
});

tests("no PSAM -2201, an empty slot too", async () => {
  const { card } = cards[3][0]!;
  ended(await deskWith(card).iReadCardBas(1), -2201);
  const empty = {
    interface: "contact" as const,
    power: async () => undefined,
    close: async () => {},
  };
  ended(await deskWith(card, { security: new PsamSecurity(empty) }).iReadCardBas(1), -2201);
});

tests("a PSAM without the card's cipher -2202: a user card, here", async () => {
  const security = new PsamSecurity(new EmulatedSlot(cards[2][1]!.card));
  ended(await deskWith(cards[3][0]!.card, { security }).iReadCardBas(1), -2202);
});

tests("keys without RKSSSE: -2203 for a 3.0 card, enough for a 2.0 card", async () => {
  const service = without(cards.service, "rkssse");
  ended(await deskWith(cards[3][0]!.card, { security: servedBy(service) }).iReadCardBas(1), -2203);
  done(await deskWith(cards[2][0]!.card, { security: servedBy(service) }).iReadCardBas(1));
});

/** What the PSAM says to DELIVERY SESSION KEY, and what it is to the interface. */
const PSAM_SAYS: [sw: number, generation: Generation, code: number][] = [
  [SW_REFERENCED_DATA_NOT_FOUND, 3, -27272],
  [SW_WRONG_DATA, 3, -24],
  [SW_WRONG_DATA, 2, -24],
  [SW_CONDITIONS_NOT_SATISFIED, 2, -27013],
];
for (const [sw, generation, code] of PSAM_SAYS) {
  tests(
    `a PSAM that says ${sw.toString(16)} to the key of a ${generation}.0 card: ${code}`,
    async () => {
      const security = new PsamSecurity(refusing(new EmulatedSlot(cards.psam), sw, () => true));
      ended(await deskWith(cards[generation][0]!.card, { security }).iReadCardBas(1), code);
    },
  );
}

tests("a PSAM without RKSSSE: -2203", async () => {
  const reading = (command: Uint8Array) => command[3] === READING_KEY_OF_PSAM;
  const slot = refusing(new EmulatedSlot(cards.psam), SW_REFERENCED_DATA_NOT_FOUND, reading);
  const desk = deskWith(cards[3][0]!.card, { security: new PsamSecurity(slot) });
  ended(await desk.iReadCardBas(1), -2203);
});

tests("a second step that nobody waits for: -12", async () => {
  const desk = deskWith(cards[3][0]!.card, { security: servedBy(cards.service) });
  ended(await desk.iReadCardBas_HSM_Step2("||"), -12);
  const first = done(await desk.iReadCardBas_HSM_Step1(1));
  ended(await desk.iReadCard_HSM_Step2("0".repeat(32)), -12);
  // Another function takes the card; the step is gone with it.
  done(await desk.iReadCardBas(1));
  const pKey = await libraryOf(cards.service).computeReadCardBas(first);
  ended(await desk.iReadCardBas_HSM_Step2(pKey), -12);
});

const BAD_KEYS: [pKey: string, code: number][] = [
  ["", -23],
  ["|", -23],
  ["||", -42],
  [`${"0".repeat(32)}|${"0".repeat(32)}`, -23],
  [`${"G".repeat(32)}|${"0".repeat(32)}|`, -41],
  [`${"0".repeat(30)}|${"0".repeat(32)}|`, -42],
  [`${"0".repeat(32)}|${"0".repeat(32)}|`, -21],
];
for (const [pKey, code] of BAD_KEYS) {
  tests(
    `step 2 with "${pKey.slice(0, 12)}.." (${pKey.length}): ${code}, and it is over`,
    async () => {
      const desk = deskWith(cards[3][0]!.card);
      done(await desk.iReadCardBas_HSM_Step1(1));
      ended(await desk.iReadCardBas_HSM_Step2(pKey), code);
      ended(await desk.iReadCardBas_HSM_Step2(pKey), -12);
    },
  );
}

tests("a proof of IRK alone does not open a 3.0 card", async () => {
  const desk = deskWith(cards[3][0]!.card);
  const first = done(await desk.iReadCardBas_HSM_Step1(1));
  const [inside] = (await libraryOf(cards.service).computeReadCardBas(first)).split("|");
  ended(await desk.iReadCardBas_HSM_Step2(`${inside}||`), -23);
});

tests("the card library finds region and historical bytes in either output", async () => {
  const { card } = cards[3][0]!;
  const desk = deskWith(card, { security: servedBy(cards.service) });
  const whole = libraryCardOf(done(await desk.iReadCardBas(1)));
  assert.equal(libraryCardOf(done(await desk.iReadCardBas_HSM_Step1(1))), whole);
  await desk.close();
});

for (const generation of GENERATIONS) {
  tests(`the basic read of a ${generation}.0 card takes few commands`, async () => {
    const counted = async (
      parts: DeskParts,
      work: (desk: ReturnType<typeof deskWith>) => Promise<void>,
    ) => {
      const slot = new EmulatedSlot(cards[generation][0]!.card);
      await work(deskWith(cards[generation][0]!.card, { ...parts, slots: [slot] }));
      return slot.card.count.commands;
    };
    const whole = await counted({ security: psamOf(cards) }, async (desk) => {
      done(await desk.iReadCardBas(1));
    });
    const inSteps = await counted({}, async (desk) => {
      const first = done(await desk.iReadCardBas_HSM_Step1(1));
      done(
        await desk.iReadCardBas_HSM_Step2(await libraryOf(cards.service).computeReadCardBas(first)),
      );
    });
    assert.equal([whole, inSteps], generation === 3 ? [6, 6] : [4, 4]);
  });
}

tests.run();

/** The slot of a PSAM that refuses DELIVERY SESSION KEY for some keys. */
function refusing(slot: EmulatedSlot, sw: number, which: (command: Uint8Array) => boolean): Slot {
  return {
    interface: "contact",
    close: () => slot.close(),
    async power() {
      const { card, answer } = await slot.power();
      const transmit = async (command: Uint8Array) => {
        const asked = command[1] === INS_DELIVER_SESSION_KEY && which(command);
        return asked ? Uint8Array.of(sw >> 8, sw & 0xff) : card.transmit(command);
      };
      return { answer, card: { transmit, reset: () => card.reset() } };
    },
  };
}

/** A service that has no key whose name ends so. */
function without(service: Cards["service"], ending: string): Cards["service"] {
  return new Proxy(service, {
    get(target, name) {
      if (name !== "open") {
        const value = Reflect.get(target, name);
        return typeof value === "function" ? value.bind(target) : value;
      }
      return async (key: string) => {
        if (key.endsWith(ending)) throw new KeystoreError(`no ${key}`);
        return target.open(key);
      };
    },
  });
}
