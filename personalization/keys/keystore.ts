// The keystore: named master keys in one encrypted file that only its owner can read.

import { randomBytes } from "node:crypto";
import { constants } from "node:fs";
import { open } from "node:fs/promises";
import * as v from "valibot";
import { bytes, hex } from "../bytes.ts";
import { BureauError, KeystoreError } from "../errors.ts";
import { replaceFile } from "../files/atomic-file.ts";
import { KEY_BYTES } from "./block-cipher.ts";
import type { KeyKind } from "./key-service.ts";
import { DEFAULT_LOG2_COST, seal, unseal } from "./sealed-file.ts";
import { keyCheckValue, type NamedKey, SoftwareKeyService } from "./software-key-service.ts";

/** Readable and writable by the owner alone. */
const MODE = 0o600;

const ContentSchema = v.array(
  v.strictObject({
    name: v.pipe(v.string(), v.regex(/^[a-z0-9][a-z0-9.-]{0,63}$/)),
    kind: v.picklist(["aes", "sm4", "tdes"]),
    value: v.pipe(v.string(), v.regex(/^([0-9A-F]{2})+$/)),
    checkValue: v.pipe(v.string(), v.regex(/^[0-9A-F]{6}$/)),
  }),
);

/** What may be shown of a key. */
export interface KeyDescription {
  readonly name: string;
  readonly kind: KeyKind;
  /** Bytes. */
  readonly length: number;
  /** 3 bytes. */
  readonly checkValue: Uint8Array;
}

/** An opened keystore. Changes live in memory until `save`. */
export class Keystore {
  readonly #keys = new Map<string, NamedKey>();

  constructor(keys: Iterable<NamedKey> = []) {
    for (const key of keys) this.add(key);
  }

  /** Throws `KeystoreError` when the name is taken or malformed, or the length is not the kind's. */
  add(key: NamedKey): void {
    if (this.#keys.has(key.name)) throw new KeystoreError(`key "${key.name}" is there already`);
    if (!v.is(ContentSchema.item.entries.name, key.name)) {
      throw new KeystoreError(`"${key.name}" is no key name: use a-z, 0-9, dot and hyphen`);
    }
    if (!KEY_BYTES[key.kind].includes(key.value.length)) {
      throw new KeystoreError(`a ${key.kind} key of ${key.value.length} bytes does not exist`);
    }
    this.#keys.set(key.name, { ...key, value: key.value.slice() });
  }

  /** Adds a key of fresh random bytes. */
  generate(name: string, kind: KeyKind, length: number = KEY_BYTES[kind][0]!): void {
    this.add({ name, kind, value: randomBytes(length) });
  }

  /** All keys without their values, in the order in which they were added. */
  list(): KeyDescription[] {
    return [...this.#keys.values()].map(({ name, kind, value }) => ({
      name,
      kind,
      length: value.length,
      checkValue: keyCheckValue(kind, value),
    }));
  }

  service(): SoftwareKeyService {
    return new SoftwareKeyService(this.#keys.values());
  }

  /** Replaces the file in one step, mode 0600. `log2Cost` is scrypt's. */
  async save(path: string, passphrase: string, log2Cost: number = DEFAULT_LOG2_COST) {
    if (passphrase === "") throw new KeystoreError("the passphrase is empty; choose one");
    const content = [...this.#keys.values()].map(({ name, kind, value }) => ({
      name,
      kind,
      value: hex(value),
      checkValue: hex(keyCheckValue(kind, value)),
    }));
    const secret = Buffer.from(JSON.stringify(content), "utf8");
    await replaceFile(path, await seal(secret, passphrase, log2Cost), MODE);
    secret.fill(0);
  }
}

/** Opens a keystore file. Throws `KeystoreError` with what to do. */
export async function openKeystore(path: string, passphrase: string): Promise<Keystore> {
  const secret = await unseal(await readOwnFile(path), passphrase, path);
  try {
    const content = v.parse(ContentSchema, JSON.parse(Buffer.from(secret).toString("utf8")));
    return new Keystore(content.map((entry) => checked(entry, path)));
  } catch (error) {
    if (error instanceof BureauError) throw error;
    throw new KeystoreError(`${path}: the content is not a list of keys; restore the backup`);
  } finally {
    secret.fill(0);
  }
}

function checked(entry: v.InferOutput<typeof ContentSchema>[number], path: string): NamedKey {
  const value = bytes(entry.value);
  if (hex(keyCheckValue(entry.kind, value)) !== entry.checkValue) {
    throw new KeystoreError(`${path}: key "${entry.name}" does not match its check value`);
  }
  return { name: entry.name, kind: entry.kind, value };
}

/** The file's text; refuses a file that others can read or write. */
async function readOwnFile(path: string): Promise<string> {
  const file = await open(path, constants.O_RDONLY).catch((error: NodeJS.ErrnoException) => {
    throw new KeystoreError(`${path}: cannot open the keystore (${error.code})`);
  });
  try {
    const { mode } = await file.stat();
    if (mode & 0o077) {
      throw new KeystoreError(`${path}: others can read this keystore; run: chmod 600 ${path}`);
    }
    return await file.readFile("utf8");
  } finally {
    await file.close();
  }
}
