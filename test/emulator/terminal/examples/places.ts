// A place for the examples in a folder of its own, told stories, and what cards say when asked directly.

import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { DEVELOPMENT_TRUSTED } from "../../../../assembler/keys/development.ts";
import { Card } from "../../../../emulator/card.ts";
import { EmulatedSlot } from "../../../../emulator/terminal/desk/emulated-slots.ts";
import type { Generation } from "../../../../emulator/terminal/examples/parts/issue.ts";
import { balancesOf } from "../../../../emulator/terminal/examples/parts/payment.ts";
import { Place } from "../../../../emulator/terminal/examples/parts/place.ts";
import { whoIsIt } from "../../../../emulator/terminal/examples/parts/reader.ts";
import { type Stand, withStand } from "../../../../emulator/terminal/examples/parts/stand.ts";
import { Story, type Told } from "../../../../emulator/terminal/examples/parts/story.ts";

// The PIN of the person who runs the tests is not that of these cards.
delete process.env.WAFER_PIN;

export interface TestPlace {
  readonly place: Place;
  remove(): void;
}

export async function makePlace(generation: Generation): Promise<TestPlace> {
  const folder = mkdtempSync(join(tmpdir(), "wafer-examples-"));
  const place = await Place.open(join(folder, "place"), { generation });
  return { place, remove: () => rmSync(folder, { recursive: true }) };
}

/** Runs an example, and answers what it told. */
export async function told(run: (story: Story) => Promise<void>): Promise<readonly Told[]> {
  const story = new Story();
  await run(story);
  return story.told;
}

export function steps(all: readonly Told[], step: string): readonly Told[] {
  const found = all.filter((one) => one.step === step);
  assert.ok(found.length > 0, `nothing was told of "${step}"`);
  return found;
}

/** Works at a desk with a card file, with the PIN of new cards. */
export async function atDesk<T>(
  place: Place,
  card: string,
  work: (stand: Stand) => Promise<T>,
): Promise<T> {
  const results: T[] = [];
  await withStand({ card, psam: place.psamFile }, undefined, async (stand) => {
    results.push(await work(stand));
  });
  return results[0]!;
}

/** Fen on the card, as the card itself says. */
export function onCard(place: Place, card: string): Promise<number> {
  return atDesk(place, card, async ({ desk, terminal }) => {
    return (await balancesOf(terminal, await whoIsIt(desk))).account;
  });
}

/** A slot with a copy of a card file: what is done to it is forgotten. */
export function copyOf(file: string): EmulatedSlot {
  const content = new Uint8Array(readFileSync(file));
  return new EmulatedSlot(Card.load(content, { trusted: DEVELOPMENT_TRUSTED }));
}

export async function rejects(promise: Promise<unknown>, reason: RegExp): Promise<void> {
  const error = await promise.then(
    () => undefined,
    (caught: Error) => caught,
  );
  assert.match(error?.message ?? "nothing was refused", reason);
}
