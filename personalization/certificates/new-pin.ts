// The issuer gives a holder a new PIN, also when the old one is blocked.

import {
  INS_RESET_RETRY_COUNTER,
  KEY_ADMINISTRATION,
  P1_NEW_REFERENCE_DATA,
  PIN_SIGNING,
} from "../../applets/identity/spec.ts";
import { INS_EXTERNAL_AUTHENTICATE, INS_GET_CHALLENGE } from "../../runtime/spec/instructions.ts";
import {
  SW_AUTHENTICATION_BLOCKED,
  SW_REFERENCED_DATA_NOT_FOUND,
  SW_VERIFICATION_FAILED,
} from "../../runtime/spec/status-words.ts";
import { command, exchange, expectSuccess } from "../apdu.ts";
import type { Card } from "../card.ts";
import type { KeyHandle, KeyService } from "../keys/key-service.ts";
import { pinBlock, selectIdentity } from "./card.ts";
import { CertificateError } from "./errors.ts";

const CHALLENGE_BYTES = 16;

/** Proves the card's administration key, then sets the PIN and all its tries. */
export async function giveNewPin(
  card: Card,
  service: KeyService,
  administration: KeyHandle,
  pin: string,
): Promise<void> {
  const block = pinBlock(pin);
  await selectIdentity(card);
  const ask = command(0x00, INS_GET_CHALLENGE, 0x00, 0x00, undefined, CHALLENGE_BYTES);
  const challenge = expectSuccess("GET CHALLENGE", await exchange(card, ask));
  const proof = await service.encrypt(administration, "ecb", challenge);
  const prove = command(0x00, INS_EXTERNAL_AUTHENTICATE, 0x00, KEY_ADMINISTRATION, proof);
  const { sw } = await exchange(card, prove);
  if (sw === SW_REFERENCED_DATA_NOT_FOUND) {
    throw new CertificateError("the card has no administration key; it can have no new PIN");
  }
  if (sw === SW_AUTHENTICATION_BLOCKED) {
    throw new CertificateError("the card's administration key is blocked; make a new card");
  }
  if ((sw & 0xfff0) === SW_VERIFICATION_FAILED) {
    const left = `${sw & 0x0f} tries are left`;
    throw new CertificateError(`the card has another administration key than this; ${left}`);
  }
  expectSuccess("EXTERNAL AUTHENTICATE", { data: challenge, sw });
  const [p1, p2] = [P1_NEW_REFERENCE_DATA, PIN_SIGNING];
  const set = command(0x00, INS_RESET_RETRY_COUNTER, p1, p2, block);
  expectSuccess("RESET RETRY COUNTER", await exchange(card, set));
}
