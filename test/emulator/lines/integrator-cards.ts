// Cards that the bureau tool issued, in a PC/SC reader, for programs that know nothing of us.

import { createHash } from "node:crypto";
import { parse } from "csv-parse/sync";
import * as assert from "uvu/assert";
import { DEVELOPMENT_TRUSTED } from "../../../assembler/keys/development.ts";
import { Card } from "../../../emulator/card.ts";
import { connectVpcd, type VpcdCard, type VpcdEvent } from "../../../emulator/lines/vpcd.ts";
import { Keystore } from "../../../personalization/keys/keystore.ts";
import { PUBLIC_TRANSPORT_KEY } from "../../../personalization/keys/transport-keys.ts";
import { loadProduct } from "../../../personalization/products/load.ts";
import type { Product } from "../../../personalization/products/product.ts";
import { makeSampleKeystore } from "../../../personalization/sample/sample-keystore.ts";
import { INTERFACE_CONTACT, INTERFACE_CONTACTLESS } from "../../../runtime/spec/chip.ts";
import { bytes, hex } from "../../helpers/bytes.ts";
import type { Pcscd } from "../../helpers/pcscd.ts";
import { done, PASSPHRASE, PROJECT, Workshop } from "../command/workshop.ts";

/** Fields of a row of the batch by the names of its columns. */
export type Row = Readonly<Record<string, string>>;

export interface IssuedCard {
  readonly row: Row;
  readonly card: Card;
  /** What the bureau's report says of it. */
  readonly report: Record<string, unknown>;
}

/** What an integrator gets of the issuer: the province's keys. Hex. */
export interface ProvinceKeys {
  readonly cipher: "tdes" | "sm4";
  readonly IRK: string;
  readonly RKSSSE: string;
}

export interface IssuedBatch {
  readonly shop: Workshop;
  readonly keys: ProvinceKeys;
  readonly cards: readonly IssuedCard[];
}

const LOG2_COST = 10;

/** Issues a synthetic batch with `wafer issue`, under keys of this test. Whoever has it closes the shop. */
export async function issueWithBureau(productName: string, rows: number): Promise<IssuedBatch> {
  const shop = await Workshop.open(rows);
  const product = await loadProduct(`${PROJECT}/personalization/products/${productName}.yaml`);
  await testKeystore(product).save(shop.path("province.json"), PASSPHRASE, LOG2_COST);
  const files = ["--image", "card.wafer", "--keystore", "province.json", "-o", "issued"];
  done(await shop.wafer(["issue", productName, "sample/batch.csv", ...files]));
  const batch: Row[] = parse(shop.bytes("sample/batch.csv"), { columns: true });
  const cards = shop.lines("issued/report.jsonl").map((report) => {
    const row = batch.find(({ card_number }) => card_number === report.card);
    assert.ok(row, `no row of card ${report.card}`);
    const file = shop.bytes(`issued/cards/${report.card}.card`);
    return { row, report, card: Card.load(file, { trusted: DEVELOPMENT_TRUSTED }) };
  });
  assert.is(cards.length, rows);
  return { shop, keys: provinceKeys(product), cards };
}

/** Every key that the product names, with a value that a test can give away. */
function testKeystore(product: Product): Keystore {
  return new Keystore(
    makeSampleKeystore(product)
      .list()
      .map(({ name, kind }) => {
        const value = name === transportKeyOf(product) ? PUBLIC_TRANSPORT_KEY : testKey(name);
        return { name, kind, value: bytes(value) };
      }),
  );
}

function transportKeyOf(product: Product): string {
  const { enc, mac, dek } = product.issuerDomain.transportKeys;
  assert.equal([mac, dek], [enc, enc]);
  return enc;
}

/** 16 bytes. */
function testKey(name: string): string {
  return createHash("sha256").update(`key of a test: ${name}`).digest("hex").slice(0, 32);
}

function provinceKeys(product: Product): ProvinceKeys {
  const { directory, diversification } = product.applications[0]!;
  assert.equal(diversification.levels, ["city", "card"], "the keys are those of a province");
  const master = (name: string) => {
    const key = directory.keys?.find((one) => one.name === name);
    assert.ok(key, `the product has no key ${name}`);
    return { kind: key.kind, value: testKey(key.masters[0]!) };
  };
  const { kind, value } = master("RKSSSE");
  assert.ok(kind === "sm4" || kind === "tdes");
  return { cipher: kind, IRK: master("IRK").value, RKSSSE: value };
}

export type Interface = "contact" | "contactless";

/** The card in the reader while `use` runs; answers what went over the line. Never a trap. */
export async function inReader(
  reader: Pcscd,
  card: Card,
  line: Interface,
  use: () => Promise<void>,
): Promise<readonly Exchanged[]> {
  const exchanged: Exchanged[] = [];
  const onEvent = (event: VpcdEvent) => {
    if (event.kind !== "command") return;
    exchanged.push({ command: hex(event.command), response: hex(event.response) });
  };
  const inserted = line === "contact" ? onContacts(card) : inField(card);
  const connection = await connectVpcd(inserted, { port: reader.port, onEvent });
  try {
    await reader.cardSeen();
    await use();
  } finally {
    await connection.stop();
  }
  await reader.cardGone();
  assert.is(card.takeTrap(), undefined);
  return exchanged;
}

export interface Exchanged {
  readonly command: string;
  readonly response: string;
}

function onContacts(card: Card): VpcdCard {
  return {
    reset: () => card.reset(INTERFACE_CONTACT),
    transmit: (command) => card.transmit(command),
    powerOff: () => card.powerOff(),
  };
}

/** As a contactless reader presents it: an ATR made of the ATS. PC/SC part 3, 3.1.3.2.3.1. */
function inField(card: Card): VpcdCard {
  return { ...onContacts(card), reset: () => atrOfAts(card.reset(INTERFACE_CONTACTLESS)) };
}

/** 3B 8n 80 01 ‖ historical bytes ‖ check byte. */
function atrOfAts(ats: Uint8Array): Uint8Array {
  const [length = 0, t0 = 0] = ats;
  assert.is(length, ats.length, "TL of the ATS");
  const interfaceBytes = [0x10, 0x20, 0x40].filter((bit) => (t0 & bit) !== 0).length;
  const historical = ats.subarray(2 + interfaceBytes);
  const body = [0x80 | historical.length, 0x80, 0x01, ...historical];
  return Uint8Array.of(
    0x3b,
    ...body,
    body.reduce((check, byte) => check ^ byte, 0),
  );
}
