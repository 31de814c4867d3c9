// The private key of an issuer of certificates: in a sealed file, and in this object; nowhere else.

import { sm2 } from "sm-crypto-v2";
import { bytes, hex } from "../bytes.ts";
import { KeystoreError } from "../errors.ts";
import { replaceFile } from "../files/atomic-file.ts";
import { seal, unseal } from "../keys/sealed-file.ts";
import { digestToSign, POINT_BYTES } from "./sm2.ts";

const PRIVATE_BYTES = 32;
/** Readable and writable by the owner alone. */
const MODE = 0o600;

/** Signs certificates and status lists. Printed or serialized it shows its public key at most. */
export class IssuerKey {
  readonly #value: Uint8Array;
  /** x ‖ y. */
  readonly publicKey: Uint8Array;

  private constructor(value: Uint8Array) {
    this.#value = value;
    this.publicKey = bytes(sm2.getPublicKeyFromPrivateKey(hex(value))).slice(-POINT_BYTES);
  }

  static generate(): IssuerKey {
    return new IssuerKey(bytes(sm2.generateKeyPairHex().privateKey));
  }

  /** r ‖ s over a message. */
  sign(message: Uint8Array): Uint8Array {
    const digest = digestToSign(this.publicKey, message);
    return bytes(sm2.doSignature(digest, hex(this.#value)));
  }

  /** Writes the key to a file sealed under a passphrase, mode 0600. */
  async save(path: string, passphrase: string, log2Cost?: number): Promise<void> {
    if (passphrase === "") throw new KeystoreError("the passphrase is empty; choose one");
    await replaceFile(path, await seal(this.#value, passphrase, log2Cost), MODE);
  }

  /** The key of a sealed file's text. Throws `KeystoreError` for a wrong passphrase or another file. */
  static async open(text: string, passphrase: string, path: string): Promise<IssuerKey> {
    const value = await unseal(text, passphrase, path);
    if (value.length !== PRIVATE_BYTES) {
      throw new KeystoreError(`${path}: holds no issuer's key; it may be a keystore`);
    }
    return new IssuerKey(value);
  }
}
