// Which cipher a card's keys have. Reader specification 2.0, 10.1.

import { TAG_6F_FCI, TAG_A5_PROPRIETARY } from "../../../applets/filesystem/spec.ts";
import {
  ALGORITHM_SM4,
  ALGORITHM_SSF33,
  ALGORITHM_TDES,
  TAG_9F0C_ISSUER_DATA,
  TAG_86_ALGORITHM,
} from "../../../applets/social-security/spec.ts";
import { findValue, readFields } from "../../../personalization/card-manager/read-tlv.ts";
import { CODE_BAD_INPUT, CODE_CHECKSUM } from "./codes.ts";
import { DeskError } from "./result.ts";
import type { Algorithm } from "./security.ts";

const BY_INDICATOR: Readonly<Record<number, Algorithm>> = {
  [ALGORITHM_TDES]: "tdes",
  [ALGORITHM_SSF33]: "ssf33",
  [ALGORITHM_SM4]: "sm4",
};
/** Beijing, whose cards without an indicator have SSF33 keys. */
const SSF33_REGION = "11";

/** The cipher that the FCI names; undefined when it names none, as cards of the first generation. */
export function indicatedAlgorithm(fci: Uint8Array): Algorithm | undefined {
  const inside = (data: Uint8Array | undefined, tag: number) =>
    data === undefined ? undefined : findValue(readFields(data, "FCI"), tag);
  const proprietary = inside(inside(fci, TAG_6F_FCI), TAG_A5_PROPRIETARY);
  const indicator = inside(inside(proprietary, TAG_9F0C_ISSUER_DATA), TAG_86_ALGORITHM);
  if (indicator === undefined) return undefined;
  const known = indicator.length === 1 ? BY_INDICATOR[indicator[0]!] : undefined;
  if (known === undefined) throw new DeskError(CODE_CHECKSUM, "FCI, 9F0C, 86");
  return known;
}

/** The cipher of a card that names none, by the region of its issuer. */
export function algorithmOfRegion(region: string): Algorithm {
  return region.startsWith(SSF33_REGION) ? "ssf33" : "tdes";
}

/** "01", "02", "03": as outputs name the cipher. */
export function indicatorOf(algorithm: Algorithm): string {
  const found = Object.entries(BY_INDICATOR).find(([, name]) => name === algorithm);
  return String(found?.[0]).padStart(2, "0");
}

/** The cipher of an output's indicator. `DeskError` -23 for another text. */
export function algorithmOf(indicator: string): Algorithm {
  const known = /^0[1-3]$/.test(indicator) ? BY_INDICATOR[Number(indicator)] : undefined;
  if (known === undefined) throw new DeskError(CODE_BAD_INPUT, "algorithm");
  return known;
}
