// Products and the images that are not theirs.

import { fileURLToPath } from "node:url";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { Card } from "../../../emulator/card.ts";
import { poweredCard } from "../../../emulator/command/emulated-blanks.ts";
import { whyUnfit } from "../../../personalization/batch/fitting-blank.ts";
import { loadProduct } from "../../../personalization/products/load.ts";
import { psamImage } from "../../applets/psam/psam-card.ts";
import { imageWith, referenceImage } from "../../helpers/card.ts";

const fitting = suite("a blank fits its product");

const product = (name: string) =>
  loadProduct(
    fileURLToPath(new URL(`../../../personalization/products/${name}.yaml`, import.meta.url)),
  );
const IMAGES = { reference: referenceImage, psam: psamImage };
const NEEDS_ENVIRONMENT = /no application 7378322E73682EC9E7BBE1B1A3D5CF/;
const IS_PSAM =
  /an application 7378322E73682EC9E7BBE1B1A3D5CF, which this product's cards never have/;

const CASES = [
  ["social-security", "reference", undefined],
  ["social-security-2", "reference", undefined],
  ["psam", "psam", undefined],
  ["psam", "reference", NEEDS_ENVIRONMENT],
  ["social-security", "psam", IS_PSAM],
  ["social-security-2", "psam", IS_PSAM],
] as const;

for (const [name, image, reason] of CASES) {
  fitting(
    `${name} on the ${image} image: ${reason ? "refused" : "fits"}, nothing written`,
    async () => {
      const card = Card.boot(await IMAGES[image](), { seed: 1 });
      card.reset();
      const { operations } = card.memory;
      const unfit = await whyUnfit(poweredCard(card), await product(name), false);
      if (reason === undefined) assert.is(unfit, undefined);
      else assert.match(unfit ?? "", reason);
      assert.is(card.memory.operations, operations);
    },
  );
}

fitting("the application of certificates is needed only by those who issue them", async () => {
  const withoutIdentity = await imageWith((profile) => ({
    ...profile,
    applets: profile.applets.filter(({ name }) => name !== "identity"),
    instances: profile.instances.filter(({ module }) => module !== "identity"),
  }));
  const card = poweredCard(Card.boot(withoutIdentity, { seed: 1 }));
  const wanted = await product("social-security");
  assert.is(await whyUnfit(card, wanted, false), undefined);
  assert.match((await whyUnfit(card, wanted, true)) ?? "", /no application 504B492E.*identity/);
});

fitting("a card that is gone is left to the personalization", async () => {
  const gone = async () => {
    throw new Error("no card");
  };
  const card = { transmit: gone, reset: gone };
  assert.is(await whyUnfit(card, await product("psam"), false), undefined);
});

fitting.run();
