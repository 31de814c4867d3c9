// What a purchase leaves behind for the insurance centre, and the file where receipts wait for a network.

import { appendFile, readFile } from "node:fs/promises";
import * as v from "valibot";
import { BureauError } from "../../../../personalization/errors.ts";
import { replaceFile } from "../../../../personalization/files/atomic-file.ts";

/** Bytes in hex. */
export const hexOf = (count: number) =>
  v.pipe(v.string(), v.regex(new RegExp(`^[0-9A-F]{${2 * count}}$`)));
/** YYYYMMDDHHMMSS. */
export const Time = v.pipe(v.string(), v.regex(/^[0-9]{14}$/));
/** Fen: what four bytes hold. */
export const Amount = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(0xfffffffe));
export const CardNumber = v.pipe(v.string(), v.regex(/^[0-9A-Z]{9}$/));
export const Terminal = v.pipe(v.string(), v.regex(/^[0-9]{12}$/));

/** A purchase as the card's TAC covers it. Part 7, 12.6. */
export const ReceiptSchema = v.strictObject({
  card: CardNumber,
  account: Amount,
  self: Amount,
  pool: Amount,
  terminal: Terminal,
  /** Transaction number of the terminal, hex. */
  number: hexOf(4),
  time: Time,
  tac: hexOf(4),
});
export type Receipt = v.InferOutput<typeof ReceiptSchema>;

/** A load that came, as the card's TAC covers it. Part 7, 11.9. */
export const LoadReceiptSchema = v.strictObject({
  card: CardNumber,
  amount: Amount,
  /** On the card afterwards. */
  balance: Amount,
  /** The card's transaction number before it counted, hex. */
  number: hexOf(2),
  terminal: Terminal,
  /** Of the centre, as it granted the load. */
  time: Time,
  tac: hexOf(4),
});
export type LoadReceipt = v.InferOutput<typeof LoadReceiptSchema>;

/** Receipts in a file, one JSON object a line, until the centre has them. */
export class ReceiptQueue {
  constructor(readonly file: string) {}

  async add(receipt: Receipt): Promise<void> {
    await appendFile(this.file, `${JSON.stringify(receipt)}\n`, { mode: 0o600 });
  }

  /** Throws `BureauError` for a line that is no receipt. */
  async waiting(): Promise<readonly Receipt[]> {
    const text = await readFile(this.file, "utf8").catch((error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT") return "";
      throw error;
    });
    const lines = text.split("\n").filter((line) => line !== "");
    return lines.map((line, at) => {
      const receipt = v.safeParse(ReceiptSchema, parsed(line));
      if (receipt.success) return receipt.output;
      throw new BureauError(`${this.file}:${at + 1}: is no receipt; mend or remove the line`);
    });
  }

  /** What a centre refused is for people to look at: it goes to another file, with the reason. */
  async setAside(receipt: Receipt, reason: string): Promise<void> {
    const line = `${JSON.stringify({ ...receipt, reason })}\n`;
    await appendFile(`${this.file}.refused`, line, { mode: 0o600 });
  }

  async keepOnly(receipts: readonly Receipt[]): Promise<void> {
    const lines = receipts.map((receipt) => `${JSON.stringify(receipt)}\n`);
    await replaceFile(this.file, lines.join(""), 0o600);
  }
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
