// The keystore's file format: scrypt makes a key of the passphrase, AES-256-GCM seals the keys.
//
//   { "wafer-keystore": 1, "scrypt": { "log2N": 17, "r": 8, "p": 1, "salt": hex 16 },
//     "nonce": hex 12, "sealed": hex (ciphertext ‖ tag 16) }
//
// Everything but `sealed` is authenticated beside it. Names and check values lie inside:
// without the passphrase the file tells nothing but its length.

import { createCipheriv, createDecipheriv, randomBytes, scrypt } from "node:crypto";
import { promisify } from "node:util";
import * as v from "valibot";
import { bytes, concat, hex } from "../bytes.ts";
import { KeystoreError } from "../errors.ts";

const derive = promisify<string, Uint8Array, number, object, Buffer>(scrypt);

/** scrypt cost: 2^17 × 8 × 128 bytes = 128 MiB and some tenths of a second for each guess. */
export const DEFAULT_LOG2_COST = 17;
/** A file that asks for more is taken for an attack on memory; one that asks for less, on the key. */
const MAX_LOG2_COST = 20;
const MIN_LOG2_COST = 10;
const TAG_BYTES = 16;
const SALT_BYTES = 16;
const NONCE_BYTES = 12;

const hexOf = (length: number) => v.pipe(v.string(), v.regex(/^[0-9A-F]*$/), v.length(length * 2));
const FileSchema = v.strictObject({
  "wafer-keystore": v.literal(1),
  scrypt: v.strictObject({
    log2N: v.pipe(v.number(), v.integer(), v.minValue(MIN_LOG2_COST), v.maxValue(MAX_LOG2_COST)),
    r: v.literal(8),
    p: v.literal(1),
    salt: hexOf(SALT_BYTES),
  }),
  nonce: hexOf(NONCE_BYTES),
  sealed: v.pipe(v.string(), v.regex(/^([0-9A-F]{2})+$/)),
});
type SealedFile = v.InferOutput<typeof FileSchema>;
type Header = Omit<SealedFile, "sealed">;

/** The file's text: `secret` sealed under `passphrase`. Each call takes a fresh salt and nonce. */
export async function seal(
  secret: Uint8Array,
  passphrase: string,
  log2Cost: number = DEFAULT_LOG2_COST,
): Promise<string> {
  const header: Header = {
    "wafer-keystore": 1,
    scrypt: { log2N: log2Cost, r: 8, p: 1, salt: hex(randomBytes(SALT_BYTES)) },
    nonce: hex(randomBytes(NONCE_BYTES)),
  };
  const key = await keyOf(passphrase, header);
  const cipher = createCipheriv("aes-256-gcm", key, bytes(header.nonce));
  cipher.setAAD(associated(header));
  const sealed = concat(cipher.update(secret), cipher.final(), cipher.getAuthTag());
  key.fill(0);
  return `${JSON.stringify({ ...header, sealed: hex(sealed) }, null, 2)}\n`;
}

/** What `seal` was given. Throws `KeystoreError` on a wrong passphrase or an altered file. */
export async function unseal(text: string, passphrase: string, path: string): Promise<Uint8Array> {
  const file = parse(text, path);
  const key = await keyOf(passphrase, file);
  const sealed = bytes(file.sealed);
  const decipher = createDecipheriv("aes-256-gcm", key, bytes(file.nonce));
  decipher.setAAD(associated(file));
  decipher.setAuthTag(sealed.subarray(-TAG_BYTES));
  try {
    return concat(decipher.update(sealed.subarray(0, -TAG_BYTES)), decipher.final());
  } catch {
    throw new KeystoreError(
      `${path}: wrong passphrase, or the file was altered; try again, or restore the backup`,
    );
  } finally {
    key.fill(0);
  }
}

function parse(text: string, path: string): SealedFile {
  try {
    const file = v.parse(FileSchema, JSON.parse(text));
    if (file.sealed.length < TAG_BYTES * 2) throw new RangeError("too short");
    return file;
  } catch {
    throw new KeystoreError(`${path}: not a keystore file, or a damaged one; restore the backup`);
  }
}

function keyOf(passphrase: string, { scrypt: cost }: Header): Promise<Buffer> {
  const options = { N: 2 ** cost.log2N, r: cost.r, p: cost.p, maxmem: 2 ** cost.log2N * 2048 };
  return derive(passphrase.normalize("NFC"), bytes(cost.salt), 32, options);
}

/** The authenticated head, rebuilt field by field so that order and spacing do not matter. */
function associated({ "wafer-keystore": version, scrypt: cost, nonce }: Header): Uint8Array {
  const { log2N, r, p, salt } = cost;
  return Buffer.from(JSON.stringify([version, log2N, r, p, salt, nonce]), "utf8");
}
