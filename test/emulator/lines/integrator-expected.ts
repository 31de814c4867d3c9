// What cards issued from a batch must tell, worked out from the fields of its rows and nothing else.

import { encode } from "iconv-lite";
import * as assert from "uvu/assert";
import type { IssuedCard, Row } from "./integrator-cards.ts";

/** Names and values, as a script prints them. */
export type Found = Record<string, string | number | boolean>;

export interface Generation {
  readonly product: string;
  /** Tag 86 of the FCI, and tag 03. */
  readonly algorithm: string;
  readonly version: string;
  /** Whether anyone reads EF06. */
  readonly open: boolean;
}

const digits = (date = "") => date.replaceAll("-", "");

/** Chip, system and card maker; region and serial. */
export function historicalOf({ issuing_region = "", serial = "" }: Row): string {
  return `57462611015746${issuing_region.slice(0, 4)}${serial}`;
}

/** EF05. */
export function issuance({ row, report }: IssuedCard, { version }: Generation): Found {
  const region = row.issuing_region!;
  const identifier = String(report.identification_code);
  assert.match(identifier, new RegExp(`^${region}D156000005${row.serial}[0-9A-F]{8}$`));
  return {
    identifier,
    category: "3",
    version,
    institution: `9156000002${region}${region}01`,
    issued: digits(row.issue_date),
    expires: digits(row.expiry_date),
    "card number": row.card_number!,
  };
}

/** EF06. */
export function cardholder(row: Row): Found {
  return {
    "identity number": row.id_number!,
    name: row.name!,
    sex: row.sex!,
    "ethnic group": row.ethnic_group!,
    birthplace: row.birthplace!,
    "birth date": digits(row.birth_date),
  };
}

/** With the name in one piece. */
export function joined({ "name, continued": more = "", ...found }: Found): Found {
  return { ...found, name: `${found.name}${more}` };
}

/** Those of the names only. */
export function pick(found: Found, names: readonly string[]): Found {
  return Object.fromEntries(names.map((name) => [name, found[name]!]));
}

/** EF05 as records: tag to value, in hex. */
export function issuanceRecords(
  issued: IssuedCard,
  generation: Generation,
): Record<string, string> {
  const found = issuance(issued, generation);
  return {
    "01": `${found.identifier}`.toLowerCase(),
    "02": text(found.category, 1),
    "03": text(found.version, 4),
    "04": `${found.institution}`,
    "05": `${found.issued}`,
    "06": `${found.expires}`,
    "07": text(found["card number"], 9),
  };
}

/** EF06 as records. */
export function holderRecords(row: Row): Record<string, string> {
  const name = Buffer.alloc(50);
  encode(row.name!, "gb18030").copy(name);
  return {
    "08": text(row.id_number, 18),
    "09": name.subarray(0, 30).toString("hex"),
    "4E": name.subarray(30).toString("hex"),
    "0A": text(row.sex, 1),
    "0B": row.ethnic_group!,
    "0C": row.birthplace!,
    "0D": digits(row.birth_date),
  };
}

/** Files that the PIN opens. */
export function personal(row: Row): Record<string, Record<string, string>> {
  const household = {
    20: text(row.household_type, 2),
    21: text(encode(row.household_address!, "gb18030").toString("latin1"), 80),
    "0E": row.birthplace!,
  };
  return { DF01EF05: household, DF01EF08: { "2B": text(row.marital_status, 1) } };
}

/** Bytes in hex, filled with 00. */
function text(value: unknown, length: number): string {
  return Buffer.from(String(value), "latin1")
    .toString("hex")
    .padEnd(2 * length, "0");
}
