// Every file of a card, by what opens it.

import { suite } from "uvu";
import * as assert from "uvu/assert";
import { readAllWith } from "../../../../emulator/command/read-and-show.ts";
import type { FileContent } from "../../../../emulator/terminal/social-security/read-files.ts";
import { showCard } from "../../../../emulator/terminal/social-security/show-card.ts";
import { socialSecurityCard } from "../../../../personalization/definition/load.ts";
import { type Cards, GENERATIONS, type Generation, makeCards, PIN } from "../desk/desk-cards.ts";

const tests = suite("all files of a card");
let cards: Cards;
tests.before(async () => {
  cards = await makeCards();
});

const nameOf = ({ application, file }: FileContent) => `${application}${file.id}`;

function filesOf(generation: Generation): string[] {
  const { applications, extensions } = socialSecurityCard(generation);
  return [
    ...applications.filter(({ optional }) => !optional).map(({ id, files }) => ({ id, files })),
    ...extensions.map(({ application: id, files }) => ({ id, files })),
  ].flatMap(({ id, files }) => files.map((file) => `${id}${file.id}`));
}

for (const generation of GENERATIONS) {
  tests(`PIN and keys open every file of a ${generation}.0 card`, async () => {
    const { card, row } = cards[generation][0]!;
    const files = await readAllWith(card, cards.service, PIN);
    assert.equal(files.map(nameOf).sort(), filesOf(generation).sort());
    assert.equal(files.filter(({ closed }) => closed !== undefined).map(nameOf), []);
    const find = (name: string) => files.find((content) => nameOf(content) === name);
    assert.is(find("DF01EF08")?.items?.maritalStatus, row.marital_status);
    assert.is(find("SSSEEF06")?.items?.name, row.name);
    assert.is(find("SSSEEF08")?.bytes?.length, 4096);
    assert.equal(find("DF04EF08")?.records, []);
    const text = showCard({ historicalBytes: new Uint8Array(), issuance: {}, files });
    assert.match(text, /^DF01EF08 marriage 婚姻状况信息$/m);
  });

  tests(`a ${generation}.0 card without PIN and keys says what each file takes`, async () => {
    const { card } = cards[generation][0]!;
    const files = await readAllWith(card, undefined, undefined);
    const closed = Object.fromEntries(files.map((content) => [nameOf(content), content.closed]));
    assert.is(closed.SSSEEF05, undefined);
    assert.is(closed.SSSEEF06, generation === 3 ? "key RKSSSE" : undefined);
    assert.is(closed.DF01EF08, "pin or key RK1DF01");
    assert.is(closed.DF04EF06, "pin and key RK1DF04");
    assert.is(closed.DF01EF16, undefined);
  });

  tests(
    `the PIN of a ${generation}.0 card opens what it opens, the keys what they open`,
    async () => {
      const { card } = cards[generation][0]!;
      const closed = async (...openers: [typeof cards.service | undefined, string | undefined]) =>
        (await readAllWith(card, ...openers)).filter((one) => one.closed).map(nameOf);
      const byPin = await closed(undefined, PIN);
      const byKeys = await closed(cards.service, undefined);
      for (const name of ["SSSEEF08", "DF04EF06", "DF07EF05"])
        assert.ok(byPin.includes(name), name);
      assert.ok(!byPin.includes("DF04EF08") && !byPin.includes("DF01EF08"));
      assert.equal(byKeys, ["DF04EF06", "DF04EF08"]);
    },
  );
}

tests("a wrong PIN is tried once, and what it was to open says so; the rest is read", async () => {
  const { card } = cards[3][1]!;
  const read = (service?: typeof cards.service) => readAllWith(card, service, "0000");
  const byName = (files: readonly FileContent[], name: string) =>
    files.find((content) => nameOf(content) === name);
  const files = await read();
  assert.is(byName(files, "SSSEEF05")?.closed, undefined, "free files are read");
  const pinned = byName(files, "DF04EF06");
  assert.is(pinned?.refused, undefined, "PIN and key: no key was there anyway");
  assert.is(byName(files, "DF01EF08")?.refused, "-51: the PIN is wrong, 5 tries left");
  const text = showCard({ historicalBytes: new Uint8Array(), issuance: {}, files });
  assert.match(text, /not read: pin or key RK1DF01; PIN refused, -51: the PIN is wrong, 5 tries/);
  const withKeys = await read(cards.service);
  assert.is(byName(withKeys, "DF01EF08")?.closed, undefined, "the key opens it too");
  assert.is(byName(withKeys, "DF04EF06")?.refused, "-51: the PIN is wrong, 4 tries left");
  const short = await readAllWith(card, undefined, "12");
  assert.match(byName(short, "DF01EF08")?.refused ?? "", /-33: a PIN has/);
});

tests("another issuer's keys are found out before one is proved", async () => {
  const { card } = cards[3][1]!;
  const error = await readAllWith(card, cards.strangeService, undefined).catch(
    (caught: Error) => caught,
  );
  assert.match((error as Error).message, /内部认证未通过/);
});

tests.run();
