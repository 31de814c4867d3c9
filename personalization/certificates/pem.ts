// The text form of certificates and status lists. RFC 7468.

import { CertificateError } from "./errors.ts";

export const LABEL_CERTIFICATE = "CERTIFICATE";
export const LABEL_STATUS_LIST = "X509 CRL";

export function toPem(label: string, der: Uint8Array): string {
  const lines =
    Buffer.from(der)
      .toString("base64")
      .match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join("\n")}\n-----END ${label}-----\n`;
}

/** DER of the first block of that label; DER that stands there bare is taken too. */
export function fromPem(label: string, content: Uint8Array, what: string): Uint8Array {
  // SEQUENCE with a length of two bytes: what DER of these begins with.
  if (content[0] === 0x30 && content[1] === 0x82) return content;
  const text = Buffer.from(content).toString("latin1");
  const block = text.match(new RegExp(`-----BEGIN ${label}-----([A-Za-z0-9+/=\\s]+)-----END`));
  if (block === null) throw new CertificateError(`${what} holds no ${label}`);
  return new Uint8Array(Buffer.from(block[1]!, "base64"));
}
