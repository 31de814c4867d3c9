// A keystore of fresh random master keys for samples and trials, with the transport key that every
// test card in the world is delivered with.

import { bytes } from "../bytes.ts";
import { Keystore } from "../keys/keystore.ts";
import { PUBLIC_TRANSPORT_KEY } from "../keys/transport-keys.ts";
import type { Product } from "../products/schema.ts";

/** A key for each name that the product asks for. */
export function makeSampleKeystore(product: Product): Keystore {
  const keystore = new Keystore();
  const { transportKeys, cardKeys } = product.issuerDomain;
  for (const name of new Set([transportKeys.enc, transportKeys.mac, transportKeys.dek])) {
    keystore.add({ name, kind: "aes", value: bytes(PUBLIC_TRANSPORT_KEY) });
  }
  keystore.generate(cardKeys.master, "aes");
  const names = new Set(keystore.list().map(({ name }) => name));
  for (const { directory } of product.applications) {
    const pending = [directory];
    for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
      pending.push(...(next.directories ?? []));
      for (const { master, kind } of next.keys ?? []) {
        if (!names.has(master)) keystore.generate(master, kind);
        names.add(master);
      }
    }
  }
  return keystore;
}
