// Distinguished names: who issues, whose certificate. RFC 5280, 4.1.2.4.

import { AsnConvert } from "@peculiar/asn1-schema";
import {
  AttributeTypeAndValue,
  AttributeValue,
  Name,
  RelativeDistinguishedName,
} from "@peculiar/asn1-x509";
import { hex } from "../bytes.ts";

const OID_COUNTRY = "2.5.4.6";
const OID_ORGANIZATION = "2.5.4.10";
const OID_COMMON_NAME = "2.5.4.3";
/** Longest organization or common name, characters. RFC 5280, appendix A.1. */
export const MAX_NAME = 64;

/** Whether it can stand in a certificate and be shown: 1 to `MAX_NAME` characters, all of them seen. */
export function isName(text: string): boolean {
  const { length } = [...text];
  return length > 0 && length <= MAX_NAME && !/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u.test(text);
}

export interface Names {
  readonly organization: string;
  readonly commonName: string;
}

/** C=CN, O, CN. */
export function nameOf({ organization, commonName }: Names): Name {
  const attribute = (type: string, value: Partial<AttributeValue>) =>
    new RelativeDistinguishedName([
      new AttributeTypeAndValue({ type, value: new AttributeValue(value) }),
    ]);
  return new Name([
    attribute(OID_COUNTRY, { printableString: "CN" }),
    attribute(OID_ORGANIZATION, { utf8String: organization }),
    attribute(OID_COMMON_NAME, { utf8String: commonName }),
  ]);
}

/** The common name of a name, "" without one. */
export function commonNameOf(name: Name): string {
  for (const set of name) {
    for (const { type, value } of set) if (type === OID_COMMON_NAME) return value.toString();
  }
  return "";
}

export function organizationOf(name: Name): string {
  for (const set of name) {
    for (const { type, value } of set) if (type === OID_ORGANIZATION) return value.toString();
  }
  return "";
}

/** Whether two names are the same, byte for byte. */
export function sameName(a: Name, b: Name): boolean {
  return der(a) === der(b);
}

function der(name: Name): string {
  return hex(new Uint8Array(AsnConvert.serialize(name)));
}
