// Keys that sign images and keys that are trusted to have signed them.

/** Signature algorithms of an image. ES256: ECDSA, P-256, SHA-256. EdDSA: Ed25519. */
export type SignatureAlgorithm = "ES256" | "EdDSA";

/** A public key whose images are accepted. */
export interface TrustedKey {
  /** For people: the file's name, or a warning. */
  readonly name: string;
  readonly algorithm: SignatureAlgorithm;
  /** ES256: the compressed point, 33 bytes. EdDSA: 32 bytes. */
  readonly publicKey: Uint8Array;
  /** SHA-256 of the key as SubjectPublicKeyInfo in DER, 32 bytes. RFC 5280, 4.1. */
  readonly keyId: Uint8Array;
}

/** A key pair that signs. */
export interface Signer extends TrustedKey {
  /** The scalar (ES256) or the seed (EdDSA), 32 bytes. */
  readonly secretKey: Uint8Array;
}
