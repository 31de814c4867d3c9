// Files that a batch names, read below its folder, checked, and kept while they are used often.

import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { FieldError } from "../errors.ts";
import { inspectJpeg } from "./jpeg.ts";

/** Files kept: a batch of samples shares some dozens; real batches use each file once. */
const KEPT = 256;
/** No portrait for a card is larger; a larger file is not read whole into every batch. */
const MAX_FILE_BYTES = 1_000_000;

export class Portraits {
  readonly #folder: string;
  readonly #kept = new Map<string, Uint8Array | FieldError>();

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** The file's bytes. Throws `FieldError` when it is missing or no JPEG. */
  async load(path: string): Promise<Uint8Array> {
    let found = this.#kept.get(path);
    if (found === undefined) {
      found = await this.#read(path);
      if (this.#kept.size >= KEPT) this.#kept.delete(this.#kept.keys().next().value!);
      this.#kept.set(path, found);
    }
    if (found instanceof FieldError) throw found;
    return found;
  }

  async #read(path: string): Promise<Uint8Array | FieldError> {
    try {
      const data = new Uint8Array(await readFile(join(this.#folder, path)));
      if (data.length > MAX_FILE_BYTES) return new FieldError(`${path} has ${data.length} bytes`);
      inspectJpeg(data);
      return data;
    } catch (error) {
      if (error instanceof FieldError) return new FieldError(`${path} ${error.message}`);
      return new FieldError(`${path} cannot be read (${(error as NodeJS.ErrnoException).code})`);
    }
  }
}
