// Option values that several verbs parse alike.

import { InvalidArgumentError, Option } from "commander";

/** A whole number between two bounds. */
export function integer(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || value < least || value > most) {
      throw new InvalidArgumentError(`It must be a whole number from ${least} to ${most}.`);
    }
    return value;
  };
}

/** Collects an option that may be given several times. */
function collect(value: string, all: readonly string[]): readonly string[] {
  return [...all, value];
}

/** A command APDU in hex; blanks and colons between bytes are skipped. */
export function commandBytes(text: string): Uint8Array {
  const digits = text.replace(/[\s:]/g, "");
  if (digits === "" || !/^([0-9a-fA-F]{2})+$/.test(digits)) {
    throw new InvalidArgumentError("A command is written in hex, like 00A4040000.");
  }
  return new Uint8Array(Buffer.from(digits, "hex"));
}

/** --trust, for every verb that reads an image. */
export function trustOption(): Option {
  const text = "public key whose images are accepted; may be given again";
  return new Option("--trust <key.pem>", text)
    .argParser(collect)
    .default([] as readonly string[], "the development key");
}

/** Master key of the cards' administration keys, as the bundled product names it. */
export const ADMINISTRATION_KEY = "identity-admin";
