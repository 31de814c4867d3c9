// The shape of a product file, and the typed product that it becomes. All scalars of the YAML
// arrive as text (so 08 stays "08"); the schema decides what each one is.

import * as v from "valibot";
import {
  MAX_KEY_REFERENCE,
  MAX_PIN_REFERENCE,
  MAX_RECORD_BYTES,
} from "../../applets/filesystem/spec.ts";
import { COLUMN_TYPE_NAMES } from "../batch/column-types.ts";
import { bytes } from "../bytes.ts";
import { SECURITY_LEVELS } from "../scp03/secure-channel.ts";
import { type AccessCondition, parseAccess } from "./access.ts";

const Name = v.pipe(
  v.string(),
  v.regex(/^[A-Za-z][A-Za-z0-9_ -]*$/, "must be a letter, then letters, digits, spaces, _ or -"),
);
const Text = v.pipe(v.string(), v.regex(/./, "must not be empty"));
const Hex = v.pipe(
  v.string("must be hexadecimal text"),
  v.regex(/^([0-9A-Fa-f]{2}\s*)+$/, "must be pairs of hex digits"),
  v.transform(bytes),
);
/** One or two bytes as a number. */
const HexNumber = (size: 1 | 2) =>
  v.pipe(
    v.string("must be hexadecimal text"),
    v.regex(size === 1 ? /^[0-9A-F]{2}$/ : /^[0-9A-F]{4}$/, `must be ${size * 2} digits 0-9 A-F`),
    v.transform((text) => Number.parseInt(text, 16)),
  );
/** Reference of a key or PIN in its own directory. */
const Reference = (most: number) =>
  v.pipe(
    HexNumber(1),
    v.maxValue(most, `must be at most ${most.toString(16).toUpperCase()} in hexadecimal`),
  );
const Tag = v.pipe(
  v.string("must be hexadecimal text"),
  v.regex(/^([0-9A-F]{2}){1,2}$/, "must be 2 or 4 digits 0-9 A-F"),
  v.transform((text) => Number.parseInt(text, 16)),
);
const Integer = (least: number, most: number) =>
  v.pipe(
    v.string("must be a number"),
    v.regex(/^[0-9]+$/, "must be a decimal number"),
    v.transform(Number),
    v.minValue(least, `must be at least ${least}`),
    v.maxValue(most, `must be at most ${most}`),
  );
const SecurityLevel = v.pipe(
  HexNumber(1),
  v.check((level) => SECURITY_LEVELS.includes(level), "must be 01, 03, 11, 13 or 33"),
);
const Access = v.pipe(
  v.string("must be text such as: free, never, pin 00, key 0A"),
  v.check((text) => parseAccess(text) !== undefined, "must be such as: free, never, key 0A"),
  v.transform((text) => parseAccess(text) as AccessCondition),
);

const optional = v.exactOptional;

/** Where a value comes from: exactly one of column, constant, hex, value, concat. */
export interface Source {
  column?: string;
  /** First characters of the column only. */
  take?: number;
  as?: "day-of-year";
  constant?: string;
  hex?: Uint8Array;
  value?: string;
  concat?: Source[];
}
const sourceEntries = {
  column: optional(Name),
  take: optional(Integer(1, 255)),
  as: optional(v.picklist(["day-of-year"], "must be day-of-year")),
  constant: optional(Text),
  hex: optional(Hex),
  value: optional(Name),
  concat: optional(v.array(v.lazy((): v.GenericSchema<unknown, Source> => SourceSchema))),
};
const KINDS = ["column", "constant", "hex", "value", "concat", "mac", "continuationOf"] as const;
const oneSource = <Input extends object>() =>
  v.check<Input, string>(
    (input) => KINDS.filter((kind) => kind in input).length === 1,
    `needs exactly one of ${KINDS.slice(0, 5).join(", ")}`,
  );
const SourceSchema: v.GenericSchema<unknown, Source> = v.pipe(
  v.strictObject(sourceEntries),
  oneSource(),
);

const typed = {
  type: v.picklist(["cn", "an", "b"], "must be cn, an or b"),
  length: Integer(1, 65_535),
};
const NamedValue = v.pipe(
  v.strictObject({
    ...typed,
    ...sourceEntries,
    mac: optional(v.strictObject({ key: HexNumber(1), over: SourceSchema })),
  }),
  oneSource(),
);
const Item = v.pipe(
  v.strictObject({
    tag: Tag,
    name: Text,
    ...typed,
    ...sourceEntries,
    continuationOf: optional(Tag),
  }),
  oneSource(),
);
const DataObject = v.pipe(
  v.strictObject({ tag: Tag, name: Text, ...typed, ...sourceEntries }),
  oneSource(),
);
const Content = v.pipe(v.strictObject({ ...typed, ...sourceEntries }), oneSource());

const Key = v.strictObject({
  reference: Reference(MAX_KEY_REFERENCE),
  name: Text,
  kind: v.picklist(["aes", "sm4", "tdes"], "must be aes, sm4 or tdes"),
  uses: v.pipe(
    v.array(v.picklist(["encrypt", "decrypt", "derive"], "must be encrypt, decrypt or derive")),
    v.minLength(1, "needs at least one use"),
  ),
  /** 0 = without limit. */
  tries: Integer(0, 15),
  master: Text,
});
const Pin = v.pipe(
  v.strictObject({
    reference: Reference(MAX_PIN_REFERENCE),
    tries: Integer(1, 15),
    ...typed,
    ...sourceEntries,
  }),
  oneSource(),
);
const File = v.strictObject({
  id: HexNumber(2),
  name: Text,
  type: v.picklist(
    ["transparent", "linear-fixed", "linear-variable", "cyclic"],
    "must be transparent, linear-fixed, linear-variable or cyclic",
  ),
  sfi: optional(Integer(1, 30)),
  access: v.strictObject({ read: Access, update: Access, append: Access }),
  /** Largest record in bytes, and how many the file holds; by default what the items need. */
  recordSize: optional(Integer(1, MAX_RECORD_BYTES)),
  records: optional(Integer(1, 254)),
  items: optional(v.array(Item)),
  content: optional(Content),
});

export interface Directory {
  id: number;
  name?: string;
  dfName?: Uint8Array;
  keys?: v.InferOutput<typeof Key>[];
  pins?: v.InferOutput<typeof Pin>[];
  files?: v.InferOutput<typeof File>[];
  directories?: Directory[];
}
const DirectorySchema: v.GenericSchema<unknown, Directory> = v.strictObject({
  id: HexNumber(2),
  name: optional(Text),
  dfName: optional(Hex),
  keys: optional(v.array(Key)),
  pins: optional(v.array(Pin)),
  files: optional(v.array(File)),
  directories: optional(v.array(v.lazy(() => DirectorySchema))),
});

const Step = v.pipe(
  v.strictObject({
    read: optional(HexNumber(2)),
    refused: optional(HexNumber(2)),
    externalAuthenticate: optional(HexNumber(1)),
    internalAuthenticate: optional(HexNumber(1)),
    verifyPin: optional(HexNumber(1)),
  }),
  v.check((step) => Object.keys(step).length === 1, "needs exactly one thing to do"),
);

const Application = v.strictObject({
  name: Text,
  aid: Hex,
  securityLevel: SecurityLevel,
  diversification: v.strictObject({
    method: v.picklist(["social-security"], "must be social-security"),
    levels: v.array(v.picklist(["province", "city", "card"], "must be province, city or card")),
    region: SourceSchema,
    card: SourceSchema,
  }),
  directory: DirectorySchema,
  readBack: v.pipe(v.array(Step), v.minLength(1, "needs at least one step")),
});

const Column = v.strictObject({
  type: v.picklist(COLUMN_TYPE_NAMES, `must be one of ${COLUMN_TYPE_NAMES.join(", ")}`),
  agreesWith: optional(Name),
  after: optional(Name),
  notBefore: optional(Name),
});

export const ProductSchema = v.strictObject({
  product: Name,
  edition: Text,
  batch: v.strictObject({
    columns: v.record(Name, Column),
    unique: v.array(v.array(Name)),
  }),
  values: v.record(Name, NamedValue),
  report: v.objectWithRest({ card: SourceSchema }, SourceSchema),
  issuerDomain: v.strictObject({
    aid: Hex,
    securityLevel: SecurityLevel,
    transportKeys: v.strictObject({ version: HexNumber(1), enc: Text, mac: Text, dek: Text }),
    cardKeys: v.strictObject({ version: HexNumber(1), master: Text, context: SourceSchema }),
    data: v.array(DataObject),
  }),
  applications: v.pipe(v.array(Application), v.minLength(1, "needs at least one application")),
});

export type ProductContent = v.InferOutput<typeof ProductSchema>;
export type ProductColumn = v.InferOutput<typeof Column>;
export type ProductApplication = v.InferOutput<typeof Application>;
export type ProductFile = v.InferOutput<typeof File>;
export type ProductItem = v.InferOutput<typeof Item>;
export type ProductKey = v.InferOutput<typeof Key>;
export type ProductPin = v.InferOutput<typeof Pin>;
export type NamedValueSource = v.InferOutput<typeof NamedValue>;
export type ReadBackStep = v.InferOutput<typeof Step>;
export type ItemType = "cn" | "an" | "b";
/** Anything with a type, a length and a source. */
export type TypedSource = Source & { type: ItemType; length: number };

/** A product file, read and checked. */
export interface Product extends ProductContent {
  readonly file: string;
  /** SHA-256 of the file's bytes. */
  readonly digest: Uint8Array;
}
