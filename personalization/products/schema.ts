// The shape of a product file, and the typed product that it becomes. All scalars of the YAML
// arrive as text (so 08 stays "08"); the schema decides what each one is.

import * as v from "valibot";
import { COLUMN_TYPE_NAMES } from "../batch/column-types.ts";
import { Flag, Hex, HexNumber, Integer, Name, Tag, Text } from "../files/yaml-fields.ts";
import { type DefinedApplication, DefinedApplicationSchema } from "./defined-application.ts";
import { Levels, oneSource, SecurityLevel, SourceSchema, sourceEntries, typed } from "./source.ts";
import { type WrittenApplication, WrittenApplicationSchema } from "./written-application.ts";

const optional = v.exactOptional;

const NamedValue = v.pipe(
  v.strictObject({
    ...typed,
    ...sourceEntries,
    mac: optional(v.strictObject({ key: HexNumber(1), over: SourceSchema })),
  }),
  oneSource(),
);
const DataObject = v.pipe(
  v.strictObject({ tag: Tag, name: Text, ...typed, ...sourceEntries }),
  oneSource(),
);
/** Which of the two, by the member that only one has. */
const Application = v.lazy((input) =>
  typeof input === "object" && input !== null && "definition" in input
    ? DefinedApplicationSchema
    : WrittenApplicationSchema,
) as v.GenericSchema<unknown, WrittenApplication | DefinedApplication>;
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
  /** Names that only blanks of another kind answer to. */
  absent: optional(v.array(Hex)),
  applications: v.pipe(v.array(Application), v.minLength(1, "needs at least one application")),
  identity: optional(Identity),
});

export type ProductContent = v.InferOutput<typeof ProductSchema>;
export type NamedValueSource = v.InferOutput<typeof NamedValue>;
