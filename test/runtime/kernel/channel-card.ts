// A card of 20 logical channels, 0 to 6 of them open, for the tests of channels.

import { Card } from "../../../emulator/card.ts";
import * as api from "../../../runtime/spec/card-api.ts";
import { CIPHER_AES } from "../../../runtime/spec/chip.ts";
import { MAX_CHANNELS } from "../../../runtime/spec/configuration.ts";
import { INS_SELECT, P1_SELECT_BY_NAME } from "../../../runtime/spec/instructions.ts";
import { apdu } from "../../helpers/card.ts";
import { onChannel, openUpTo } from "../channel.ts";
import { type Call, payloadAt, probeImage, selectProbe } from "../probe.ts";

/** What each probe holds: a key for all uses, and an object. */
export const KEY = 10;
export const OBJECT = 1;
export const OBJECT_BYTES = 600;
/** The probe that several channels can select; the others are on one at a time. */
export const MANY = 2;
/** Instance of probe 0; the domain is instance 1. */
export const FIRST_PROBE = 2;
export const LAST_OPEN = 6;

const all = api.KEY_USE_ENCRYPT | api.KEY_USE_DECRYPT | api.KEY_USE_DERIVE;
const install: Call[] = [
  [api.CARD_KEY_CREATE, KEY, CIPHER_AES | (all << 8), payloadAt(2), 16],
  [api.CARD_OBJECT_CREATE, OBJECT, OBJECT_BYTES],
];

/** Probe 0 is selected on channel 0, the issuer's domain on the others. */
export async function channelCard(): Promise<Card> {
  const image = await probeImage({
    install,
    payload: new Uint8Array(16).fill(0x4b),
    each: [{}, {}, { many: true }],
    domain: true,
    channels: MAX_CHANNELS,
    pageCount: 48,
  });
  const card = Card.boot(image, { seed: 1 });
  card.reset();
  selectProbe(card);
  openUpTo(card, LAST_OPEN);
  return card;
}

/** SELECT of a name on a channel. */
export function named(aid: string, channel: number, p2 = 0, le?: number): Uint8Array {
  return onChannel(channel, apdu(0x00, INS_SELECT, P1_SELECT_BY_NAME, p2, aid, le));
}
