// The insurance centre's book: whose account holds what, which receipts were booked. One JSON file.

import { readFile } from "node:fs/promises";
import { BureauError } from "../../../../personalization/errors.ts";
import { replaceFile } from "../../../../personalization/files/atomic-file.ts";
import { CentreError, NOT_FOUND } from "./centre-errors.ts";
import type { Receipt } from "./receipt.ts";

/** The last load of a card. Its money is held for the card, whether it came or not. */
export interface GrantedLoad {
  /** Transaction number that the card gave for it, hex. */
  readonly number: string;
  /** The largest that was granted under the number; when it was told, what came. */
  readonly amount: number;
  /** The card's TAC told that it came. */
  readonly told?: true;
}

/** A person's account, with the card that pays from it. Amounts in fen. */
export interface Account {
  /** Number of the card. */
  readonly card: string;
  readonly generation: 2 | 3;
  /** Region that issued the card, 6 digits, and the last 8 historical bytes, hex: its keys' factors. */
  readonly region: string;
  readonly factor: string;
  /** Category of the insured person. */
  readonly category: string;
  /** At the centre, to be loaded; on the card, as far as the centre knows. */
  credit: number;
  onCard: number;
  /** Paid by the fund so far. */
  pool: number;
  load?: GrantedLoad;
  /** When the card was reported lost, YYYYMMDDHHMMSS. */
  lost?: string;
  /** Number of the card that came instead. */
  replacedBy?: string;
}

interface Content {
  readonly accounts: Record<string, Account>;
  /** By terminal and its transaction number. */
  readonly receipts: Record<string, Receipt>;
  /** Of lost cards, until a person decides; named in the same way. */
  readonly held: Record<string, Receipt>;
}

type ReceiptName = Pick<Receipt, "terminal" | "number">;

export class Book {
  private constructor(
    readonly file: string,
    readonly content: Content,
  ) {}

  /** The book in `file`, a new one when there is none. Throws `BureauError` when it is no book. */
  static async open(file: string): Promise<Book> {
    const text = await readFile(file, "utf8").catch((error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT") return '{"accounts":{},"receipts":{},"held":{}}';
      throw error;
    });
    try {
      const content = JSON.parse(text) as Partial<Content> | null;
      if (content?.accounts && content.receipts) {
        return new Book(file, { held: {}, ...content } as Content);
      }
    } catch {}
    throw new BureauError(`${file}: is no book of a centre; run with --fresh to begin a new one`);
  }

  /** Throws `CentreError` 404 for a card that is not in the book. */
  account(card: string): Account {
    const found = Object.hasOwn(this.content.accounts, card) && this.content.accounts[card];
    if (found) return found;
    throw new CentreError(NOT_FOUND, `card ${card} is not known here`);
  }

  async open(account: Account): Promise<void> {
    this.content.accounts[account.card] = account;
    await this.save();
  }

  /** Numbers of the cards that were reported lost. */
  lost(): string[] {
    return Object.values(this.content.accounts).flatMap(({ card, lost }) => (lost ? [card] : []));
  }

  /** The receipt that was booked for the same transaction of a terminal. */
  booked(name: ReceiptName): Receipt | undefined {
    return own(this.content.receipts, nameOf(name));
  }

  held(name: ReceiptName): Receipt | undefined {
    return own(this.content.held, nameOf(name));
  }

  add(receipt: Receipt): void {
    this.content.receipts[nameOf(receipt)] = receipt;
    delete this.content.held[nameOf(receipt)];
  }

  hold(receipt: Receipt): void {
    this.content.held[nameOf(receipt)] = receipt;
  }

  /** Whoever is answered afterwards can rely on it. */
  async save(): Promise<void> {
    await replaceFile(this.file, `${JSON.stringify(this.content, null, 2)}\n`, 0o600);
  }
}

function nameOf({ terminal, number }: ReceiptName): string {
  return `${terminal}-${number}`;
}

function own(receipts: Record<string, Receipt>, name: string): Receipt | undefined {
  return Object.hasOwn(receipts, name) ? receipts[name] : undefined;
}
