// A package onto the card in one go: INSTALL [for load], then LOAD.

import type { ManagementChannel } from "./channel.ts";
import { installForLoad } from "./install.ts";
import { type LoadOptions, load } from "./load.ts";

/** What INSTALL and LOAD have to know of a package; what `wafer package` builds is one. */
export interface LoadFile {
  /** AID of the load file, and of the one module in it. */
  readonly aid: Uint8Array;
  /** Load file data block hash. GPC 2.3.1, C.2. */
  readonly hash: Uint8Array;
  /** DAP blocks and data block, as LOAD sends them. */
  readonly bytes: Uint8Array;
}

/** Loads a package under the selected domain. Interrupted at any point, it leaves no trace. */
export async function loadPackage(
  channel: ManagementChannel,
  { aid, hash, bytes }: LoadFile,
  options: LoadOptions & { readonly domain?: Uint8Array | undefined } = {},
): Promise<void> {
  await installForLoad(channel, { loadFile: aid, hash, domain: options.domain });
  await load(channel, bytes, options);
}
