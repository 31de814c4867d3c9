// Secure channel sessions on several logical channels at once. GPC 2.3.1, 10.2.3; Amendment D 1.1.2, 6.2.4.

import { cmac } from "@noble/ciphers/aes.js";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { TAG_42_IIN } from "../../../applets/security-domain/spec.ts";
import { concat } from "../../../personalization/bytes.ts";
import { parseInitializeUpdate } from "../../../personalization/scp03/initialize-update.ts";
import {
  cryptogram,
  deriveSessionKeys,
  openSecureChannel,
} from "../../../personalization/scp03/open.ts";
import type { SecureChannel } from "../../../personalization/scp03/secure-channel.ts";
import {
  CLA_PROPRIETARY,
  CLA_SECURE,
  INS_EXTERNAL_AUTHENTICATE,
  INS_GET_RESPONSE,
  INS_GET_STATUS,
  INS_INITIALIZE_UPDATE,
  INS_STORE_DATA,
} from "../../../runtime/spec/instructions.ts";
import {
  DERIVE_HOST_CRYPTOGRAM,
  LEVEL_C_MAC,
  MAC_BYTES,
} from "../../../runtime/spec/secure-channel.ts";
import {
  SW_CHANNEL_NOT_SUPPORTED,
  SW_CONDITIONS_NOT_SATISFIED,
  SW_SECURITY_NOT_SATISFIED,
  SW_SUCCESS,
} from "../../../runtime/spec/status-words.ts";
import { tlv } from "../../applets/filesystem/file-tree.ts";
import { bytes } from "../../helpers/bytes.ts";
import { accept, apdu, chained, refuse, send } from "../../helpers/card.ts";
import { keyService, TRANSPORT_KEYS } from "../../helpers/secure-channel.ts";
import { close, onChannel, open } from "../channel.ts";
import { DOMAIN_AID, selectCommand, selectProbe } from "../probe.ts";
import { channelCard, named } from "./channel-card.ts";

const HOST_CHALLENGE = "0102030405060708";
/** STORE DATA: the last block, of BER-TLV. GPC 2.3.1, table 11-89. */
const P1_LAST_BER = 0x90;

const card = await channelCard();
const start = card.snapshot();

const sessions = suite("sessions on logical channels");
sessions.before.each(() => card.restore(start));

const status = apdu(CLA_PROPRIETARY, INS_GET_STATUS, 0x80, 0x02, "4f00", 0);

/** A session on a channel; the host wraps as on channel 0, whose class a MAC covers. */
async function session(channel: number, level: number = LEVEL_C_MAC): Promise<SecureChannel> {
  accept(card, named(DOMAIN_AID, channel, 0, 0));
  const { service, set } = await keyService(TRANSPORT_KEYS);
  const line = {
    transmit: async (command: Uint8Array) => card.exchange(onChannel(channel, command)),
    reset: async () => card.reset(),
  };
  return openSecureChannel(line, service, set, level, bytes(HOST_CHALLENGE));
}

/** A session on channel 0 whose host may put any class under its MAC: how it protects a command. */
async function plainSession(): Promise<(command: Uint8Array) => Uint8Array> {
  accept(card, named(DOMAIN_AID, 0, 0, 0));
  const begin = apdu(CLA_PROPRIETARY, INS_INITIALIZE_UPDATE, 0, 0, HOST_CHALLENGE, 0);
  const { cardChallenge } = parseInitializeUpdate(send(card, begin));
  const context = concat(bytes(HOST_CHALLENGE), cardChallenge);
  const { service, set } = await keyService(TRANSPORT_KEYS);
  const { mac } = await deriveSessionKeys(service, set, context);
  let last: Uint8Array = new Uint8Array(16);
  const protect = (command: Uint8Array): Uint8Array => {
    const [cla, ins, p1, p2, lc] = command;
    const header = Uint8Array.of(cla! | CLA_SECURE, ins!, p1!, p2!, lc! + MAC_BYTES);
    const whole = concat(header, command.subarray(5));
    last = cmac(concat(last, whole), mac);
    return concat(whole, last.subarray(0, MAC_BYTES));
  };
  const proof = await cryptogram(mac, DERIVE_HOST_CRYPTOGRAM, context);
  accept(card, protect(apdu(CLA_PROPRIETARY, INS_EXTERNAL_AUTHENTICATE, LEVEL_C_MAC, 0, proof)));
  return protect;
}

function wrapped(host: SecureChannel, channel: number, plain = status): Uint8Array {
  return onChannel(channel, host.wrap(plain));
}

sessions("each channel has a session of its own, with keys and counters of its own", async () => {
  const first = await session(0, 0x33);
  const second = await session(5, 0x33);
  const third = await session(2);
  for (const turn of [0, 5, 5, 2, 0, 5, 0, 0, 2]) {
    const host = turn === 0 ? first : turn === 5 ? second : third;
    const reply = host.unwrap(send(card, wrapped(host, turn)));
    assert.is(reply.sw, SW_SUCCESS, `channel ${turn}`);
  }
  // One channel's command is none of another's.
  refuse(card, wrapped(first, 5), SW_SECURITY_NOT_SATISFIED);
  accept(card, wrapped(third, 2));
});

sessions("a bare command breaks the session of its channel and of no other", async () => {
  const first = await session(1);
  const second = await session(5);
  refuse(card, onChannel(1, status), SW_SECURITY_NOT_SATISFIED);
  refuse(card, wrapped(first, 1), SW_SECURITY_NOT_SATISFIED);
  accept(card, wrapped(second, 5));
  selectProbe(card, 1, 1);
  accept(card, wrapped(second, 5));
});

sessions("a session ends with its channel; another opens there clean", async () => {
  const host = await session(5);
  const other = await session(1);
  accept(card, close(5));
  refuse(card, wrapped(host, 5), SW_CHANNEL_NOT_SUPPORTED);
  accept(card, open(5));
  assert.not.equal(send(card, wrapped(host, 5)).sw, SW_SUCCESS);
  accept(card, wrapped(other, 1));
  accept(card, wrapped(await session(5), 5));
  // One that was broken leaves no mark either.
  refuse(card, onChannel(5, status), SW_SECURITY_NOT_SATISFIED);
  accept(card, close(5));
  accept(card, open(5));
  accept(card, named(DOMAIN_AID, 5, 0, 0));
  refuse(card, onChannel(5, status), SW_SECURITY_NOT_SATISFIED);
});

sessions("four sessions are all; a fifth is refused and ends none of them", async () => {
  const hosts: SecureChannel[] = [];
  for (const channel of [0, 1, 2, 5]) hosts.push(await session(channel));
  accept(card, named(DOMAIN_AID, 6, 0, 0));
  const begin = apdu(CLA_PROPRIETARY, INS_INITIALIZE_UPDATE, 0, 0, HOST_CHALLENGE, 0);
  refuse(card, onChannel(6, begin), SW_CONDITIONS_NOT_SATISFIED);
  for (const [index, channel] of [0, 1, 2, 5].entries())
    accept(card, wrapped(hosts[index]!, channel));
  accept(card, close(2));
  accept(card, onChannel(6, begin));
});

sessions("a session does not outlive a command between the parts of its chain", async () => {
  const object = tlv(TAG_42_IIN, "0102030405060708");
  const parts = chained(CLA_PROPRIETARY, INS_STORE_DATA, P1_LAST_BER, 0, bytes(object), 6);
  const more = apdu(0x00, INS_GET_RESPONSE, 0, 0, "", 0);
  const others = [selectCommand(0, 1), open(), close(6), apdu(0xff, 0, 0, 0), more];
  for (const between of [undefined, ...others]) {
    card.restore(start);
    const protect = await plainSession();
    accept(card, protect(parts[0]!));
    if (between === undefined) accept(card, protect(parts[1]!));
    else {
      send(card, between);
      // Its MAC holds: without this the last part alone would pass for the whole command.
      refuse(card, protect(parts[1]!), SW_SECURITY_NOT_SATISFIED);
    }
  }
});

sessions("MANAGE CHANNEL and other channels leave a session without a chain alone", async () => {
  const host = await session(0);
  for (const between of [open(), close(6), selectCommand(0, 1), apdu(0xff, 0, 0, 0)]) {
    send(card, between);
    accept(card, host.wrap(status));
  }
});

sessions.run();
