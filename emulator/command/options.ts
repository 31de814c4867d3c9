// Option values that several verbs parse alike.

import { InvalidArgumentError } from "commander";

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
export function collect(value: string, all: readonly string[]): readonly string[] {
  return [...all, value];
}

/** A command APDU in hex; blanks and colons between bytes are skipped. */
export function commandBytes(text: string): Uint8Array {
  const digits = text.replace(/[\s:]/g, "");
  if (digits === "" || !/^([0-9a-fA-F]{2})+$/.test(digits)) {
    throw new InvalidArgumentError(`"${text}" is not a command in hex, like 00A4040000.`);
  }
  return new Uint8Array(Buffer.from(digits, "hex"));
}

export const TRUST = [
  "--trust <key.pem>",
  "public key whose images are accepted, may be given again (default: the development key)",
  collect,
  [] as readonly string[],
] as const;
