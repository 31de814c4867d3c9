// Transactions: what is written between begin and commit counts together, or not at all.

import {
  SW_CONDITIONS_NOT_SATISFIED,
  SW_MEMORY_FAILURE,
  SW_NOT_ENOUGH_MEMORY,
  SW_SUCCESS,
} from "../../spec/status-words.ts";
import { TRANSACTION_SLOTS } from "../../spec/store.ts";
import { makeRoom } from "./collector.ts";
import * as log from "./log.ts";
import * as table from "./table.ts";

@unmanaged
@final
class State {
  /** Whether a transaction is open, and how many undo entries it has. */
  open: i32;
  undone: i32;
  /** Whether a mark was set on a row since begin. */
  marked: i32;
  /** Whether the open transaction was asked to hold more than it can: then nothing of it will count. */
  over: i32;
  /** The store could not be recovered: every operation answers 6581. */
  damaged: i32;
}

// @ts-ignore: the compiler folds this to an address
export const state: State = changetype<State>(memory.data(offsetof<State>(), 4));
/** Row u8, chunk u8 and old entry of the map u16 for what the open transaction changed. */
export const UNDO: usize = memory.data(TRANSACTION_SLOTS * 4, 4);
/** In place of a chunk: the entry holds the size that the object had. */
const SIZE: i32 = 0xff;

/** Opens a transaction of at most TRANSACTION_SLOTS slots. */
export function begin(): u16 {
  if (state.damaged != 0) return SW_MEMORY_FAILURE;
  if (state.open != 0) return SW_CONDITIONS_NOT_SATISFIED;
  if (!makeRoom(TRANSACTION_SLOTS)) return SW_NOT_ENOUGH_MEMORY;
  state.open = 1;
  state.undone = 0;
  state.marked = 0;
  state.over = 0;
  return SW_SUCCESS;
}

/**
 * One commit word makes all writes since begin count. 6A84, with all of them taken back, when one did
 * not fit: half of what belongs together is worse than nothing.
 */
export function commit(): u16 {
  if (state.open == 0) return SW_CONDITIONS_NOT_SATISFIED;
  if (state.over != 0) {
    abort();
    return SW_NOT_ENOUGH_MEMORY;
  }
  state.open = 0;
  leaveOperation();
  return SW_SUCCESS;
}

/** Takes all writes since begin back. Nothing is written: without a commit word they never counted. */
export function abort(): void {
  if (state.open == 0) return;
  log.dropSlots();
  for (let i = state.undone - 1; i >= 0; i--) {
    const at = UNDO + (i << 2);
    const row = load<u8>(at) as i32;
    const chunk = load<u8>(at + 1) as i32;
    const old = load<u16>(at + 2);
    if (chunk == SIZE) table.setSize(row, old);
    else table.setEntry(row, chunk, old);
  }
  state.open = 0;
  if (state.marked != 0) settleMarks(table.MARK_NEW);
}

/** As after power-on. */
export function clearTransactions(): void {
  memory.fill(changetype<usize>(state), 0, offsetof<State>());
}

export function storeIsDamaged(): bool {
  return state.damaged != 0;
}

export function transactionIsOpen(): bool {
  return state.open != 0;
}

/** Ends the marks of a transaction: rows with `released` go, the others become plain. */
function settleMarks(released: u8): void {
  for (let row = table.rowsInUse() - 1; row >= 0; row--) {
    if (table.rowIsFree(row)) continue;
    const marks = table.marksOf(row);
    if (marks == 0) continue;
    table.setMarks(row, 0);
    if ((marks & released) != 0) table.release(row);
    else if ((marks & table.MARK_RESIZED) != 0) table.settle(row, released == table.MARK_NEW);
  }
}

/**
 * Opens a transaction for one operation, or checks that the open one can hold it. `entries`: slots that
 * it writes, and one for a size that it changes.
 */
export function enterOperation(entries: i32): u16 {
  if (state.damaged != 0) return SW_MEMORY_FAILURE;
  if (state.open != 0) {
    if (state.undone + entries > TRANSACTION_SLOTS) state.over = 1;
    return state.over != 0 ? SW_NOT_ENOUGH_MEMORY : SW_SUCCESS;
  }
  if (entries > TRANSACTION_SLOTS || !makeRoom(entries)) return SW_NOT_ENOUGH_MEMORY;
  state.undone = 0;
  state.marked = 0;
  return SW_SUCCESS;
}

/** Commits an operation that is its own transaction. */
export function leaveOperation(): void {
  if (state.open != 0) return;
  log.commitSlots();
  if (state.marked != 0) settleMarks(table.MARK_DELETED);
}

/** Adds marks to a row until the transaction ends. */
export function mark(row: i32, marks: u8): void {
  table.setMarks(row, table.marksOf(row) | marks);
  state.marked = 1;
}

function rememberEntry(row: i32, chunk: i32, old: u16): void {
  const at = UNDO + (state.undone << 2);
  store<u8>(at, row as u8);
  store<u8>(at + 1, chunk as u8);
  store<u16>(at + 2, old);
  state.undone += 1;
}

/** Keeps where a chunk lies, before a slot is written for it. */
export function remember(row: i32, chunk: i32): void {
  rememberEntry(row, chunk, table.entryOf(row, chunk));
}

/** Keeps the size of an object, before it changes. */
export function rememberSize(row: i32): void {
  rememberEntry(row, SIZE, table.sizeOf(row) as u16);
}
