// Key pairs of applets: made on the card, used by number, never read, replaced at once.

import { sm2 } from "sm-crypto-v2";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { Card } from "../../../emulator/card.ts";
import { StateReader } from "../../../emulator/lab/logical-state.ts";
import * as api from "../../../runtime/spec/card-api.ts";
import {
  CIPHER_SM4,
  CURVE_SM2,
  DIRECTION_DECRYPT,
  DIRECTION_ENCRYPT,
  MODE_ECB,
  PUBLIC_KEY_BYTES,
  SIGNATURE_BYTES,
} from "../../../runtime/spec/chip.ts";
import {
  SW_CONDITIONS_NOT_SATISFIED,
  SW_INTERNAL_ERROR,
  SW_REFERENCED_DATA_NOT_FOUND,
  SW_SUCCESS,
  SW_WRONG_DATA,
} from "../../../runtime/spec/status-words.ts";
import { KIND_KEY } from "../../../runtime/spec/store.ts";
import { hex } from "../../helpers/bytes.ts";
import { send } from "../../helpers/card.ts";
import { sweepCuts } from "../../helpers/power-loss.ts";
import {
  ask,
  type Call,
  PROBE_POKE,
  PROBE_REPEAT,
  PROBE_RETURN,
  PROBE_SCRATCH_AT,
  payloadAt,
  perform,
  probeImage,
  scriptCommand,
  selectProbe,
} from "../probe.ts";

const PAIR = 20;
const OTHER_PAIR = 21;
const SM4_KEY = 10;
const all = api.KEY_USE_ENCRYPT | api.KEY_USE_DECRYPT | api.KEY_USE_DERIVE | api.KEY_USE_SIGN;
const SM4 = CIPHER_SM4 | (all << 8);

const image = await probeImage({
  install: [[api.CARD_KEY_CREATE, SM4_KEY, SM4, payloadAt(1), 16]],
  payload: new Uint8Array(16),
});
const card = Card.boot(image, { seed: 1 });
card.reset();
selectProbe(card);
const scratch = ask(card, PROBE_SCRATCH_AT);
const fresh = card.snapshot();

const pairs = suite("key pairs");
pairs.before.each(() => card.restore(fresh));

/** Makes a pair; its public point x ‖ y. */
function create(number = PAIR): string {
  const { results, data } = perform(card, [
    [api.CARD_KEY_PAIR_CREATE, number, scratch],
    [api.CARD_REPLY, scratch, PUBLIC_KEY_BYTES],
  ]);
  assert.is(results[0], SW_SUCCESS);
  return hex(data);
}

/** Signs a digest of equal bytes with the pair; r ‖ s. */
function sign(filler: number, number = PAIR): string {
  const digest = Array.from({ length: 32 }, (_, at): Call => [PROBE_POKE, scratch + at, filler]);
  const { results, data } = perform(card, [
    ...digest,
    [api.CARD_KEY_SIGN, number, scratch, scratch],
    [api.CARD_REPLY, scratch, SIGNATURE_BYTES],
  ]);
  assert.is(results[digest.length], SW_SUCCESS);
  return hex(data);
}

function belongs(signature: string, publicKey: string, filler: number): boolean {
  return sm2.doVerifySignature(new Uint8Array(32).fill(filler), signature, `04${publicKey}`);
}

pairs("sign what their public point verifies, and nothing else", () => {
  const first = create();
  const second = create(OTHER_PAIR);
  assert.is.not(first, second);
  const signature = sign(0x5a);
  assert.ok(belongs(signature, first, 0x5a));
  assert.not.ok(belongs(signature, first, 0x5b));
  assert.not.ok(belongs(signature, second, 0x5a));
  assert.is.not(sign(0x5a), signature);
});

pairs("outlive the power", () => {
  const publicKey = create();
  card.powerOff();
  card.reset();
  selectProbe(card);
  assert.ok(belongs(sign(1), publicKey, 1));
});

pairs("do what no key of a block cipher does, and the other way round", () => {
  create();
  const outside = [api.CARD_KEY_CREATE, 30, CURVE_SM2 | (all << 8), 0, 32] as const;
  const refused: readonly (readonly [Call, number])[] = [
    ...[DIRECTION_ENCRYPT, DIRECTION_DECRYPT].map((direction): [Call, number] => [
      [api.CARD_KEY_CIPHER, PAIR, MODE_ECB | (direction << 8), scratch, 16],
      SW_CONDITIONS_NOT_SATISFIED,
    ]),
    [[api.CARD_KEY_DERIVE, PAIR, scratch, 16], SW_CONDITIONS_NOT_SATISFIED],
    [[api.CARD_KEY_FOLD, PAIR], SW_CONDITIONS_NOT_SATISFIED],
    [[api.CARD_KEY_SIGN, SM4_KEY, scratch, scratch], SW_CONDITIONS_NOT_SATISFIED],
    [[api.CARD_KEY_SIGN, 31, scratch, scratch], SW_REFERENCED_DATA_NOT_FOUND],
    [[api.CARD_KEY_SIGN, api.SESSION_KEY, scratch, scratch], SW_WRONG_DATA],
    [[api.CARD_KEY_PAIR_CREATE, api.SESSION_KEY, scratch], SW_WRONG_DATA],
    [[api.CARD_OBJECT_READ, PAIR, 0, scratch, 1], SW_REFERENCED_DATA_NOT_FOUND],
    [[api.CARD_REPLY_OBJECT, PAIR, 0, 1], SW_REFERENCED_DATA_NOT_FOUND],
    [[0x3a, PAIR, scratch, scratch], SW_INTERNAL_ERROR],
  ];
  for (const [call, sw] of refused) assert.is(ask(card, ...call), sw, `${call}`);
  // A private key comes from the card alone.
  const sent = perform(card, [outside], new Uint8Array(32)).results[0];
  assert.is.not(sent, SW_SUCCESS);
});

pairs("never show an applet the private key, and a signature leaves no copy of it", () => {
  create();
  const secret = hex(privateKeys()[0]!);
  const [, ...applets] = card.chip.rams();
  for (const ram of applets) if (ram) assert.not.ok(hex(ram).includes(secret));
  card.powerOff();
  card.reset();
  selectProbe(card);
  // The store's own buffer may hold the slot that it looked at last.
  const copies = (): number => hex(card.chip.kernelRam).split(secret).length - 1;
  const before = copies();
  sign(3);
  assert.is(copies(), before);
});

pairs("are replaced at once: after a cut the old or the new one signs", () => {
  const old = create();
  let replacement = "";
  const seen = new Set<string>();
  const cuts = sweepCuts(card, {
    action: () => {
      replacement = create();
    },
    check: (_, cut) => {
      selectProbe(card);
      const signature = sign(9);
      const owner = [old, replacement].find((publicKey) => belongs(signature, publicKey, 9));
      assert.ok(owner, `${cut}: neither the old nor the new pair signed`);
      seen.add(owner);
    },
  });
  assert.ok(cuts > 10, `${cuts} cuts: this proves nothing`);
  assert.is(seen.size, 2);
});

pairs("come and go with a transaction", () => {
  const old = create();
  const results = perform(card, [
    [api.CARD_TRANSACTION_BEGIN],
    [api.CARD_KEY_PAIR_CREATE, PAIR, scratch],
    [api.CARD_KEY_PAIR_CREATE, OTHER_PAIR, scratch],
    [api.CARD_TRANSACTION_ABORT],
    [api.CARD_KEY_SIGN, OTHER_PAIR, scratch, scratch],
  ]).results;
  assert.is(results.at(-1), SW_REFERENCED_DATA_NOT_FOUND);
  assert.ok(belongs(sign(4), old, 4));
});

pairs("cost a command its work: it signs some sixty times, not more", () => {
  create();
  for (const [times, sw] of [
    [60, SW_SUCCESS],
    [70, SW_INTERNAL_ERROR],
  ] as const) {
    const calls: Call[] = [
      [PROBE_REPEAT, api.CARD_KEY_SIGN, times, PAIR, scratch],
      [PROBE_RETURN, SW_SUCCESS],
    ];
    const { sw: answer } = send(card, scriptCommand(calls));
    assert.is(answer, sw, `${times} signatures`);
  }
});

function privateKeys(): Uint8Array[] {
  const state = new StateReader(card.image.manifest.chip).read(card.memory.content());
  return [...state.values()]
    .filter(({ kind, content }) => kind === KIND_KEY && content.length === 6 + 32)
    .map(({ content }) => content.slice(6));
}

pairs.run();
