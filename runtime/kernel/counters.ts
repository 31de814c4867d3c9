// Counters: they go up by one, and nothing takes them back.

import {
  SW_CONDITIONS_NOT_SATISFIED,
  SW_NOT_ENOUGH_MEMORY,
  SW_REFERENCED_DATA_NOT_FOUND,
} from "../spec/status-words.ts";
import { KIND_COUNTER, MAX_COUNTER } from "../spec/store.ts";
import * as objects from "./store/objects.ts";

const COUNTER_BYTES: i32 = 4;
/** The value of the counter in hand, u32. */
const VALUE: usize = memory.data(COUNTER_BYTES, 4);

/** Makes a counter that stands at 0. 6A89 when the number is taken, 6A84 without room. */
export function createCounter(owner: i32, number: i32): u16 {
  return objects.create(owner, number, KIND_COUNTER, COUNTER_BYTES);
}

function counterRow(owner: i32, number: i32): i32 {
  const row = objects.find(owner, number);
  return row >= 0 && objects.kindOf(row) == KIND_COUNTER ? row : -1;
}

/** What a counter stands at, or -1 when there is none of that number. */
export function readCounter(owner: i32, number: i32): i32 {
  const row = counterRow(owner, number);
  if (row < 0) return -1;
  objects.read(row, 0, VALUE, COUNTER_BYTES);
  return load<i32>(VALUE);
}

/**
 * Adds one. 6A88 without such a counter, 6985 inside a transaction, which could take it back, 6A84 at
 * its end, MAX_COUNTER.
 */
export function countUp(owner: i32, number: i32): u16 {
  const row = counterRow(owner, number);
  if (row < 0) return SW_REFERENCED_DATA_NOT_FOUND;
  if (objects.transactionIsOpen()) return SW_CONDITIONS_NOT_SATISFIED;
  const value = readCounter(owner, number);
  if (value == MAX_COUNTER) return SW_NOT_ENOUGH_MEMORY;
  store<i32>(VALUE, value + 1);
  return objects.write(row, 0, 0, VALUE, COUNTER_BYTES);
}
