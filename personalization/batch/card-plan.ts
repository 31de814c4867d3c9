// Everything one card will hold, made ready before the card is touched: values, keys by handle.

import { concat } from "../bytes.ts";
import { FieldError } from "../errors.ts";
import { cityFactor, provinceFactor } from "../keys/diversify.ts";
import type { KeyHandle, KeyService } from "../keys/key-service.ts";
import { type Attachments, Encoder, type Row } from "../products/encode.ts";
import type {
  Directory,
  Level,
  Product,
  ProductApplication,
  ProductGrouping,
  ProductKey,
} from "../products/product.ts";
import type { KeySet } from "../scp03/open.ts";
import { mac } from "../social-security-authentication.ts";

/** Key handles of a product that are the same for all cards. */
export interface Masters {
  readonly transport: KeySet;
  readonly cardKeys: KeyHandle;
  /** Application master keys by name. */
  readonly named: ReadonlyMap<string, KeyHandle>;
}

export interface CardPlan {
  readonly encoder: Encoder;
  /** SCP03 keys of this card. */
  readonly keySet: KeySet;
  /** This card's values of one of the product's keys, version 01 first. */
  versions(key: ProductKey): readonly KeyHandle[];
  groupingKey(grouping: ProductGrouping): KeyHandle;
  /** What the report may tell. */
  readonly report: Record<string, string>;
  /** Forgets the card's keys. */
  release(): Promise<void>;
}

/** Opens every key that the product names. Throws `KeystoreError` for the first missing one. */
export async function openMasters(service: KeyService, product: Product): Promise<Masters> {
  const { transportKeys, cardKeys } = product.issuerDomain;
  const named = new Map<string, KeyHandle>();
  for (const { master, kind } of product.applications.flatMap(mastersOf)) {
    const handle = await service.open(master);
    if (handle.kind !== kind) {
      throw new FieldError(`key "${master}" is a ${handle.kind} key; the product needs ${kind}`);
    }
    named.set(master, handle);
  }
  return {
    transport: {
      version: transportKeys.version,
      enc: await service.open(transportKeys.enc),
      mac: await service.open(transportKeys.mac),
      dek: await service.open(transportKeys.dek),
    },
    cardKeys: await service.open(cardKeys.master),
    named,
  };
}

export async function planCard(
  service: KeyService,
  product: Product,
  masters: Masters,
  row: Row,
  attachments: Attachments,
): Promise<CardPlan> {
  const derived: KeyHandle[] = [];
  const derive: KeyService["derive"] = async (parent, derivation) => {
    const key = await service.derive(parent, derivation);
    derived.push(key);
    return key;
  };
  const plain = new Encoder(product, row, attachments, {});
  const keys = new Map<ProductKey | ProductGrouping, KeyHandle[]>();
  for (const application of product.applications) {
    const fromMaster = (name: string, levels: readonly Level[], single = false) => {
      const factors = diversificationFactors(application, levels, plain);
      return derive(masters.named.get(name)!, { method: "social-security", factors, single });
    };
    const { levels } = application.diversification;
    for (const key of keysOf(application)) {
      const values: KeyHandle[] = [];
      for (const name of key.masters) values.push(await fromMaster(name, levels, key.single));
      keys.set(key, values);
    }
    for (const grouping of application.groupings) {
      if (grouping.key === undefined) continue;
      const { master, levels: own, single } = grouping.key;
      keys.set(grouping, [await fromMaster(master, own, single)]);
    }
  }
  const encoder = new Encoder(product, row, attachments, await macs(service, product, plain, keys));
  const { cardKeys } = product.issuerDomain;
  const context = encoder.raw(cardKeys.context, "b");
  const card = (purpose: "enc" | "mac" | "dek") =>
    derive(masters.cardKeys, { method: "sp800-108", purpose, context });
  const keySet = {
    version: cardKeys.version,
    enc: await card("enc"),
    mac: await card("mac"),
    dek: await card("dek"),
  };
  return {
    encoder,
    keySet,
    versions: (key) => keys.get(key)!,
    groupingKey: (grouping) => keys.get(grouping)![0]!,
    report: Object.fromEntries(
      Object.entries(product.report).map(([name, source]) => [name, encoder.shown(source)]),
    ),
    release: async () => {
      for (const key of derived) await service.release(key);
    },
  };
}

/** Named values that are MACs under a key of the first application. */
async function macs(
  service: KeyService,
  product: Product,
  encoder: Encoder,
  keys: ReadonlyMap<ProductKey | ProductGrouping, readonly KeyHandle[]>,
): Promise<Record<string, Uint8Array>> {
  const result: Record<string, Uint8Array> = {};
  for (const [name, { mac: wanted }] of Object.entries(product.values)) {
    if (wanted === undefined) continue;
    const [first] = product.applications;
    const key = first!.directory.keys!.find((one) => one.reference === wanted.key)!;
    result[name] = await mac(service, keys.get(key)![0]!, encoder.raw(wanted.over, "b"));
  }
  return result;
}

/** Keys of the root directory and of all below. */
export function keysOf(application: ProductApplication): ProductKey[] {
  const walk = (directory: Directory): ProductKey[] => [
    ...(directory.keys ?? []),
    ...(directory.directories ?? []).flatMap(walk),
  ];
  return walk(application.directory);
}

/** Names and kinds of the master keys of an application. */
export function mastersOf(
  application: ProductApplication,
): { master: string; kind: ProductKey["kind"]; single: boolean }[] {
  return [
    ...keysOf(application).flatMap(({ masters, kind, single = false }) =>
      masters.map((master) => ({ master, kind, single })),
    ),
    ...application.groupings.flatMap(({ key }) => (key ? { single: false, ...key } : [])),
  ];
}

/** Factors of a card's keys under its masters, level by level. */
export function diversificationFactors(
  application: ProductApplication,
  levels: readonly Level[],
  encoder: Encoder,
): Uint8Array[] {
  const { region, card } = application.diversification;
  return levels.map((level) => {
    if (level === "card") return concat(encoder.raw(card, "b"));
    const text = encoder.shown(region);
    return level === "province" ? provinceFactor(text) : cityFactor(text);
  });
}
