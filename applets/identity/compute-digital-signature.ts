// PERFORM SECURITY OPERATION: COMPUTE DIGITAL SIGNATURE. ISO/IEC 7816-8:2019, 5.4.

import { Apdu, DATA, loadData } from "../../runtime/sdk/apdu.ts";
import { replyBytes, sign } from "../../runtime/sdk/card.ts";
import { SIGNATURE_BYTES, SIGNED_DIGEST_BYTES } from "../../runtime/spec/chip.ts";
import {
  SW_SECURITY_NOT_SATISFIED,
  SW_SUCCESS,
  SW_WRONG_LENGTH,
  SW_WRONG_P1P2,
} from "../../runtime/spec/status-words.ts";
import { keyOf, pinIsVerified, setPinVerified } from "../filesystem/engine/current.ts";
import { KEY_SIGNING, P1_DIGITAL_SIGNATURE, P2_DIGEST, PIN_SIGNING } from "./spec.ts";

/**
 * COMPUTE DIGITAL SIGNATURE: SM2 over the digest e = SM3(ZA ‖ message), r ‖ s. Each signature takes a
 * VERIFY of its own: a terminal that was given the PIN once cannot sign a second text unseen.
 */
export function computeDigitalSignature(apdu: Apdu): u16 {
  if (apdu.p1 != P1_DIGITAL_SIGNATURE || apdu.p2 != P2_DIGEST) return SW_WRONG_P1P2;
  if (apdu.lc != SIGNED_DIGEST_BYTES) return SW_WRONG_LENGTH;
  if (!pinIsVerified(PIN_SIGNING)) return SW_SECURITY_NOT_SATISFIED;
  setPinVerified(PIN_SIGNING, false);
  loadData();
  const signature = DATA + SIGNED_DIGEST_BYTES;
  const status = sign(keyOf(KEY_SIGNING), DATA, signature);
  return status == SW_SUCCESS ? replyBytes(signature, SIGNATURE_BYTES) : status;
}
