// GET DATA of a security domain: what it says of itself and of its card. GPC 2.3.1, 11.3 and H.

import {
  TAG_9F7F_CPLC,
  TAG_42_IIN,
  TAG_45_CIN,
  TAG_66_CARD_DATA,
  TAG_73_CARD_RECOGNITION_DATA,
  TAG_81_APPLICATIONS,
  TAG_82_FREE_STORE,
  TAG_83_FREE_RAM,
  TAG_C0_KEY,
  TAG_C2_FREE_PACKAGES,
  TAG_E0_KEY_INFORMATION,
  TAG_FF21_RESOURCES,
} from "../../applets/security-domain/spec.ts";
import { CLA_PROPRIETARY, INS_GET_DATA } from "../../runtime/spec/instructions.ts";
import {
  SW_FUNCTION_NOT_SUPPORTED,
  SW_REFERENCED_DATA_NOT_FOUND,
} from "../../runtime/spec/status-words.ts";
import { command, expectSuccess, LE_ALL } from "../apdu.ts";
import { equal } from "../bytes.ts";
import type { ManagementChannel } from "./channel.ts";
import { findValue, numberOf, readFields } from "./read-tlv.ts";

const TAG_06_OBJECT_IDENTIFIER = 0x06;
const TAG_64_SECURE_CHANNEL = 0x64;
/** 1.2.840.114283.4, below which a secure channel protocol and its i stand. H.2. */
const OID_SECURE_CHANNEL = Uint8Array.of(0x2a, 0x86, 0x48, 0x86, 0xfc, 0x6b, 0x04);

/** The value of a data object, or undefined where the card has none. */
export async function getData(
  channel: ManagementChannel,
  tag: number,
): Promise<Uint8Array | undefined> {
  const ask = command(
    CLA_PROPRIETARY,
    INS_GET_DATA,
    tag >> 8,
    tag & 0xff,
    new Uint8Array(),
    LE_ALL,
  );
  const response = await channel.transmit(ask);
  if (response.sw === SW_REFERENCED_DATA_NOT_FOUND) return undefined;
  if (response.sw === SW_FUNCTION_NOT_SUPPORTED) return undefined;
  const answer = expectSuccess("GET DATA", response);
  return findValue(readFields(answer, "GET DATA"), tag);
}

/** Issuer identification number, card image number, card production life cycle data. */
export async function getIdentity(
  channel: ManagementChannel,
): Promise<{ iin?: Uint8Array; cin?: Uint8Array; cplc?: Uint8Array }> {
  const iin = await getData(channel, TAG_42_IIN);
  const cin = await getData(channel, TAG_45_CIN);
  const cplc = await getData(channel, TAG_9F7F_CPLC);
  return {
    ...(iin === undefined ? {} : { iin }),
    ...(cin === undefined ? {} : { cin }),
    ...(cplc === undefined ? {} : { cplc }),
  };
}

/** A secure channel that the card speaks: protocol 2 or 3, and its parameter i. */
export interface ChannelKind {
  readonly protocol: number;
  readonly i: number;
}

/** The secure channels that the card recognition data name. H.2. */
export async function getSecureChannels(channel: ManagementChannel): Promise<ChannelKind[]> {
  const what = "card recognition data";
  const card = await getData(channel, TAG_66_CARD_DATA);
  const recognition = card && findValue(readFields(card, what), TAG_73_CARD_RECOGNITION_DATA);
  return readFields(recognition ?? new Uint8Array(), what)
    .filter(({ tag }) => tag === TAG_64_SECURE_CHANNEL)
    .flatMap(({ value }) => readFields(value, what))
    .filter(({ tag, value }) => tag === TAG_06_OBJECT_IDENTIFIER && isSecureChannel(value))
    .map(({ value }) => ({ protocol: value.at(-2)!, i: value.at(-1)! }));
}

function isSecureChannel(identifier: Uint8Array): boolean {
  const { length } = OID_SECURE_CHANNEL;
  return (
    identifier.length === length + 2 && equal(identifier.subarray(0, length), OID_SECURE_CHANNEL)
  );
}

/** One key of the key information template; components are type and length in pairs. */
export interface KeyInformation {
  readonly identifier: number;
  readonly version: number;
  readonly components: readonly { readonly type: number; readonly length: number }[];
}

/** Which keys the domain has. 11.3.3.1, basic form. */
export async function getKeyInformation(channel: ManagementChannel): Promise<KeyInformation[]> {
  const template = (await getData(channel, TAG_E0_KEY_INFORMATION)) ?? new Uint8Array();
  return readFields(template, "key information template")
    .filter(({ tag, value }) => tag === TAG_C0_KEY && value.length >= 4)
    .map(({ value: [identifier = 0, version = 0, ...rest] }) => ({
      identifier,
      version,
      components: rest.flatMap((type, at) =>
        at % 2 === 0 ? [{ type, length: rest[at + 1] ?? 0 }] : [],
      ),
    }));
}

export interface CardResources {
  readonly applications?: number;
  /** Bytes free for data, bytes of the largest package that fits, and of RAM. */
  readonly freeStore?: number;
  readonly freePackages?: number;
  readonly freeRam?: number;
}

/** What is left on the card, where it says so. ETSI TS 102 226, 8.2.1.7.2. */
export async function getResources(channel: ManagementChannel): Promise<CardResources | undefined> {
  const value = await getData(channel, TAG_FF21_RESOURCES);
  if (value === undefined) return undefined;
  const fields = readFields(value, "extended card resources");
  const read = (name: keyof CardResources, tag: number) => {
    const found = findValue(fields, tag);
    return found === undefined ? {} : { [name]: numberOf(found) };
  };
  return {
    ...read("applications", TAG_81_APPLICATIONS),
    ...read("freeStore", TAG_82_FREE_STORE),
    ...read("freePackages", TAG_C2_FREE_PACKAGES),
    ...read("freeRam", TAG_83_FREE_RAM),
  };
}
