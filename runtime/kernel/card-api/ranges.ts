// Which bytes an applet may name: its own RAM, its command, its objects. Nothing wraps round.

import { KIND_DATA } from "../../spec/store.ts";
import { exchange } from "../buffers.ts";
import * as registry from "../registry.ts";
import * as objects from "../store/objects.ts";

/** One piece of data on its way to or from an applet. */
export const PIECE_BYTES: i32 = 100;
export const PIECE: usize = memory.data(PIECE_BYTES, 4);

/** Whether [offset, offset + length) lies in the RAM of the instance. Wraps round nowhere. */
export function inRam(instance: i32, offset: i32, length: i32): bool {
  const ram = registry.ramOf(instance);
  const size = length as u32;
  return size <= ram && (offset as u32) <= ram - size;
}

/** Whether [offset, offset + length) lies in the command data. */
export function inCommand(offset: i32, length: i32): bool {
  const all = exchange.lc as u32;
  const size = length as u32;
  return size <= all && (offset as u32) <= all - size;
}

/** Row of a data object of the instance, or -1. */
export function dataRow(instance: i32, number: i32): i32 {
  const row = registry.isAppletNumber(number) ? objects.find(instance, number) : -1;
  return row >= 0 && objects.kindOf(row) == KIND_DATA ? row : -1;
}

export function inObject(row: i32, offset: i32, length: i32): bool {
  const size = objects.sizeOf(row) as u32;
  return (length as u32) <= size && (offset as u32) <= size - (length as u32);
}
