// A card with an attacker, a victim at work and a bystander, and the check that an attack costs nobody
// but the attacker.

import * as assert from "uvu/assert";
import { Card } from "../../../emulator/card.ts";
import { difference, type LogicalState, StateReader } from "../../../emulator/lab/logical-state.ts";
import * as api from "../../../runtime/spec/card-api.ts";
import { CIPHER_AES, MAX_INSTANCES, MODE_ECB } from "../../../runtime/spec/chip.ts";
import { SW_SUCCESS } from "../../../runtime/spec/status-words.ts";
import { bytes, hex } from "../../helpers/bytes.ts";
import { accept, checkStatus, send } from "../../helpers/card.ts";
import { open } from "../channel.ts";
import {
  ask,
  askOn,
  type Call,
  PROBE_POKE,
  PROBE_SCRATCH_AT,
  type ProbeOptions,
  payloadAt,
  perform,
  probeImage,
  scriptCommand,
  selectCommand,
  selectProbe,
} from "../probe.ts";

// What each probe holds, by number.
export const DATA = 1;
export const DATA_BYTES = 250;
export const PIN = 9;
export const KEY = 10;
export const TRIED_KEY = 11;
export const COUNTER = 12;
export const PIN_VALUE: Uint8Array = bytes("31323334");
const KEY_VALUE = bytes("000102030405060708090A0B0C0D0E0F");
const PIN_TRIES = 15;
const KEY_TRIES = 7;

// Instances, and the logical channels of those at work.
export const DOMAIN = 1;
export const ATTACKER = 2;
export const VICTIM = 3;
export const BYSTANDER = 4;
/** What a test installs. */
export const NEW = 5;
export const VICTIM_CHANNEL = 1;
/** Owner and numbers of the rows of the registry, which begin with the life cycle. */
const KERNEL = 0;
const REGISTRY = 0x100;
const VICTIM_PROBE = 1;
const BYSTANDER_PROBE = 2;

const all = api.KEY_USE_ENCRYPT | api.KEY_USE_DECRYPT | api.KEY_USE_DERIVE;
const secretsAt = payloadAt(5);
const install: Call[] = [
  [api.CARD_OBJECT_CREATE, DATA, DATA_BYTES],
  [api.CARD_PIN_CREATE, PIN, PIN_TRIES, secretsAt, PIN_VALUE.length],
  [api.CARD_KEY_CREATE, KEY, CIPHER_AES | (all << 8), secretsAt + PIN_VALUE.length, 16],
  [
    api.CARD_KEY_CREATE,
    TRIED_KEY,
    CIPHER_AES | (all << 8) | (KEY_TRIES << 16),
    secretsAt + PIN_VALUE.length + 16,
    16,
  ],
  [api.CARD_COUNTER_CREATE, COUNTER],
];
const payload = Uint8Array.of(...PIN_VALUE, ...KEY_VALUE, ...KEY_VALUE);

export interface Scene {
  readonly card: Card;
  /** Where the scratch RAM of a probe lies, 64 bytes. */
  readonly scratch: number;
}

/**
 * The attacker is selected on channel 0. The victim is on channel 1, in the middle of its work: bytes
 * in RAM, a session key, a PIN try and a key try spent, a counter moved.
 */
export async function scene(options: ProbeOptions = {}): Promise<Scene> {
  const image = await probeImage({
    install,
    payload,
    domain: true,
    pageCount: 40,
    channels: 8,
    ...options,
  });
  const card = Card.boot(image, { seed: 1 });
  card.reset();
  selectProbe(card);
  const scratch = ask(card, PROBE_SCRATCH_AT);
  accept(card, open(VICTIM_CHANNEL));
  selectProbe(card, VICTIM_PROBE, VICTIM_CHANNEL);
  const work: Call[] = [
    [PROBE_POKE, scratch + 63, 0x56],
    [api.CARD_OBJECT_WRITE_COMMAND, DATA, 7, 0, 100],
    [api.CARD_PIN_VERIFY, PIN, 0, 4],
    [api.CARD_KEY_ATTEMPT, TRIED_KEY],
    [api.CARD_COUNTER_UP, COUNTER],
    [api.CARD_KEY_DERIVE, KEY, scratch, 16],
  ];
  perform(card, work, undefined, VICTIM_CHANNEL);
  lookAtVictim(card, scratch);
  return { card, scratch };
}

/** What the victim, asked on its channel, finds of its own. The same call leaves the same RAM. */
function lookAtVictim(card: Card, scratch: number): string {
  const clean = Array.from({ length: 16 }, (_, at): Call => [PROBE_POKE, scratch + at, at]);
  const calls: Call[] = [
    [api.CARD_SELF],
    [api.CARD_LOGICAL_CHANNEL],
    [api.CARD_LIFE_CYCLE],
    [api.CARD_REPLY_OBJECT, DATA, 0, DATA_BYTES],
    [api.CARD_PIN_TRIES, PIN],
    [api.CARD_KEY_TRIES, TRIED_KEY],
    [api.CARD_COUNTER_READ, COUNTER],
    ...clean,
    [api.CARD_KEY_CIPHER, KEY, MODE_ECB, scratch, 16],
    [api.CARD_REPLY, scratch, 16],
    [api.CARD_KEY_CIPHER, api.SESSION_KEY, MODE_ECB, scratch, 16],
    [api.CARD_REPLY, scratch, 16],
  ];
  const { results, data } = perform(card, calls, undefined, VICTIM_CHANNEL);
  return `${results} ${hex(data)}`;
}

interface Witness {
  readonly rams: ReadonlyMap<number, string>;
  readonly objects: LogicalState;
  readonly victim: string;
}

function witness({ card, scratch }: Scene, at: readonly number[]): Witness {
  const rams = new Map<number, string>();
  for (let instance = 1; instance <= MAX_INSTANCES; instance++) {
    const applet = card.chip.applets.get(instance);
    if (!at.includes(instance) && applet) rams.set(instance, hex(applet.ram));
  }
  const state = new StateReader(card.image.manifest.chip).read(card.memory.content());
  const objects = new Map([...state].filter(([, { owner }]) => owner !== ATTACKER));
  // Its own life cycle is its own.
  for (const { owner, number, content } of objects.values()) {
    if (owner === KERNEL && number === REGISTRY + ATTACKER) content[0] = 0;
  }
  return { rams, objects, victim: lookAtVictim(card, scratch) };
}

/**
 * Runs the attack, then: the RAM of every other instance is byte for byte what it was, and so are the
 * objects of the others and of the kernel, with all their tries, keys and counters; the victim goes on
 * with its work where it was, and a bystander is selected in place of the attacker and answers.
 * @param running the instances that the attack itself calls
 */
export function afterwardsAllIsWell(
  at: Scene,
  attack: () => void,
  what = "",
  running: readonly number[] = [ATTACKER],
): void {
  const { card } = at;
  const before = witness(at, running);
  attack();
  assert.is(card.takeTrap(), undefined, `${what}: a trap that the attack did not account for`);
  const after = witness(at, running);
  for (const [instance, ram] of before.rams) {
    assert.is(after.rams.get(instance), ram, `${what}: RAM of instance ${instance}`);
  }
  assert.is(difference(after.objects, before.objects), "", what);
  assert.is(after.victim, before.victim, `${what}: the victim's work`);
  const now = card.snapshot();
  card.exchange(selectCommand(BYSTANDER_PROBE));
  card.takeTrap();
  assert.is(ask(card, api.CARD_OBJECT_SIZE, DATA), DATA_BYTES, `${what}: the bystander`);
  card.restore(now);
}

/** The status word of a command that may trap, and the trap's message. */
export function attempt(card: Card, command: Uint8Array): { sw: number; trap: string } {
  const response = card.exchange(command);
  const trap = card.takeTrap()?.message ?? "";
  return { sw: (response.at(-2)! << 8) | response.at(-1)!, trap };
}

/** Results of calls of the attacker. */
export function results(card: Card, ...calls: Call[]): number[] {
  return perform(card, calls).results;
}

/** Has the victim write, and finds it written after the power is gone: no transaction took it back. */
export function victimCanWrite({ card }: Scene): void {
  const now = card.snapshot();
  const write: Call = [api.CARD_OBJECT_WRITE_COMMAND, DATA, 0, 0, 5];
  assert.is(askOn(card, VICTIM_CHANNEL, ...write), SW_SUCCESS);
  card.powerOff();
  card.reset();
  selectProbe(card, VICTIM_PROBE);
  const reply = send(card, scriptCommand([[api.CARD_REPLY_OBJECT, DATA, 0, 5]]));
  checkStatus(card, reply, SW_SUCCESS);
  assert.is(hex(reply.data.subarray(0, 2)), "0115", "what the victim wrote is gone");
  card.restore(now);
}
