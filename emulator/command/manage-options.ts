// What the verbs of content management take alike: which card, which domain, which keys.

import { type Command, InvalidArgumentError } from "commander";
import { trustOption } from "./options.ts";

export interface ManageOptions {
  readonly domain?: Uint8Array;
  readonly keystore?: string;
  readonly passphraseFile?: string;
  readonly transportKey: string;
  readonly cardKeys: string;
  readonly key?: string;
  readonly keyVersion?: number;
  readonly trust: readonly string[];
  readonly json?: boolean;
}

export const KEYS_HELP = `
A blank of the reference image has PUBLIC transport keys, which are used without
a keystore, and named. An issued card has its own, derived from a master key of
the keystore; --key names another.
`;

export function manageOptions(verb: Command): Command {
  return keyOptions(verb.option("--domain <aid>", "security domain (default: the issuer's)", aid));
}

/** Which keys the card has; the card's issuer is the other side. */
export function keyOptions(verb: Command): Command {
  return verb
    .option("--keystore <file>", "encrypted master keys")
    .option("--passphrase-file <file>", "file whose first line is the keystore's passphrase")
    .option("--transport-key <name>", "its key for blanks", "transport")
    .option("--card-keys <name>", "its master key for issued cards", "card-keys")
    .option("--key <name>", "its key that the domain has, as it is")
    .option("--key-version <hex>", "as wafer list shows it (default: the first)", keyVersion)
    .addOption(trustOption())
    .option("--json", "print JSON");
}

/** An AID in hex. ISO/IEC 7816-4:2020, 12.2.3. */
export function aid(text: string): Uint8Array {
  const digits = text.replace(/[\s:]/g, "");
  if (!/^([0-9a-fA-F]{2}){5,16}$/.test(digits)) {
    throw new InvalidArgumentError("An AID is written in hex, 5 to 16 bytes.");
  }
  return new Uint8Array(Buffer.from(digits, "hex"));
}

/** A key version as it is written everywhere: two hex digits, 01 to FF. */
function keyVersion(text: string): number {
  const value = /^(0x)?[0-9a-f]{2}$/i.test(text) ? Number.parseInt(text.slice(-2), 16) : 0;
  if (value > 0) return value;
  throw new InvalidArgumentError("A key version is written in hex, two digits from 01 to FF.");
}

/** What the applet's `install` gets. */
export function parameters(text: string): Uint8Array {
  const digits = text.replace(/[\s:]/g, "");
  if (!/^([0-9a-fA-F]{2}){0,200}$/.test(digits)) {
    throw new InvalidArgumentError("Parameters are written in hex, 200 bytes at most.");
  }
  return new Uint8Array(Buffer.from(digits, "hex"));
}

/** Three bytes in hex, as GPC 2.3.1, 11.1.2 lays them out. */
export function privileges(text: string): number {
  if (!/^[0-9a-fA-F]{6}$/.test(text)) {
    throw new InvalidArgumentError("Privileges are three bytes in hex, like 040000.");
  }
  return Number.parseInt(text, 16);
}
