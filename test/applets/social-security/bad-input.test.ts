// Bad input, systematically: every command of the application in every length, with every P1 and P2, in
// every security state. Nothing traps, nothing unknown is answered, and a refusal changes nothing.

import { suite } from "uvu";
import * as assert from "uvu/assert";
import * as own from "../../../applets/social-security/spec.ts";
import {
  AID_SSSE,
  CLA_ACCOUNT,
  CLA_MAINTENANCE,
  CLA_UPDATE_WITH_MAC,
} from "../../../applets/social-security/spec.ts";
import type { Card } from "../../../emulator/card.ts";
import {
  CLA_PROPRIETARY,
  INS_APPLICATION_BLOCK,
  INS_CARD_BLOCK,
  INS_CHANGE_PIN,
  INS_CREDIT_FOR_LOAD,
  INS_DEBIT_FOR_PURCHASE,
  INS_EXTERNAL_AUTHENTICATE,
  INS_GET_BALANCE,
  INS_GET_CHALLENGE,
  INS_GET_TRANSACTION_PROOF,
  INS_INITIALIZE_TRANSACTION,
  INS_INITIALIZE_UPDATE,
  INS_INTERNAL_AUTHENTICATE,
  INS_PIN_CHANGE_UNBLOCK,
  INS_READ_BINARY,
  INS_READ_RECORD,
  INS_SELECT,
  INS_STARTING_DAY,
  INS_STORE_DATA,
  INS_UPDATE_BINARY,
  INS_UPDATE_RECORD,
  INS_VERIFY,
} from "../../../runtime/spec/instructions.ts";
import {
  SW_MORE_DATA,
  SW_SUCCESS,
  SW_VERIFICATION_FAILED,
  SW_WRONG_LENGTH,
  SW_WRONG_P1P2,
} from "../../../runtime/spec/status-words.ts";
import { accept, apdu, send, traceOf } from "../../helpers/card.ts";
import { type Dice, dice } from "../../helpers/random.ts";
import { hex8, hex16, selectApplication } from "../../helpers/secure-channel.ts";
import { isKnownStatusWord } from "../../helpers/status-words.ts";
import { accountGrouping } from "./account/account-card.ts";
import { Terminal } from "./card-terminal.ts";
import { FAMILIES, type Family } from "./family.ts";
import {
  BINARY,
  BK,
  DF_FREE,
  DF_GUARDED,
  fullCard,
  LK_GUARDED,
  PIN,
  PUK,
  RK_GUARDED,
  RKSSSE,
  ROOT_FREE,
  UKSSSE,
} from "./full-card.ts";

const tests = suite("bad input");

interface Command {
  readonly name: string;
  readonly cla: number;
  readonly ins: number;
  /** P1-P2 that are possible; undefined for commands that take many. */
  readonly p1p2?: readonly number[];
  /** Lengths of data that are possible with the first of them; undefined for any. */
  readonly lengths?: (family: Family) => readonly number[];
  /** Sent in the valid P1-P2 of the table, or this one. */
  readonly common?: number;
}

const range = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, i) => from + i);
const only =
  (...lengths: number[]) =>
  () =>
    lengths;
const REFERENCES = range(0, 0xff).filter((p2) => (p2 & 0x60) === 0);

const COMMANDS: readonly Command[] = [
  { name: "SELECT", cla: 0, ins: INS_SELECT, common: 0x0000 },
  { name: "READ RECORD", cla: 0, ins: INS_READ_RECORD, common: 0x0104 | (5 << 3) },
  { name: "READ BINARY", cla: 0, ins: INS_READ_BINARY, common: 0x8700 },
  { name: "UPDATE RECORD", cla: 0, ins: INS_UPDATE_RECORD, common: 0x0104 | (5 << 3) },
  { name: "UPDATE BINARY", cla: 0, ins: INS_UPDATE_BINARY, common: 0x8700 },
  {
    name: "UPDATE RECORD with MAC",
    cla: CLA_UPDATE_WITH_MAC,
    ins: INS_UPDATE_RECORD,
    common: 0x012c,
  },
  {
    name: "UPDATE BINARY with MAC",
    cla: CLA_UPDATE_WITH_MAC,
    ins: INS_UPDATE_BINARY,
    common: 0x8700,
  },
  { name: "VERIFY", cla: 0, ins: INS_VERIFY, p1p2: [0], lengths: only(0, ...range(2, 8)) },
  {
    ...{ name: "CHANGE PIN", cla: CLA_PROPRIETARY, ins: INS_CHANGE_PIN },
    ...{ p1p2: [0x0100], lengths: () => range(3, 17) },
  },
  {
    ...{ name: "PIN UNBLOCK", cla: CLA_MAINTENANCE, ins: INS_PIN_CHANGE_UNBLOCK },
    ...{ p1p2: [0x0000, 0x0001], lengths: only(4) },
  },
  {
    ...{ name: "PIN CHANGE", cla: CLA_MAINTENANCE, ins: INS_PIN_CHANGE_UNBLOCK },
    ...{ p1p2: [0x0001, 0x0000] },
    lengths: ({ block }) => (block === 8 ? [12, 20] : [20]),
  },
  { name: "GET CHALLENGE", cla: 0, ins: INS_GET_CHALLENGE, p1p2: [0], lengths: only(0) },
  {
    ...{ name: "INTERNAL AUTHENTICATE", cla: 0, ins: INS_INTERNAL_AUTHENTICATE },
    ...{ p1p2: [0], lengths: only(16, 17) },
  },
  {
    ...{ name: "EXTERNAL AUTHENTICATE", cla: 0, ins: INS_EXTERNAL_AUTHENTICATE },
    ...{ p1p2: [RKSSSE.reference, ...REFERENCES], lengths: only(16, 17) },
  },
  {
    ...{ name: "APPLICATION BLOCK", cla: CLA_MAINTENANCE, ins: INS_APPLICATION_BLOCK },
    ...{ p1p2: [0x0001], lengths: only(4) },
  },
  {
    ...{ name: "CARD BLOCK", cla: CLA_MAINTENANCE, ins: INS_CARD_BLOCK },
    ...{ p1p2: [0], lengths: only(4) },
  },
  { name: "INITIALIZE UPDATE", cla: CLA_PROPRIETARY, ins: INS_INITIALIZE_UPDATE, common: 0xff00 },
  { name: "STORE DATA", cla: CLA_PROPRIETARY, ins: INS_STORE_DATA, common: 0x8800 },
  { name: "STORE DATA in a channel", cla: CLA_MAINTENANCE, ins: INS_STORE_DATA, common: 0x8800 },
  {
    ...{ name: "EXTERNAL AUTHENTICATE of a channel", cla: CLA_MAINTENANCE },
    ...{ ins: INS_EXTERNAL_AUTHENTICATE, common: 0x0100 },
  },
  { name: "GET BALANCE", cla: CLA_ACCOUNT, ins: INS_GET_BALANCE, common: 0x0001 },
  { name: "INITIALIZE", cla: CLA_ACCOUNT, ins: INS_INITIALIZE_TRANSACTION, common: 0x0001 },
  { name: "CREDIT FOR LOAD", cla: CLA_ACCOUNT, ins: INS_CREDIT_FOR_LOAD, common: 0x0000 },
  { name: "DEBIT FOR PURCHASE", cla: CLA_ACCOUNT, ins: INS_DEBIT_FOR_PURCHASE, common: 0x0100 },
  { name: "PROOF", cla: CLA_ACCOUNT, ins: INS_GET_TRANSACTION_PROOF, common: 0x0031 },
  { name: "STARTING DAY", cla: CLA_ACCOUNT, ins: INS_STARTING_DAY, common: 0x0000 },
];

const OWN_WORDS: ReadonlySet<unknown> = new Set(
  Object.entries(own)
    .filter(([name]) => name.startsWith("SW_"))
    .map(([, value]) => value),
);

/** A card in a security state, and what a refusal must leave. */
interface State {
  readonly name: string;
  readonly card: Card;
  readonly terminal: Terminal;
  readonly ready: ReturnType<Card["snapshot"]>;
  readonly memory: Buffer;
  /** A command that works in it. */
  readonly good: Uint8Array;
}

async function states(family: Family): Promise<State[]> {
  const card = await fullCard(family, [accountGrouping({}, DF_FREE)]);
  const terminal = new Terminal(card, family);
  const start = card.snapshot();
  const readFree = (sfi: number) => apdu(0, INS_READ_BINARY, 0x80 | sfi, 0, "", 1);
  const prepare: readonly [string, Uint8Array, () => void][] = [
    ["nothing proven", readFree(ROOT_FREE.sfi), () => {}],
    [
      "the PIN proven, in a DF",
      readFree(BINARY.sfi),
      () => {
        accept(card, apdu(0, INS_VERIFY, 0, 0, PIN));
        terminal.selectDf(DF_FREE);
      },
    ],
    [
      "every key proven, in a DF",
      readFree(1),
      () => {
        for (const key of [BK, PUK, RKSSSE, UKSSSE]) terminal.prove(key);
        terminal.selectDf(DF_GUARDED);
        for (const key of [LK_GUARDED, RK_GUARDED]) terminal.prove(key);
      },
    ],
  ];
  return prepare.map(([name, good, run]) => {
    card.restore(start);
    run();
    accept(card, good);
    const memory = Buffer.from(card.memory.content());
    return { name, card, terminal, ready: card.snapshot(), memory, good };
  });
}

/** Sends, and holds the card to what this file is about; the status word. */
function provoke(state: State, command: Uint8Array, what: string): number {
  const { card } = state;
  // A trap fails in `send`.
  const { sw, data } = send(card, command);
  const where = () => `${state.name}, ${what}: ${hex16(sw)}\n${traceOf(card)}`;
  if (!isKnownStatusWord(sw) && !OWN_WORDS.has(sw)) assert.unreachable(`unknown word, ${where()}`);
  const done = sw === SW_SUCCESS || (sw & 0xff00) === SW_MORE_DATA;
  if (done || (sw & 0xfff0) === SW_VERIFICATION_FAILED) {
    // Done, or a try spent.
    card.restore(state.ready);
    return sw;
  }
  if (data.length > 0) assert.unreachable(`data with a refusal, ${where()}`);
  if (Buffer.compare(card.memory.content(), state.memory) !== 0) {
    assert.unreachable(`a refusal changed the store, ${where()}`);
  }
  return sw;
}

/** What came before must not matter to a good command. */
function goesOn(state: State): void {
  const { card } = state;
  const { sw } = send(card, state.good);
  assert.is(sw, SW_SUCCESS, `${state.name}: the next command\n${traceOf(card)}`);
}

const headerOf = ({ cla, ins, p1p2, common = 0 }: Command, params = p1p2?.[0] ?? common) =>
  [cla, ins, params >> 8, params & 0xff] as const;
const LES = [undefined, undefined, 0, 8, 255] as const;

for (const family of FAMILIES) {
  const all = await states(family);
  for (const state of all) {
    const prefix = `${family.name}, ${state.name}`;
    const run = (name: string, action: (noise: Dice) => void) =>
      tests(`${prefix}: ${name}`, () => {
        state.card.restore(state.ready);
        action(dice(20_261_123));
      });

    run("each command in each length", (noise) => {
      for (const command of COMMANDS) {
        const possible = command.lengths?.(family);
        for (let length = 0; length <= 255; length++) {
          if (length % 3 === 0) state.terminal.challenge();
          const wrong = possible !== undefined && !possible.includes(length);
          const le = length === 0 ? noise.pick(LES) : undefined;
          const request = apdu(...headerOf(command), noise.bytes(length), le);
          const sw = provoke(state, request, `${command.name}, ${length} bytes`);
          if (wrong) assert.is(sw, SW_WRONG_LENGTH, `${prefix}: ${command.name}, ${length} bytes`);
        }
        goesOn(state);
      }
    });

    run("each command with each P1 and each P2", (noise) => {
      for (const command of COMMANDS) {
        const [, , p1, p2] = headerOf(command);
        const lengths = command.lengths?.(family) ?? [0, 2, 8, 20];
        for (let value = 0; value <= 255; value++) {
          for (const params of [(value << 8) | p2, (p1 << 8) | value]) {
            const length = noise.pick(lengths);
            const le = length === 0 ? noise.pick(LES) : undefined;
            const request = apdu(...headerOf(command, params), noise.bytes(length), le);
            const sw = provoke(state, request, `${command.name}, P1-P2 ${hex16(params)}`);
            if (command.p1p2 === undefined || command.p1p2.includes(params)) continue;
            assert.is(sw, SW_WRONG_P1P2, `${prefix}: ${command.name}, P1-P2 ${hex16(params)}`);
          }
        }
        goesOn(state);
      }
    });

    run("anything, in any class", (noise) => {
      const classes = [...new Set(COMMANDS.map(({ cla }) => cla))];
      for (let i = 0; i < 3000; i++) {
        if (noise.below(4) === 0) state.terminal.challenge();
        const known = noise.pick(COMMANDS);
        const cla = noise.below(3) > 0 ? known.cla : noise.pick(classes);
        const ins = noise.below(3) > 0 ? known.ins : noise.below(256);
        const params =
          noise.below(2) > 0 ? headerOf(known) : [0, 0, noise.below(256), noise.below(256)];
        const length = noise.pick([0, 1, 4, 8, 12, 16, 17, 20, noise.below(256)]);
        const request = apdu(
          cla,
          ins,
          params[2]!,
          params[3]!,
          noise.bytes(length),
          noise.pick(LES),
        );
        provoke(state, request, `${hex8(cla)}${hex8(ins)}, ${length} bytes`);
      }
      accept(state.card, selectApplication(AID_SSSE));
    });
  }
}

tests.run();
