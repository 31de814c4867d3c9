// What the chip makes of applets that do not end, that recurse, and of a kernel that stops under one.

import { suite } from "uvu";
import * as assert from "uvu/assert";
import type { Image } from "../../../assembler/image/types.ts";
import { meter } from "../../../assembler/meter/meter.ts";
import { Card } from "../../../emulator/card.ts";
import { TransportError } from "../../../emulator/errors.ts";
import {
  CARD_OBJECT_CREATE,
  CARD_OBJECT_WRITE_COMMAND,
  CARD_REPLY_LENGTH,
} from "../../../runtime/spec/card-api.ts";
import { APPLET_TRAPPED, ENTRY_PROCESS } from "../../../runtime/spec/chip.ts";
import { CLA_PROPRIETARY, INS_SELECT } from "../../../runtime/spec/instructions.ts";
import { SW_INTERNAL_ERROR, SW_SUCCESS } from "../../../runtime/spec/status-words.ts";
import { APPLET, assemble, I32, type Parts } from "../../assembler/wasm-bytes.ts";
import { hex } from "../../helpers/bytes.ts";
import { apdu } from "../../helpers/card.ts";
import {
  ask,
  type Call,
  keep,
  ON_DESELECT,
  ON_SELECT,
  PROBE_AIDS,
  PROBE_LOOP,
  PROBE_PEEK,
  PROBE_POKE,
  PROBE_SCRATCH_AT,
  payloadAt,
  probeImage,
  scriptCommand,
  selectProbe,
} from "../../runtime/probe.ts";
import {
  ask as askChip,
  passingCard,
  passingKernel,
  passOn,
  withModules,
} from "./other-modules.ts";

const END = 0x0b;
const LIMIT = /instruction limit reached/;
const image = await probeImage();

function probeCard(from: Image = image): Card {
  const card = Card.boot(from, { seed: 1 });
  card.reset();
  return card;
}

const status = (response: Uint8Array): number =>
  ((response.at(-2) ?? 0) << 8) | (response.at(-1) ?? 0);

const select = (index: number): Uint8Array =>
  apdu(0x00, INS_SELECT, 0x04, 0x00, PROBE_AIDS[index]!);

const applets = suite("applets on the chip");

/** Both ways to hang: in the applet alone, and with a request to the kernel in each turn. */
const LOOPS: readonly Call[] = [
  [PROBE_LOOP, 0],
  [PROBE_LOOP, CARD_REPLY_LENGTH],
];

for (const [what, loop] of Object.entries({ alone: LOOPS[0]!, "with requests": LOOPS[1]! })) {
  applets(`a command that loops ${what} ends with 6F00, undone, and the next one works`, () => {
    const card = probeCard();
    selectProbe(card);
    const at = ask(card, PROBE_SCRATCH_AT);
    ask(card, CARD_OBJECT_CREATE, 1, 4);
    const memory = hex(card.memory.content());
    const looping = scriptCommand([[PROBE_POKE, at, 0x55], loop]);
    assert.is(status(card.exchange(looping)), SW_INTERNAL_ERROR);
    assert.match(card.takeTrap()?.message ?? "", LIMIT);
    assert.is(hex(card.memory.content()), memory);
    assert.is(ask(card, PROBE_PEEK, at), 0, "its RAM is as after the start");
    const write: Call = [CARD_OBJECT_WRITE_COMMAND, 1, 0, payloadAt(1), 4];
    assert.is(status(card.exchange(scriptCommand([write], new Uint8Array(4)))), SW_SUCCESS);
    selectProbe(card, 1);
    assert.is(ask(card, PROBE_PEEK, at), 0);
  });

  applets(`a select that loops ${what} ends, and another applet can be selected`, () => {
    const card = probeCard();
    selectProbe(card);
    keep(card, ON_SELECT, [loop]);
    assert.is.not(status(card.exchange(select(0))), SW_SUCCESS);
    assert.match(card.takeTrap()?.message ?? "", LIMIT);
    selectProbe(card, 1);
    selectProbe(card, 0);
  });

  applets(`a deselect that loops ${what} ends, and does not hold the next applet up`, () => {
    const card = probeCard();
    selectProbe(card);
    keep(card, ON_DESELECT, [loop]);
    assert.is(status(card.exchange(select(1))), SW_SUCCESS);
    assert.match(card.takeTrap()?.message ?? "", LIMIT);
    ask(card, PROBE_SCRATCH_AT);
  });

  applets(`an install that loops ${what} ends, and leaves no instance`, async () => {
    const looping = await probeImage({ install: [loop] });
    assert.throws(() => Card.boot(looping, { seed: 1 }), /first boot ends with 6F00/);
  });
}

applets("each call of an entry has the whole fuel", () => {
  const card = probeCard();
  selectProbe(card);
  for (let turn = 0; turn < 3; turn++) {
    assert.is(status(card.exchange(scriptCommand([LOOPS[0]!]))), SW_INTERNAL_ERROR);
    card.takeTrap();
    ask(card, PROBE_SCRATCH_AT);
    const { fuel } = card.chip.applets.get(1)!;
    const { instructionLimit } = card.image.manifest.chip;
    assert.ok(fuel.value > instructionLimit - 10_000, `${fuel.value} left`);
  }
});

applets("a module that does not count its instructions does not run", () => {
  const plain = assemble({ ...APPLET, ...processOf([0x41, 0, END]) });
  assert.throws(() => Card.boot(withModules(image, { 1: plain }), { seed: 1 }), /6F00/);
  Card.boot(withModules(image, { 1: meter(plain) }), { seed: 1 });
});

/** Entries that answer 9000, but for `process`; `more` is function 5 and is like an entry. */
function processOf(code: number[], more: number[] = [0x41, 0, END]): Parts {
  const types: Parts["types"] = [
    [[I32, I32, I32], [I32]],
    [Array(5).fill(I32), [I32]],
  ];
  const accept = { type: 0, code: [0x41, ...[0x80, 0xa0, 0x02], END] };
  return {
    types,
    imports: [["card", "call", 1]],
    functions: [accept, accept, accept, { type: 0, code }, { type: 0, code: more }],
    exports: APPLET.exports!.map(([name, kind, at]) => [name, kind, kind === 0 ? at + 1 : at]),
  };
}

const ARGUMENTS = [0x20, 0, 0x20, 1, 0x20, 2];
/** card.call(CARD_REPLY_LENGTH, 0, 0, 0, 0) */
const REQUEST = [0x41, CARD_REPLY_LENGTH, 0x41, 0, 0x41, 0, 0x41, 0, 0x41, 0, 0x10, 0, 0x1a];

/** Function 5 calls itself without end; the verifier would refuse it, and it pays nothing. */
function recursive(before: number[]): Uint8Array {
  const again = [...ARGUMENTS, 0x10, 5, END];
  return meter(assemble({ ...APPLET, ...processOf(again, [...before, ...again]) }));
}

applets("recursion that nobody refused ends with 6F00, and the next command works", () => {
  const card = probeCard(withModules(image, { 1: recursive([]) }));
  for (let turn = 0; turn < 3; turn++) {
    assert.is(status(card.exchange(select(0))), SW_SUCCESS);
    assert.is(status(card.exchange(apdu(CLA_PROPRIETARY, 0x10, 0, 0))), SW_INTERNAL_ERROR);
    assert.match(card.takeTrap()?.message ?? "", /call stack/);
  }
  assert.is(status(card.exchange(select(1))), SW_SUCCESS);
});

applets(
  "recursion with requests, which may stop the kernel half way, costs no more than a reset",
  () => {
    const card = probeCard(withModules(image, { 1: recursive(REQUEST) }));
    const memory = hex(card.memory.content());
    for (let turn = 0; turn < 10; turn++) {
      assert.is(status(card.exchange(select(turn % 3))), SW_SUCCESS);
      assert.is(status(card.exchange(apdu(CLA_PROPRIETARY, 0x10, 0, 0))), SW_INTERNAL_ERROR);
      assert.match(card.takeTrap()?.message ?? "", /call stack/);
      if (!answersAgain(card)) card.reset();
      assert.is(hex(card.memory.content()), memory);
    }
    assert.is(status(card.exchange(select(1))), SW_SUCCESS);
  },
);

function answersAgain(card: Card): boolean {
  try {
    card.exchange(select(0));
    return true;
  } catch (error) {
    assert.instance(error, TransportError);
    return false;
  }
}

applets("a kernel that traps while it works for an applet is not taken for the applet", () => {
  const asking = meter(assemble({ ...APPLET, ...processOf([...REQUEST, 0x41, 7, END]) }));
  const start = (onRequest: number[], applet: Uint8Array): Card => {
    const card = passingCard(image, { 0: passingKernel(onRequest), 1: applet });
    assert.is(askChip(card, "appletStart", 1, 0), 0);
    return card;
  };
  const process = [1, ENTRY_PROCESS, 0, 0, 0];
  assert.is(askChip(start([0x41, 0], asking), "appletCall", ...process), 7);

  const trapping = meter(assemble({ ...APPLET, ...processOf([0x00, END]) }));
  const told = start([0x41, 0], trapping);
  assert.is(askChip(told, "appletCall", ...process), APPLET_TRAPPED);
  assert.match(told.takeTrap()?.message ?? "", /unreachable/);

  const card = start([0x00], asking);
  for (let turn = 0; turn < 2; turn++) {
    assert.is(hex(passOn(card, "appletCall", ...process)), "6f00");
    assert.match(card.takeTrap()?.message ?? "", /unreachable/);
    assert.throws(
      () => passOn(card, "appletCall", ...process),
      (error: unknown) => error instanceof TransportError,
    );
    card.reset();
  }
});

applets.run();
