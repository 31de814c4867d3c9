// A card as an object: files, snapshots, seeds, coprocessors, neighbours, power.

import { suite } from "uvu";
import * as assert from "uvu/assert";
import { AID_ISSUER_DOMAIN } from "../../applets/security-domain/spec.ts";
import { ImageError } from "../../assembler/errors.ts";
import { DEVELOPMENT_SIGNER } from "../../assembler/keys/development.ts";
import { publicHalf } from "../../assembler/keys/public-key.ts";
import { signed } from "../../assembler/meter/leb.ts";
import { type LoadFile, writeLoadFile } from "../../assembler/package/load-file.ts";
import { Card } from "../../emulator/card.ts";
import { NobleCoprocessor } from "../../emulator/chip/coprocessor/noble.ts";
import { NodeCoprocessor } from "../../emulator/chip/coprocessor/node.ts";
import { CardFileError, PowerLoss, TransportError } from "../../emulator/errors.ts";
import { deleteContent } from "../../personalization/card-manager/delete.ts";
import { installAndMakeSelectable } from "../../personalization/card-manager/install.ts";
import { loadPackage } from "../../personalization/card-manager/load-package.ts";
import {
  CARD_OBJECT_CREATE,
  CARD_OBJECT_WRITE_COMMAND,
  CARD_RANDOM,
  CARD_REPLY,
  CARD_REPLY_OBJECT,
} from "../../runtime/spec/card-api.ts";
import { INTERFACE_CONTACTLESS } from "../../runtime/spec/chip.ts";
import { INS_READ_BINARY, INS_SELECT } from "../../runtime/spec/instructions.ts";
import { SW_SUCCESS } from "../../runtime/spec/status-words.ts";
import { APPLET, assemble, I32 } from "../assembler/wasm-bytes.ts";
import { bytes, hex } from "../helpers/bytes.ts";
import { accept, apdu, freshCard, referenceImage, traceOf } from "../helpers/card.ts";
import { dice } from "../helpers/random.ts";
import {
  ACTIVATE,
  openChannel,
  personalize,
  pinGrouping,
  selectApplication,
} from "../helpers/secure-channel.ts";
import {
  ask,
  PROBE_PEEK,
  PROBE_POKE,
  PROBE_SCRATCH_AT,
  payloadAt,
  probeImage,
  scriptCommand,
  selectProbe,
} from "../runtime/probe.ts";
import { withModules } from "./chip/other-modules.ts";

const image = await probeImage({ domain: true });
const trusted = [publicHalf(DEVELOPMENT_SIGNER)];

function bootProbes(seed = 1): Card {
  const card = Card.boot(image, { seed });
  card.reset();
  return card;
}

/** Commands of a probe card by seed: selections, writes, random numbers, nonsense, resets. */
function* life(seed: number, turns: number): Iterable<Uint8Array | "reset"> {
  const random = dice(seed);
  for (let turn = 0; turn < turns; turn++) {
    const payload = random.bytes(20);
    const number = random.below(4);
    switch (random.below(8)) {
      case 0:
        yield "reset";
        break;
      case 1:
        yield apdu(0x00, INS_SELECT, 0x04, 0x02, "F0000000");
        break;
      case 2:
        yield Uint8Array.of(...random.bytes(random.below(12)));
        break;
      case 3:
        yield scriptCommand([
          [CARD_RANDOM, 1000, 8],
          [CARD_REPLY, 1000, 8],
        ]);
        break;
      default:
        yield scriptCommand(
          [
            [CARD_OBJECT_CREATE, number, 60],
            [CARD_OBJECT_WRITE_COMMAND, number, random.below(40), payloadAt(3), 20],
            [CARD_REPLY_OBJECT, number, 0, 60],
          ],
          payload,
        );
    }
  }
}

/** What a card answers to its life. */
function answers(card: Card, steps: Iterable<Uint8Array | "reset">): string[] {
  const found: string[] = [];
  for (const step of steps) found.push(hex(step === "reset" ? card.reset() : card.exchange(step)));
  assert.is(card.takeTrap(), undefined);
  return found;
}

/** Everything that decides what the card does next. */
function state(card: Card): string {
  const rams = Array.from(card.chip.rams(), (ram) => (ram === undefined ? "" : hex(ram)));
  return [...rams, hex(card.memory.content()), card.random.state].join("\n");
}

const cards = suite("card");

cards("comes back whole from its file", () => {
  const card = bootProbes(5);
  answers(card, life(1, 300));
  const file = card.save();
  const loaded = Card.load(file, { trusted, seed: 5 });
  assert.is(hex(loaded.memory.content()), hex(card.memory.content()));
  assert.equal([...loaded.memory.erases], [...card.memory.erases]);
  card.powerOff();
  card.reset();
  loaded.reset();
  assert.equal(answers(loaded, life(2, 200)), answers(card, life(2, 200)));
  assert.is(hex(loaded.save()), hex(card.save()));
});

cards("keeps in its file what lies in the pages for packages", async () => {
  const chip = { pageCount: 24, packagePages: 40 };
  const roomy = withModules(image, {}, chip);
  const card = Card.boot(roomy, { seed: 1 });
  const { memory } = card;
  assert.is(memory.pages, 64);
  memory.erase(63);
  memory.program(memory.size - 5, Uint8Array.of(1, 2, 3, 4, 5), 0, 5);
  const loaded = Card.load(card.save(), { trusted, seed: 1 });
  assert.is(hex(loaded.memory.content()), hex(memory.content()));
  assert.equal([...loaded.memory.erases], [...memory.erases]);
  const state = loaded.snapshot();
  loaded.memory.erase(63);
  loaded.restore(state);
  assert.is(hex(loaded.memory.content()), hex(memory.content()));
});

cards("refuses every damaged file as a card file or an image, or holds what it says", () => {
  const card = bootProbes();
  answers(card, life(1, 100));
  const file = card.save();
  const random = dice(3);
  let refused = 0;
  const attempt = (hostile: Uint8Array, what: string): void => {
    try {
      Card.load(hostile, { trusted, seed: 1, image }).reset();
    } catch (error) {
      refused += 1;
      const known = error instanceof CardFileError || error instanceof ImageError;
      assert.ok(known, `${what}: ${error instanceof Error ? error.stack : error}`);
      assert.not.match((error as Error).message, /\n/);
    }
  };
  for (let length = 0; length < file.length; length += 1 + random.below(file.length >> 6)) {
    attempt(file.subarray(0, length), `cut to ${length}`);
  }
  assert.ok(refused > 50);
  for (let turn = 0; turn < 150; turn++) {
    const hostile = file.slice();
    // Half of them in the frame of the file and in the memory behind the image.
    const at = random.below(2) === 0 ? random.below(200) : file.length - 1 - random.below(4000);
    hostile[at] = hostile[at]! ^ (1 << random.below(8));
    attempt(hostile, `bit at ${at}`);
  }
  for (const text of [
    "",
    "00",
    "f6",
    "a0",
    "9fffffffff",
    "bf".repeat(5000),
    "81".repeat(100_000),
  ]) {
    attempt(bytes(text), text.slice(0, 20));
  }
  for (let turn = 0; turn < 300; turn++) attempt(random.bytes(random.below(300)), "noise");
});

cards("loads no image that it does not trust", () => {
  const file = bootProbes().save();
  assert.throws(
    () => Card.load(file, { trusted: [] }),
    (error: unknown) => error instanceof ImageError,
  );
});

cards("a damaged image inside a card file: the card is made again, nothing is built", () => {
  const file = bootProbes().save();
  const at = Buffer.from(file).indexOf(Uint8Array.of(0xd9, 0xd9, 0xf7)) + 500;
  const damaged = file.with(at, file[at]! ^ 1);
  assert.throws(
    () => Card.load(damaged, { trusted, name: "x.card" }),
    /^x\.card: .*; make the card again$/,
  );
});

cards("comes back to a snapshot after any commands, power cuts and other snapshots", () => {
  for (let seed = 1; seed <= 30; seed++) {
    const card = bootProbes(seed);
    answers(card, life(seed, 40));
    const first = card.snapshot();
    const before = state(card);
    const after = answers(card, life(100 + seed, 60));
    const second = card.snapshot();
    const later = state(card);
    card.restore(first);
    assert.is(state(card), before, `seed ${seed}`);
    assert.equal(answers(card, life(100 + seed, 60)), after, `seed ${seed}: another life`);
    card.cutPower(1);
    try {
      answers(card, life(200 + seed, 60));
    } catch (error) {
      assert.instance(error, PowerLoss);
    }
    card.cutPower(undefined);
    card.restore(second);
    assert.is(state(card), later, `seed ${seed}: the second`);
    card.restore(first);
    assert.is(state(card), before, `seed ${seed}: the first again`);
  }
});

cards(
  "leaves no trace of what it did since the snapshot it came back to, in its file either",
  () => {
    const card = bootProbes(7);
    answers(card, life(1, 40));
    const first = card.snapshot();
    const file = hex(card.save());
    answers(card, life(2, 200));
    const erased = card.memory.erases.reduce((sum, count) => sum + count, 0);
    card.restore(first);
    const kept = card.memory.erases.reduce((sum, count) => sum + count, 0);
    assert.ok(erased > kept, "the life erased nothing: this test proves nothing");
    assert.is(hex(card.save()), file, "quick way back");
    answers(card, life(3, 200));
    card.snapshot();
    answers(card, life(4, 200));
    card.restore(first);
    assert.is(hex(card.save()), file, "the way back past another snapshot");
  },
);

cards("has no power cut armed after it came back to a snapshot", () => {
  const card = bootProbes();
  selectProbe(card);
  const first = card.snapshot();
  card.cutPower(0);
  card.restore(first);
  assert.is(ask(card, CARD_OBJECT_CREATE, 1, 1), SW_SUCCESS);
  card.snapshot();
  card.cutPower(0);
  card.restore(first);
  assert.is(ask(card, CARD_OBJECT_CREATE, 1, 1), SW_SUCCESS);
});

cards("comes back to no snapshot of another card", () => {
  const [card, other] = [bootProbes(1), bootProbes(1)];
  const before = state(card);
  answers(other, life(1, 40));
  const foreign = other.snapshot();
  assert.throws(() => card.restore(foreign), /another card/);
  assert.is(state(card), before);
});

cards("says why an image does not come up", async () => {
  const create = (size: number): [number, number, number] => [CARD_OBJECT_CREATE, 1, size];
  const wrong = await probeImage({ install: [create(1), create(1)] });
  const large = await probeImage({ install: [create(4000)] });
  const boot = (one: typeof image) => (): void => void Card.boot(one, { seed: 1 });
  for (const [one, reason] of [
    [wrong, /^image for chip probe: .* 6A89: .*check the instances/],
    [large, /^image for chip probe: .* 6A84: .*more pages/],
  ] as const) {
    assert.throws(boot(one), (error: unknown) => {
      assert.instance(error, ImageError);
      assert.match((error as Error).message, reason);
      assert.not.match((error as Error).message, /\n/);
      return true;
    });
  }
});

cards("keeps each instance's RAM apart in a snapshot, whichever ran first", () => {
  const file = bootProbes().save();
  const card = Card.load(file, { trusted, seed: 1 });
  card.reset();
  selectProbe(card, 2);
  const at = ask(card, PROBE_SCRATCH_AT);
  ask(card, PROBE_POKE, at, 0x42);
  const start = card.snapshot();
  selectProbe(card, 0);
  ask(card, PROBE_POKE, at, 0x10);
  selectProbe(card, 2);
  ask(card, PROBE_POKE, at, 0x12);
  card.restore(start);
  assert.is(ask(card, PROBE_PEEK, at), 0x42);
  selectProbe(card, 0);
  assert.is(ask(card, PROBE_PEEK, at), 0, "an applet that had not run yet kept its later RAM");
});

/** A package of four entries; `process` answers the word. Its AID ends in the word, its instance's too. */
function answering(word: number): LoadFile {
  const entry = (status: number) => ({ type: 0, code: [0x41, ...signed(status), 0x0b] });
  const wasm = assemble({
    ...APPLET,
    types: [[[I32, I32, I32], [I32]]],
    functions: [...Array(3).fill(entry(SW_SUCCESS)), entry(word)],
  });
  const aid = bytes(`F000000070${word.toString(16)}`);
  return writeLoadFile({ aid, ramBytes: 64, stackBytes: 256, multiselectable: false, wasm });
}

cards(
  "comes back to a snapshot although the package that ran was deleted, and its number went on",
  async () => {
    const card = await freshCard();
    accept(card, selectApplication(AID_ISSUER_DOMAIN));
    const channel = await openChannel(card);
    const [first, second] = [answering(0x9001), answering(0x9002)];
    const instanceOf = ({ aid }: LoadFile): Uint8Array => Uint8Array.of(...aid, 1);
    const install = async (file: LoadFile): Promise<void> => {
      await loadPackage(channel, file);
      const instance = instanceOf(file);
      await installAndMakeSelectable(channel, { loadFile: file.aid, module: file.aid, instance });
    };
    const command = apdu(0x00, INS_READ_BINARY, 0, 0);
    const select = (file: LoadFile): void =>
      void accept(card, selectApplication(hex(instanceOf(file))));

    await install(first);
    const domain = card.snapshot();
    select(first);
    accept(card, command, 0x9001);
    const running = card.snapshot();
    card.restore(domain);
    await deleteContent(channel, first.aid, { related: true });
    await install(second);
    select(second);
    accept(card, command, 0x9002);
    const later = card.snapshot();
    for (const [state, word] of [
      [running, 0x9001],
      [later, 0x9002],
      [running, 0x9001],
    ] as const) {
      card.restore(state);
      accept(card, command, word);
    }
    const loaded = Card.load(card.save(), { trusted, seed: 1 });
    loaded.reset();
    accept(loaded, selectApplication(hex(instanceOf(first))));
    accept(loaded, command, 0x9001);
  },
);

cards("does the same for the same seed, and draws other numbers for another", () => {
  const [one, same, other] = [9, 9, 10].map((seed) => {
    const card = bootProbes(seed);
    return { text: answers(card, life(4, 300)), file: hex(card.save()) };
  });
  assert.equal(same, one);
  assert.not.equal(other!.text, one!.text);
});

cards("answers the same over either coprocessor", async () => {
  const reference = await referenceImage();
  const traces: string[] = [];
  for (const coprocessor of [new NodeCoprocessor(), new NobleCoprocessor()]) {
    const card = Card.boot(reference, { seed: 1, coprocessor });
    card.reset();
    const domain = hex(reference.manifest.instances[0]!.aid);
    accept(card, selectApplication(domain));
    for (const level of [0x01, 0x03, 0x13, 0x33]) await openChannel(card, level);
    const pin = pinGrouping(0x3f00, 1, 3, "313233");
    await personalize(card, hex(reference.manifest.instances[1]!.aid), [pin, ACTIVATE]);
    traces.push(`${traceOf(card)}\n${hex(card.memory.content())}`);
  }
  assert.is(traces[1], traces[0]);
});

cards("shares nothing with its neighbours", () => {
  const alone = Array.from({ length: 12 }, (_, index) =>
    answers(bootProbes(index), life(index, 100)),
  );
  const lives = alone.map((_, index) => ({
    card: bootProbes(index),
    steps: [...life(index, 100)],
    found: [] as string[],
  }));
  for (let turn = 0; lives.some(({ steps }) => turn < steps.length); turn++) {
    for (const { card, steps, found } of lives) {
      if (turn < steps.length) found.push(...answers(card, [steps[turn]!]));
    }
  }
  assert.equal(
    lives.map(({ found }) => found),
    alone,
  );
});

cards("answers nothing without power until it is reset", async () => {
  const card = bootProbes();
  selectProbe(card);
  const write = scriptCommand([[CARD_OBJECT_CREATE, 1, 1]]);
  card.cutPower(0);
  assert.throws(
    () => card.exchange(write),
    (error: unknown) => error instanceof PowerLoss,
  );
  const silent = (error: unknown): boolean => error instanceof TransportError;
  assert.throws(() => card.exchange(write), silent);
  const refused = await card.transmit(write).then(
    () => undefined,
    (error: unknown) => error,
  );
  assert.ok(silent(refused));
  const atr = hex(card.reset());
  assert.is(atr, "3b6500000102030405");
  selectProbe(card);
  assert.is(ask(card, CARD_OBJECT_CREATE, 1, 1), SW_SUCCESS);
  card.powerOff();
  assert.throws(() => card.exchange(write), silent);
  assert.is(hex(card.reset()), atr);
});

cards("sends an ATR on contacts and an ATS without", async () => {
  const card = await freshCard();
  const { interfaces } = card.image.manifest;
  const historical = interfaces.historicalBytes;
  const atr = card.reset();
  const ats = card.reset(INTERFACE_CONTACTLESS);
  assert.is(atr[0], 0x3b);
  assert.is(atr[1]! & 0x0f, historical.length);
  assert.ok(hex(atr).includes(hex(historical)));
  assert.is(ats[0], ats.length);
  assert.is(
    hex(ats),
    hex(Uint8Array.of(ats.length, ...interfaces.atsInterfaceBytes, ...historical)),
  );
});

cards.run();
