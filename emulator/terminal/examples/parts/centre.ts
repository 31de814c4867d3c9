// The insurance centre: computes shares, grants loads, books receipts. It believes a card's MACs and nothing else.

import { TRANSACTION_PURCHASE } from "../../../../applets/social-security/spec.ts";
import { bytes, concat, equal, hex } from "../../../../personalization/bytes.ts";
import { findKey } from "../../../../personalization/definition/find.ts";
import { socialSecurityCard } from "../../../../personalization/definition/load.ts";
import { MEDICAL } from "../../account/account.ts";
import type { Shares } from "../../account/purchase.ts";
import type { KeyServiceSecurity } from "../../desk/key-service-security.ts";
import { amountBytes, showAmount } from "../../desk/parameters.ts";
import type { KeyedCard } from "../../desk/security.ts";
import type { Account, Book } from "./book.ts";
import { CentreError, CONFLICT, FORBIDDEN, UNPROCESSABLE } from "./centre-errors.ts";
import type { Receipt } from "./receipt.ts";
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

  /** Shares of a bill. Money that is at the centre is moved onto the card first, with some to spare. */
  settle({ card, bill, balance }: Bill): Settlement {
    const account = this.#usable(card);
    const money = Math.max(0, balance + account.credit);
    const shares = sharesOf(bill, account.category, money);
    const wanted = Math.max(0, shares.account + RESERVE - balance);
    return { ...shares, load: Math.min(wanted, Math.max(0, account.credit)) };
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
    this.#endLoadBefore(account, request.number);
    const granted = request.amount <= account.credit;
    account.load = { number: request.number, amount: granted ? request.amount : 0 };
    account.credit -= account.load.amount;
    account.onCard += account.load.amount;
    await this.book.save();
    if (granted) return { time, mac2: hex(macs.mac2) };
    const left = showAmount(Math.max(0, account.credit));
    throw new CentreError(FORBIDDEN, `the account of card ${request.card} has only ${left} left`);
  }

  /** Books a receipt once, if the card's TAC is right. Part 7, 12.6. */
  async bookReceipt(receipt: Receipt): Promise<{ booked: string }> {
    const account = this.book.account(receipt.card);
    const name = `receipt ${receipt.terminal}-${receipt.number}`;
    if (!(await this.#isGenuine(account, receipt))) {
      throw new CentreError(UNPROCESSABLE, `${name}: the TAC is not that of card ${receipt.card}`);
    }
    if (account.lost !== undefined && receipt.time > account.lost) {
      throw new CentreError(FORBIDDEN, `${name}: card ${receipt.card} was reported lost before`);
    }
    const bill = receipt.account + receipt.self + receipt.pool;
    if (receipt.pool > sharesOf(bill, account.category, 0).pool) {
      throw new CentreError(UNPROCESSABLE, `${name}: the fund pays less of such a bill`);
    }
    // Without an await until it is noted: the same receipt twice at once is booked once.
    if (this.book.booked(receipt) !== undefined) {
      throw new CentreError(CONFLICT, `${name}: was booked before`);
    }
    this.book.add(receipt);
    this.#payFrom(account, receipt);
    await this.book.save();
    return { booked: `${receipt.terminal}-${receipt.number}` };
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
   * A card counts its loads. A request with the number of the load before says that this one never came: the money
   * goes back. A lower one is an old request, sent again.
   */
  #endLoadBefore(account: Account, number: string): void {
    const before = account.load;
    if (before === undefined) return;
    if (number < before.number) {
      throw new CentreError(CONFLICT, `card ${account.card}: this load is over; begin another`);
    }
    if (number !== before.number) return;
    account.credit += before.amount;
    account.onCard -= before.amount;
  }

  /** What a lost card paid before it was lost, and told late, is the account's of the card after it. */
  #payFrom(account: Account, receipt: Receipt): void {
    account.pool += receipt.pool;
    let payer = account;
    while (payer.replacedBy !== undefined) payer = this.book.account(payer.replacedBy);
    payer[payer === account ? "onCard" : "credit"] -= receipt.account;
  }

  async #isGenuine(account: Account, receipt: Receipt): Promise<boolean> {
    const amounts = [receipt.account, receipt.self, receipt.pool].map(amountBytes);
    const type = Uint8Array.of(TRANSACTION_PURCHASE);
    const rest = [receipt.terminal, receipt.number, receipt.time].map((text) => bytes(text));
    const key = findKey(socialSecurityCard(account.generation), MEDICAL, "DTK");
    const message = concat(...amounts, type, ...rest);
    const tac = await this.keys.transactionCode(keyed(account), key, 1, message);
    return equal(tac, bytes(receipt.tac));
  }
}

function keyed({ generation, region, factor }: Account): KeyedCard {
  return { algorithm: generation === 3 ? "sm4" : "tdes", region, factor: bytes(factor) };
}
