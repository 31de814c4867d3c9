// An applet whose replies are as long as P1 and P2 say: P1 fields of P2 bytes in a template, the same
// without its tag and length, P1 bytes one by one, or P1 bytes at once and a field of P2 bytes behind.

import * as reply from "wafer/runtime/sdk/reply.ts";
import { SW_SUCCESS } from "wafer/runtime/spec/status-words.ts";

const INS_VALUE: i32 = 0x12;
const INS_BYTES: i32 = 0x14;
const INS_LATE: i32 = 0x16;
const DATA: usize = memory.data(256);

export function install(_header: i32, _lc: i32, _le: i32): i32 {
  return SW_SUCCESS;
}

export function select(_header: i32, _lc: i32, _le: i32): i32 {
  return SW_SUCCESS;
}

export function deselect(_a: i32, _b: i32, _c: i32): i32 {
  return SW_SUCCESS;
}

export function process(header: i32, _lc: i32, _le: i32): i32 {
  const ins = (header >> 16) & 0xff;
  const count = (header >> 8) & 0xff;
  const length = header & 0xff;
  reply.start();
  switch (ins) {
    case INS_BYTES:
      for (let n = 0; n < count; n++) reply.byte(n);
      return reply.send();
    case INS_LATE:
      reply.bytes(DATA, count);
      reply.field(0x80, DATA, length);
      return reply.send();
    default: {
      const template = reply.open(0x70);
      for (let n = 0; n < count; n++) reply.field(0x80, DATA, length);
      reply.close(template);
    }
  }
  return ins < INS_VALUE ? reply.send() : reply.sendValue();
}
