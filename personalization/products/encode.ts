// From a row of the batch to the bytes of a card: values, items, records.

import { bytes, concat, hex } from "../bytes.ts";
import { FieldError } from "../errors.ts";
import { dayOfYear } from "../identity/dates.ts";
import { encodeGb18030, splitText } from "../text/gb18030.ts";
import type {
  ItemType,
  Product,
  ProductFile,
  ProductItem,
  ProductPart,
  TypedSource,
} from "./product.ts";
import type { Source } from "./source.ts";

/** Fields of a row by column, normalized. */
export type Row = Readonly<Record<string, string>>;
/** Contents of files that columns name, by column. */
export type Attachments = Readonly<Record<string, Uint8Array>>;
/** MACs under the card's keys, by the name of the value. */
export type Macs = Readonly<Record<string, Uint8Array>>;

/** A field error that knows the column whose text is at fault. */
export class ColumnError extends FieldError {
  constructor(
    readonly column: string,
    reason: string,
  ) {
    super(reason);
  }
}

/** Evaluates the sources of one product for one card. */
export class Encoder {
  readonly #product: Product;
  readonly #row: Row;
  readonly #attachments: Attachments;
  readonly #macs: Macs;
  readonly #values = new Map<string, Uint8Array>();

  constructor(product: Product, row: Row, attachments: Attachments, macs: Macs) {
    this.#product = product;
    this.#row = row;
    this.#attachments = attachments;
    this.#macs = macs;
  }

  /** The source's bytes at full length, filled as its type says. Throws `ColumnError`. */
  typed(source: TypedSource): Uint8Array {
    if (source.as === "number") return this.#number(source);
    const value = this.raw(source, source.type);
    return fill(value, source.type, source.length, columnOf(source));
  }

  /** Throws what `typed` would, without making the bytes. */
  check(source: TypedSource): void {
    if (source.as === "number") this.#number(source);
    else checkLength(this.raw(source, source.type), source.length, columnOf(source));
  }

  /** Whether there is something to store: no column is read, or one of them is not empty. */
  isPresent(source: Source): boolean {
    const columns = columnsOf(source);
    if (columns.length === 0) return true;
    for (const column of columns) if (this.#row[column]) return true;
    return false;
  }

  /** Bytes of the named value. MACs come from outside: they need a key. */
  value(name: string): Uint8Array {
    const known = this.#values.get(name) ?? this.#macs[name];
    if (known !== undefined) return known;
    const source = this.#product.values[name]!;
    const value = source.mac === undefined ? this.typed(source) : new Uint8Array(source.length);
    this.#values.set(name, value);
    return value;
  }

  /** The source's bytes without filling; digits of a cn are two to a byte, the last filled with F. */
  raw(source: Source, type: ItemType): Uint8Array {
    if (type === "an") return concat(...this.#texts(source));
    const digits = this.#digits(source);
    if (typeof digits !== "string") return digits;
    return bytes(digits.length % 2 === 0 ? digits : `${digits}F`);
  }

  /** The source as text, where it is a column or a constant. */
  text(source: Source): string {
    if (source.constant !== undefined) return source.constant;
    const text = this.#row[source.column!] ?? "";
    const changed = source.as === "day-of-year" ? dayOfYear(text) : text;
    return source.take === undefined ? changed : changed.slice(0, source.take);
  }

  /** The source for a reader: its text, or hex where it is made of bytes. */
  shown(source: Source): string {
    const isText = source.column !== undefined || source.constant !== undefined;
    return isText ? this.text(source) : hex(this.raw(source, "b"));
  }

  /** Records of a record file, each tag ‖ length ‖ value at full length; none of empty columns. */
  records(file: ProductFile): Uint8Array[] {
    return (file.items ?? []).flatMap((item) => {
      const value = this.item(file, item);
      if (value === undefined) return [];
      const tag = item.tag > 0xff ? [item.tag >> 8, item.tag & 0xff] : [item.tag];
      return [concat(Uint8Array.of(...tag, item.length), value)];
    });
  }

  /** The value of one item at full length; undefined where all that it reads is empty. */
  item(file: ProductFile, item: ProductItem): Uint8Array | undefined {
    if (item.parts !== undefined) return this.#parts(item.parts);
    if (!this.isPresent(item)) return undefined;
    const typed = item as TypedSource;
    this.#checkCode(typed, item.codes);
    const items = file.items ?? [];
    const { continuationOf } = item;
    const parent =
      continuationOf === undefined ? undefined : items.find(({ tag }) => tag === continuationOf);
    const continuation = items.find((other) => other.continuationOf === item.tag);
    if (parent === undefined && continuation === undefined) return this.typed(typed);
    const first = parent ?? item;
    const overflow = parent === undefined ? continuation!.length : item.length;
    const column = columnOf(first);
    const [head, tail] = blame(column, () => splitText(this.text(first), first.length, overflow));
    return fill(parent === undefined ? head : tail, "an", item.length, column);
  }

  /** Each part tag ‖ length ‖ value, a part without a value filled. */
  #parts(parts: readonly ProductPart[]): Uint8Array | undefined {
    const given = parts.flatMap(({ source }) => source ?? []);
    const reading = given.filter(readsColumn);
    const decisive = reading.length > 0 ? reading : given;
    if (!decisive.some((source) => this.isPresent(source))) return undefined;
    return concat(
      ...parts.map(({ tag, type, length, source, codes }) => {
        const there = source !== undefined && this.isPresent(source);
        const typed = { ...(there ? source : { constant: "" }), type, length };
        if (there) this.#checkCode(typed, codes);
        return concat(Uint8Array.of(tag, length), this.typed(typed));
      }),
    );
  }

  /** A text that has a list of codes must be one of them. */
  #checkCode(source: TypedSource, codes: Readonly<Record<string, string>> | undefined): void {
    if (codes === undefined || (source.column ?? source.constant) === undefined) return;
    const text = this.text(source);
    if (codes[text] !== undefined) return;
    const known = Object.keys(codes).join(", ");
    throw new ColumnError(columnOf(source), `"${text}" is no code for this; write one of ${known}`);
  }

  /** A decimal number as binary, big-endian, of the source's length. */
  #number(source: TypedSource): Uint8Array {
    const text = this.text(source) || "0";
    if (!/^[0-9]+$/.test(text)) {
      throw new ColumnError(columnOf(source), "must be a decimal number to be stored as one");
    }
    const digits = BigInt(text).toString(16);
    if (digits.length > source.length * 2) {
      throw new ColumnError(columnOf(source), `is too large for ${source.length} bytes`);
    }
    return bytes(digits.padStart(source.length * 2, "0"));
  }

  #texts(source: Source): Uint8Array[] {
    if (source.concat !== undefined) return source.concat.flatMap((part) => this.#texts(part));
    if (source.hex !== undefined) return [source.hex];
    if (source.value !== undefined) return [this.value(source.value)];
    return [blame(columnOf(source), () => encodeGb18030(this.text(source)))];
  }

  /** Hex digits of the source, or the bytes themselves for a file. */
  #digits(source: Source): string | Uint8Array {
    if (source.concat !== undefined) {
      return source.concat.map((part) => this.#digits(part)).join("");
    }
    if (source.hex !== undefined) return hex(source.hex);
    if (source.value !== undefined) return hex(this.value(source.value));
    const attached = this.#attachments[source.column ?? ""];
    if (attached !== undefined) return attached;
    const text = this.text(source);
    if (!/^[0-9]*$/.test(text)) {
      throw new ColumnError(
        source.column ?? "",
        "must be digits alone to be stored as digits; remove the others",
      );
    }
    return text;
  }
}

const FILL: Readonly<Record<ItemType, number>> = { cn: 0xff, an: 0x00, b: 0x00 };

function fill(value: Uint8Array, type: ItemType, length: number, column: string): Uint8Array {
  checkLength(value, length, column);
  if (value.length === length) return value;
  const filled = new Uint8Array(length).fill(FILL[type]);
  filled.set(value);
  return filled;
}

function checkLength(value: Uint8Array, length: number, column: string): void {
  if (value.length > length) {
    throw new ColumnError(
      column,
      `needs ${value.length} bytes; the card holds ${length}: shorten it`,
    );
  }
}

/** Whether the source itself reads a column; what a named value reads does not count. */
export function readsColumn(source: Source): boolean {
  return columnOf(source) !== "";
}

/** The first column that a source reads, or "". */
export function columnOf(source: Source): string {
  return columnsOf(source)[0] ?? "";
}

/** Sources are asked for their columns once for each row: found once. */
const columnsOfSources = new WeakMap<Source, readonly string[]>();

/** The columns that a source reads itself. */
function columnsOf(source: Source): readonly string[] {
  let columns = columnsOfSources.get(source);
  if (columns === undefined) {
    columns =
      source.column !== undefined ? [source.column] : (source.concat ?? []).flatMap(columnsOf);
    columnsOfSources.set(source, columns);
  }
  return columns;
}

function blame<T>(column: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    if (error instanceof FieldError) throw new ColumnError(column, error.message);
    throw error;
  }
}
