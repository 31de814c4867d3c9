// Files that a batch names, read below its folder, checked, and kept while they are used often:
// portraits and fingerprints.

import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { FieldError } from "../errors.ts";
import { codeOf, systemReason } from "../files/system-reason.ts";
import { columnOf } from "../products/encode.ts";
import type { Product } from "../products/product.ts";
import { inspectJpeg, lengthenJpeg } from "./jpeg.ts";
import { fileContents, typedSources } from "./row-sources.ts";

/** Files kept: a batch of samples shares some dozens; real batches use each file once. */
const KEPT = 256;

/** Where the card stores no such column: nothing larger is a portrait. */
const MAX_FILE_BYTES = 1_000_000;

export type FileKind = "portrait" | "fingerprints";

export class Portraits {
  readonly #folder: string;
  /** Bytes that the smallest field fed from a column can hold. */
  readonly #limits = new Map<string, number>();
  /** Columns whose file must have exactly that length. */
  readonly #exact = new Set<string>();
  readonly #kept = new Map<string, Uint8Array | FieldError>();

  constructor(folder: string, product: Product) {
    this.#folder = folder;
    for (const source of typedSources(product)) {
      const column = columnOf(source);
      const limit = Math.min(this.#limits.get(column) ?? source.length, source.length);
      this.#limits.set(column, limit);
    }
    for (const source of fileContents(product)) if (source.exact) this.#exact.add(columnOf(source));
  }

  /**
   * The file's bytes, a portrait brought to the length that the card's file has. Throws `FieldError`
   * when it is missing, too large, no JPEG, or of another length than fingerprints have.
   */
  async load(column: string, kind: FileKind, path: string): Promise<Uint8Array> {
    const limit = this.#limits.get(column) ?? MAX_FILE_BYTES;
    const exact = this.#exact.has(column);
    const key = `${kind} ${exact} ${limit} ${path}`;
    let found = this.#kept.get(key);
    if (found === undefined) {
      found = await this.#read(kind, path, limit, exact);
      if (this.#kept.size >= KEPT) this.#kept.delete(this.#kept.keys().next().value!);
      this.#kept.set(key, found);
    }
    if (found instanceof FieldError) throw found;
    return found;
  }

  /** Size first: a picture too large is that, whatever else it is, and is not read. */
  async #read(
    kind: FileKind,
    path: string,
    limit: number,
    exact: boolean,
  ): Promise<Uint8Array | FieldError> {
    try {
      const file = join(this.#folder, path);
      const found = await stat(file);
      const what = kind === "portrait" ? "a JPEG file" : "a file of fingerprints";
      if (!found.isFile()) return new FieldError(`${path}: is no file; name ${what}`);
      if (found.size > limit) {
        return new FieldError(
          `${path} is too large: ${found.size} bytes, and the card holds ${limit}; make it smaller`,
        );
      }
      if (kind === "fingerprints" && exact && found.size !== limit) {
        return new FieldError(`${path} has ${found.size} bytes; two templates have ${limit}`);
      }
      const data = new Uint8Array(await readFile(file));
      if (kind === "fingerprints") return data;
      inspectJpeg(data);
      return exact ? lengthenJpeg(data, limit) : data;
    } catch (error) {
      if (error instanceof FieldError) return new FieldError(`${path} ${error.message}`);
      return new FieldError(`${path}: ${systemReason(codeOf(error))}`);
    }
  }
}
