// A key service whose keys lie in this process: opened from a keystore file.

import { cmac } from "@noble/ciphers/aes.js";
import { concat, padZero, xor } from "../bytes.ts";
import { KeystoreError } from "../errors.ts";
import { dekDerivationData } from "../scp02/session.ts";
import { BLOCK_BYTES, encryptBlocks } from "./block-cipher.ts";
import { deriveCardKey } from "./card-keys.ts";
import { diversify, diversifySingle } from "./diversify.ts";
import type { Derivation, KeyHandle, KeyKind, KeyService } from "./key-service.ts";

/** A named key with its value: what a keystore holds. */
export interface NamedKey {
  readonly name: string;
  readonly kind: KeyKind;
  readonly value: Uint8Array;
}

/** Most names that a message spells out. */
const NAMES_SHOWN = 12;

/** Key values sit in a map keyed by handle, so no handle that is printed or stored holds one. */
export class SoftwareKeyService implements KeyService {
  readonly #values = new WeakMap<KeyHandle, Uint8Array>();
  readonly #named = new Map<string, KeyHandle>();

  constructor(keys: Iterable<NamedKey>) {
    for (const key of keys) this.#named.set(key.name, this.#hold(key.name, key.kind, key.value));
  }

  async open(name: string): Promise<KeyHandle> {
    const handle = this.#named.get(name);
    if (handle !== undefined) return handle;
    const names = [...this.#named.keys()];
    const more = names.length > NAMES_SHOWN ? ` and ${names.length - NAMES_SHOWN} more` : "";
    const shown = names.slice(0, NAMES_SHOWN).join(", ");
    throw new KeystoreError(`the keystore has no key "${name}"; it has: ${shown}${more}`);
  }

  async derive(parent: KeyHandle, derivation: Derivation): Promise<KeyHandle> {
    let value = this.#value(parent);
    if (derivation.method === "sp800-108") {
      requireKind(parent, "aes");
      const child = deriveCardKey(value, derivation.purpose, derivation.context);
      return this.#hold(`${parent.name}/${derivation.purpose}`, parent.kind, child);
    }
    if (derivation.method === "scp02-dek") {
      requireKind(parent, "tdes");
      const data = dekDerivationData(derivation.sequence);
      const child = encryptBlocks("tdes", "cbc", value, data);
      return this.#hold(`${parent.name}/session`, parent.kind, child);
    }
    if (derivation.method === "fold") {
      requireKind(parent, "tdes");
      const half = xor(value.subarray(0, 8), value.subarray(8));
      return this.#hold(`${parent.name}/folded`, parent.kind, concat(half, half));
    }
    const step = derivation.single ? diversifySingle : diversify;
    for (const factor of derivation.factors) value = step(parent.kind, value, factor);
    return this.#hold(`${parent.name}/card`, parent.kind, value);
  }

  async encrypt(key: KeyHandle, mode: "ecb" | "cbc", data: Uint8Array): Promise<Uint8Array> {
    return encryptBlocks(key.kind, mode, this.#value(key), data);
  }

  async cmac(key: KeyHandle, data: Uint8Array): Promise<Uint8Array> {
    requireKind(key, "aes");
    return cmac(data, this.#value(key));
  }

  async wrap(
    wrapping: KeyHandle,
    key: KeyHandle | readonly KeyHandle[],
    mode: "ecb" | "cbc" = "cbc",
  ): Promise<Uint8Array> {
    const values = [key].flat().map((one) => this.#value(one));
    const padded = padZero(concat(...values), BLOCK_BYTES[wrapping.kind]);
    return encryptBlocks(wrapping.kind, mode, this.#value(wrapping), padded);
  }

  async checkValue(key: KeyHandle): Promise<Uint8Array> {
    return keyCheckValue(key.kind, this.#value(key));
  }

  async release(key: KeyHandle): Promise<void> {
    if (this.#named.get(key.name) === key) return;
    this.#values.get(key)?.fill(0);
    this.#values.delete(key);
  }

  #hold(name: string, kind: KeyKind, value: Uint8Array): KeyHandle {
    const handle: KeyHandle = Object.freeze({ name, kind, length: value.length });
    // A copy, also of a Buffer, whose `slice` is none: what is released is filled with zeros.
    this.#values.set(handle, Uint8Array.from(value));
    return handle;
  }

  #value(key: KeyHandle): Uint8Array {
    const value = this.#values.get(key);
    if (value === undefined) throw new KeystoreError(`key "${key.name}" is not open here`);
    return value;
  }
}

/** AES: GPC Amendment D v1.1.2, 7.2.2. SM4 and TDES: encryption of a block of zeros. */
export function keyCheckValue(kind: KeyKind, value: Uint8Array): Uint8Array {
  const block = new Uint8Array(BLOCK_BYTES[kind]).fill(kind === "aes" ? 0x01 : 0x00);
  return encryptBlocks(kind, "ecb", value, block).slice(0, 3);
}

function requireKind(key: KeyHandle, kind: KeyKind): void {
  if (key.kind !== kind) {
    throw new KeystoreError(`key "${key.name}" is a ${key.kind} key; ${kind} is needed here`);
  }
}
