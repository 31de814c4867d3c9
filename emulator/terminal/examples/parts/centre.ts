// The insurance centre: computes shares, grants loads, books receipts. It believes a card's MACs and nothing else.

import {
  TRANSACTION_LOAD,
  TRANSACTION_PURCHASE,
} from "../../../../applets/social-security/spec.ts";
import { bytes, concat, equal, hex } from "../../../../personalization/bytes.ts";
import { findKey } from "../../../../personalization/definition/find.ts";
import { socialSecurityCard } from "../../../../personalization/definition/load.ts";
import { MEDICAL } from "../../account/account.ts";
import type { Shares } from "../../account/purchase.ts";
import type { KeyServiceSecurity } from "../../desk/key-service-security.ts";
import { amountBytes, showAmount } from "../../desk/parameters.ts";
import type { KeyedCard } from "../../desk/security.ts";
import type { Account, Book } from "./book.ts";
import { CentreError, CONFLICT, FORBIDDEN, NOT_FOUND, UNPROCESSABLE } from "./centre-errors.ts";
import type { LoadReceipt, Receipt } from "./receipt.ts";
import { RESERVE, sharesOf } from "./tariff.ts";
import { stamp } from "./time.ts";

/** A bill, and what is on the card, as the desk sees it; in fen. */
export interface Bill {
  readonly card: string;
  readonly bill: number;
  readonly balance: number;
}

/** What a desk is to do: load `load` onto the card, then take the shares. */
export interface Settlement extends Shares {
  readonly load: number;
}

/** INITIALIZE FOR LOAD as a card answered it, in hex but for the amount. */
export interface LoadRequest {
  readonly card: string;
  readonly amount: number;
  readonly terminal: string;
  readonly balance: string;
  readonly number: string;
  readonly keyVersion: number;
  readonly random: string;
  readonly mac1: string;
}

/** The desk's key service holds every key; a real centre's those for loads and TACs only. */
export class Centre {
  constructor(
    readonly book: Book,
    readonly keys: KeyServiceSecurity,
    readonly clock: () => Date = () => new Date(),
  ) {}

  /**
   * Shares of a bill. Money that is at the centre is moved onto the card first, with some to spare; a load that
   * nobody told of is offered again: only the card knows whether it came.
   */
  settle({ card, bill, balance }: Bill): Settlement {
    const account = this.#usable(card);
    const here = Math.max(0, account.credit + untold(account));
    const shares = sharesOf(bill, account.category, balance + here);
    const wanted = Math.max(0, shares.account + RESERVE - balance);
    return { ...shares, load: Math.min(wanted, here) };
  }

  /** Grants a load to a card that proves itself by MAC1. Part 7, 11.3 to 11.5. */
  async load(request: LoadRequest): Promise<{ time: string; mac2: string }> {
    const account = this.#usable(request.card);
    const time = stamp(this.clock());
    const load = {
      key: findKey(socialSecurityCard(account.generation), MEDICAL, "DLK"),
      balance: bytes(request.balance),
      amount: amountBytes(request.amount),
      cardSequence: bytes(request.number),
      keyVersion: request.keyVersion,
      random: bytes(request.random),
      terminal: bytes(request.terminal),
    };
    const macs = await this.keys.loadMacs(keyed(account), load, bytes(time));
    if (!equal(macs.mac1, bytes(request.mac1))) {
      throw new CentreError(UNPROCESSABLE, `card ${request.card} did not prove itself (MAC1)`);
    }
    const more = this.#more(account, request);
    if (more <= account.credit) {
      hold(account, request.number, more);
      await this.book.save();
      return { time, mac2: hex(macs.mac2) };
    }
    // The card's number is known now: what was held under the one before is settled.
    hold(account, request.number, 0);
    await this.book.save();
    const left = showAmount(Math.max(0, account.credit));
    throw new CentreError(FORBIDDEN, `the account of card ${request.card} has only ${left} left`);
  }

  /**
   * The card's TAC tells that a load came, and how much it was: what was held beyond goes back. Part 7, 11.9.
   * Counts for the number of the last load that was granted, once.
   */
  async loaded(receipt: LoadReceipt): Promise<{ loaded: number }> {
    const account = this.book.account(receipt.card);
    const { amount, balance, number, terminal, time } = receipt;
    const [before, what] = [concat(amountBytes(balance), bytes(number)), amountBytes(amount)];
    const rest = [Uint8Array.of(TRANSACTION_LOAD), bytes(terminal), bytes(time)];
    if (!(await this.#isOf(account, concat(before, what, ...rest), receipt.tac))) {
      throw new CentreError(
        UNPROCESSABLE,
        `the TAC of the load is not that of card ${account.card}`,
      );
    }
    const { load } = account;
    if (load?.number !== number || load.told || amount > load.amount) {
      throw new CentreError(CONFLICT, `card ${account.card}: this load is over`);
    }
    account.credit += load.amount - amount;
    account.onCard -= load.amount - amount;
    account.load = { number, amount, told: true };
    await this.book.save();
    return { loaded: amount };
  }

  /**
   * Books a receipt once, if the card's TAC is right. Part 7, 12.6. Its time is the terminal's word, and no number of
   * the card's is under the TAC: what a lost card paid is known to be from before only when it was booked before.
   * Other receipts of it are held, and a person decides.
   */
  async bookReceipt(receipt: Receipt): Promise<{ booked: string }> {
    const account = this.book.account(receipt.card);
    const name = `receipt ${receipt.terminal}-${receipt.number}`;
    if (!(await this.#isGenuine(account, receipt))) {
      throw new CentreError(UNPROCESSABLE, `${name}: the TAC is not that of card ${receipt.card}`);
    }
    const bill = receipt.account + receipt.self + receipt.pool;
    if (receipt.pool > sharesOf(bill, account.category, 0).pool) {
      throw new CentreError(UNPROCESSABLE, `${name}: the fund pays less of such a bill`);
    }
    if (account.lost !== undefined && receipt.time > account.lost) {
      throw new CentreError(FORBIDDEN, `${name}: card ${receipt.card} was reported lost before`);
    }
    // Without an await until it is noted: the same receipt twice at once is booked once.
    if (this.book.booked(receipt) !== undefined) {
      throw new CentreError(CONFLICT, `${name}: was booked before`);
    }
    if (account.lost === undefined) return this.#book(receipt);
    if (this.book.held(receipt) === undefined) this.book.hold(receipt);
    await this.book.save();
    const why = `card ${receipt.card} was reported lost, and nothing proves that it paid before`;
    throw new CentreError(FORBIDDEN, `${name}: ${why}; it is held until a person decides`);
  }

  /** A person has decided that a lost card paid a held receipt before it was lost. */
  async bookHeld(terminal: string, number: string): Promise<{ booked: string }> {
    const held = this.book.held({ terminal, number });
    if (held !== undefined) return this.#book(held);
    throw new CentreError(NOT_FOUND, `receipt ${terminal}-${number}: is not held`);
  }

  async reportLost(card: string): Promise<{ lost: string }> {
    const account = this.book.account(card);
    account.lost ??= stamp(this.clock());
    await this.book.save();
    return { lost: account.lost };
  }

  /** Money that a replacement of a lost card is to have: what the book says is on the old one. */
  carryOver(card: string): number {
    const account = this.book.account(card);
    if (account.lost === undefined) {
      throw new CentreError(FORBIDDEN, `card ${card} is in use; report it lost first`);
    }
    if (account.replacedBy !== undefined) {
      throw new CentreError(CONFLICT, `card ${card} was replaced by ${account.replacedBy}`);
    }
    return account.onCard;
  }

  /** The new card takes the old one's place, with all that its account has. */
  async replace(card: string, made: Pick<Account, "card" | "factor">): Promise<void> {
    const onCard = this.carryOver(card);
    const old = this.book.account(card);
    const { load: _, lost: __, ...kept } = old;
    Object.assign(old, { replacedBy: made.card, onCard: 0, credit: 0 });
    delete old.load;
    await this.book.open({ ...kept, ...made, onCard });
  }

  /** The account of a card that may be used. */
  #usable(card: string): Account {
    const account = this.book.account(card);
    if (account.lost === undefined) return account;
    throw new CentreError(FORBIDDEN, `card ${card} was reported lost; keep it`);
  }

  /**
   * What a load takes from the account beyond what is held for its number already. A card gives the same number
   * until a load has come, and takes one of those granted under it at most: the largest is held. None goes back
   * by another request, for nobody knows in which order the card made them. A higher number tells that one came,
   * a lower one is an old request, sent again.
   */
  #more(account: Account, { number, amount }: LoadRequest): number {
    const { load } = account;
    if (load !== undefined && (number < load.number || (load.told && number === load.number))) {
      throw new CentreError(CONFLICT, `card ${account.card}: this load is over; begin another`);
    }
    return number === load?.number ? Math.max(0, amount - load.amount) : amount;
  }

  async #book(receipt: Receipt): Promise<{ booked: string }> {
    this.book.add(receipt);
    this.#payFrom(this.book.account(receipt.card), receipt);
    await this.book.save();
    return { booked: `${receipt.terminal}-${receipt.number}` };
  }

  /** What a lost card paid before it was lost, and told late, is the account's of the card after it. */
  #payFrom(account: Account, receipt: Receipt): void {
    account.pool += receipt.pool;
    let payer = account;
    while (payer.replacedBy !== undefined) payer = this.book.account(payer.replacedBy);
    payer[payer === account ? "onCard" : "credit"] -= receipt.account;
  }

  #isGenuine(account: Account, receipt: Receipt): Promise<boolean> {
    const amounts = [receipt.account, receipt.self, receipt.pool].map(amountBytes);
    const type = Uint8Array.of(TRANSACTION_PURCHASE);
    const rest = [receipt.terminal, receipt.number, receipt.time].map((text) => bytes(text));
    return this.#isOf(account, concat(...amounts, type, ...rest), receipt.tac);
  }

  /** Whether `tac` is the card's for `message`. */
  async #isOf(account: Account, message: Uint8Array, tac: string): Promise<boolean> {
    const key = findKey(socialSecurityCard(account.generation), MEDICAL, "DTK");
    return equal(await this.keys.transactionCode(keyed(account), key, 1, message), bytes(tac));
  }
}

/** Granted, and nobody told whether it came. */
function untold({ load }: Account): number {
  return load === undefined || load.told ? 0 : load.amount;
}

/** Takes `more` fen from the account for the load `number`, beyond what is held for it. */
function hold(account: Account, number: string, more: number): void {
  const held = account.load?.number === number ? account.load.amount : 0;
  account.load = { number, amount: held + more };
  account.credit -= more;
  account.onCard += more;
}

function keyed({ generation, region, factor }: Account): KeyedCard {
  return { algorithm: generation === 3 ? "sm4" : "tdes", region, factor: bytes(factor) };
}
