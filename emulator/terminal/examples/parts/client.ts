// A desk's line to the insurance centre.

import type { Bill, LoadRequest, Settlement } from "./centre.ts";
import { CentreError, NoNetworkError } from "./centre-errors.ts";
import type { Receipt } from "./receipt.ts";

const ANSWER_MS = 5000;

export class CentreLine {
  /** Whether the network cable is in. Pull it to see what a desk does without. */
  plugged = true;

  constructor(readonly url: string) {}

  settle(bill: Bill): Promise<Settlement> {
    return this.#ask("POST", "/settlements", bill);
  }

  load(request: LoadRequest): Promise<{ time: string; mac2: string }> {
    return this.#ask("POST", "/loads", request);
  }

  book(receipt: Receipt): Promise<{ booked: string }> {
    return this.#ask("POST", "/receipts", receipt);
  }

  reportLost(card: string): Promise<{ lost: string }> {
    return this.#ask("POST", "/lost", { card });
  }

  async lost(): Promise<readonly string[]> {
    return (await this.#ask<{ cards: string[] }>("GET", "/lost")).cards;
  }

  /** Throws `NoNetworkError` when nobody answers, `CentreError` when the answer is no. */
  async #ask<T>(method: string, path: string, body?: unknown): Promise<T> {
    if (!this.plugged) throw new NoNetworkError(this.url);
    const init = {
      method,
      signal: AbortSignal.timeout(ANSWER_MS),
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    };
    const response = await fetch(new URL(path, this.url), init).catch(() => {
      throw new NoNetworkError(this.url);
    });
    const content = (await response.json().catch(() => undefined)) as { refused?: string } & T;
    if (response.ok && content !== undefined) return content;
    const reason = content?.refused ?? `${this.url} answered ${response.status}: no centre`;
    throw new CentreError(response.status, reason);
  }
}
