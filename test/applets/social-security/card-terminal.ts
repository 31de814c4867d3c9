// The terminal that works with the card of `full-card.ts`: asks it for challenges, proves keys, makes MACs.

import { AID_SSSE, CLA_MAINTENANCE, MAC_BYTES } from "../../../applets/social-security/spec.ts";
import type { Card } from "../../../emulator/card.ts";
import {
  INS_EXTERNAL_AUTHENTICATE,
  INS_GET_CHALLENGE,
  INS_PIN_CHANGE_UNBLOCK,
  INS_SELECT,
} from "../../../runtime/spec/instructions.ts";
import { bytes, hex } from "../../helpers/bytes.ts";
import { accept, apdu } from "../../helpers/card.ts";
import { hex8, hex16, selectApplication } from "../../helpers/secure-channel.ts";
import { authentication, commandMac, encipheredData, type Family, sessionKey } from "./family.ts";
import { type CardKey, keyValue, STK } from "./full-card.ts";

export type Header = readonly [cla: number, ins: number, p1: number, p2: number];

/** Builds commands for a card of a family; each asks the card for its challenges. */
export class Terminal {
  constructor(
    readonly card: Card,
    readonly family: Family,
  ) {}

  challenge(length = 8): Uint8Array {
    return accept(this.card, apdu(0, INS_GET_CHALLENGE, 0, 0, "", length));
  }

  selectDf(fid: number): void {
    accept(this.card, apdu(0, INS_SELECT, 0, 0, hex16(fid), 0));
  }

  /** Powers the card down and up, and selects the environment. */
  start(): void {
    this.card.powerOff();
    this.card.reset();
    accept(this.card, selectApplication(AID_SSSE));
  }

  /** EXTERNAL AUTHENTICATE with the right answer; a version of 0 is not sent. */
  proof(key: CardKey, version = 0, length = 8): Uint8Array {
    const original = this.challenge();
    const factor = this.challenge(length);
    const value = keyValue(this.family, key, version === 0 ? 1 : version);
    const data = authentication(this.family, value, factor, original) + hex(original);
    const behind = version === 0 ? "" : hex8(version);
    return apdu(0, INS_EXTERNAL_AUTHENTICATE, 0, key.reference, data + behind);
  }

  prove(key: CardKey, version = 0): void {
    accept(this.card, this.proof(key, version));
  }

  /** Session key of a new challenge. */
  session(key: CardKey, length = 8): string {
    return sessionKey(this.family, keyValue(this.family, key), this.challenge(length));
  }

  /** A command with its MAC under a session key. */
  sealed(session: string, [cla, ins, p1, p2]: Header, data = ""): Uint8Array {
    const lc = data.length / 2 + MAC_BYTES;
    const signed = bytes([cla, ins, p1, p2, lc].map(hex8).join("") + data);
    return apdu(cla, ins, p1, p2, data + commandMac(this.family, session, signed));
  }

  /** As `sealed`, under a session key of a new challenge. */
  withMac(key: CardKey, header: Header, data = ""): Uint8Array {
    return this.sealed(this.session(key), header, data);
  }

  /** PIN CHANGE/UNBLOCK: gives the tries back. */
  unblock(): Uint8Array {
    return this.withMac(STK, [CLA_MAINTENANCE, INS_PIN_CHANGE_UNBLOCK, 0, 0]);
  }

  /** PIN CHANGE/UNBLOCK: sets a PIN. */
  reload(pin: string): Uint8Array {
    const session = this.session(STK);
    const data = encipheredData(this.family, session, pin);
    return this.sealed(session, [CLA_MAINTENANCE, INS_PIN_CHANGE_UNBLOCK, 0, 1], data);
  }
}
