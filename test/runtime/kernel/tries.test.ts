// PINs and keys that count their tries: a try is spent before anything is compared.

import { suite } from "uvu";
import * as assert from "uvu/assert";
import { Card } from "../../../emulator/card.ts";
import {
  CARD_CHANNEL_INITIALIZE,
  CARD_KEY_ATTEMPT,
  CARD_KEY_CIPHER,
  CARD_KEY_CREATE,
  CARD_KEY_DERIVE,
  CARD_KEY_SUCCEED,
  CARD_KEY_TRIES,
  CARD_PIN_CREATE,
  CARD_PIN_TRIES,
  CARD_PIN_VERIFY,
  CARD_TRANSACTION_ABORT,
  CARD_TRANSACTION_BEGIN,
  CARD_TRANSACTION_COMMIT,
  KEY_USE_DERIVE,
  KEY_USE_ENCRYPT,
} from "../../../runtime/spec/card-api.ts";
import { CIPHER_AES, MODE_ECB } from "../../../runtime/spec/chip.ts";
import {
  SW_AUTHENTICATION_BLOCKED,
  SW_CONDITIONS_NOT_SATISFIED,
  SW_REFERENCED_DATA_NOT_FOUND,
  SW_SUCCESS,
  swTriesLeft,
} from "../../../runtime/spec/status-words.ts";
import { bytes } from "../../helpers/bytes.ts";
import { sweepCuts, writesOf } from "../../helpers/power-loss.ts";
import {
  ask,
  type Call,
  keep,
  ON_SELECT,
  payloadAt,
  perform,
  performKept,
  probeImage,
  selectProbe,
} from "../probe.ts";

const PIN = 9;
const KEY = 10;
const RIGHT = bytes("31323334");
const WRONG = bytes("31323335");
const KEY_VALUE = bytes("000102030405060708090a0b0c0d0e0f");
const TRIES = 3;
const TRANSPORT_VERSION = 0xff;
const uses = KEY_USE_ENCRYPT | KEY_USE_DERIVE;

const payload = Uint8Array.of(...RIGHT, ...KEY_VALUE);
const image = await probeImage({
  domain: true,
  install: [
    [CARD_PIN_CREATE, PIN, TRIES, payloadAt(2), RIGHT.length],
    [
      CARD_KEY_CREATE,
      KEY,
      CIPHER_AES | (uses << 8) | (TRIES << 16),
      payloadAt(2) + RIGHT.length,
      KEY_VALUE.length,
    ],
  ],
  payload,
});

function freshCard(): Card {
  const card = Card.boot(image, { seed: 1 });
  card.reset();
  selectProbe(card);
  return card;
}

function verify(card: Card, value: Uint8Array): number {
  return perform(card, [[CARD_PIN_VERIFY, PIN, payloadAt(1), value.length]], value).results[0]!;
}

const tries = suite("tries");

tries("a PIN counts down, blocks, and is given its tries back by the right value", () => {
  const card = freshCard();
  assert.is(verify(card, WRONG), swTriesLeft(2));
  assert.is(verify(card, RIGHT), SW_SUCCESS);
  assert.is(ask(card, CARD_PIN_TRIES, PIN), TRIES);
  assert.is(verify(card, WRONG), swTriesLeft(2));
  assert.is(verify(card, WRONG), swTriesLeft(1));
  verify(card, WRONG);
  assert.is(ask(card, CARD_PIN_TRIES, PIN), 0);
  assert.is(verify(card, RIGHT), SW_AUTHENTICATION_BLOCKED);
  card.powerOff();
  card.reset();
  selectProbe(card);
  assert.is(verify(card, RIGHT), SW_AUTHENTICATION_BLOCKED);
});

tries("only the whole PIN is the PIN", () => {
  const card = freshCard();
  const others = ["", "31", "313233", "3132333400", "00313233", "31323334".padEnd(32, "0")];
  others.push("31323334".padEnd(34, "0"), "31323334".padEnd(2 * 260, "0"), "31323334".repeat(4));
  const start = card.snapshot();
  for (const other of others) {
    card.restore(start);
    assert.is(verify(card, bytes(other)), swTriesLeft(2), `${other.length / 2} bytes`);
  }
});

tries("the first writes do not know whether the PIN is right", () => {
  const card = freshCard();
  const start = card.snapshot();
  const wrong = writesOf(card, () => verify(card, WRONG));
  card.restore(start);
  const right = writesOf(card, () => verify(card, RIGHT));
  assert.ok(wrong.length > 0, "a wrong PIN wrote nothing");
  assert.equal(right.slice(0, wrong.length), wrong);
  assert.ok(right.length > wrong.length, "the right PIN gave no try back");
});

tries(
  "leave two or three tries after any cut in a wrong VERIFY, and two once it has answered",
  () => {
    const card = freshCard();
    const left = new Set<number>();
    const cuts = sweepCuts(card, {
      action: () => assert.is(verify(card, WRONG), swTriesLeft(2)),
      check: (_, cut) => {
        selectProbe(card);
        const now = ask(card, CARD_PIN_TRIES, PIN);
        left.add(now);
        assert.ok(now === 2 || now === 3, `${cut}: ${now} tries`);
      },
    });
    assert.ok(cuts > 10, `${cuts} cuts: this proves nothing`);
    assert.equal([...left].sort(), [2, 3]);
    assert.is(ask(card, CARD_PIN_TRIES, PIN), 2);
  },
);

tries("never gain from a cut in a right VERIFY", () => {
  const card = freshCard();
  verify(card, WRONG);
  sweepCuts(card, {
    action: () => assert.is(verify(card, RIGHT), SW_SUCCESS),
    check: (_, cut) => {
      selectProbe(card);
      const now = ask(card, CARD_PIN_TRIES, PIN);
      assert.ok([1, 2, 3].includes(now), `${cut}: ${now} tries`);
    },
  });
  assert.is(ask(card, CARD_PIN_TRIES, PIN), 3);
});

tries("a key spends a try in one write, and nothing gives it back but success", () => {
  const card = freshCard();
  const writes = writesOf(card, () => assert.is(ask(card, CARD_KEY_ATTEMPT, KEY), SW_SUCCESS));
  assert.ok(writes.length > 0);
  card.powerOff();
  card.reset();
  selectProbe(card);
  assert.is(ask(card, CARD_KEY_TRIES, KEY), 2);
  assert.is(ask(card, CARD_KEY_SUCCEED, KEY), SW_SUCCESS);
  assert.is(ask(card, CARD_KEY_TRIES, KEY), 3);
  for (let left = TRIES; left > 0; left--) assert.is(ask(card, CARD_KEY_ATTEMPT, KEY), SW_SUCCESS);
  assert.is(ask(card, CARD_KEY_ATTEMPT, KEY), SW_AUTHENTICATION_BLOCKED);
  const how = MODE_ECB;
  assert.is(ask(card, CARD_KEY_CIPHER, KEY, how, 0, 16), SW_AUTHENTICATION_BLOCKED);
  assert.is(ask(card, CARD_KEY_DERIVE, KEY, 0, 16), SW_AUTHENTICATION_BLOCKED);
});

tries("leave two or three tries of a key after any cut", () => {
  const card = freshCard();
  const cuts = sweepCuts(card, {
    action: () => assert.is(ask(card, CARD_KEY_ATTEMPT, KEY), SW_SUCCESS),
    check: (_, cut) => {
      selectProbe(card);
      const now = ask(card, CARD_KEY_TRIES, KEY);
      assert.ok(now === 2 || now === 3, `${cut}: ${now} tries`);
    },
  });
  assert.ok(cuts > 10);
});

tries("cannot be taken back by a transaction", () => {
  const card = freshCard();
  for (const end of [CARD_TRANSACTION_ABORT, CARD_TRANSACTION_COMMIT]) {
    for (const spend of [
      [CARD_PIN_VERIFY, PIN, payloadAt(3), WRONG.length],
      [CARD_PIN_VERIFY, PIN, payloadAt(3) + WRONG.length, RIGHT.length],
      [CARD_KEY_ATTEMPT, KEY],
    ] as Call[]) {
      const calls: Call[] = [[CARD_TRANSACTION_BEGIN], spend, [end]];
      const { results } = perform(card, calls, Uint8Array.of(...WRONG, ...RIGHT));
      assert.equal(results, [SW_SUCCESS, SW_CONDITIONS_NOT_SATISFIED, SW_SUCCESS]);
    }
  }
  assert.is(ask(card, CARD_PIN_TRIES, PIN), TRIES);
});

tries("the sequence counter of the secure channel cannot be taken back either", () => {
  const card = freshCard();
  const challenge = "0102030405060708";
  keep(card, ON_SELECT, [[CARD_CHANNEL_INITIALIZE]]);
  const first = performKept(card, 1, TRANSPORT_VERSION, challenge);
  assert.equal(first.results, [SW_SUCCESS]);
  keep(card, ON_SELECT, [
    [CARD_TRANSACTION_BEGIN],
    [CARD_CHANNEL_INITIALIZE],
    [CARD_TRANSACTION_ABORT],
  ]);
  const inside = performKept(card, 3, TRANSPORT_VERSION, challenge);
  assert.equal(inside.results, [SW_SUCCESS, SW_CONDITIONS_NOT_SATISFIED, SW_SUCCESS]);
  assert.is(inside.data.length, 0);
});

tries("belong to one applet: another finds no such PIN", () => {
  const card = freshCard();
  selectProbe(card, 1);
  verify(card, WRONG);
  selectProbe(card, 0);
  assert.is(ask(card, CARD_PIN_TRIES, PIN), TRIES);
  assert.is(ask(card, CARD_PIN_VERIFY, PIN + 1, 0, 4), SW_REFERENCED_DATA_NOT_FOUND);
});

tries.run();
