// The shape of an application whose tree is that of a definition: values by application, file and tag.

import * as v from "valibot";
import { Integer, Text } from "../files/yaml-fields.ts";
import {
  applicationEntries,
  KINDS,
  oneSource,
  type Source,
  SourceSchema,
  sourceEntries,
  typed,
} from "./source.ts";

const optional = v.exactOptional;

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
const FileText = v.pipe(v.string(), v.regex(/^[0-9A-F]{4}$/, "must be 4 digits 0-9 A-F"));

/** An application whose tree is that of a definition. */
export const DefinedApplicationSchema = v.strictObject({
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
  values: v.record(Text, v.record(FileText, FileValues)),
});

export type DefinedApplication = v.InferOutput<typeof DefinedApplicationSchema>;

function isSource(input: unknown): boolean {
  return (
    typeof input === "object" && input !== null && KINDS.some((kind) => kind in (input as object))
  );
}
