// A card onto which a package was loaded after it left the factory, as a vendor's customers have it.

import { fileURLToPath } from "node:url";
import { defaultCache } from "../../assembler/compiler/cache.ts";
import { buildPackage } from "../../assembler/package/build.ts";
import { readPackageProfile } from "../../assembler/package/profile.ts";
import type { Card } from "../../emulator/card.ts";
import { installAndMakeSelectable } from "../../personalization/card-manager/install.ts";
import { loadPackage } from "../../personalization/card-manager/load-package.ts";
import { bytes } from "./bytes.ts";
import { accept, freshCard } from "./card.ts";
import { openChannel, selectApplication } from "./secure-channel.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const ISSUER_DOMAIN = "A000000151000000";

/** A blank with the package of an applet's folder and an instance of it, which is selected. */
export async function cardWithPackage(
  folder: string,
  instance: string,
  parameters = "",
): Promise<Card> {
  const profile = readPackageProfile(`${ROOT}${folder}/package.yaml`);
  const entry = `${folder}/index.ts`;
  const built = await buildPackage(profile, { root: ROOT, entry, cache: defaultCache(ROOT) });
  const card = await freshCard();
  accept(card, selectApplication(ISSUER_DOMAIN));
  const channel = await openChannel(card);
  await loadPackage(channel, built);
  await installAndMakeSelectable(channel, {
    loadFile: built.aid,
    module: built.aid,
    instance: new Uint8Array(bytes(instance)),
    parameters: new Uint8Array(bytes(parameters)),
  });
  accept(card, selectApplication(instance));
  return card;
}
