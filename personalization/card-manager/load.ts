// LOAD: a load file in blocks. GPC 2.3.1, 11.6.

import { LOAD_LAST } from "../../applets/security-domain/spec.ts";
import { CLA_PROPRIETARY, INS_LOAD } from "../../runtime/spec/instructions.ts";
import { command, expectSuccess, LE_ALL, MAX_COMMAND_DATA } from "../apdu.ts";
import { FieldError } from "../errors.ts";
import type { ManagementChannel } from "./channel.ts";
import type { Domain } from "./select-domain.ts";

/** Block numbers are one byte and do not begin again. 11.6.2.2. */
const MAX_BLOCKS = 256;

export interface LoadOptions {
  /** Most bytes of a block; what the channel takes unless less. */
  readonly blockBytes?: number | undefined;
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

/** MAC and padding of the dearest channel: what a block leaves free for them. */
const PROTECTION_BYTES = 32;

/** Most bytes of a block for a domain whose FCI may ask for shorter commands. */
export function blockBytes(
  channel: ManagementChannel,
  { maximumLength = MAX_COMMAND_DATA }: Domain,
): number {
  if (maximumLength >= MAX_COMMAND_DATA) return channel.maxData;
  return Math.max(1, Math.min(channel.maxData, maximumLength - PROTECTION_BYTES));
}

/** Sends a load file (DAP blocks and C4) after INSTALL [for load]; how many blocks it were. */
export async function load(
  channel: ManagementChannel,
  loadFile: Uint8Array,
  { blockBytes: most = channel.maxData, onProgress }: LoadOptions = {},
): Promise<number> {
  const size = Math.min(most, channel.maxData);
  const blocks = Math.ceil(loadFile.length / size);
  if (blocks === 0 || blocks > MAX_BLOCKS) {
    const limit = `${MAX_BLOCKS} blocks of ${size} bytes can be sent`;
    throw new FieldError(`the load file has ${loadFile.length} bytes; 1 to ${limit}`);
  }
  onProgress?.(0, blocks);
  for (let number = 0; number < blocks; number++) {
    const block = loadFile.subarray(number * size, (number + 1) * size);
    const p1 = number === blocks - 1 ? LOAD_LAST : 0x00;
    const request = command(CLA_PROPRIETARY, INS_LOAD, p1, number, block, LE_ALL);
    expectSuccess(`LOAD block ${number}`, await channel.transmit(request));
    onProgress?.(number + 1, blocks);
  }
  return blocks;
}
