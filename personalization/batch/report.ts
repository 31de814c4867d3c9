// The report: one JSON line for each card, written from the journal's finished cards.
// It holds what the product's `report` names, and no secret.

import { type FileHandle, open, rename, rm } from "node:fs/promises";
import type { FinishedEvent } from "./journal.ts";

export class Report {
  readonly #path: string;
  #file: FileHandle | undefined;
  #published = false;

  constructor(path: string) {
    this.#path = path;
  }

  /** One line. Until `publish` the lines gather beside the report, which stays as it is. */
  async add(event: FinishedEvent): Promise<void> {
    this.#file ??= await open(this.#gathering, "w", 0o600);
    const row =
      "issued" in event
        ? { row: event.issued, status: "issued", ...event.report }
        : { row: event.spoiled, status: "spoiled", reason: event.reason };
    const line = { ...row, blank: event.blank, at: event.at };
    await this.#file.appendFile(`${JSON.stringify(line)}\n`);
  }

  /** The earlier cards are all told: from here on the lines are the report. */
  async publish(): Promise<void> {
    this.#file ??= await open(this.#gathering, "w", 0o600);
    await rename(this.#gathering, this.#path);
    this.#published = true;
  }

  /** Ends the report; one that was never published leaves nothing behind. */
  async close(): Promise<void> {
    if (this.#published) await this.#file?.sync();
    await this.#file?.close();
    if (!this.#published) await rm(this.#gathering, { force: true });
  }

  get #gathering(): string {
    return `${this.#path}.new`;
  }
}
