// What the bureau asks of whoever keeps the keys: operations on handles, never key bytes.
// The keystore file is one implementation; a PKCS#11 module can be another.

export type KeyKind = "aes" | "sm4" | "tdes";

/** A key that stays where it is. `name` is for messages; `length` counts bytes. */
export interface KeyHandle {
  readonly name: string;
  readonly kind: KeyKind;
  readonly length: number;
}

/** How a child key follows from its parent. */
export type Derivation =
  | {
      /** Level by level with factors of 8 bytes; the child has the parent's kind. See diversify.ts. */
      readonly method: "social-security";
      readonly factors: readonly Uint8Array[];
      /** A TDES key of one DES length: at each level E(f), twice. */
      readonly single?: boolean;
    }
  | {
      /** SP 800-108, counter mode, AES-CMAC: one key of a card's SCP03 set. See card-keys.ts. */
      readonly method: "sp800-108";
      readonly purpose: CardKeyPurpose;
      /** 10 bytes, as the key diversification data of INITIALIZE UPDATE. */
      readonly context: Uint8Array;
    }
  | {
      /** The DEK of an SCP02 session from the static one. GPC 2.3.1, E.4.1. */
      readonly method: "scp02-dek";
      readonly sequence: Uint8Array;
    }
  | {
      /** The left half of a TDES key XORed with the right, as a key of single length: twice the same 8. */
      readonly method: "fold";
    };

export type CardKeyPurpose = "enc" | "mac" | "dek";

export interface KeyService {
  /** The named key. Rejects with `KeystoreError` when there is none. */
  open(name: string): Promise<KeyHandle>;
  derive(parent: KeyHandle, derivation: Derivation): Promise<KeyHandle>;
  /** Block cipher without padding, IV zero; `data` is a multiple of the block. */
  encrypt(key: KeyHandle, mode: "ecb" | "cbc", data: Uint8Array): Promise<Uint8Array>;
  /** AES-CMAC, 16 bytes; AES keys only. */
  cmac(key: KeyHandle, data: Uint8Array): Promise<Uint8Array>;
  /**
   * The value of `key`, or of several one after another, filled with 00 to the block, encrypted under
   * `wrapping`: in CBC mode with IV zero unless `mode` says otherwise.
   */
  wrap(
    wrapping: KeyHandle,
    key: KeyHandle | readonly KeyHandle[],
    mode?: "ecb" | "cbc",
  ): Promise<Uint8Array>;
  /** First 3 bytes of the encryption of 01..01 (AES) or of 00..00 (SM4, TDES). */
  checkValue(key: KeyHandle): Promise<Uint8Array>;
  /** Forgets a derived key. The handle is dead afterwards. */
  release(key: KeyHandle): Promise<void>;
}
