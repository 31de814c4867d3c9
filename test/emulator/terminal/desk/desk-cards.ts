// Cards of both generations and a PSAM that opens them, made by the bureau from one keystore; and a desk.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import * as assert from "uvu/assert";
import type { Image } from "../../../../assembler/image/types.ts";
import { DEVELOPMENT_TRUSTED } from "../../../../assembler/keys/development.ts";
import { Card } from "../../../../emulator/card.ts";
import { masterNames } from "../../../../emulator/command/desk-stand.ts";
import { EmulatedBlanks } from "../../../../emulator/command/emulated-blanks.ts";
import { Desk } from "../../../../emulator/terminal/desk/desk.ts";
import { EmulatedSlot } from "../../../../emulator/terminal/desk/emulated-slots.ts";
import { CardLibrary } from "../../../../emulator/terminal/desk/hsm.ts";
import { KeyServiceSecurity } from "../../../../emulator/terminal/desk/key-service-security.ts";
import type { NoPin, PinPad, PinPrompt } from "../../../../emulator/terminal/desk/pin-pad.ts";
import { PsamSecurity } from "../../../../emulator/terminal/desk/psam-security.ts";
import type { DeskResult } from "../../../../emulator/terminal/desk/result.ts";
import type { TerminalSecurity } from "../../../../emulator/terminal/desk/security.ts";
import type { Slot } from "../../../../emulator/terminal/desk/slots.ts";
import { issueBatch } from "../../../../personalization/batch/issue.ts";
import type { KeyService } from "../../../../personalization/keys/key-service.ts";
import { loadProduct } from "../../../../personalization/products/load.ts";
import { makeSampleBatch } from "../../../../personalization/sample/sample-batch.ts";
import { makeSampleKeystore } from "../../../../personalization/sample/sample-keystore.ts";
import { psamImage } from "../../../applets/psam/psam-card.ts";
import { referenceImage } from "../../../helpers/card.ts";

export const GENERATIONS = [2, 3] as const;
export type Generation = (typeof GENERATIONS)[number];
export const PIN = "123456";
/** Of the first person's city: most keys on a PSAM are those of its own. */
export const terminalNumber = ({ 3: [holder] }: Cards): string =>
  `${holder!.row.issuing_region}000017`;

const product = (name: string): string =>
  fileURLToPath(new URL(`../../../../personalization/products/${name}.yaml`, import.meta.url));
const PRODUCTS = { 2: product("social-security-2"), 3: product("social-security") };
const PSAM = product("psam");

/** A card and what the batch says of its holder. */
export interface Holder {
  readonly card: Card;
  readonly row: Readonly<Record<string, string>>;
}

export interface Cards {
  readonly 2: readonly Holder[];
  readonly 3: readonly Holder[];
  readonly psam: Card;
  readonly service: KeyService;
  /** Keys of another bureau, by the same names. */
  readonly strangeService: KeyService;
}

/** The first two people of a sample batch, in both generations. */
export async function makeCards(): Promise<Cards> {
  const folder = mkdtempSync(join(tmpdir(), "wafer-desk-"));
  try {
    const products = await Promise.all([PRODUCTS[2], PRODUCTS[3], PSAM].map(loadProduct));
    const keystore = makeSampleKeystore(...products);
    const service = keystore.service();
    const batch = await makeSampleBatch({ n: 2, seed: 5, directory: join(folder, "sample") });
    const [head = "", ...lines] = readFileSync(batch.path, "utf8").trim().split("\n");
    const rows = lines.map((line) => rowOf(head, line));
    const issue = async (name: string, batchPath: string, productPath: string, image: Image) => {
      await issueBatch({
        productPath,
        batchPath,
        keyService: service,
        cards: new EmulatedBlanks(image, join(folder, name), { seed: 9 }),
        reportPath: join(folder, `${name}.jsonl`),
        journalPath: join(folder, `${name}-journal.jsonl`),
      });
    };
    const load = (name: string, file: string) => {
      const content = new Uint8Array(readFileSync(join(folder, name, `${file}.card`)));
      return Card.load(content, { trusted: DEVELOPMENT_TRUSTED });
    };
    const image = await referenceImage();
    for (const generation of GENERATIONS) {
      await issue(`cards${generation}`, batch.path, PRODUCTS[generation], image);
    }
    const psamBatch = join(folder, "psam.csv");
    const columns = "serial,terminal_number,valid_from,valid_until";
    writeFileSync(
      psamBatch,
      `${columns}\n00000017,${rows[0]!.issuing_region}000017,2026-01-01,2036-01-01\n`,
    );
    await issue("psam", psamBatch, PSAM, await psamImage());
    const report = readFileSync(join(folder, "psam.jsonl"), "utf8").split("\n")[0] ?? "";
    const holders = (generation: Generation) =>
      rows.map((row) => ({ row, card: load(`cards${generation}`, row.card_number!) }));
    return {
      2: holders(2),
      3: holders(3),
      psam: load("psam", JSON.parse(report).card),
      service,
      strangeService: makeSampleKeystore(...products).service(),
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Fields of a line; those in quotes may hold commas. */
function rowOf(head: string, line: string): Record<string, string> {
  const fields = [...line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)];
  const values = fields.map(([, quoted, plain]) => quoted ?? plain ?? "");
  return Object.fromEntries(head.split(",").map((name, at) => [name, values[at] ?? ""]));
}

/** A pad on which the digits are typed in this order, one entry for each question. */
export class TypedPad implements PinPad {
  readonly asked: PinPrompt[] = [];
  readonly #typed: (string | NoPin)[];

  constructor(...typed: (string | NoPin)[]) {
    this.#typed = typed;
  }

  async enter(prompt: PinPrompt): Promise<string | NoPin> {
    this.asked.push(prompt);
    return this.#typed.shift() ?? { none: "cancelled" };
  }
}

export interface DeskParts {
  readonly security?: TerminalSecurity;
  readonly pinPad?: PinPad;
  readonly slots?: readonly Slot[];
  readonly deviceNumber?: string;
}

/** A desk with the card at its contacts. */
export function deskWith(card: Card, parts: DeskParts = {}): Desk {
  return new Desk({
    slots: [new EmulatedSlot(card)],
    pinPad: new TypedPad(PIN, PIN),
    ...parts,
  });
}

export const psamOf = (cards: Cards): PsamSecurity =>
  new PsamSecurity(new EmulatedSlot(cards.psam));

let purchases = 0;
/** Of all desks of a test: no two purchases have the same. */
const nextSequence = () => purchases++;

export const servedBy = (service: KeyService): KeyServiceSecurity =>
  new KeyServiceSecurity({ service, masterName: masterNames(), nextSequence });

export const libraryOf = (service: KeyService): CardLibrary =>
  new CardLibrary({ service, masterName: masterNames(), nextSequence });

/** The output of a function that succeeded. */
export function done({ code, output }: DeskResult): string {
  assert.is(code, 0, output);
  return output;
}

/** It ended with `code` and says something. */
export function ended(result: DeskResult, code: number): void {
  assert.is(result.code, code, result.output);
  assert.ok(result.output.length > 0, "no text");
}

/** `pCardInfo` of an output of iReadCardBas. */
export function cardInfoOf(basic: string): string {
  const [, , number, identifier] = basic.split("|");
  return `${identifier}|${number}|`;
}
