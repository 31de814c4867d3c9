// The shape of definition.yaml.

import * as v from "valibot";
import {
  MAX_KEY_REFERENCE,
  MAX_PIN_REFERENCE,
  REFERENCE_LOCAL,
} from "../../applets/filesystem/spec.ts";
import { Flag, Hex, HexNumber, Integer, Text } from "../files/yaml-fields.ts";

const optional = v.exactOptional;

/** The same for both generations, or a map of them. */
const perGeneration = <T>(value: v.GenericSchema<unknown, T>) =>
  v.union(
    [v.strictObject({ "2": value, "3": value }), value],
    "must be a value, or a map of the generations 2 and 3",
  );

const Key = v.pipe(
  v.string(),
  v.regex(/^[a-z][A-Za-z0-9]*$/, "must be a small letter, then letters and digits"),
);
const KeyName = v.pipe(
  v.string(),
  v.regex(/^[A-Z][A-Z0-9]*$/, "must be a capital letter, then capitals and digits"),
);
const AccessText = v.pipe(
  v.string("must be text such as: free, never, pin, key UKSSSE"),
  v.regex(
    /^(free|never|pin|(pin (or|and) )?key [A-Z][A-Z0-9]*)$/,
    "must be such as: free, never, pin, key UKSSSE, pin or key RK1DF01",
  ),
);
const FileId = v.pipe(v.string(), v.regex(/^[0-9A-F]{4}$/, "must be 4 digits 0-9 A-F"));
/** A reference on the card, with or without the bit that says "of this DF". */
const Reference = (most: number) =>
  v.pipe(
    HexNumber(1),
    v.check((reference) => (reference & ~REFERENCE_LOCAL) <= most, "is no reference of a card"),
  );

const named = { key: Key, name: Text, chinese: Text };
const field = {
  ...named,
  type: v.picklist(["cn", "an", "b"], "must be cn, an or b"),
  length: Integer(1, 250),
  kind: optional(
    v.picklist(
      ["date", "month", "year", "time", "region", "phone", "card-number"],
      "must be date, month, year, time, region, phone or card-number",
    ),
  ),
  codes: optional(v.record(v.string(), Text)),
};
const Field = v.strictObject(field);
const Part = v.strictObject({ tag: HexNumber(1), ...field });
const Item = v.strictObject({
  tag: HexNumber(1),
  ...field,
  type: v.picklist(["cn", "an", "b", "tlv"], "must be cn, an, b or tlv"),
  count: optional(Integer(1, 254)),
  continues: optional(HexNumber(1)),
  parts: optional(v.array(Part)),
});

const CardKey = v.strictObject({
  name: KeyName,
  reference: Reference(MAX_KEY_REFERENCE),
  length: optional(perGeneration(Integer(8, 16))),
  versions: optional(Integer(1, 3)),
  purpose: v.picklist(
    ["internal", "external", "maintenance", "purchase", "load", "tac"],
    "must be internal, external, maintenance, purchase, load or tac",
  ),
  tries: Integer(0, 15),
  use: Text,
  psam: optional(v.strictObject({ usage: HexNumber(1), ids: v.array(HexNumber(1)) })),
  hsm: optional(v.array(HexNumber(2))),
});

const File = v.strictObject({
  id: FileId,
  sfi: Sfi(),
  ...named,
  type: v.picklist(
    ["transparent", "linear-fixed", "linear-variable", "cyclic"],
    "must be transparent, linear-fixed, linear-variable or cyclic",
  ),
  status: v.picklist(
    ["in-use", "predefined", "reserved", "regional"],
    "must be in-use, predefined, reserved or regional",
  ),
  read: perGeneration(AccessText),
  update: perGeneration(AccessText),
  size: optional(Integer(1, 65_535)),
  records: optional(Integer(1, 254)),
  items: optional(v.array(Item)),
  fields: optional(v.array(Field)),
});

const Application = v.strictObject({
  id: v.pipe(v.string(), v.regex(/^(SSSE|DF[0-9A-F]{2})$/, "must be SSSE or DF and two digits")),
  fid: HexNumber(2),
  ...named,
  aid: optional(Hex),
  label: optional(Text),
  optional: optional(Flag),
  block: optional(AccessText),
  account: optional(Flag),
  pins: optional(
    v.array(v.strictObject({ name: KeyName, reference: Reference(MAX_PIN_REFERENCE) })),
  ),
  directoryFile: optional(
    v.strictObject({ id: FileId, sfi: Sfi(), read: AccessText, update: AccessText }),
  ),
  keys: v.array(CardKey),
  files: v.array(File),
});

const Family = v.strictObject({
  cipher: v.picklist(["tdes", "sm4"], "must be tdes or sm4"),
  algorithm: HexNumber(1),
  version: Text,
});

export const DefinitionSchema = v.strictObject({
  definition: Text,
  edition: Text,
  generations: v.strictObject({ "2": Family, "3": Family }),
  extensionRules: v.strictObject({
    firstDirectory: HexNumber(2),
    firstFile: HexNumber(2),
    closedApplications: v.array(Text),
  }),
  exclusive: v.array(
    v.array(v.strictObject({ application: Text, file: FileId, tag: HexNumber(1) })),
  ),
  applications: v.pipe(v.array(Application), v.minLength(1, "needs at least one application")),
  extensions: v.array(
    v.strictObject({
      name: v.pipe(v.string(), v.regex(/^[a-z][a-z0-9-]*$/, "must be small letters, digits, -")),
      application: Text,
      keys: v.array(CardKey),
      files: v.array(File),
    }),
  ),
});

export type RawDefinition = v.InferOutput<typeof DefinitionSchema>;
export type RawApplication = v.InferOutput<typeof Application>;
export type RawFile = v.InferOutput<typeof File>;
export type RawItem = v.InferOutput<typeof Item>;
export type RawKey = v.InferOutput<typeof CardKey>;

function Sfi() {
  return v.pipe(
    HexNumber(1),
    v.minValue(1, "must be at least 01"),
    v.maxValue(0x1e, "must be at most 1E"),
  );
}
