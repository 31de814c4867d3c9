// The service counter, from end to end: what is on the card, what is not any more, and the card after it.

import { suite } from "uvu";
import * as assert from "uvu/assert";
import { Desk } from "../../../../emulator/terminal/desk/desk.ts";
import { clinic } from "../../../../emulator/terminal/examples/clinic.ts";
import { counter } from "../../../../emulator/terminal/examples/counter.ts";
import { Place } from "../../../../emulator/terminal/examples/parts/place.ts";
import { readFiles, whoIsIt } from "../../../../emulator/terminal/examples/parts/reader.ts";
import type { Told } from "../../../../emulator/terminal/examples/parts/story.ts";
import { atDesk, copyOf, makePlace, onCard, rejects, steps, told } from "./places.ts";

const tests = suite("the service counter");

for (const generation of [2, 3] as const) {
  const here = await makePlace(generation);
  const { place } = here;
  const { folder } = place;
  const [old, first] = [place.rowOf(1).card_number!, place.rowOf(1)];
  let all: readonly Told[] = [];
  tests.after(here.remove);

  tests(`${generation}.0 card: a job is registered, the one before is history`, async () => {
    assert.is(first.work_status, "5");
    // So that the money of the card is not what it was issued with.
    await told((story) => clinic(place, { folder, card: place.fileOf(old) }, story));
    assert.is(await onCard(place, place.fileOf(old)), 30_40);
    all = await told((story) => counter(place, { folder }, story));
    const [one, other] = steps(all, "work").map(({ values }) => values);
    const region = first.issuing_region;
    assert.equal(one, ["示例食品有限公司", "20260601", region, "4010101"]);
    assert.equal(other, ["示例机械厂", "20261101", region, "6040199"]);
    assert.is(steps(all, "history").length, 1);
  });

  tests(`${generation}.0 card: address and PIN were changed`, () => {
    const [{ before, after } = {} as Told] = steps(all, "address");
    assert.equal(before, [first.address, first.residence_region, first.phone]);
    assert.equal(after, ["示例路88号", "310101", "10000000088"]);
    const [changed, anew] = steps(all, "pin");
    assert.is(changed!.code, -51);
    assert.ok(anew !== undefined);
  });

  tests(
    `${generation}.0 card: the lost card is refused, and answers nothing any more`,
    async () => {
      const [refused] = steps(all, "refused");
      assert.match(String(refused!.reason), new RegExp(`card ${old} was reported lost`));
      const desk = new Desk({
        slots: [copyOf(place.fileOf(old))],
        pinPad: { enter: async () => "123456" },
      });
      assert.is((await desk.iReadCardBas(1)).code, -27265);
      assert.is((await desk.iVerifyPIN(1)).code, -27265);
      const card = place.fileOf(old);
      await rejects(
        told((story) => clinic(place, { folder, card }, story)),
        /^iReadCardBas: -27265 .*blocked$/,
      );
    },
  );

  tests(`${generation}.0 card: the new card is the same person's, with everything`, async () => {
    const row = place.rowOf(1);
    assert.is.not(row.card_number, old);
    assert.is(row.id_number, first.id_number);
    const files = await atDesk(place, place.cardFile(1), async ({ desk }) => {
      const person = await whoIsIt(desk);
      assert.equal([person.name, person.cardNumber], [row.name, row.card_number]);
      assert.is(person.socialSecurityNumber, row.id_number);
      return readFiles(
        desk,
        person,
        "DF01EF06|23|24|28|$DF01EF07|29|$DF02EF06|4C|3A|$DF01EF09|2E|$",
      );
    });
    assert.equal(files, {
      DF01EF06: ["示例路88号", "310101", "10000000088"],
      DF01EF07: ["1"],
      DF02EF06: ["20261101", "6040199"],
      DF01EF09: ["示例机械厂"],
    });
  });

  tests(`${generation}.0 card: its account was carried over, and pays`, async () => {
    const [issued] = steps(all, "issued");
    assert.equal([issued!.instead, issued!.balance], [old, 30_40]);
    // 64.00: the fund pays 70 % of 14.00; 100.00 stay on the card.
    const [shares] = steps(all, "shares");
    assert.equal([shares!.account, shares!.pool, shares!.self], [54_20, 9_80, 0]);
    assert.is(steps(all, "handed in")[0]!.said, "booked");
    assert.is(await onCard(place, place.cardFile(1)), 100_00);
    const { book } = await place.centre();
    const { onCard: known, credit } = book.account(place.rowOf(1).card_number!);
    assert.equal([known, credit], [100_00, 500_00 - 171_00 - 123_80]);
    const gone = book.account(old);
    assert.equal([gone.onCard, gone.credit, gone.replacedBy], [0, 0, place.rowOf(1).card_number]);
  });
}

tests("a place that was closed is opened again, with the newest cards", async () => {
  const { place, remove } = await makePlace(3);
  try {
    const { folder } = place;
    await told((story) => counter(place, { folder }, story));
    const again = await Place.open(folder);
    assert.is(again.cardFile(1), place.cardFile(1));
    const all = await told((story) => counter(again, { folder }, story));
    assert.is(steps(all, "known").length, 2);
    assert.is(steps(all, "issued")[0]!.instead, place.rowOf(1).card_number);
    assert.is(await onCard(again, again.cardFile(1)), 100_00);
    await rejects(Place.open(folder, { generation: 2 }), /has cards of generation 3; add --fresh/);
  } finally {
    remove();
  }
});

tests.run();
