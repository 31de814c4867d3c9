// The fields of a scenario file, and what each may hold.

import * as v from "valibot";
import { type BytesText, encodeBytes, parseBytes } from "./bytes-text.ts";

const integer = (least: number, most: number) =>
  v.pipe(
    v.number("must be a number"),
    v.integer("must be a whole number"),
    v.minValue(least, `must be ${least} or more`),
    v.maxValue(most, `must be ${most} or less`),
  );

const text = v.pipe(v.string("must be a text"), v.minLength(1, "must not be empty"));

/** Bytes in the notation of `bytes-text.ts`. */
const bytes = v.pipe(
  v.string("must be bytes in quotes"),
  v.rawTransform(({ dataset, addIssue, NEVER }): BytesText => {
    try {
      return parseBytes(dataset.value);
    } catch (error) {
      addIssue({ message: (error as Error).message });
      return NEVER;
    }
  }),
);

const hex = (length: number | undefined, message: string) =>
  v.pipe(
    bytes,
    v.transform((parts) => encodeBytes(parts, { last: new Uint8Array() })),
    v.check((value) => length === undefined || value.length === length, message),
  );
const key = v.pipe(
  hex(undefined, ""),
  v.check(({ length }) => [16, 24, 32].includes(length), "must be 16, 24 or 32 bytes"),
);

const keySetSchema = v.strictObject({
  version: v.pipe(
    hex(1, 'must be one byte in quotes, like "FF"'),
    v.transform((value) => value[0] as number),
  ),
  enc: key,
  mac: key,
  dek: key,
});

/** A package that the steps load: a load file, or an applet of this tree to make one from. */
const packageSchema = v.union(
  [
    v.strictObject({ file: text }),
    v.strictObject({
      applet: text,
      aid: hex(undefined, ""),
      ram: integer(16, 0xffff),
      stack: integer(64, 0xffff),
    }),
  ],
  "must have file, or applet, aid, ram and stack",
);

const statusWord = v.pipe(
  hex(2, 'must be two bytes in quotes, like "9000"'),
  v.transform((value) => ((value[0] as number) << 8) | (value[1] as number)),
);

/** One command, or several that are sent one after the other. */
const oneCommand = v.pipe(
  bytes,
  v.transform((one) => ({ list: false, texts: [one] })),
);
const commandList = v.pipe(
  v.array(bytes),
  v.minLength(1, "is an empty list"),
  v.transform((texts) => ({ list: true, texts })),
);

const stepSchema = v.strictObject({
  name: text,
  reset: v.optional(v.picklist(["contact", "contactless"], "must be contact or contactless")),
  channel: v.optional(v.strictObject({ keys: text, level: integer(0, 0x33) })),
  command: v.optional(v.lazy((input) => (Array.isArray(input) ? commandList : oneCommand))),
  data: v.optional(bytes),
  le: v.optional(integer(0, 256)),
  loadFile: v.optional(text),
  blockBytes: v.optional(integer(1, 255), 200),
  secure: v.optional(v.boolean("must be true or false"), false),
  status: v.optional(statusWord),
  tolerated: v.optional(v.array(statusWord, "must be a list of status words"), []),
  sweep: v.optional(v.boolean("must be true or false")),
  states: v.optional(integer(1, 1000), 2),
  repeat: v.optional(integer(1, 1_000_000)),
  untilErases: v.optional(integer(1, 1_000_000)),
});

/** A command that needs nothing of the run. */
const plain = v.pipe(
  bytes,
  v.transform((parts) => encodeBytes(parts, { last: new Uint8Array() })),
);
const onePlain = v.pipe(
  plain,
  v.transform((one) => [one]),
);

const steps = v.array(stepSchema, "must be a list of steps");

export const scenarioSchema = v.strictObject({
  keys: v.optional(v.record(v.string(), keySetSchema, "must be key sets by name"), {}),
  packages: v.optional(v.record(v.string(), packageSchema, "must be packages by name"), {}),
  start: v.optional(steps, []),
  alive: v.lazy((input) => (Array.isArray(input) ? v.array(plain) : onePlain)),
  steps: v.optional(steps, []),
  end: v.optional(steps, []),
  cycle: v.optional(steps, []),
});

export type WrittenScenario = v.InferOutput<typeof scenarioSchema>;
export type WrittenStep = v.InferOutput<typeof stepSchema>;
export type KeySet = v.InferOutput<typeof keySetSchema>;
export type PackageSource = v.InferOutput<typeof packageSchema>;
