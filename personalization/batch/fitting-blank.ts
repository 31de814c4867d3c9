// Whether a blank has what a product personalizes: asked before anything is written to it.

import { INS_SELECT } from "../../runtime/spec/instructions.ts";
import { SW_FILE_NOT_FOUND, SW_SUCCESS } from "../../runtime/spec/status-words.ts";
import { command, exchange, LE_ALL } from "../apdu.ts";
import { hex } from "../bytes.ts";
import type { Card } from "../card.ts";
import type { Product } from "../products/product.ts";

const P1_BY_NAME = 0x04;

/**
 * Why the product cannot go onto this blank; undefined when it can. A card that does not answer, or
 * answers something else, is left to the personalization, which says what it stumbles on.
 */
export async function whyUnfit(
  card: Card,
  product: Product,
  enrols: boolean,
): Promise<string | undefined> {
  const needed = [
    { name: "issuer security domain", aid: product.issuerDomain.aid },
    ...product.applications,
    ...(enrols && product.identity ? [{ name: "identity", aid: product.identity.aid }] : []),
  ];
  try {
    await card.reset();
    for (const { name, aid } of needed) {
      if ((await statusOfSelect(card, aid)) !== SW_FILE_NOT_FOUND) continue;
      return `the blank has no application ${hex(aid)} (${name})`;
    }
    for (const aid of product.absent ?? []) {
      if ((await statusOfSelect(card, aid)) !== SW_SUCCESS) continue;
      return `the blank has an application ${hex(aid)}, which this product's cards never have`;
    }
  } catch {
    return undefined;
  }
  return undefined;
}

async function statusOfSelect(card: Card, aid: Uint8Array): Promise<number> {
  const select = command(0x00, INS_SELECT, P1_BY_NAME, 0x00, aid, LE_ALL);
  return (await exchange(card, select)).sw;
}
