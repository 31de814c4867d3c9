// What every example does with the reader interface: basic information, values of files, work on the account.

import { BureauError } from "../../../../personalization/errors.ts";
import { SW_RECORD_NOT_FOUND } from "../../../../runtime/spec/status-words.ts";
import { checkCard } from "../../desk/card-session.ts";
import { CODE_SUCCESS, meaningOf } from "../../desk/codes.ts";
import type { Desk } from "../../desk/desk.ts";
import { parseCardInfo } from "../../desk/parameters.ts";
import type { DeskResult } from "../../desk/result.ts";
import { openCard, type Terminal, type Work } from "../../desk/terminal.ts";

/** Contact first, then contactless. */
export const ANY_INTERFACE = 3;
/** iReadCard opens files with the PIN. */
export const BY_PIN = 1;

/** The output of a function of the interface; `BureauError` with its code and meaning when it failed. */
export function done(name: string, { code, output }: DeskResult): string {
  if (code === CODE_SUCCESS) return output;
  throw new BureauError(`${name}: ${code} ${output}: ${meaningOf(code).english}`);
}

/** Who holds the card, from iReadCardBas. */
export interface Person {
  /** Identifier|number|: what every other function wants to be told. */
  readonly info: string;
  readonly cardNumber: string;
  readonly socialSecurityNumber: string;
  readonly name: string;
  readonly version: string;
  readonly expiryDate: string;
  /** Of the terminal, from its PSAM. */
  readonly terminal: string;
}

/** Card and PSAM prove themselves to each other; then the card says whose it is. */
export async function whoIsIt(desk: Desk): Promise<Person> {
  const output = done("iReadCardBas", await desk.iReadCardBas(ANY_INTERFACE));
  const fields = output.split("|");
  const [, socialSecurityNumber = "", cardNumber = "", identifier = "", name = ""] = fields;
  const [, , , , , , version = "", , expiryDate = "", terminal = ""] = fields;
  const info = `${identifier}|${cardNumber}|`;
  return { info, cardNumber, socialSecurityNumber, name, version, expiryDate, terminal };
}

/** Values of files, as iReadCard gives them: "DF01EF06|a|b|$" is { DF01EF06: ["a", "b"] }. */
export async function readFiles(
  desk: Desk,
  { info }: Person,
  addresses: string,
): Promise<Readonly<Record<string, readonly string[]>>> {
  const result = await desk.iReadCard(ANY_INTERFACE, BY_PIN, info, addresses);
  const parts = done("iReadCard", result).split("$").slice(0, -1);
  return Object.fromEntries(
    parts.map((part) => {
      const [file = "", ...values] = part.split("|");
      return [file, values.slice(0, -1)];
    }),
  );
}

/** One item; "" when the card has no record of it, as most have of something. */
export async function readIfThere(
  desk: Desk,
  { info }: Person,
  file: string,
  tag: string,
): Promise<string> {
  const result = await desk.iReadCard(ANY_INTERFACE, BY_PIN, info, `${file}|${tag}|$`);
  if (result.code === -SW_RECORD_NOT_FOUND) return "";
  return done("iReadCard", result).split("|")[1] ?? "";
}

/** `writeFile(desk, person, "DF01EF06", { 23: "人民路1号" })`: tags and their new values. */
export async function writeFile(
  desk: Desk,
  { info }: Person,
  file: string,
  values: Readonly<Record<string, string>>,
): Promise<void> {
  const tags = Object.keys(values).map((tag) => `${tag}|`);
  const texts = Object.values(values).map((value) => `${value}|`);
  const address = `${file}|${tags.join("")}$`;
  const data = `${file}|${texts.join("")}$`;
  done("iWriteCard", await desk.iWriteCard(ANY_INTERFACE, info, address, data));
}

/** Adds the newest record of a cyclic file. */
export async function addRecord(
  desk: Desk,
  { info }: Person,
  file: string,
  fields: readonly string[],
): Promise<void> {
  const record = fields.map((field) => `${field}^`).join("");
  const data = `${file}|${record}|$`;
  done("iWriteCard", await desk.iWriteCard(ANY_INTERFACE, info, `${file}|$`, data));
}

/** Powers the card, sees that it is the person's, works with it, and takes the power away. */
export async function atCard<T>(terminal: Terminal, { info }: Person, work: Work<T>): Promise<T> {
  const session = await openCard(terminal, ANY_INTERFACE);
  try {
    checkCard(session, parseCardInfo(info));
    return await work(session);
  } finally {
    await session.close();
  }
}
