// An applet for the vectors: a security domain that answers STORE DATA with an EID, E0 with as many
// bytes as P1-P2 say, and any other command with its data. The test lays out a source tree in which applets/identity/index.ts is this
// file. Install parameters: for each key set its version, a length, and what `createKeySet` takes.

import { DATA, loadData, receive } from "../../../runtime/sdk/apdu.ts";
import {
  createKeySet,
  externalAuthenticate,
  initializeUpdate,
  putKeySet,
  readCommand,
  replyBytes,
} from "../../../runtime/sdk/card.ts";
import { SW_SUCCESS } from "../../../runtime/spec/status-words.ts";

const ANSWER_BYTES: i32 = 21;
/** BF3E { 5A: the identifier of a test card }. */
const ANSWER: usize = memory.data<u8>([
  0xbf, 0x3e, 0x12, 0x5a, 0x10, 0x89, 0x88, 0x21, 0x19, 0x90, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
  0x00, 0x00, 0x00, 0x00, 0x05,
]);
const HEAD: usize = memory.data(2);

export function install(_header: i32, lc: i32, _le: i32): i32 {
  let status: u16 = SW_SUCCESS;
  let at = 0;
  while (at < lc && status === SW_SUCCESS) {
    readCommand(at, HEAD, 2);
    const length = load<u8>(HEAD + 1) as i32;
    status = createKeySet(load<u8>(HEAD), at + 2, length);
    at += 2 + length;
  }
  return status;
}
export function select(_header: i32, _lc: i32, _le: i32): i32 {
  return SW_SUCCESS;
}
export function deselect(_header: i32, _lc: i32, _le: i32): i32 {
  return SW_SUCCESS;
}

/** Answers `length` bytes. */
function fill(length: i32): u16 {
  let status: u16 = SW_SUCCESS;
  for (let left = length; left > 0 && status === SW_SUCCESS; left -= ANSWER_BYTES) {
    status = replyBytes(ANSWER, left < ANSWER_BYTES ? left : ANSWER_BYTES);
  }
  return status;
}

export function process(header: i32, lc: i32, le: i32): i32 {
  const apdu = receive(header, lc, le);
  switch (apdu.ins) {
    case 0x50:
      return initializeUpdate();
    case 0x82:
      return externalAuthenticate();
    case 0xd8:
      return putKeySet(apdu.p1, apdu.p2);
    case 0xe0:
      return fill(apdu.p1p2);
    case 0xe2:
      return replyBytes(ANSWER, ANSWER_BYTES);
    default:
      return replyBytes(DATA, loadData());
  }
}
