// What a memory means: read again and again as at the first time, and told apart by the first difference.

import { suite } from "uvu";
import * as assert from "uvu/assert";
import { Card } from "../../../emulator/card.ts";
import { difference, StateReader, sameState } from "../../../emulator/lab/logical-state.ts";
import type { StoredObject } from "../../../emulator/lab/store-reader.ts";
import { KIND_DATA, KIND_KEY } from "../../../runtime/spec/store.ts";
import { bytes } from "../../helpers/bytes.ts";
import { cutDuring, tears } from "../../helpers/power-loss.ts";
import { dice } from "../../helpers/random.ts";
import { probeImage } from "../../runtime/probe.ts";

const state = (...objects: StoredObject[]) =>
  new Map(objects.map((one) => [(one.owner << 16) | one.number, one]));
const object = (content: string, change: Partial<StoredObject> = {}): StoredObject => {
  return { owner: 2, number: 0x1f, kind: KIND_DATA, content: bytes(content), ...change };
};

const tests = suite("what a memory means");

tests("is the same whether the pages were read before or not", async () => {
  const image = await probeImage({ domain: true });
  const card = Card.boot(image, { seed: 1 });
  card.reset();
  const used = new StateReader(image.manifest.chip);
  const random = dice(5);
  let reads = 0;
  for (let step = 0; step < 300; step++) {
    // INITIALIZE UPDATE counts up; every third time the power goes in it.
    const count = () => void card.exchange(bytes("8050ff00080102030405060708"));
    if (step % 3 > 0) count();
    else cutDuring(card, random.below(4), random.pick(tears(random)), count);
    card.powerOff();
    card.reset();
    const memory = card.memory.content();
    const fresh = new StateReader(image.manifest.chip).read(memory);
    assert.is(difference(used.read(memory), fresh), "", `step ${step}`);
    reads += fresh.size;
  }
  assert.ok(reads > 300, "hardly an object was there: this proves nothing");
  assert.ok(Math.max(...card.memory.erases) > 1, "the ring never went round");
});

const OTHERS: [name: string, found: StoredObject[], text: string][] = [
  ["an object is gone", [], "owner 2 object 001F is gone"],
  [
    "an object is too many",
    [object("00112233"), object("", { owner: 3 })],
    "owner 3 object 001F is there",
  ],
  ["a byte is another", [object("00112244")], "owner 2 object 001F has at offset 3 44, not 33"],
  ["it is shorter", [object("0011")], "owner 2 object 001F has 2 bytes, not 4"],
  [
    "it is of another kind",
    [object("00112233", { kind: KIND_KEY })],
    `owner 2 object 001F is of kind ${KIND_KEY}, not ${KIND_DATA}`,
  ],
];
for (const [name, found, text] of OTHERS) {
  tests(`names the difference: ${name}`, () => {
    const wanted = state(object("00112233"));
    assert.is(difference(state(...found), wanted), text);
    assert.not(sameState(state(...found), wanted));
    assert.ok(sameState(state(...found), state(...found)));
  });
}

tests.run();
