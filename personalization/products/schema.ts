// The shape of a product file, and the typed product that it becomes. All scalars of the YAML
// arrive as text (so 08 stays "08"); the schema decides what each one is.

import * as v from "valibot";
import {
  MAX_KEY_REFERENCE,
  MAX_PIN_REFERENCE,
  MAX_RECORD_BYTES,
  REFERENCE_LOCAL,
} from "../../applets/filesystem/spec.ts";
import { COLUMN_TYPE_NAMES } from "../batch/column-types.ts";
import { Flag, Hex, HexNumber, Integer, Name, Tag, Text } from "../files/yaml-fields.ts";
import { SECURITY_LEVELS } from "../scp03/secure-channel.ts";
import { type AccessCondition, parseAccess } from "./access.ts";
import type { Directory } from "./product.ts";
import { UserCardKeysSchema } from "./user-card-keys.ts";

/** Reference of a key or PIN in its own directory. */
const Reference = (most: number) =>
  v.pipe(
    HexNumber(1),
    v.check(
      (reference) => (reference & ~REFERENCE_LOCAL) <= most,
      `must be at most ${most.toString(16).toUpperCase()} in hexadecimal`,
    ),
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
  /** day-of-year: of a date. number: binary, big-endian, as long as the value is. */
  as?: "day-of-year" | "number";
  constant?: string;
  hex?: Uint8Array;
  value?: string;
  concat?: Source[];
}
const sourceEntries = {
  column: optional(Name),
  take: optional(Integer(1, 255)),
  as: optional(v.picklist(["day-of-year", "number"], "must be day-of-year or number")),
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

const Key = v.pipe(
  v.strictObject({
    reference: Reference(MAX_KEY_REFERENCE),
    name: Text,
    kind: v.picklist(["aes", "sm4", "tdes"], "must be aes, sm4 or tdes"),
    uses: v.pipe(
      v.array(v.picklist(["encrypt", "decrypt", "derive"], "must be encrypt, decrypt or derive")),
      v.minLength(1, "needs at least one use"),
    ),
    /** 0 = without limit. */
    tries: Integer(0, 15),
    master: optional(Text),
    /** Of each version on the card, version 01 first. */
    masters: optional(
      v.pipe(v.array(Text), v.minLength(1, "needs a name"), v.maxLength(3, "too many")),
    ),
  }),
  v.check(
    ({ master, masters }) => (master === undefined) !== (masters === undefined),
    "needs exactly one of master, masters",
  ),
  v.transform(({ master, masters, ...key }) => ({ ...key, masters: masters ?? [master!] })),
);
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
  /** Bytes of a transparent file without content. */
  size: optional(Integer(1, 65_535)),
  content: optional(Content),
});

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
    /** The directory that the next steps are about; the root at first. */
    directory: optional(HexNumber(2)),
    read: optional(HexNumber(2)),
    refused: optional(HexNumber(2)),
    externalAuthenticate: optional(HexNumber(1)),
    internalAuthenticate: optional(HexNumber(1)),
    verifyPin: optional(HexNumber(1)),
  }),
  v.check((step) => Object.keys(step).length === 1, "needs exactly one thing to do"),
);

const Levels = v.array(v.picklist(["province", "city", "card"], "must be province, city or card"));
const Grouping = v.pipe(
  v.strictObject({
    dgi: HexNumber(2),
    name: Text,
    ...typed,
    ...sourceEntries,
    /** Goes on with the length of the key's value, and the value under the DEK. */
    key: optional(
      v.strictObject({
        kind: v.picklist(["aes", "sm4", "tdes"], "must be aes, sm4 or tdes"),
        master: Text,
        levels: Levels,
        single: optional(Flag),
      }),
    ),
  }),
  oneSource(),
);
const applicationEntries = {
  name: Text,
  securityLevel: SecurityLevel,
  diversification: v.strictObject({
    method: v.picklist(["social-security"], "must be social-security"),
    levels: Levels,
    region: SourceSchema,
    card: SourceSchema,
  }),
};

/** An application whose tree the product writes out. */
const WrittenApplication = v.strictObject({
  ...applicationEntries,
  aid: Hex,
  algorithm: optional(HexNumber(1)),
  directory: DirectorySchema,
  /** Sent before the tree is made. */
  groupings: optional(v.array(Grouping)),
  /** Of a PSAM: keys for the cards of a definition, as groupings too. */
  userCardKeys: optional(UserCardKeysSchema),
  readBack: v.pipe(v.array(Step), v.minLength(1, "needs at least one step")),
});

/** A value of an item: one source, those of its parts by tag, or a list of either. */
export type ItemValue = Source | PartValues | ItemValue[];
export interface PartValues {
  [tag: string]: Source;
}
const TagText = v.pipe(v.string(), v.regex(/^[0-9A-F]{2}$/, "must be 2 digits 0-9 A-F"));
const ItemValueSchema: v.GenericSchema<unknown, ItemValue> = v.lazy((input) => {
  if (Array.isArray(input)) return v.array(ItemValueSchema);
  return isSource(input) ? SourceSchema : v.record(TagText, SourceSchema);
});
const FileValues = v.record(
  v.pipe(v.string(), v.regex(/^([0-9A-F]{2}|content)$/, "must be a tag, or content")),
  ItemValueSchema,
);
const AccountValues = v.strictObject({
  balance: SourceSchema,
  selfPaid: SourceSchema,
  pooled: SourceSchema,
  year: SourceSchema,
  startingDay: SourceSchema,
});
const Name4 = v.pipe(v.string(), v.regex(/^[0-9A-F]{4}$/, "must be 4 digits 0-9 A-F"));

/** An application whose tree is that of a definition. */
const DefinedApplication = v.strictObject({
  ...applicationEntries,
  /** An applet that has one, or the path of a file beside this one. */
  definition: Text,
  generation: v.pipe(
    v.picklist(["2", "3"], "must be 2 or 3"),
    v.transform((text) => Number(text) as 2 | 3),
  ),
  /** Names of master keys: prefix ‖ name in small letters; of versions 2 and 3 with -v2, -v3. */
  masterPrefix: v.pipe(v.string(), v.regex(/^[a-z0-9.-]+$/, "must be a-z, 0-9, dot and hyphen")),
  /** Optional applications that the cards have, and what their region adds. */
  optional: optional(v.array(Text)),
  extensions: optional(v.array(Text)),
  pins: v.record(
    Text,
    v.pipe(v.strictObject({ tries: Integer(1, 15), ...typed, ...sourceEntries }), oneSource()),
  ),
  account: optional(AccountValues),
  values: v.record(Text, v.record(Name4, FileValues)),
});

/** Which of the two, by the member that only one has. */
const Application = v.lazy((input) =>
  typeof input === "object" && input !== null && "definition" in input
    ? DefinedApplication
    : WrittenApplication,
) as v.GenericSchema<unknown, WrittenApplication | DefinedApplication>;
export type WrittenApplication = v.InferOutput<typeof WrittenApplication>;
export type DefinedApplication = v.InferOutput<typeof DefinedApplication>;

function isSource(input: unknown): boolean {
  return (
    typeof input === "object" && input !== null && KINDS.some((kind) => kind in (input as object))
  );
}

const Column = v.strictObject({
  type: v.picklist(COLUMN_TYPE_NAMES, `must be one of ${COLUMN_TYPE_NAMES.join(", ")}`),
  agreesWith: optional(Name),
  after: optional(Name),
  notBefore: optional(Name),
  /** A field may be empty: then nothing is stored of it. */
  optional: optional(Flag),
});

/** The asymmetric application: what an issuer of certificates needs to know of a card. */
const Identity = v.strictObject({
  aid: Hex,
  securityLevel: SecurityLevel,
  /** What names the card in its certificate. */
  holder: SourceSchema,
  /** Days that the certificate holds. */
  days: Integer(1, 7305),
  /** The PIN every new card has until its holder changes it. */
  pin: v.strictObject({
    tries: Integer(1, 15),
    constant: v.pipe(v.string(), v.regex(/^[0-9]{6,8}$/, "must be 6 to 8 digits")),
  }),
  /** The SM4 key that proves the issuer; region and card as in the first application. */
  administration: v.strictObject({ master: Text, levels: Levels }),
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
  identity: optional(Identity),
});

export type ProductContent = v.InferOutput<typeof ProductSchema>;
export type NamedValueSource = v.InferOutput<typeof NamedValue>;
export type ReadBackStep = v.InferOutput<typeof Step>;
