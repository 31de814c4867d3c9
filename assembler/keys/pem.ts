// Key files: PEM, PKCS#8 for the secret half and SubjectPublicKeyInfo for the public one.
//
//   openssl genpkey -algorithm ed25519 -out vendor.pem
//   openssl pkey -in vendor.pem -pubout -out vendor.pub.pem

import { createPrivateKey, createPublicKey, type KeyObject } from "node:crypto";
import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { concatBytes } from "@noble/hashes/utils.js";
import { KeyFileError } from "../errors.ts";
import { signer, trustedKey } from "./public-key.ts";
import type { SignatureAlgorithm, Signer, TrustedKey } from "./types.ts";

/** A secret key in any PEM wrapping: PKCS#8, SEC 1, PKCS#1, encrypted or not. RFC 7468, 10 and 11. */
const SECRET_PEM = /^-----BEGIN ([A-Z0-9]+ )*PRIVATE KEY-----/m;
const SECRET_GIVEN =
  "holds a secret key where a public one belongs; give its public half: openssl pkey -pubout";
/** How a secret key is made. */
export const MAKING: Readonly<Record<SignatureAlgorithm, string>> = {
  ES256: "openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256",
  EdDSA: "openssl genpkey -algorithm ed25519",
};

/**
 * Reads a secret key: PKCS#8 PEM, P-256 (ES256) or Ed25519 (EdDSA), not encrypted.
 * @param wanted the kind to make where there is no key
 * @throws KeyFileError
 */
export function loadSigner(file: string, wanted: SignatureAlgorithm = "EdDSA"): Signer {
  const key = load(file, "secret", MAKING[wanted], createPrivateKey);
  const { d } = key.export({ format: "jwk" });
  return signer(basename(file), algorithmOf(file, key), field(file, d));
}

/**
 * Reads a public key: SubjectPublicKeyInfo PEM. A file with a secret key is refused, though its
 * public half could be had from it: what verifies has no business near what signs.
 * @throws KeyFileError
 */
export function loadTrusted(file: string): TrustedKey {
  const key = load(file, "public", "openssl pkey -pubout", (pem) => {
    if (SECRET_PEM.test(pem)) throw new KeyFileError(file, SECRET_GIVEN);
    return createPublicKey(pem);
  });
  const algorithm = algorithmOf(file, key);
  const { x, y } = key.export({ format: "jwk" });
  if (algorithm === "EdDSA") return trustedKey(basename(file), algorithm, field(file, x));
  const sign = Uint8Array.of(0x02 | (field(file, y)[31]! & 1));
  return trustedKey(basename(file), algorithm, concatBytes(sign, field(file, x)));
}

function load(
  file: string,
  kind: "secret" | "public",
  making: string,
  parse: (pem: string) => KeyObject,
): KeyObject {
  let pem: string;
  try {
    pem = readFileSync(file, "utf8");
  } catch {
    throw new KeyFileError(file, `cannot be read; give a ${kind} key as PEM`);
  }
  try {
    return parse(pem);
  } catch (error) {
    if (error instanceof KeyFileError) throw error;
    throw new KeyFileError(
      file,
      `is no ${kind} key in PEM, or is encrypted; make one with ${making}`,
    );
  }
}

function algorithmOf(file: string, key: KeyObject): SignatureAlgorithm {
  if (key.asymmetricKeyType === "ed25519") return "EdDSA";
  if (key.asymmetricKeyDetails?.namedCurve === "prime256v1") return "ES256";
  throw new KeyFileError(
    file,
    `is a key of type ${key.asymmetricKeyType ?? "unknown"}; use P-256 or Ed25519`,
  );
}

/** Member of a JSON Web Key: base64url, 32 bytes for both. RFC 7518, 6.2; RFC 8037, 2. */
function field(file: string, member: string | undefined): Uint8Array {
  const bytes = new Uint8Array(Buffer.from(member ?? "", "base64url"));
  if (bytes.length !== 32) throw new KeyFileError(file, "holds a key of the wrong length");
  return bytes;
}
