// ATR and ATS: the interface bytes of the image, the historical bytes of the card.
// ISO/IEC 7816-3:2006, 8.2; ISO/IEC 14443-4:2018, 5.2.

import { INTERFACE_CONTACTLESS } from "../spec/chip.ts";
import {
  TAG_82_HISTORICAL_BYTES,
  TAG_83_ATR_INTERFACE_BYTES,
  TAG_84_ATS_INTERFACE_BYTES,
} from "../spec/configuration.ts";
import { SW_WRONG_LENGTH } from "../spec/status-words.ts";
import { KIND_KERNEL } from "../spec/store.ts";
import { IO } from "./buffers.ts";
import * as configuration from "./configuration.ts";
import { KERNEL, OBJECT_HISTORICAL_BYTES } from "./registry.ts";
import * as objects from "./store/objects.ts";

/** Most historical bytes of an ATR: T0 counts them in four bits. */
const MAX_HISTORICAL: i32 = 15;
/** TS: direct convention. */
const TS_DIRECT: u8 = 0x3b;
const MAX_INTERFACE_BYTES: i32 = 12;

/** Length, then the bytes. */
const HISTORICAL: usize = memory.data(1 + MAX_HISTORICAL, 4);
const ATR: usize = memory.data(1 + MAX_INTERFACE_BYTES, 4);
const ATS: usize = memory.data(1 + MAX_INTERFACE_BYTES, 4);

function loadField(tag: u8, at: usize, most: i32): void {
  store<u8>(at, configuration.copyValue(tag, at + 1, most) as u8);
}

/** Interface bytes are the image's, so they are read at boot. */
export function loadAnswers(): void {
  loadField(TAG_83_ATR_INTERFACE_BYTES, ATR, MAX_INTERFACE_BYTES);
  loadField(TAG_84_ATS_INTERFACE_BYTES, ATS, MAX_INTERFACE_BYTES);
}

/** Those of the card, or those that its image gives a blank. */
function loadHistorical(): void {
  const row = objects.find(KERNEL, OBJECT_HISTORICAL_BYTES);
  if (row >= 0) objects.read(row, 0, HISTORICAL, 1 + MAX_HISTORICAL);
  if (row >= 0 && (load<u8>(HISTORICAL) as i32) <= MAX_HISTORICAL) return;
  loadField(TAG_82_HISTORICAL_BYTES, HISTORICAL, MAX_HISTORICAL);
}

/** Keeps the card's own historical bytes; they are sent from the next reset on. */
export function setHistoricalBytes(from: usize, length: i32): u16 {
  if (length < 0 || length > MAX_HISTORICAL) return SW_WRONG_LENGTH;
  const size = 1 + MAX_HISTORICAL;
  memory.fill(HISTORICAL, 0, size);
  store<u8>(HISTORICAL, length as u8);
  memory.copy(HISTORICAL + 1, from, length);
  const row = objects.find(KERNEL, OBJECT_HISTORICAL_BYTES);
  return row < 0
    ? objects.createFrom(KERNEL, OBJECT_HISTORICAL_BYTES, KIND_KERNEL, size, HISTORICAL)
    : objects.write(row, 0, 0, HISTORICAL, size);
}

function append(at: usize, field: usize): usize {
  const length = load<u8>(field) as i32;
  memory.copy(at, field + 1, length);
  return at + length;
}

/** Writes the answer for an interface to `IO`; its length. */
export function answerToReset(line: i32): i32 {
  loadHistorical();
  const historical = load<u8>(HISTORICAL);
  if (line == INTERFACE_CONTACTLESS) {
    // TL counts itself; T0 and what follows come from the image.
    const end = append(append(IO + 1, ATS), HISTORICAL);
    store<u8>(IO, (end - IO) as u8);
    return (end - IO) as i32;
  }
  store<u8>(IO, TS_DIRECT);
  const end = append(append(IO + 1, ATR), HISTORICAL);
  store<u8>(IO + 1, (load<u8>(IO + 1) & 0xf0) | historical);
  return (withCheck(end) - IO) as i32;
}

/** Adds TCK when a protocol other than T=0 is offered in TD1. ISO/IEC 7816-3:2006, 8.2.5. */
function withCheck(end: usize): usize {
  const t0 = load<u8>(IO + 1);
  if ((t0 & 0x80) == 0) return end;
  const before = ((t0 >> 4) & 1) + ((t0 >> 5) & 1) + ((t0 >> 6) & 1);
  if ((load<u8>(IO + 2 + before) & 0x0f) == 0) return end;
  let check: u8 = 0;
  for (let at = IO + 1; at < end; at++) check ^= load<u8>(at);
  store<u8>(end, check);
  return end + 1;
}
