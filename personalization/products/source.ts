// Where a value of a product comes from, and members that several shapes have.

import * as v from "valibot";
import { Hex, HexNumber, Integer, Name, Text } from "../files/yaml-fields.ts";
import { SECURITY_LEVELS } from "../scp03/secure-channel.ts";

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
export const sourceEntries = {
  column: optional(Name),
  take: optional(Integer(1, 255)),
  as: optional(v.picklist(["day-of-year", "number"], "must be day-of-year or number")),
  constant: optional(Text),
  hex: optional(Hex),
  value: optional(Name),
  concat: optional(v.array(v.lazy((): v.GenericSchema<unknown, Source> => SourceSchema))),
};
/** Members of which a source has exactly one. */
export const KINDS = [
  "column",
  "constant",
  "hex",
  "value",
  "concat",
  "mac",
  "continuationOf",
] as const;
export const oneSource = <Input extends object>() =>
  v.check<Input, string>(
    (input) => KINDS.filter((kind) => kind in input).length === 1,
    `needs exactly one of ${KINDS.slice(0, 5).join(", ")}`,
  );
export const SourceSchema: v.GenericSchema<unknown, Source> = v.pipe(
  v.strictObject(sourceEntries),
  oneSource(),
);

export const typed = {
  type: v.picklist(["cn", "an", "b"], "must be cn, an or b"),
  length: Integer(1, 65_535),
};
export const SecurityLevel = v.pipe(
  HexNumber(1),
  v.check((level) => SECURITY_LEVELS.includes(level), "must be 01, 03, 11, 13 or 33"),
);
export const Levels = v.array(
  v.picklist(["province", "city", "card"], "must be province, city or card"),
);
export const applicationEntries = {
  name: Text,
  securityLevel: SecurityLevel,
  diversification: v.strictObject({
    method: v.picklist(["social-security"], "must be social-security"),
    levels: Levels,
    region: SourceSchema,
    card: SourceSchema,
  }),
};
