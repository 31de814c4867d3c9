// The card's asymmetric application as a terminal uses it: select, read, PIN, signature.

import { P1_SELECT_CHILD_DF, P2_NO_ANSWER } from "../../applets/filesystem/spec.ts";
import {
  AID_PKI,
  CERTIFICATE_FILE_BYTES,
  FID_CERTIFICATE_ADF,
  INS_PERFORM_SECURITY_OPERATION,
  NAME_CERTIFICATE_ADF,
  P1_DIGITAL_SIGNATURE,
  P2_DIGEST,
  PIN_BLOCK_BYTES,
  PIN_LEAST_DIGITS,
  PIN_SIGNING,
  PUBLIC_KEY_FILE_BYTES,
  SFI_SIGNING_CERTIFICATE,
  SFI_SIGNING_PUBLIC_KEY,
} from "../../applets/identity/spec.ts";
import {
  INS_READ_BINARY,
  INS_SELECT,
  INS_VERIFY,
  P1_SELECT_BY_NAME,
} from "../../runtime/spec/instructions.ts";
import {
  SW_AUTHENTICATION_BLOCKED,
  SW_END_OF_FILE,
  SW_FILE_NOT_FOUND,
  SW_REFERENCED_DATA_NOT_FOUND,
  SW_SUCCESS,
  SW_VERIFICATION_FAILED,
} from "../../runtime/spec/status-words.ts";
import { command, exchange, expectSuccess, LE_ALL } from "../apdu.ts";
import { bytes } from "../bytes.ts";
import type { Card } from "../card.ts";
import { FieldError } from "../errors.ts";
import { CertificateError } from "./errors.ts";
import { POINT_BYTES, SIGNATURE_BYTES } from "./sm2.ts";

/** P1 of READ BINARY that brings a short identifier. */
const P1_SHORT_IDENTIFIER = 0x80;
/** Most bytes asked for in one READ BINARY. */
const PART_BYTES = 0xf0;
const PIN_FILLER = 0xff;

/** SELECT of the DF by its identifier: also what goes through a secure channel. */
export const SELECT_ADF: Uint8Array = command(
  0x00,
  INS_SELECT,
  P1_SELECT_CHILD_DF,
  P2_NO_ANSWER,
  Uint8Array.of(FID_CERTIFICATE_ADF >> 8, FID_CERTIFICATE_ADF & 0xff),
);

/** Selects application and DF. `CertificateError` for a card that has none, or an empty one. */
export async function selectIdentity(card: Card): Promise<void> {
  for (const name of [AID_PKI, NAME_CERTIFICATE_ADF]) {
    const select = command(0x00, INS_SELECT, P1_SELECT_BY_NAME, P2_NO_ANSWER, bytes(name));
    const response = await exchange(card, select);
    if (response.sw === SW_FILE_NOT_FOUND) {
      throw new CertificateError(
        name === AID_PKI
          ? "the card has no asymmetric application"
          : "the card has no certificate; wafer enrol gives it one",
      );
    }
    expectSuccess("SELECT identity", response);
  }
}

/** x ‖ y of the signing key. Throws `FieldError` for a card that answers more than it was asked. */
export async function readPublicKey(card: Card): Promise<Uint8Array> {
  const file = await readFile(card, SFI_SIGNING_PUBLIC_KEY, PUBLIC_KEY_FILE_BYTES);
  return file.subarray(-POINT_BYTES);
}

/** The certificate in DER, cut out of its file by its own length. Throws as `readPublicKey` does. */
export async function readCertificateFile(card: Card): Promise<Uint8Array> {
  const file = await readFile(card, SFI_SIGNING_CERTIFICATE, CERTIFICATE_FILE_BYTES);
  const length = 4 + ((file[2]! << 8) | file[3]!);
  // SEQUENCE with a length of two bytes: no certificate is shorter.
  if (file[0] !== 0x30 || file[1] !== 0x82 || length > file.length) {
    throw new CertificateError("the card has no certificate; wafer enrol gives it one");
  }
  return file.slice(0, length);
}

async function readFile(card: Card, sfi: number, length: number): Promise<Uint8Array> {
  const file = new Uint8Array(length);
  for (let at = 0; at < length; at += PART_BYTES) {
    const part = Math.min(PART_BYTES, length - at);
    const [p1, p2] = at === 0 ? [P1_SHORT_IDENTIFIER | sfi, 0] : [at >> 8, at & 0xff];
    const read = command(0x00, INS_READ_BINARY, p1, p2, undefined, part);
    const data = expectSuccess("READ BINARY", await exchange(card, read), [SW_END_OF_FILE]);
    if (data.length > part) throw new FieldError(`READ BINARY: ${data.length} bytes for ${part}`);
    file.set(data, at);
  }
  return file;
}

/** A PIN as the card takes it. `CertificateError` unless it is 6 to 8 digits. */
export function pinBlock(pin: string): Uint8Array {
  const fits = pin.length >= PIN_LEAST_DIGITS && pin.length <= PIN_BLOCK_BYTES;
  if (!fits || !/^[0-9]*$/.test(pin)) {
    throw new CertificateError(
      `a PIN has ${PIN_LEAST_DIGITS} to ${PIN_BLOCK_BYTES} digits; no try was spent`,
    );
  }
  const block = new Uint8Array(PIN_BLOCK_BYTES).fill(PIN_FILLER);
  block.set(Buffer.from(pin, "latin1"));
  return block;
}

/** Proves the PIN. `CertificateError` says how many tries are left. */
export async function verifyPin(card: Card, pin: string): Promise<void> {
  const block = pinBlock(pin);
  const { sw } = await exchange(card, command(0x00, INS_VERIFY, 0x00, PIN_SIGNING, block));
  if (sw === SW_SUCCESS) return;
  if (sw === SW_AUTHENTICATION_BLOCKED) throw new CertificateError(BLOCKED);
  if (sw === SW_REFERENCED_DATA_NOT_FOUND) throw new CertificateError("the card has no PIN yet");
  if ((sw & 0xfff0) !== SW_VERIFICATION_FAILED) expectSuccess("VERIFY", { data: block, sw });
  const left = sw & 0x0f;
  if (left === 0) throw new CertificateError(`wrong PIN; ${BLOCKED}`);
  throw new CertificateError(`wrong PIN; ${left} ${left === 1 ? "try is" : "tries are"} left`);
}

const BLOCKED = "the PIN is blocked; the issuer gives a new one";

/** r ‖ s over a digest. The card forgets the PIN with it. Throws `FieldError` for another length. */
export async function signDigest(card: Card, digest: Uint8Array): Promise<Uint8Array> {
  const [p1, p2] = [P1_DIGITAL_SIGNATURE, P2_DIGEST];
  const sign = command(0x00, INS_PERFORM_SECURITY_OPERATION, p1, p2, digest, LE_ALL);
  const what = "COMPUTE DIGITAL SIGNATURE";
  const signature = expectSuccess(what, await exchange(card, sign));
  if (signature.length !== SIGNATURE_BYTES) {
    throw new FieldError(`${what}: ${signature.length} bytes for ${SIGNATURE_BYTES}`);
  }
  return signature;
}
