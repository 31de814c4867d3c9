// What iWriteCard does to a card that does not hold all that the definition lists, by PSAM and in steps.

import { suite } from "uvu";
import * as assert from "uvu/assert";
import type { Snapshot } from "../../../../emulator/card.ts";
import { masterNames } from "../../../../emulator/command/desk-stand.ts";
import { BusinessSystem } from "../../../../emulator/terminal/desk/business-system.ts";
import { libraryCardOf } from "../../../../emulator/terminal/desk/hsm.ts";
import { KeyServiceSecurity } from "../../../../emulator/terminal/desk/key-service-security.ts";
import {
  type Cards,
  cardInfoOf,
  deskWith,
  done,
  ended,
  libraryOf,
  makeCards,
  PIN,
  psamOf,
  TypedPad,
} from "./desk-cards.ts";

const WAYS = ["PSAM", "HSM"] as const;
const tests = suite("iWriteCard");
let cards: Cards;
let fresh: Snapshot;
tests.before(async () => {
  cards = await makeCards();
  fresh = cards[3][0]!.card.snapshot();
});
tests.before.each(() => cards[3][0]!.card.restore(fresh));

/** Reads and writes of one card; each gives the output or the code. */
async function scene(way: (typeof WAYS)[number]) {
  const { card } = cards[3][0]!;
  const pinPad = new TypedPad(...new Array<string>(20).fill(PIN));
  const parts = way === "PSAM" ? { security: psamOf(cards), pinPad } : { pinPad };
  const library = way === "HSM" ? libraryOf(cards.service) : undefined;
  const desk = deskWith(card, parts);
  const system = new BusinessSystem(desk, library);
  const basic = libraryCardOf(done(await system.readBasic(1)));
  const { cardInfo } = system;
  return {
    card,
    desk,
    cardInfo,
    pinPad,
    prove: (output: string) => libraryOf(cards.service).computeProof(basic, output),
    read: (addresses: string) => system.read(1, 1, cardInfo, addresses),
    readByKey: (addresses: string) => system.read(1, 2, cardInfo, addresses),
    write: (addresses: string, data: string) => system.write(1, cardInfo, addresses, data),
  };
}

// A file that the bureau leaves empty: 99 up to four times, then 0F and 1F.
const FIRST = "010^20200101^510100^";
const SECOND = "020^20210101^510200^";
const THIRD = "030^20220101^510300^";

for (const way of WAYS) {
  tests(`${way}: a repeated item is added behind others, which stay`, async () => {
    const { read, write } = await scene(way);
    done(await write("DF02EF15|99|0F|1F|$", `DF02EF15|${FIRST}|20230101|510400|$`));
    done(await write("DF02EF15|99:2|$", `DF02EF15|${SECOND}|$`));
    assert.is(
      done(await read("DF02EF15|99|99:2|0F|1F|$")),
      `DF02EF15|${FIRST}|${SECOND}|20230101|510400|$`,
    );
  });

  tests(
    `${way}: records in another order than the definition's are found by their tag`,
    async () => {
      const { read, write } = await scene(way);
      for (const [item, value] of [
        ["0F", "20230101"],
        ["99", FIRST],
        ["1F", "510400"],
        ["99:2", SECOND],
      ]) {
        done(await write(`DF02EF15|${item}|$`, `DF02EF15|${value}|$`));
      }
      done(await write("DF02EF15|99:2|99|$", `DF02EF15|${THIRD}|${SECOND}|$`));
      assert.is(
        done(await read("DF02EF15|0F|99|99:2|1F|$")),
        `DF02EF15|20230101|${SECOND}|${THIRD}|510400|$`,
      );
    },
  );

  tests(`${way}: several of a tag that the card has none of, at once`, async () => {
    const { read, write } = await scene(way);
    const all = "DF02EF15|99|99:2|99:3|$";
    const data = `DF02EF15|${FIRST}|${SECOND}|${THIRD}|$`;
    done(await write(all, data));
    assert.is(done(await read(all)), data);
  });

  tests(
    `${way}: a record behind a gap is refused before the first is written: -27267`,
    async () => {
      const { read, write } = await scene(way);
      done(await write("DF02EF15|0F|$", "DF02EF15|20230101|$"));
      ended(await write("DF02EF15|99:2|$", `DF02EF15|${FIRST}|$`), -27267);
      ended(await write("DF02EF15|0F|99:2|$", `DF02EF15|20240101|${FIRST}|$`), -27267);
      ended(await write("DF02EF15|0F|99|99:3|$", `DF02EF15|20240101|${FIRST}|${SECOND}|$`), -27267);
      assert.is(done(await read("DF02EF15|0F|$")), "DF02EF15|20230101|$");
      ended(await read("DF02EF15|99|$"), -27267);
    },
  );
}

for (const [file, size] of [
  ["SSSEEF07", 768],
  ["SSSEEF08", 4096],
] as const) {
  tests(`${file} is written whole or not at all: -42 unless ${size} bytes`, async () => {
    const { read, write } = await scene("HSM");
    const before = done(await read(`${file}|$`));
    for (const length of [0, 1, size - 1, size + 1]) {
      ended(await write(`${file}|$`, `${file}|${"A5".repeat(length)}|$`), -42);
    }
    assert.is(done(await read(`${file}|$`)), before);
    const whole = `${file}|${"A5".repeat(size)}|$`;
    done(await write(`${file}|$`, whole));
    assert.is(done(await read(`${file}|$`)), whole);
  });
}

const LONG = "尼格买提·热合曼江·阿卜杜勒艾合买提";
for (const way of WAYS) {
  tests(
    `${way}: a name that goes on in its continuation leaves no rest when it is shorter`,
    async () => {
      const { write, readByKey } = await scene(way);
      const name = async () => done(await readByKey("SSSEEF06|09|4E|$"));
      done(await write("SSSEEF06|09|$", `SSSEEF06|${LONG}|$`));
      assert.is(await name(), `SSSEEF06|${LONG.slice(0, 15)}|${LONG.slice(15)}|$`);
      done(await write("SSSEEF06|09|$", "SSSEEF06|张三|$"));
      assert.is(await name(), "SSSEEF06|张三||$");
      done(await write("SSSEEF06|09|4E|$", "SSSEEF06|张三|李四|$"));
      assert.is(await name(), "SSSEEF06|张三|李四|$");
      ended(await write("SSSEEF06|09|$", `SSSEEF06|${LONG}${LONG}|$`), -42);
      ended(await write("SSSEEF06|09|4E|$", `SSSEEF06|${LONG}||$`), -42);
      assert.is(await name(), "SSSEEF06|张三|李四|$");
    },
  );
}

const WRONG: readonly (readonly [addresses: string, values: readonly string[]])[] = [
  ["SSSEEF05|06|$", ["20269999", "20230229", "00000101", "2026", "202601"]],
  ["SSSEEF05|07|$", ["X", "W00000000", "w00000003", "W0000000"]],
  ["SSSEEF05|02|$", ["0", "5"]],
  ["SSSEEF06|0A|$", ["3", "X"]],
  ["SSSEEF06|0C|$", ["5101", "51010"]],
  ["DF01EF06|28|$", ["x", "138 0000 ext 1", "-"]],
  ["DF01EF08|2B|$", ["7"]],
  ["DF02EF15|99|$", ["011^20200101^510100^", "010^20201301^510100^", "010^20200101^5101^"]],
  ["DF02EF07|$", ["4010101^20200101^20200231^某公司^"]],
];
for (const [addresses, values] of WRONG) {
  tests(`what the definition says of ${addresses} is held against the value: -23`, async () => {
    const { write } = await scene("PSAM");
    const [file] = addresses.split("|");
    const { card } = cards[3][0]!;
    for (const value of values) {
      const before = card.memory.operations;
      ended(await write(addresses, `${file}|${value}|$`), -23);
      // A card that gets power writes one word.
      assert.is(card.memory.operations, before + 1, value);
    }
  });
}

tests("values of all kinds that are right are written, and nothing clears each", async () => {
  const { write } = await scene("PSAM");
  for (const [addresses, value] of [
    ["SSSEEF05|06|07|02|$", "20240229|W00000003|4"],
    ["SSSEEF06|0A|0C|$", "9|510100"],
    ["DF01EF06|28|$", "+86 (28) 123-45"],
    ["DF02EF15|99|$", "990^20200101^510100^"],
    ["SSSEEF05|06|02|$", "|"],
    ["DF02EF15|99|$", "^^^"],
  ]) {
    done(await write(addresses!, `${addresses!.split("|")[0]}|${value}|$`));
  }
});

tests("a reserved file takes less than it has room for", async () => {
  const { read, write } = await scene("PSAM");
  done(await write("DF01EF16|$", "DF01EF16|A5A5|$"));
  assert.is(done(await read("DF01EF16|$")), `DF01EF16|A5A5${"00".repeat(294)}|$`);
});

for (const way of WAYS) {
  tests(`${way}: several files are written and read, in the order of the addresses`, async () => {
    const { read, write } = await scene(way);
    const data = `DF02EF15|${FIRST}|20230101|$SSSEEF06|2|$DF01EF0A|CHN|13|$DF01EF08|2|$`;
    const addresses = "DF02EF15|99|0F|$SSSEEF06|0A|$DF01EF0A|37|38|$DF01EF08|2B|$";
    assert.is(done(await write(addresses, data)), "");
    assert.is(done(await read(addresses)), data);
  });
}

tests("the HSM's first step goes on with the first file, and takes the data of all", async () => {
  const { read, desk, cardInfo, prove } = await scene("HSM");
  const addresses = "DF01EF08|2B|$DF01EF0A|37|$";
  ended(await read("DF01EF0A|37|$"), -27267);
  const first = done(await desk.iWriteCard_HSM_Step1(1, cardInfo, addresses));
  const output = await desk.iWriteCard_HSM_Step2(await prove(first), "DF01EF08|3|$DF01EF0A|ABC|$");
  assert.is(done(output), "");
  assert.is(done(await read("DF01EF08|2B|$")), "DF01EF08|3|$");
  ended(await read("DF01EF0A|37|$"), -27267);
});

for (const data of ["", "DF01EF08|1|2|$", "DF01EF08|1|$DF01EF0A|CHN|$", "DF01EF0A|1|$"]) {
  tests(`"${data}" for another file is -23 before the card gets a proof`, async () => {
    const { desk, cardInfo, card } = await scene("HSM");
    const first = done(await desk.iWriteCard_HSM_Step1(1, cardInfo, "DF01EF08|2B|$"));
    const wrongProof = "0".repeat(16) + first.split("|")[3];
    const before = card.memory.operations;
    ended(await desk.iWriteCard_HSM_Step2(wrongProof, data), -23);
    assert.is(card.memory.operations, before, "a try was spent");
  });
}

tests("a file whose key the terminal has not is found before the first is written", async () => {
  const { card } = cards[3][0]!;
  const security = new KeyServiceSecurity({
    service: cards.service,
    nextSequence: () => 1,
    masterName: (key, version) => (key.name === "UK5DF01" ? "none" : masterNames()(key, version)),
  });
  const desk = deskWith(card, { security });
  const info = cardInfoOf(done(await desk.iReadCardBas(1)));
  const data = "DF01EF08|3|$DF01EF0A|CHN|$";
  const before = card.memory.operations;
  ended(await desk.iWriteCard(1, info, "DF01EF08|2B|$DF01EF0A|37|$", data), -27272);
  // A card that gets power writes one word.
  assert.is(card.memory.operations, before + 1);
});

tests("what the last file refuses leaves the first as it was", async () => {
  const { read, write } = await scene("PSAM");
  const before = done(await read("DF01EF08|2B|$"));
  const other = before.includes("|1|") ? "2" : "1";
  const data = `DF01EF08|${other}|$DF02EF15|${FIRST}|$`;
  ended(await write("DF01EF08|2B|$DF02EF15|99:2|$", data), -27267);
  assert.is(done(await read("DF01EF08|2B|$")), before);
});

tests("the PSAM's own keys find a repeated item: no PIN; in steps the PIN does", async () => {
  for (const [way, asked] of [
    ["PSAM", 0],
    ["HSM", 1],
  ] as const) {
    cards[3][0]!.card.restore(fresh);
    const { write, pinPad } = await scene(way);
    done(await write("DF02EF15|99|$", `DF02EF15|${FIRST}|$`));
    assert.is(pinPad.asked.length, 0, way);
    done(await write("DF02EF15|99:2|$", `DF02EF15|${SECOND}|$`));
    assert.is(pinPad.asked.length, asked, way);
  }
});

tests.run();
