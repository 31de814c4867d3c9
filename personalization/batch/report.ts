// The report: one JSON line for each card, written from the journal's finished cards.
// It holds what the product's `report` names, and no secret.

import { type FileHandle, open } from "node:fs/promises";
import type { FinishedEvent } from "./journal.ts";

export class Report {
  readonly #path: string;
  #file: FileHandle | undefined;

  constructor(path: string) {
    this.#path = path;
  }

  /** Empties the report once: a run that goes on tells the earlier cards again. */
  async begin(): Promise<FileHandle> {
    this.#file ??= await open(this.#path, "w", 0o600);
    return this.#file;
  }

  async add(event: FinishedEvent): Promise<void> {
    const row =
      "issued" in event
        ? { row: event.issued, status: "issued", ...event.report }
        : { row: event.spoiled, status: "spoiled", reason: event.reason };
    const line = { ...row, blank: event.blank, at: event.at };
    const file = await this.begin();
    await file.appendFile(`${JSON.stringify(line)}\n`);
  }

  async close(): Promise<void> {
    await this.#file?.sync();
    await this.#file?.close();
  }
}
