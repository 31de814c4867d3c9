// The command in hand, as the kernel leaves it: whole, unchained, without secure messaging.

import { readCommand } from "./card.ts";

/** Command data that `loadData` holds, bytes. */
export const DATA_BYTES: i32 = 256;

@unmanaged
@final
export class Apdu {
  cla: u8;
  ins: u8;
  p1: u8;
  p2: u8;
  /** Bytes of command data. */
  lc: i32;
  /** Most response bytes wanted (256 or 65536 for an Le of zeros), or LE_ABSENT. */
  le: i32;

  /** P1 and P2 as one number. */
  get p1p2(): i32 {
    return ((this.p1 as i32) << 8) | (this.p2 as i32);
  }
}

// @ts-ignore: the compiler folds this to an address
export const apdu: Apdu = changetype<Apdu>(memory.data(offsetof<Apdu>(), 4));
/** Command data after `loadData`. */
export const DATA: usize = memory.data(DATA_BYTES, 4);

/** Takes the three words that the kernel calls `select` and `process` with. */
export function receive(header: i32, lc: i32, le: i32): Apdu {
  apdu.cla = (header >> 24) as u8;
  apdu.ins = (header >> 16) as u8;
  apdu.p1 = (header >> 8) as u8;
  apdu.p2 = header as u8;
  apdu.lc = lc;
  apdu.le = le;
  return apdu;
}

/** Copies the command data, at most DATA_BYTES of it, to `DATA`; how many bytes. */
export function loadData(): i32 {
  const length = apdu.lc < DATA_BYTES ? apdu.lc : DATA_BYTES;
  if (length > 0) readCommand(0, DATA, length);
  return length;
}

/** Two bytes, the higher first. */
export function bigEndian16(at: usize): i32 {
  return (load<u8>(at) << 8) | load<u8>(at + 1);
}

/** Three bytes, the highest first. */
export function bigEndian24(at: usize): i32 {
  return (load<u8>(at) << 16) | bigEndian16(at + 1);
}
