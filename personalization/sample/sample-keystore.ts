// A keystore of fresh random master keys for samples and trials, with the transport key that every
// test card in the world is delivered with.

import { randomBytes } from "node:crypto";
import { mastersOf } from "../batch/card-plan.ts";
import { bytes, concat } from "../bytes.ts";
import { Keystore } from "../keys/keystore.ts";
import { PUBLIC_TRANSPORT_KEY } from "../keys/transport-keys.ts";
import type { Product } from "../products/product.ts";

/** A key for each name that one of the products asks for: one keystore serves them all. */
export function makeSampleKeystore(...products: readonly Product[]): Keystore {
  const keystore = new Keystore();
  const names = new Set<string>();
  const isNew = (name: string) => !names.has(name) && names.add(name) !== undefined;
  for (const { issuerDomain, applications, identity } of products) {
    const { transportKeys, cardKeys } = issuerDomain;
    for (const name of [transportKeys.enc, transportKeys.mac, transportKeys.dek]) {
      if (isNew(name)) keystore.add({ name, kind: "aes", value: bytes(PUBLIC_TRANSPORT_KEY) });
    }
    if (isNew(cardKeys.master)) keystore.generate(cardKeys.master, "aes");
    for (const { master, kind, single } of applications.flatMap(mastersOf)) {
      if (!isNew(master)) continue;
      if (single) keystore.add({ name: master, kind, value: singleLength() });
      else keystore.generate(master, kind);
    }
    const administration = identity?.administration.master;
    if (administration && isNew(administration)) keystore.generate(administration, "sm4");
  }
  return keystore;
}

/** One DES key, held twice. */
function singleLength(): Uint8Array {
  const half = Uint8Array.from(randomBytes(8));
  return concat(half, half);
}
