// Files that a batch names, read below its folder, checked, and kept while they are used often.

import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { FieldError } from "../errors.ts";
import { codeOf, systemReason } from "../files/system-reason.ts";
import { columnOf } from "../products/encode.ts";
import type { Product } from "../products/schema.ts";
import { inspectJpeg } from "./jpeg.ts";
import { typedSources } from "./row-sources.ts";

/** Files kept: a batch of samples shares some dozens; real batches use each file once. */
const KEPT = 256;

/** Where the card stores no such column: nothing larger is a portrait. */
const MAX_FILE_BYTES = 1_000_000;

export class Portraits {
  readonly #folder: string;
  /** Bytes that the smallest field fed from a column can hold. */
  readonly #limits = new Map<string, number>();
  readonly #kept = new Map<string, Uint8Array | FieldError>();

  constructor(folder: string, product: Product) {
    this.#folder = folder;
    for (const source of typedSources(product)) {
      const column = columnOf(source);
      const limit = Math.min(this.#limits.get(column) ?? source.length, source.length);
      this.#limits.set(column, limit);
    }
  }

  /** The file's bytes. Throws `FieldError` when it is missing, too large or no JPEG. */
  async load(column: string, path: string): Promise<Uint8Array> {
    const limit = this.#limits.get(column) ?? MAX_FILE_BYTES;
    const key = `${limit} ${path}`;
    let found = this.#kept.get(key);
    if (found === undefined) {
      found = await this.#read(path, limit);
      if (this.#kept.size >= KEPT) this.#kept.delete(this.#kept.keys().next().value!);
      this.#kept.set(key, found);
    }
    if (found instanceof FieldError) throw found;
    return found;
  }

  /** Size first: a picture too large is that, whatever else it is, and is not read. */
  async #read(path: string, limit: number): Promise<Uint8Array | FieldError> {
    try {
      const file = join(this.#folder, path);
      const found = await stat(file);
      if (!found.isFile()) return new FieldError(`${path}: is no file; name a JPEG file`);
      if (found.size > limit) {
        return new FieldError(
          `${path} is too large: ${found.size} bytes, and the card holds ${limit}; make it smaller`,
        );
      }
      const data = new Uint8Array(await readFile(file));
      inspectJpeg(data);
      return data;
    } catch (error) {
      if (error instanceof FieldError) return new FieldError(`${path} ${error.message}`);
      return new FieldError(`${path}: ${systemReason(codeOf(error))}`);
    }
  }
}
