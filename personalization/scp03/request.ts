// A plain short command taken apart, and the class byte that says it is protected.

import { CLA_PROPRIETARY, CLA_SECURE } from "../../runtime/spec/instructions.ts";
import { channelOf, MAX_COMMAND_DATA } from "../apdu.ts";
import { concat } from "../bytes.ts";

export interface Request {
  readonly header: Uint8Array;
  data: Uint8Array;
  readonly le: Uint8Array;
}

export function parseRequest(plain: Uint8Array): Request {
  const header = plain.subarray(0, 4);
  if (plain.length <= 5) return { header, data: new Uint8Array(), le: plain.subarray(4) };
  const end = 5 + plain[4]!;
  return { header, data: plain.subarray(5, end), le: plain.subarray(end) };
}

/** Secure messaging in the class byte of a logical channel from 4 on. GPC 2.3.1, table 11-12. */
const CLA_FURTHER_SECURE = 0x20;

/** CLA INS P1 P2 Lc as a MAC of `macBytes` covers them: the class says no logical channel. 6.2.4. */
export function macHeader(request: Request, macBytes: number): Uint8Array {
  const [cla, ins, p1, p2] = request.header;
  const length = request.data.length + macBytes;
  if (length > MAX_COMMAND_DATA) {
    throw new RangeError(`${request.data.length} bytes and a MAC do not fit a short command`);
  }
  return Uint8Array.of((cla! & CLA_PROPRIETARY) | CLA_SECURE, ins!, p1!, p2!, length);
}

/** The command as it is sent: `data` and the MAC behind them. */
export function sealed(request: Request, data: Uint8Array, mac: Uint8Array): Uint8Array {
  const [cla, ins, p1, p2] = request.header;
  const secure = channelOf(cla!) > 3 ? CLA_FURTHER_SECURE : CLA_SECURE;
  const length = data.length + mac.length;
  if (length > MAX_COMMAND_DATA) {
    throw new RangeError(`${request.data.length} bytes and a MAC do not fit a short command`);
  }
  return concat(Uint8Array.of(cla! | secure, ins!, p1!, p2!, length), data, mac, request.le);
}
