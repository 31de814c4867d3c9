// A desk's line to the insurance centre. It takes no answer that has not the form of one.

import * as v from "valibot";
import type { Bill, LoadRequest, Settlement } from "./centre.ts";
import { CentreError, NoNetworkError } from "./centre-errors.ts";
import { Amount, CardNumber, hexOf, type LoadReceipt, type Receipt, Time } from "./receipt.ts";

const ANSWER_MS = 5000;

const SettlementSchema = v.object({ account: Amount, self: Amount, pool: Amount, load: Amount });
const LoadSchema = v.object({ time: Time, mac2: hexOf(4) });
const LoadedSchema = v.object({ loaded: Amount });
const BookedSchema = v.object({ booked: v.string() });
const LostSchema = v.object({ lost: Time });
const LostCardsSchema = v.object({ cards: v.array(CardNumber) });
const RefusalSchema = v.object({ refused: v.pipe(v.string(), v.maxLength(200)) });

export class CentreLine {
  /** Whether the network cable is in. Pull it to see what a desk does without. */
  plugged = true;

  constructor(readonly url: string) {}

  settle(bill: Bill): Promise<Settlement> {
    return this.#ask(SettlementSchema, "POST", "/settlements", bill);
  }

  load(request: LoadRequest): Promise<{ time: string; mac2: string }> {
    return this.#ask(LoadSchema, "POST", "/loads", request);
  }

  /** Tells that a load came. */
  loaded(receipt: LoadReceipt): Promise<{ loaded: number }> {
    return this.#ask(LoadedSchema, "POST", "/loaded", receipt);
  }

  book(receipt: Receipt): Promise<{ booked: string }> {
    return this.#ask(BookedSchema, "POST", "/receipts", receipt);
  }

  reportLost(card: string): Promise<{ lost: string }> {
    return this.#ask(LostSchema, "POST", "/lost", { card });
  }

  async lost(): Promise<readonly string[]> {
    return (await this.#ask(LostCardsSchema, "GET", "/lost")).cards;
  }

  /** Throws `NoNetworkError` when nobody answers, `CentreError` when the answer is no, or is none. */
  async #ask<Schema extends v.GenericSchema>(
    schema: Schema,
    method: string,
    path: string,
    body?: unknown,
  ): Promise<v.InferOutput<Schema>> {
    if (!this.plugged || !URL.canParse(path, this.url)) throw new NoNetworkError(this.url);
    const init = {
      method,
      signal: AbortSignal.timeout(ANSWER_MS),
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    };
    const response = await fetch(new URL(path, this.url), init).catch(() => {
      throw new NoNetworkError(this.url);
    });
    const content: unknown = await response.json().catch(() => undefined);
    const answer = v.safeParse(schema, content);
    if (response.ok && answer.success) return answer.output;
    const refusal = v.safeParse(RefusalSchema, content);
    if (refusal.success) throw new CentreError(response.status, readable(refusal.output.refused));
    throw new CentreError(
      response.status,
      `${this.url} answers ${response.status}: it is no centre`,
    );
  }
}

/** One line, and nothing that would steer the terminal that shows it. */
function readable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}]/gu, "\ufffd");
}
