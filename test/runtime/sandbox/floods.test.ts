// Floods: an applet that fills the store, takes all objects, or lets the card work and wear without end.

import { suite } from "uvu";
import * as assert from "uvu/assert";
import type { Card } from "../../../emulator/card.ts";
import * as api from "../../../runtime/spec/card-api.ts";
import { CIPHER_AES } from "../../../runtime/spec/chip.ts";
import { CLA_PROPRIETARY, INS_INITIALIZE_UPDATE } from "../../../runtime/spec/instructions.ts";
import {
  SW_CONDITIONS_NOT_SATISFIED,
  SW_INTERNAL_ERROR,
  SW_NOT_ENOUGH_MEMORY,
  SW_SUCCESS,
} from "../../../runtime/spec/status-words.ts";
import { MAX_OBJECTS, SLOT_DATA_BYTES, slotsPerPage } from "../../../runtime/spec/store.ts";
import { apdu } from "../../helpers/card.ts";
import {
  ask,
  askOn,
  type Call,
  keep,
  ON_SELECT,
  PROBE_REPEAT,
  PROBE_RETURN,
  perform,
  performKept,
  scriptCommand,
  selectProbe,
} from "../probe.ts";
import { installer } from "./installer.ts";
import {
  ATTACKER,
  afterwardsAllIsWell,
  attempt,
  COUNTER,
  DATA,
  DATA_BYTES,
  DOMAIN,
  NEW,
  PIN,
  type Scene,
  scene,
  TRIED_KEY,
  victimCanWrite,
} from "./witness.ts";

/** Share of the attacker in chunks of the store, and what its objects take of it already. */
const QUOTA_CHUNKS = 15;
const TAKEN_CHUNKS = 7;
/** Slots that one command may cost. runtime/kernel/work.ts. */
const MOST_SLOTS = 512;
const PAGE_BYTES = 512;
const FIRST = 100;
const HOST_CHALLENGE = "0102030405060708";

const small = await scene({ each: [{ quota: QUOTA_CHUNKS * SLOT_DATA_BYTES }] });
const free = await scene({ pageBytes: PAGE_BYTES, pageCount: 128 });

const floods = suite("floods");
const starts = new Map([small, free].map((one) => [one, one.card.snapshot()]));
floods.before.each(() => {
  for (const [one, start] of starts) one.card.restore(start);
});

/** Makes objects until one is refused; how many there were, and the refusal. */
function fill(card: Card, call: (number: number) => Call): { made: number; refusal: number } {
  for (let made = 0; ; ) {
    const calls = Array.from({ length: 40 }, (_, index) => call(FIRST + made + index));
    const { results } = perform(card, calls);
    const refused = results.findIndex((result) => result !== SW_SUCCESS);
    if (refused >= 0) return { made: made + refused, refusal: results[refused]! };
    made += 40;
  }
}

floods("objects, counters, keys and PINs of an applet end at its quota", () => {
  for (const make of [
    (number: number): Call => [api.CARD_OBJECT_CREATE, number, 0],
    (number: number): Call => [api.CARD_OBJECT_CREATE, number, SLOT_DATA_BYTES],
    (number: number): Call => [api.CARD_COUNTER_CREATE, number],
  ]) {
    small.card.restore(starts.get(small)!);
    floodOf(small, () => {
      const { made, refusal } = fill(small.card, make);
      assert.is(refusal, SW_NOT_ENOUGH_MEMORY);
      assert.is(made, QUOTA_CHUNKS - TAKEN_CHUNKS);
      for (const secret of [
        [api.CARD_PIN_CREATE, 90, 3, 0, 4],
        [api.CARD_KEY_CREATE, 91, CIPHER_AES | 0x0100, 0, 16],
        [api.CARD_OBJECT_RESIZE, DATA, DATA_BYTES + SLOT_DATA_BYTES],
      ] as Call[]) {
        assert.is(ask(small.card, ...secret), SW_NOT_ENOUGH_MEMORY);
      }
      // What it has it can still use.
      assert.is(ask(small.card, api.CARD_OBJECT_RESIZE, DATA, DATA_BYTES - 1), SW_SUCCESS);
      assert.is(ask(small.card, api.CARD_OBJECT_WRITE_COMMAND, DATA, 0, 0, 9), SW_SUCCESS);
    });
  }
});

floods("a resize beyond the quota, or a size of any nonsense, is refused", () => {
  floodOf(small, () => {
    const room = (QUOTA_CHUNKS - TAKEN_CHUNKS) * SLOT_DATA_BYTES + 300;
    const resize = (size: number): number => ask(small.card, api.CARD_OBJECT_RESIZE, DATA, size);
    assert.is(resize(room + 1), SW_NOT_ENOUGH_MEMORY);
    for (const size of [25_001, 0xffff, 0x10000, 0x7fffffff, 0x7fffff9d, -1, -0x80000000]) {
      assert.is(resize(size), SW_NOT_ENOUGH_MEMORY, `${size}`);
      const made = ask(small.card, api.CARD_OBJECT_CREATE, 99, size);
      assert.not.equal(made, SW_SUCCESS, `${size}`);
    }
    assert.is(ask(small.card, api.CARD_OBJECT_SIZE, DATA), DATA_BYTES);
    assert.is(resize(room), SW_SUCCESS);
  });
});

floods("what is deleted, or taken back with a transaction, counts no more", () => {
  floodOf(small, () => {
    const make: Call = [api.CARD_OBJECT_CREATE, 99, 8 * SLOT_DATA_BYTES];
    for (let turn = 0; turn < 40; turn++) {
      const calls: Call[] = [
        make,
        [api.CARD_OBJECT_DELETE, 99],
        [api.CARD_TRANSACTION_BEGIN],
        make,
      ];
      assert.equal(perform(small.card, calls).results, Array(4).fill(SW_SUCCESS), `turn ${turn}`);
    }
    assert.is(ask(small.card, ...make), SW_SUCCESS);
    assert.is(ask(small.card, ...make), SW_NOT_ENOUGH_MEMORY);
  });
});

floods("without a quota an applet takes half of the store and half of all objects at most", () => {
  floodOf(free, () => {
    const { made, refusal } = fill(free.card, (number) => [api.CARD_OBJECT_CREATE, number, 1]);
    assert.is(refusal, SW_NOT_ENOUGH_MEMORY);
    assert.is(made, MAX_OBJECTS / 2 - 5, "beside the five that it had");
  });
  free.card.restore(starts.get(free)!);
  floodOf(free, () => {
    const { made } = fill(free.card, (number) => [api.CARD_OBJECT_CREATE, number, 2000]);
    assert.ok(made > 0 && made < 15, `${made} objects of 2000 bytes`);
  });
});

floods("an install that makes more than the quota of all leaves nothing", async () => {
  const install = await installer(free);
  const flood = (): void => {
    const calls = Array.from({ length: 5 }, (_, at): Call => [api.CARD_OBJECT_CREATE, at, 25_000]);
    assert.is(install(calls).sw, SW_NOT_ENOUGH_MEMORY);
  };
  afterwardsAllIsWell(free, flood, "", [ATTACKER, DOMAIN, NEW]);
});

/** A flood after which the bystander and the victim still find room. */
function floodOf(at: Scene, flood: () => void): void {
  afterwardsAllIsWell(at, flood);
  victimCanWrite(at);
  assert.is(askOn(at.card, 1, api.CARD_OBJECT_CREATE, 99, 500), SW_SUCCESS);
  assert.is(askOn(at.card, 1, api.CARD_OBJECT_DELETE, 99), SW_SUCCESS);
}

// Work and wear

/** Erases that a command may cost: its slots, what the collector moves among them, and the margin. */
const MOST_ERASES = (1.5 * MOST_SLOTS) / slotsPerPage(PAGE_BYTES) + 20;

function erases(card: Card): number {
  return card.memory.erases.reduce((sum, count) => sum + count, 0);
}

floods("writes without end end with 6F00, and wear no more than a bounded number of pages", () => {
  const endless: Record<string, Call> = {
    "counting up": [PROBE_REPEAT, api.CARD_COUNTER_UP, 1e9, COUNTER],
    "giving tries back": [PROBE_REPEAT, api.CARD_KEY_SUCCEED, 1e9, TRIED_KEY],
  };
  for (const at of [free, small]) {
    const { card } = at;
    for (const [name, call] of Object.entries(endless)) {
      card.restore(starts.get(at)!);
      afterwardsAllIsWell(
        at,
        () => {
          const before = erases(card);
          const { sw } = attempt(card, scriptCommand([call, [PROBE_RETURN, SW_SUCCESS]]));
          const spent = erases(card) - before;
          assert.is(sw, SW_INTERNAL_ERROR, name);
          assert.ok(spent > 100 && spent <= MOST_ERASES, `${name}: ${spent} erases`);
        },
        name,
      );
      victimCanWrite(at);
    }
  }
});

floods("calls without end are answered 6F00 and do nothing once the work is spent", () => {
  const { card } = free;
  const before = ask(card, api.CARD_COUNTER_READ, COUNTER);
  afterwardsAllIsWell(free, () => {
    const calls: Call[] = [
      [PROBE_REPEAT, api.CARD_SELF, 20_000],
      [api.CARD_COUNTER_UP, COUNTER],
      [api.CARD_OBJECT_CREATE, 99, 1],
      [api.CARD_PIN_VERIFY, PIN, 0, 4],
      [PROBE_RETURN, SW_SUCCESS],
    ];
    assert.is(attempt(card, scriptCommand(calls)).sw, SW_INTERNAL_ERROR);
  });
  const now = [api.CARD_COUNTER_READ, api.CARD_OBJECT_SIZE, api.CARD_PIN_TRIES];
  assert.equal(
    [COUNTER, 99, PIN].map((of, at) => ask(card, now[at]!, of)),
    [before, -1, 15],
  );
});

floods(
  "an INITIALIZE UPDATE costs the domain's keys one step, however often an applet asks",
  () => {
    const { card } = free;
    const begin: Call = [PROBE_REPEAT, api.CARD_CHANNEL_INITIALIZE, 1000];
    const end: Call = [api.CARD_CHANNEL_AUTHENTICATE];
    const before = sequence(card);
    keep(card, ON_SELECT, [begin, end, begin, end]);
    const refused = SW_CONDITIONS_NOT_SATISFIED;
    const { results } = performKept(card, 4, 0, HOST_CHALLENGE);
    assert.equal(results, [refused, refused, refused, refused]);
    assert.is(sequence(card), before + 1);
    // In any other command it costs none.
    assert.equal(perform(card, [begin, end]).results, [refused, refused]);
    assert.is(sequence(card), before + 1);
    selectProbe(card, 0);
  },
);

/** Sequence counter of the issuer's keys, as the card tells it when a session is begun. */
function sequence(card: Card): number {
  const now = card.snapshot();
  selectProbe(card, 2);
  const begin = apdu(CLA_PROPRIETARY, INS_INITIALIZE_UPDATE, 0, 0, HOST_CHALLENGE, 0);
  const reply = card.exchange(begin);
  card.restore(now);
  const [high, middle, low] = reply.slice(-5, -2);
  return (high! << 16) | (middle! << 8) | low!;
}

floods.run();
