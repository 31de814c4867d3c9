// What an applet may take: work of the card in one command, and a share of the store.

import { MAX_OBJECTS, SLOT_DATA_BYTES } from "../spec/store.ts";
import * as registry from "./registry.ts";
import * as log from "./store/log.ts";
import * as objects from "./store/objects.ts";

/**
 * Card API calls, and slots of the store written, that one command may cost. A loop of calls costs an
 * applet few instructions and the card much time; a loop of writes would cost the memory its life.
 */
const MOST_CALLS: i32 = 16384;
const MOST_SLOTS: u32 = 512;
/** Chunks, and rows of objects, that no applet's objects may take. */
const RESERVED_CHUNKS: i32 = 8;

@unmanaged
@final
class Work {
  calls: i32;
  /** Slots that had been written when the command began. */
  slots: u32;
  /** Whether the command has spent what it may, and whether it has asked for a secure channel. */
  spent: i32;
  channel: i32;
}

// @ts-ignore: the compiler folds this to an address
const work: Work = changetype<Work>(memory.data(offsetof<Work>(), 4));

/** A new command begins. */
export function startWork(): void {
  work.calls = 0;
  work.slots = objects.slotsWritten();
  work.spent = 0;
  work.channel = 0;
}

/** Counts a call; false when the command has spent its work: from then on no call is done. */
export function countCall(): bool {
  work.calls += 1;
  if (work.calls > MOST_CALLS || objects.slotsWritten() - work.slots > MOST_SLOTS) work.spent = 1;
  return work.spent == 0;
}

/** Counts what a call moves: some 64 bytes cost as much as a call. */
export function countBytes(length: i32): void {
  work.calls += length >> 6;
}

/** Whether the command asks for a secure channel for the first time: looking for keys is dear. */
export function asksForChannel(): bool {
  if (work.channel != 0) return false;
  work.channel = 1;
  return true;
}

export function workIsSpent(): bool {
  return work.spent != 0;
}

/**
 * Whether an instance may keep `chunks` more chunks in `more` more objects: its quota, or without one half
 * of the store, and half of all objects.
 */
export function mayKeep(instance: i32, chunks: i32, more: i32): bool {
  const quota = registry.quotaOf(instance);
  const most = quota != 0 ? quota : log.capacitySlots() >> 1;
  if (objects.promisedTo(instance) + chunks > most) return false;
  if (objects.countOf(instance) + more > MAX_OBJECTS >> 1) return false;
  return leavesReserve(chunks, more);
}

/**
 * Whether the store keeps room for the kernel and the domains when an applet takes so much: a full card
 * must still change its keys and its registry.
 */
function leavesReserve(chunks: i32, more: i32): bool {
  const rows = objects.freeRows() - more;
  return objects.freeChunks() - chunks >= RESERVED_CHUNKS && rows >= RESERVED_CHUNKS;
}

/** Bytes that applets' objects may still take, all together. */
export function freeForApplets(): i32 {
  const chunks = objects.freeChunks() - RESERVED_CHUNKS;
  return chunks < 0 ? 0 : chunks * SLOT_DATA_BYTES;
}
