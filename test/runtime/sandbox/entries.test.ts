// Traps, loops without end and transactions left open, at each entry of an applet.

import { suite } from "uvu";
import * as assert from "uvu/assert";
import { meter } from "../../../assembler/meter/meter.ts";
import { Card } from "../../../emulator/card.ts";
import * as api from "../../../runtime/spec/card-api.ts";
import { CLA_PROPRIETARY } from "../../../runtime/spec/instructions.ts";
import {
  SW_CONDITIONS_NOT_SATISFIED,
  SW_FILE_NOT_FOUND,
  SW_INTERNAL_ERROR,
  SW_SUCCESS,
} from "../../../runtime/spec/status-words.ts";
import { APPLET, assemble, I32 } from "../../assembler/wasm-bytes.ts";
import { withModules } from "../../emulator/chip/other-modules.ts";
import { accept, apdu, refuse } from "../../helpers/card.ts";
import { selectApplication } from "../../helpers/secure-channel.ts";
import { onChannel, open } from "../channel.ts";
import {
  ask,
  askOn,
  type Call,
  keep,
  keepForGood,
  ON_DESELECT,
  ON_SELECT,
  PROBE_LOOP,
  PROBE_PEEK,
  PROBE_POKE,
  PROBE_REPEAT,
  PROBE_TRAP_DIVISION,
  PROBE_TRAP_MEMORY,
  PROBE_TRAP_OVERFLOW,
  PROBE_TRAP_UNREACHABLE,
  probeImage,
  scriptCommand,
  selectCommand,
  selectProbe,
} from "../probe.ts";
import { installer, NEW_AID } from "./installer.ts";
import {
  ATTACKER,
  afterwardsAllIsWell,
  attempt,
  BYSTANDER,
  COUNTER,
  DATA,
  DOMAIN,
  NEW,
  PIN,
  scene,
  victimCanWrite,
} from "./witness.ts";

/** What an applet may do as its last act, and what the chip says of it. */
const LAST_ACTS: Readonly<Record<string, { act: Call; trap: RegExp }>> = {
  unreachable: { act: [PROBE_TRAP_UNREACHABLE], trap: /unreachable/ },
  "division by zero": { act: [PROBE_TRAP_DIVISION], trap: /divide by zero/ },
  "memory out of bounds": { act: [PROBE_TRAP_MEMORY], trap: /memory access out of bounds/ },
  "integer overflow": { act: [PROBE_TRAP_OVERFLOW], trap: /divide result unrepresentable/ },
  "an endless loop": { act: [PROBE_LOOP], trap: /instruction limit/ },
  "an endless loop of calls": { act: [PROBE_LOOP, api.CARD_SELF], trap: /instruction limit/ },
  "more calls than a command may cost": { act: [PROBE_REPEAT, api.CARD_SELF, 20_000], trap: /^$/ },
};

const at = await scene({ each: [{}, {}, { many: true }] });
const { card, scratch } = at;
const start = card.snapshot();

/** Work that must be undone: a transaction with a write and a new object, and bytes in the response. */
const UNFINISHED: Call[] = [
  [api.CARD_TRANSACTION_BEGIN],
  [api.CARD_OBJECT_WRITE, DATA, 0, scratch, 16],
  [api.CARD_OBJECT_CREATE, 99, 10],
  [api.CARD_REPLY, 0, 10],
];

/** The attacker starts anew: its RAM as after the start, its objects as they were. */
function attackerIsUnchanged(): void {
  const now = card.snapshot();
  selectProbe(card, 0);
  assert.is(ask(card, PROBE_PEEK, scratch), 0, "RAM survived");
  assert.is(ask(card, api.CARD_OBJECT_SIZE, 99), -1, "the transaction survived");
  assert.is(ask(card, api.CARD_PIN_TRIES, PIN), 15);
  card.restore(now);
}

const entries = suite("last acts at each entry");
entries.before.each(() => card.restore(start));

for (const [name, { act, trap }] of Object.entries(LAST_ACTS)) {
  entries(`${name} in process ends the command with 6F00`, () => {
    assert.is(ask(card, PROBE_POKE, scratch, 0x77), SW_SUCCESS);
    afterwardsAllIsWell(at, () => {
      const found = attempt(card, scriptCommand([...UNFINISHED, act]));
      assert.is(found.sw, SW_INTERNAL_ERROR);
      assert.match(found.trap, trap);
      attackerIsUnchanged();
    });
    victimCanWrite(at);
  });

  entries(`${name} in select refuses the selection with 6F00 and selects nothing`, () => {
    keep(card, ON_SELECT, [...UNFINISHED, act]);
    afterwardsAllIsWell(at, () => {
      const found = attempt(card, selectCommand(0));
      assert.is(found.sw, SW_INTERNAL_ERROR);
      assert.match(found.trap, trap);
      refuse(card, scriptCommand([]), SW_CONDITIONS_NOT_SATISFIED);
      attackerIsUnchanged();
    });
    victimCanWrite(at);
  });

  entries(`${name} in deselect stops no SELECT of another`, () => {
    keep(card, ON_DESELECT, [...UNFINISHED, act]);
    const selected = (): void => {
      const found = attempt(card, selectCommand(2));
      assert.is(found.sw, SW_SUCCESS);
      assert.match(found.trap, trap);
      assert.is(ask(card, api.CARD_OBJECT_CREATE, 98, 10), SW_SUCCESS, "work is left for it");
      assert.is(ask(card, api.CARD_OBJECT_DELETE, 98), SW_SUCCESS);
      attackerIsUnchanged();
    };
    afterwardsAllIsWell(at, selected, name, [ATTACKER, BYSTANDER]);
    victimCanWrite(at);
  });

  entries(`${name} in install ends INSTALL with 6F00 and leaves nothing`, async () => {
    const install = await installer(at);
    const installed = (): void => {
      const make: Call[] = [
        [api.CARD_OBJECT_CREATE, DATA, 50],
        [api.CARD_COUNTER_CREATE, COUNTER],
      ];
      const found = install([...make, act]);
      assert.is(found.sw, SW_INTERNAL_ERROR);
      assert.match(found.trap, trap);
    };
    afterwardsAllIsWell(at, installed, name, [ATTACKER, DOMAIN, NEW]);
    accept(card, open(3));
    refuse(card, onChannel(3, selectApplication(NEW_AID)), SW_FILE_NOT_FOUND);
    victimCanWrite(at);
    assert.is(install([]).sw, SW_SUCCESS, "the same name can be installed");
  });

  entries(`${name} in the select of a default leaves MANAGE CHANNEL and the reset whole`, () => {
    // Opened from a channel, the new one has what is selected there.
    accept(card, open(2));
    selectProbe(card, 2, 2);
    keep(card, ON_SELECT, [...UNFINISHED, act], 2);
    accept(card, open(3));
    const found = attempt(card, open(0, 2));
    assert.match(found.trap, trap);
    assert.is(found.sw, SW_SUCCESS);
    victimCanWrite(at);
  });
}

entries("what each entry leaves of a transaction is undone when it ends", () => {
  const left: Call[] = UNFINISHED.slice(0, 3);
  const refused = SW_CONDITIONS_NOT_SATISFIED;
  for (const [entry, leave] of Object.entries({
    process: () => ask(card, ...left[0]!),
    select: () => {
      keep(card, ON_SELECT, left);
      selectProbe(card, 0);
    },
    deselect: () => {
      keep(card, ON_DESELECT, left);
      selectProbe(card, 0);
    },
    "select in MANAGE CHANNEL": () => {
      accept(card, open(2));
      selectProbe(card, 2, 2);
      keep(card, ON_SELECT, left, 2);
      accept(card, open(3, 2));
    },
  })) {
    card.restore(start);
    leave();
    victimCanWrite(at);
    assert.is(askOn(card, 1, api.CARD_TRANSACTION_COMMIT), refused, `${entry} left it open`);
  }
});

entries("a default applet that never ends its select costs no reset", async () => {
  const image = await probeImage({ each: [{ implicit: "C0" }] });
  for (const act of [PROBE_LOOP, PROBE_TRAP_UNREACHABLE]) {
    const own = Card.boot(image, { seed: 1 });
    own.reset();
    keepForGood(own, ON_SELECT, [[api.CARD_TRANSACTION_BEGIN], [act]]);
    for (const line of [0, 1]) {
      assert.ok(own.reset(line).length > 2, "no answer to reset");
      assert.ok(own.takeTrap());
      refuse(own, scriptCommand([]), SW_CONDITIONS_NOT_SATISFIED);
      selectProbe(own, 1);
      assert.is(ask(own, api.CARD_OBJECT_CREATE, line, 4), SW_SUCCESS);
    }
    own.reset();
    own.takeTrap();
    selectProbe(own, 1);
    assert.is(ask(own, api.CARD_OBJECT_SIZE, 1), 4, "written into a transaction left open");
  }
});

/** An applet whose `entry` calls itself without end, as no verifier would let it. */
function recursing(entry: number): Uint8Array {
  const end = 0x0b;
  const accepts = { type: 0, code: [0x41, 0x80, 0xa0, 0x02, end] };
  const functions = [accepts, accepts, accepts, accepts];
  // An operand behind the call, so that it is no tail call.
  const again = [0x20, 0, 0x20, 1, 0x20, 2, 0x10, entry, 0x41, 1, 0x6a, end];
  functions[entry] = { type: 0, code: again };
  return meter(assemble({ ...APPLET, types: [[[I32, I32, I32], [I32]]], functions }));
}

entries("recursion without end in any entry of a forged module is 6F00, or nothing", async () => {
  const image = await probeImage({ each: [{}, { many: true }] });
  for (const [entry, name] of ["install", "select", "deselect", "process"].entries()) {
    const forged = withModules(image, { 1: recursing(entry) });
    if (name === "install") {
      assert.throws(() => Card.boot(forged, { seed: 1 }), /6F00/);
      continue;
    }
    const own = Card.boot(forged, { seed: 1 });
    own.reset();
    const first = attempt(own, selectCommand(0));
    assert.is(first.sw, name === "select" ? SW_INTERNAL_ERROR : SW_SUCCESS, name);
    const second = attempt(own, apdu(CLA_PROPRIETARY, 0x10, 0, 0));
    if (name === "process") assert.is(second.sw, SW_INTERNAL_ERROR);
    assert.is(attempt(own, selectCommand(1)).sw, SW_SUCCESS, name);
  }
});

entries.run();
