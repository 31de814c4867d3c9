// Packs data into STORE DATA commands: whole data groupings (EMV CPS 2.0, 4.3.4) or whole BER-TLV
// objects, as many to a command as fit. GPC 2.3.1, 11.11.

import {
  STORE_DATA_FORMAT_BER_TLV,
  STORE_DATA_FORMAT_DGI,
  STORE_DATA_LAST,
} from "../../applets/filesystem/spec.ts";
import { CLA_PROPRIETARY, INS_STORE_DATA } from "../../runtime/spec/instructions.ts";
import { command, expectSuccess } from "../apdu.ts";
import { concat, hex16 } from "../bytes.ts";
import type { SecureChannel } from "../scp03/secure-channel.ts";

/** From this length on a data grouping has FF and two bytes of length. */
const LONG_LENGTH = 0xff;

/** DGI (2) ‖ length (1, or FF ‖ 2) ‖ value. */
export function dataGrouping(dgi: number, value: Uint8Array): Uint8Array {
  const length =
    value.length < LONG_LENGTH
      ? [value.length]
      : [LONG_LENGTH, value.length >> 8, value.length & 0xff];
  return concat(Uint8Array.of(dgi >> 8, dgi & 0xff, ...length), value);
}

/** Whole parts put together into blocks of at most `size` bytes, in order. */
export function packBlocks(parts: readonly Uint8Array[], size: number): Uint8Array[] {
  const blocks: Uint8Array[] = [];
  let current: Uint8Array = new Uint8Array();
  for (const part of parts) {
    if (part.length > size) {
      throw new RangeError(`a part of ${part.length} bytes does not fit a block of ${size}`);
    }
    if (current.length > 0 && current.length + part.length > size) {
      blocks.push(current);
      current = new Uint8Array();
    }
    current = concat(current, part);
  }
  if (current.length > 0) blocks.push(current);
  return blocks;
}

/** Sends the blocks with P2 counting from 00; the last one is marked as such. */
async function send(
  channel: SecureChannel,
  format: number,
  parts: readonly Uint8Array[],
): Promise<void> {
  const blocks = packBlocks(parts, channel.maxData);
  for (const [number, block] of blocks.entries()) {
    const p1 = format | (number === blocks.length - 1 ? STORE_DATA_LAST : 0);
    const store = command(CLA_PROPRIETARY, INS_STORE_DATA, p1, number & 0xff, block);
    const head = hex16((block[0]! << 8) | block[1]!);
    const name = `STORE DATA block ${number} (from ${head})`;
    expectSuccess(name, await channel.transmit(store));
  }
}

export function storeTlv(channel: SecureChannel, objects: readonly Uint8Array[]): Promise<void> {
  return send(channel, STORE_DATA_FORMAT_BER_TLV, objects);
}

export function storeGroupings(
  channel: SecureChannel,
  groupings: readonly Uint8Array[],
): Promise<void> {
  return send(channel, STORE_DATA_FORMAT_DGI, groupings);
}
