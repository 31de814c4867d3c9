// Commands per second, in clear and in a secure channel.

import type { Image } from "../../../assembler/image/types.ts";
import { LEVEL_C_DECRYPTION, LEVEL_C_MAC } from "../../../runtime/spec/secure-channel.ts";
import { SW_SUCCESS } from "../../../runtime/spec/status-words.ts";
import type { Card } from "../../card.ts";
import * as bench from "./bench-card.ts";
import { type Figure, rate } from "./figure.ts";
import { microseconds, microsecondsOf } from "./measure.ts";

/** Wrapped commands of a round. */
const WRAPPED = 2000;

/** Sends a command that must succeed: a refusal would be quick, and measure nothing. */
export function succeed(card: Card, name: string, command: Uint8Array): void {
  const response = card.exchange(command);
  const sw = ((response.at(-2) ?? 0) << 8) | (response.at(-1) ?? 0);
  if (sw !== SW_SUCCESS) throw new Error(`${name} answers ${sw.toString(16)}: nothing to measure`);
}

/** Selects the file of the bench card; `command` must be one that it takes then. */
export function reach(card: Card, name: string, command: Uint8Array): void {
  card.exchange(bench.SELECT);
  card.exchange(bench.SELECT_EF);
  succeed(card, name, command);
}

/** Microseconds of a command to the file of the bench card. */
export function commandTime(card: Card, name: string, command: Uint8Array): number {
  reach(card, name, command);
  return microseconds(() => card.exchange(command));
}

export function commandFigures(card: Card): Figure[] {
  const figure = (name: string, command: Uint8Array, goal?: number) =>
    rate(name, commandTime(card, name, command), goal);
  return [
    figure("SELECT by AID", bench.SELECT, 1e6),
    figure("READ BINARY 16", bench.READ_16, 1e6),
    figure("READ BINARY 256", bench.READ_256, 1e6),
    figure("UPDATE BINARY 16", bench.UPDATE_16, 3e5),
    figure("VERIFY", bench.VERIFY),
  ];
}

/**
 * SCP03 with C-MAC and C-ENC, the card's side alone: without R-MAC each command follows from those
 * before it and not from the answers, so the host wraps a round of them before the clock runs.
 */
export async function wrappedFigures(image: Image): Promise<Figure[]> {
  const card = await bench.makeBenchCard(image);
  const level = LEVEL_C_MAC | LEVEL_C_DECRYPTION;
  const { channel } = await bench.openSession(card, bench.FILES, level);
  const name = "UPDATE BINARY 16, SCP03";
  succeed(card, name, channel.wrap(bench.SELECT_EF));
  const wrapped = (plain: Uint8Array) =>
    microsecondsOf(() => {
      const commands = Array.from({ length: WRAPPED }, () => channel.wrap(plain));
      return commands.map((command) => () => card.exchange(command));
    });
  const updates = wrapped(bench.UPDATE_16);
  const reads = wrapped(bench.READ_16);
  succeed(card, name, channel.wrap(bench.UPDATE_16));
  return [rate(name, updates), rate("READ BINARY 16, SCP03", reads)];
}
