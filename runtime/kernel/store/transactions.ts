// Transactions: what is written between begin and commit counts together, or not at all.

import {
  SW_CONDITIONS_NOT_SATISFIED,
  SW_MEMORY_FAILURE,
  SW_NOT_ENOUGH_MEMORY,
  SW_SUCCESS,
} from "../../spec/status-words.ts";
import { MAX_OBJECTS, TRANSACTION_SLOTS } from "../../spec/store.ts";
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
  /** The store could not be recovered: every operation answers 6581. */
  damaged: i32;
}

// @ts-ignore: the compiler folds this to an address
export const state: State = changetype<State>(memory.data(offsetof<State>()));
/** Map index u16 and old place u16 for each slot of the open transaction. */
export const UNDO: usize = memory.data(TRANSACTION_SLOTS * 4);

/** Opens a transaction of at most TRANSACTION_SLOTS slots. */
export function begin(): u16 {
  if (state.damaged != 0) return SW_MEMORY_FAILURE;
  if (state.open != 0) return SW_CONDITIONS_NOT_SATISFIED;
  if (!makeRoom(TRANSACTION_SLOTS)) return SW_NOT_ENOUGH_MEMORY;
  state.open = 1;
  state.undone = 0;
  state.marked = 0;
  return SW_SUCCESS;
}

/** One commit word makes all writes since begin count. */
export function commit(): u16 {
  if (state.open == 0) return SW_CONDITIONS_NOT_SATISFIED;
  log.commitSlots();
  state.open = 0;
  if (state.marked != 0) settleMarks(table.MARK_DELETED);
  return SW_SUCCESS;
}

/** Takes all writes since begin back. Nothing is written: without a commit word they never counted. */
export function abort(): void {
  if (state.open == 0) return;
  log.dropSlots();
  for (let i = state.undone - 1; i >= 0; i--) {
    table.setPlaceAt(load<u16>(UNDO + (i << 2)), load<u16>(UNDO + (i << 2) + 2));
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
  for (let row = 0; row < MAX_OBJECTS; row++) {
    if (table.rowIsFree(row)) continue;
    const marks = table.marksOf(row);
    if ((marks & released) != 0) table.release(row);
    else if (marks != 0) table.setMarks(row, 0);
  }
}

/** Opens a transaction for one operation of `slots` slots, or checks the room in the open one. */
export function enterOperation(slots: i32): u16 {
  if (state.damaged != 0) return SW_MEMORY_FAILURE;
  if (state.open != 0) {
    return state.undone + slots > TRANSACTION_SLOTS ? SW_NOT_ENOUGH_MEMORY : SW_SUCCESS;
  }
  if (slots > TRANSACTION_SLOTS || !makeRoom(slots)) return SW_NOT_ENOUGH_MEMORY;
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

export function remember(mapAt: i32): void {
  store<u16>(UNDO + (state.undone << 2), mapAt as u16);
  store<u16>(UNDO + (state.undone << 2) + 2, table.placeAt(mapAt) as u16);
  state.undone += 1;
}
