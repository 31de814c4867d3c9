// A package onto the card in one go: INSTALL [for load], then LOAD.

import type { ManagementChannel } from "./channel.ts";
import { installForLoad } from "./install.ts";
import { type LoadOptions, load } from "./load.ts";
import type { LoadFile } from "./load-file.ts";

/** Loads a package under the selected domain. Interrupted at any point, it leaves no trace. */
export async function loadPackage(
  channel: ManagementChannel,
  { aid, hash, bytes }: LoadFile,
  options: LoadOptions & { readonly domain?: Uint8Array | undefined } = {},
): Promise<void> {
  await installForLoad(channel, { loadFile: aid, hash, domain: options.domain });
  await load(channel, bytes, options);
}
