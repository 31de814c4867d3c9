// A card with one applet that a test gives as text, selected. The text is built in a tree of its own.

import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Card } from "../../../emulator/card.ts";
import { bytes } from "../../helpers/bytes.ts";
import { accept, freshCard, imageWith } from "../../helpers/card.ts";
import { selectApplication } from "../../helpers/secure-channel.ts";

const PROJECT = fileURLToPath(new URL("../../..", import.meta.url));
const MODULE = "F000000052454101";
export const INSTANCE = "F0000000524541";

export async function cardOf(source: string, parameters = ""): Promise<Card> {
  mkdirSync(join(PROJECT, "build"), { recursive: true });
  const root = mkdtempSync(join(PROJECT, "build", "applet-"));
  try {
    return await build(root, source, parameters);
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

async function build(root: string, source: string, parameters: string): Promise<Card> {
  for (const folder of ["runtime", "applets"]) {
    cpSync(join(PROJECT, folder), join(root, folder), { recursive: true });
  }
  mkdirSync(join(root, "applets/page"), { recursive: true });
  writeFileSync(join(root, "applets/page/index.ts"), source);
  const image = await imageWith((profile) => {
    const [domain] = profile.applets;
    const [issuer] = profile.instances;
    const aid = new Uint8Array(bytes(MODULE));
    return {
      ...profile,
      applets: [domain!, { ...domain!, name: "page", aid, domain: false }],
      instances: [
        issuer!,
        {
          ...issuer!,
          aid: new Uint8Array(bytes(INSTANCE)),
          module: "page",
          privileges: new Uint8Array(3),
          parameters: new Uint8Array(bytes(parameters)),
        },
      ],
    };
  }, root);
  const card = await freshCard(1, image);
  accept(card, selectApplication(INSTANCE));
  return card;
}
