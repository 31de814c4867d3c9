// An applet for the vectors: answers one STORE DATA with an EID, any other command with its data.
// The test lays out a source tree in which applets/identity/index.ts is this file.

import { DATA, loadData, receive } from "../../../runtime/sdk/apdu.ts";
import { externalAuthenticate, initializeUpdate, replyBytes } from "../../../runtime/sdk/card.ts";
import { SW_SUCCESS } from "../../../runtime/spec/status-words.ts";

const ANSWER_BYTES: i32 = 21;
/** BF3E { 5A: the identifier of a test card }. */
const ANSWER: usize = memory.data<u8>([
  0xbf, 0x3e, 0x12, 0x5a, 0x10, 0x89, 0x88, 0x21, 0x19, 0x90, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
  0x00, 0x00, 0x00, 0x00, 0x05,
]);

export function install(_header: i32, _lc: i32, _le: i32): i32 {
  return SW_SUCCESS;
}
export function select(_header: i32, _lc: i32, _le: i32): i32 {
  return SW_SUCCESS;
}
export function deselect(_header: i32, _lc: i32, _le: i32): i32 {
  return SW_SUCCESS;
}

export function process(header: i32, lc: i32, le: i32): i32 {
  const apdu = receive(header, lc, le);
  switch (apdu.ins) {
    case 0x50:
      return initializeUpdate();
    case 0x82:
      return externalAuthenticate();
    case 0xe2:
      return replyBytes(ANSWER, ANSWER_BYTES);
    default:
      return replyBytes(DATA, loadData());
  }
}
