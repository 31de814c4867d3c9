// A domain on several logical channels, and what must not outlive a change made over another one.

import { suite } from "uvu";
import * as assert from "uvu/assert";
import {
  STORE_DATA_BER_TLV,
  STORE_DATA_LAST,
  TAG_42_IIN,
} from "../../../applets/security-domain/spec.ts";
import type { SecureChannel } from "../../../personalization/scp03/secure-channel.ts";
import {
  INSTALL_FOR_PERSONALIZATION,
  STATUS_APPLICATIONS,
  STATUS_ISSUER_DOMAIN,
} from "../../../runtime/spec/content.ts";
import {
  CLA_PROPRIETARY,
  INS_GET_DATA,
  INS_SELECT,
  INS_STORE_DATA,
  P1_SELECT_BY_NAME,
} from "../../../runtime/spec/instructions.ts";
import {
  CARD_INITIALIZED,
  CARD_LOCKED,
  CARD_SECURED,
  LIFE_CYCLE_LOCKED,
  LIFE_CYCLE_SELECTABLE,
} from "../../../runtime/spec/life-cycle.ts";
import {
  SW_CONDITIONS_NOT_SATISFIED,
  SW_FUNCTION_NOT_SUPPORTED,
  SW_REFERENCED_DATA_NOT_FOUND,
  SW_SECURITY_NOT_SATISFIED,
  SW_SUCCESS,
} from "../../../runtime/spec/status-words.ts";
import { hex } from "../../helpers/bytes.ts";
import { accept, apdu, refuse, reset, send } from "../../helpers/card.ts";
import {
  openChannel,
  type StaticKeys,
  selectApplication,
  sendThrough,
} from "../../helpers/secure-channel.ts";
import { onChannel, open } from "../../runtime/channel.ts";
import { AID_FILES, tlv } from "../filesystem/file-tree.ts";
import {
  about,
  deleteCommand,
  does,
  enter,
  extradition,
  ISSUER,
  install,
  installDomain,
  installForLoad,
  loadCommand,
  MANAGING_DOMAIN,
  managedCard,
  PROBE,
  PROBE_INSTANCE,
  probePackage,
  SUPPLEMENTARY,
  SUPPLEMENTARY_KEYS,
  setStatus,
  TINY_INSTANCE,
} from "./managed-card.ts";

const on = await managedCard();
const { card } = on;
does(on, installDomain(SUPPLEMENTARY, MANAGING_DOMAIN, SUPPLEMENTARY_KEYS));
const ready = card.snapshot();

/** A session on channel 1 with the domain selected there. */
async function beside(aid: string, keys?: StaticKeys): Promise<SecureChannel> {
  if (send(card, onChannel(1, selectApplication(aid))).sw !== SW_SUCCESS) {
    accept(card, open(1));
    accept(card, onChannel(1, selectApplication(aid)));
  }
  return openChannel(card, undefined, keys, { channel: 1 });
}

/** Sends over the session of channel 1; the status word. */
function said(session: SecureChannel, plain: Uint8Array): number {
  return session.unwrap(send(card, onChannel(1, session.wrap(plain)))).sw;
}

/** As `said`; the data. */
function told(session: SecureChannel, plain: Uint8Array): string {
  return hex(session.unwrap(send(card, onChannel(1, session.wrap(plain)))).data);
}

const iin = (value: string): Uint8Array =>
  apdu(
    CLA_PROPRIETARY,
    INS_STORE_DATA,
    STORE_DATA_LAST | STORE_DATA_BER_TLV,
    0,
    tlv(TAG_42_IIN, value),
    0,
  );
const getIin = apdu(CLA_PROPRIETARY, INS_GET_DATA, 0, TAG_42_IIN, "", 0);

const tests = suite("a domain on two channels");
tests.before.each(async () => {
  card.restore(ready);
  await enter(on, ISSUER);
});

tests("personalizes through one channel and stores its own data through the other", async () => {
  does(on, install({}));
  const other = await beside(ISSUER);
  does(on, about(INSTALL_FOR_PERSONALIZATION, TINY_INSTANCE));
  assert.is(said(other, iin("0102")), SW_SUCCESS);
  assert.is(told(other, getIin), tlv(TAG_42_IIN, "0102").toLowerCase());
  // The application that channel 0 named takes its block for a data grouping, and refuses it.
  assert.not.equal(sendThrough(card, on.channel, iin("0304")).sw, SW_SUCCESS);
  assert.is(told(other, getIin), tlv(TAG_42_IIN, "0102").toLowerCase());
});

tests("a LOAD goes on while the domain is asked on another channel", async () => {
  const { bytes: file } = await probePackage();
  const other = await beside(ISSUER);
  does(on, installForLoad({ aid: PROBE }));
  const half = file.length >> 1;
  for (let at = 0, block = 0; at < file.length; at += 200, block++) {
    const part = file.subarray(at, at + 200);
    does(on, loadCommand(block, part, at + 200 >= file.length));
    if (at < half) assert.is(said(other, getIin), SW_REFERENCED_DATA_NOT_FOUND);
  }
  does(on, install({ module: PROBE, aid: PROBE_INSTANCE }));
});

tests("a locked domain stores nothing, though its session is open", async () => {
  const other = await beside(SUPPLEMENTARY, SUPPLEMENTARY_KEYS);
  assert.is(said(other, iin("01")), SW_SUCCESS);
  does(
    on,
    setStatus(STATUS_APPLICATIONS, LIFE_CYCLE_SELECTABLE | LIFE_CYCLE_LOCKED, SUPPLEMENTARY),
  );
  assert.is(said(other, iin("02")), SW_CONDITIONS_NOT_SATISFIED);
});

tests("a locked card stores nothing, and a SELECT closes its supplementary channels", async () => {
  const other = await beside(SUPPLEMENTARY, SUPPLEMENTARY_KEYS);
  for (const state of [CARD_INITIALIZED, CARD_SECURED, CARD_LOCKED]) {
    does(on, setStatus(STATUS_ISSUER_DOMAIN, state));
  }
  assert.is(said(other, iin("02")), SW_CONDITIONS_NOT_SATISFIED);
  const again = apdu(0x00, INS_SELECT, P1_SELECT_BY_NAME, 0, SUPPLEMENTARY, 0);
  refuse(card, onChannel(1, again), SW_FUNCTION_NOT_SUPPORTED);
  assert.not.equal(send(card, onChannel(1, again)).sw, SW_FUNCTION_NOT_SUPPORTED);
});

tests("a session does not outlive the domain whose keys opened it", async () => {
  const inner = "F0737364CC";
  await enter(on, SUPPLEMENTARY, SUPPLEMENTARY_KEYS);
  does(on, installDomain(inner, MANAGING_DOMAIN));
  const other = await beside(inner, SUPPLEMENTARY_KEYS);
  assert.is(said(other, iin("01")), SW_SUCCESS);
  await enter(on, ISSUER);
  does(on, extradition(inner, ISSUER));
  does(on, deleteCommand(SUPPLEMENTARY));
  assert.is(send(card, onChannel(1, other.wrap(iin("02")))).sw, SW_SECURITY_NOT_SATISFIED);
});

tests("what the image installed stays deleted", () => {
  does(on, deleteCommand(AID_FILES));
  card.powerOff();
  reset(card);
  assert.not.equal(send(card, selectApplication(AID_FILES)).sw, SW_SUCCESS);
  accept(card, selectApplication(ISSUER));
});

tests.run();
