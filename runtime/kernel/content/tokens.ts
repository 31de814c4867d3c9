// Tokens: the issuer's leave for one act of a domain that manages content by delegation.
// GPC 2.3.1, 9.1.3.3 and C.4.

import { KVN_TOKEN } from "../../spec/secure-channel.ts";
import { exchange } from "../buffers.ts";
import * as registry from "../registry.ts";
import { signatureHolds } from "../secure-channel/signatures.ts";

/**
 * Whether the token is the issuer's over P1, P2, Lc and the first `covered` bytes of the command data,
 * where Lc counts those alone.
 */
export function tokenHolds(covered: i32, token: usize, tokenLength: i32): bool {
  const long = covered > 0xff;
  // The bytes before the data are those of the header, read long ago, or room for a chaining value.
  const at = exchange.data - (long ? 5 : 3);
  store<u8>(at, exchange.p1);
  store<u8>(at + 1, exchange.p2);
  store<u8>(at + 2, (long ? 0 : covered) as u8);
  if (long) {
    store<u8>(at + 3, (covered >> 8) as u8);
    store<u8>(at + 4, covered as u8);
  }
  const length = ((exchange.data - at) as i32) + covered;
  const issuer = registry.issuerDomain();
  return signatureHolds(issuer, KVN_TOKEN, at, length, token, tokenLength);
}
