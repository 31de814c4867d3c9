// The shape of an application whose tree a product writes out.

import * as v from "valibot";
import {
  MAX_KEY_REFERENCE,
  MAX_PIN_REFERENCE,
  MAX_RECORD_BYTES,
  REFERENCE_LOCAL,
} from "../../applets/filesystem/spec.ts";
import { Flag, Hex, HexNumber, Integer, Tag, Text } from "../files/yaml-fields.ts";
import { type AccessCondition, parseAccess } from "./access.ts";
import type { Directory } from "./product.ts";
import { applicationEntries, Levels, oneSource, sourceEntries, typed } from "./source.ts";
import { UserCardKeysSchema } from "./user-card-keys.ts";

const optional = v.exactOptional;

/** Reference of a key or PIN in its own directory. */
const Reference = (most: number) =>
  v.pipe(
    HexNumber(1),
    v.check(
      (reference) => (reference & ~REFERENCE_LOCAL) <= most,
      `must be at most ${most.toString(16).toUpperCase()} in hexadecimal`,
    ),
  );
const Access = v.pipe(
  v.string("must be text such as: free, never, pin 00, key 0A"),
  v.check((text) => parseAccess(text) !== undefined, "must be such as: free, never, key 0A"),
  v.transform((text) => parseAccess(text) as AccessCondition),
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
/** An application whose tree the product writes out. */
export const WrittenApplicationSchema = v.strictObject({
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

export type WrittenApplication = v.InferOutput<typeof WrittenApplicationSchema>;
export type ReadBackStep = v.InferOutput<typeof Step>;
