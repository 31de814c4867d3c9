// The bureau's part: a batch of one row becomes a card. personalization/README.md says how batches work.

import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parse } from "csv-parse/sync";
import type { Image } from "../../../../assembler/image/types.ts";
import { DEVELOPMENT_TRUSTED } from "../../../../assembler/keys/development.ts";
import { historicalBytes } from "../../../../personalization/batch/answer-to-reset.ts";
import { issueBatch } from "../../../../personalization/batch/issue.ts";
import { hex } from "../../../../personalization/bytes.ts";
import { cardNumberCheckCharacter } from "../../../../personalization/identity/card-number.ts";
import type { KeyService } from "../../../../personalization/keys/key-service.ts";
import { Card } from "../../../card.ts";
import { EmulatedBlanks } from "../../../command/emulated-blanks.ts";
import { fileOrBundled, PRODUCTS } from "../../../command/project.ts";
import { CARD_FACTOR_BYTES } from "../../desk/slots.ts";

export type Generation = 2 | 3;
/** A row of a batch, by its columns. */
export type Row = Readonly<Record<string, string>>;

export const PSAM_PRODUCT = "psam";

export function productOf(generation: Generation): string {
  return fileOrBundled(generation === 3 ? "social-security" : "social-security-2", PRODUCTS);
}

/** What the centre is told of a card that was issued. */
export interface IssuedCard {
  /** Its number. */
  readonly card: string;
  /** Last 8 historical bytes, hex: the factor of its keys. */
  readonly factor: string;
}

/** Issues a card to `folder`/cards; portraits lie in `folder`/batch. */
export async function issueCard(
  folder: string,
  generation: Generation,
  row: Row,
  image: Image,
  keys: KeyService,
): Promise<IssuedCard> {
  await issueRow(join(folder, "cards"), folder, productOf(generation), row, image, keys);
  const card = row.card_number!;
  const file = join(folder, "cards", `${card}.card`);
  const content = new Uint8Array(await readFile(file));
  const answer = Card.load(content, { trusted: DEVELOPMENT_TRUSTED, name: file, image }).reset();
  return { card, factor: hex((historicalBytes(answer) ?? answer).slice(-CARD_FACTOR_BYTES)) };
}

/** One row through the bureau. Its journal is not kept: each batch has one row. */
export async function issueRow(
  cards: string,
  folder: string,
  productPath: string,
  row: Row,
  image: Image,
  keyService: KeyService,
): Promise<void> {
  const batchPath = join(folder, "batch", "next.csv");
  const [reportPath, journalPath] = [join(folder, "report.jsonl"), join(folder, "journal.jsonl")];
  await writeFile(batchPath, `${lineOf(Object.keys(row))}${lineOf(Object.values(row))}`);
  await Promise.all([reportPath, journalPath].map((file) => rm(file, { force: true })));
  const blanks = new EmulatedBlanks(image, cards);
  await issueBatch({ productPath, batchPath, keyService, cards: blanks, reportPath, journalPath });
}

function lineOf(fields: readonly string[]): string {
  const quoted = fields.map((field) =>
    /[",\n]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field,
  );
  return `${quoted.join(",")}\n`;
}

export async function readBatch(path: string): Promise<Row[]> {
  return parse(await readFile(path), { columns: true });
}

/** The same person's row for a card with the serial number `serial`, and `changes`. */
export function replacementOf(row: Row, serial: number, changes: Row): Row {
  const number = `W${String(serial - 1).padStart(7, "0")}`;
  return {
    ...row,
    serial: String(serial).padStart(8, "0"),
    card_number: number + cardNumberCheckCharacter(number),
    ...changes,
  };
}
