// PSAMs that the bureau made, and the user cards of the same keystore: each opens and pays.

import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import {
  CLA_ACCOUNT,
  P1_PURCHASE,
  P2_INITIALIZE,
  TRANSACTION_PURCHASE,
} from "../../../../applets/social-security/spec.ts";
import type { Image } from "../../../../assembler/image/types.ts";
import { DEVELOPMENT_TRUSTED } from "../../../../assembler/keys/development.ts";
import { Card } from "../../../../emulator/card.ts";
import { EmulatedBlanks, poweredCard } from "../../../../emulator/command/emulated-blanks.ts";
import { BusinessSystem } from "../../../../emulator/terminal/desk/business-system.ts";
import { EmulatedSlot } from "../../../../emulator/terminal/desk/emulated-slots.ts";
import { PsamSecurity } from "../../../../emulator/terminal/desk/psam-security.ts";
import { authenticationData } from "../../../../emulator/terminal/psam/cipher-data.ts";
import { PsamKeyError, PsamLevelError } from "../../../../emulator/terminal/psam/errors.ts";
import {
  type CardFactors,
  deliverSessionKey,
  type Psam,
  type PsamAlgorithm,
  readSequence,
  selectPsam,
} from "../../../../emulator/terminal/psam/psam.ts";
import {
  creditSamForPurchase,
  initSamForPurchase,
} from "../../../../emulator/terminal/psam/purchase.ts";
import { issueBatch } from "../../../../personalization/batch/issue.ts";
import { bytes, concat, hex } from "../../../../personalization/bytes.ts";
import { socialSecurityCard } from "../../../../personalization/definition/load.ts";
import type {
  ApplicationDefinition,
  KeyDefinition,
} from "../../../../personalization/definition/types.ts";
import { cityFactor, provinceFactor } from "../../../../personalization/keys/diversify.ts";
import type { Keystore } from "../../../../personalization/keys/keystore.ts";
import { loadProduct } from "../../../../personalization/products/load.ts";
import { makeSampleBatch } from "../../../../personalization/sample/sample-batch.ts";
import { makeSampleKeystore } from "../../../../personalization/sample/sample-keystore.ts";
import {
  INS_DEBIT_FOR_PURCHASE,
  INS_EXTERNAL_AUTHENTICATE,
  INS_GET_CHALLENGE,
  INS_INITIALIZE_TRANSACTION,
  INS_INTERNAL_AUTHENTICATE,
  INS_SELECT,
  INS_VERIFY,
} from "../../../../runtime/spec/instructions.ts";
import { SW_SUCCESS } from "../../../../runtime/spec/status-words.ts";
import { psamImage } from "../../../applets/psam/psam-card.ts";
import { accept, apdu, referenceImage } from "../../../helpers/card.ts";
import { hex16 } from "../../../helpers/secure-channel.ts";
import { rejection } from "../../../personalization/helpers/rejection.ts";
import { cardInfoOf, deskWith, done, ended, libraryOf, PIN, TypedPad } from "../desk/desk-cards.ts";

const PRODUCTS = fileURLToPath(new URL("../../../../personalization/products/", import.meta.url));
/** A product of ours, or one that a test made of it. */
const product = (name: string) =>
  join(name.startsWith("nation-") ? folder : PRODUCTS, `${name}.yaml`);
const GENERATIONS = [
  { generation: 3, product: "social-security", algorithm: "sm4" },
  { generation: 2, product: "social-security-2", algorithm: "tdes" },
] as const;

const tests = suite("PSAMs of the bureau");
const folder = mkdtempSync(join(tmpdir(), "wafer-psam-"));
let keystore: Keystore;

tests.before(async () => {
  const names = ["psam", ...GENERATIONS.map((one) => one.product)];
  keystore = makeSampleKeystore(...(await Promise.all(names.map((n) => loadProduct(product(n))))));
});
tests.after(() => rmSync(folder, { recursive: true }));

/** Personal account, self-paid, pooled; in fen. */
const AMOUNTS = "000000010000003200000000";
const TIME = bytes("20260302101112");

let batches = 0;

/** Issues a batch; the cards by the names that they were saved under. */
async function issue(name: string, batchPath: string, image: Image): Promise<Map<string, Card>> {
  const cards = join(folder, `cards-${batches++}`);
  const summary = await issueBatch({
    productPath: product(name),
    batchPath,
    keyService: keystore.service(),
    cards: new EmulatedBlanks(image, cards, { seed: 5 }),
    reportPath: join(folder, `report-${batches}.jsonl`),
    journalPath: join(folder, `journal-${batches}.jsonl`),
  });
  assert.ok(summary.complete, `${name}: ${summary.issued} of ${summary.rows} cards`);
  return new Map(
    readdirSync(cards).map((file) => {
      const content = new Uint8Array(readFileSync(join(cards, file)));
      return [file.replace(/\.card$/, ""), Card.load(content, { trusted: DEVELOPMENT_TRUSTED })];
    }),
  );
}

const HEADER = "serial,terminal_number,valid_from,valid_until";

async function issuePsams(...terminals: readonly string[]): Promise<Map<string, Card>> {
  const path = join(folder, `psams-${batches}.csv`);
  const rows = terminals.map((terminal, at) => `0000001${at},${terminal},2026-01-01,2036-01-01`);
  writeFileSync(path, [HEADER, ...rows, ""].join("\n"));
  return issue("psam", path, await psamImage());
}

async function powerAndSelect(psam: Card, algorithm: PsamAlgorithm): Promise<Psam> {
  const slot = poweredCard(psam);
  await slot.reset();
  return selectPsam(slot, algorithm);
}

/** A user card of a generation, its region, and the factors of its keys. */
async function issueUserCard(name: string, seed: number) {
  const directory = join(folder, `sample-${batches}`);
  const batch = await makeSampleBatch({ n: 1, seed, directory });
  const [head = "", row = ""] = readFileSync(batch.path, "utf8").split("\n");
  const region = row.split(",")[head.split(",").indexOf("issuing_region")]!;
  const [card] = [...(await issue(name, batch.path, await referenceImage())).values()];
  const factors: CardFactors = {
    province: provinceFactor(region),
    city: cityFactor(region),
    card: card!.reset().slice(-8),
  };
  return { card: card!, region, factors };
}

const ORIGINAL = bytes("A1A2A3A4A5A6A7A8");
const AS_TYPE_8 = ["UKSSSE", "BK", "PUK"];

/** What the PSAM may do with a key of this usage; both, where its type is 8. */
function useOf({ psam }: KeyDefinition) {
  return (psam!.usage & 0x1f) === 8 ? "encipher-and-mac" : "encipher";
}

function enter(card: Card, application: ApplicationDefinition): void {
  accept(card, apdu(0, INS_SELECT, 4, 0, hex(application.dfName), 0));
}

const challenge = (card: Card, length = 8) =>
  accept(card, apdu(0, INS_GET_CHALLENGE, 0, 0, "", length));

/** Proves a key to the user card with the PSAM; the status word. */
async function prove(card: Card, psam: Psam, key: KeyDefinition, factors: CardFactors) {
  const random = challenge(card);
  await deliverSessionKey(psam, { use: useOf(key), id: key.psam!.ids[0]! }, factors, random);
  const data = concat(await authenticationData(psam, ORIGINAL), ORIGINAL);
  const response = card.exchange(
    apdu(0, INS_EXTERNAL_AUTHENTICATE, 0, key.reference, Uint8Array.from(data)),
  );
  return (response.at(-2)! << 8) | response.at(-1)!;
}

/** A purchase between user card and PSAM: the terminal's number of it, and the card's code. */
async function pay(card: Card, psam: Psam, factors: CardFactors, version: number) {
  const data = `0${version}${AMOUNTS}${psam.terminal}`;
  const initialize = [INS_INITIALIZE_TRANSACTION, P1_PURCHASE, P2_INITIALIZE] as const;
  const started = accept(card, apdu(CLA_ACCOUNT, ...initialize, data, 0x16));
  const purchase = {
    random: started.slice(18, 22),
    cardSequence: started.slice(14, 16),
    account: bytes(AMOUNTS.slice(0, 8)),
    self: bytes(AMOUNTS.slice(8, 16)),
    pool: bytes(AMOUNTS.slice(16)),
    type: TRANSACTION_PURCHASE,
    time: TIME,
    keyVersion: started[16]!,
    keyAlgorithm: started[17]!,
  };
  const { sequence, mac1 } = await initSamForPurchase(psam, purchase, factors);
  const debit = hex(concat(sequence, TIME, mac1));
  const answer = accept(card, apdu(CLA_ACCOUNT, INS_DEBIT_FOR_PURCHASE, P1_PURCHASE, 0, debit, 8));
  await creditSamForPurchase(psam, answer.slice(4));
  return { sequence, tac: answer.slice(0, 4) };
}

tests("a PSAM tells the numbers of its row, and begins with transaction 1", async () => {
  const [psam] = [...(await issuePsams("510100000001")).values()];
  const slot = poweredCard(psam!);
  const historical = (await slot.reset()).slice(-13);
  assert.is(hex(historical), "57462611015746510100000010");
  for (const algorithm of ["sm4", "tdes"] as const) {
    const selected = await selectPsam(slot, algorithm);
    assert.is(selected.terminal, "510100000001");
    assert.is(selected.serial, "91565101000000000010");
    assert.is(await readSequence(selected), 1);
  }
});

for (const { generation, product: name, algorithm } of GENERATIONS) {
  const definition = socialSecurityCard(generation);
  const applications = definition.applications.filter(({ optional }) => !optional);
  const [environment] = applications;

  tests(`generation ${generation}: the PSAM opens every file of a user card`, async () => {
    const { card, region, factors } = await issueUserCard(name, 21);
    const [psam] = [...(await issuePsams(`${region}000007`)).values()];
    const selected = await powerAndSelect(psam!, algorithm);
    let proven = 0;
    for (const application of applications) {
      enter(card, application);
      for (const key of application.keys) {
        if (key.purpose !== "external" || key.psam === undefined) continue;
        assert.is(hex16(await prove(card, selected, key, factors)), hex16(SW_SUCCESS), key.name);
        proven++;
      }
    }
    assert.ok(proven > 35, `only ${proven} keys were proven`);
    // The user card proves itself with IRK.
    enter(card, environment!);
    const irk = environment!.keys.find((key) => key.purpose === "internal")!;
    const random = bytes("1020304050607080");
    const request = apdu(0, INS_INTERNAL_AUTHENTICATE, 0, 0, hex(random) + hex(ORIGINAL), 8);
    const answer = accept(card, request);
    await deliverSessionKey(selected, { use: "encipher", id: irk.psam!.ids[0]! }, factors, random);
    assert.is(hex(answer), hex(await authenticationData(selected, ORIGINAL)));
  });

  tests(
    `generation ${generation}: a PSAM of another city opens what its province may`,
    async () => {
      const { card, region, factors } = await issueUserCard(name, 22);
      const other = region.slice(0, 3) + ((Number(region[3]) + 1) % 10) + region.slice(4);
      const [psam] = [...(await issuePsams(`${other}000008`)).values()];
      const selected = await powerAndSelect(psam!, algorithm);
      enter(card, environment!);
      for (const key of environment!.keys) {
        if (!AS_TYPE_8.includes(key.name)) continue;
        assert.is(await prove(card, selected, key, factors), SW_SUCCESS, key.name);
      }
      const city = applications.find(({ id }) => id === "DF01")!;
      enter(card, city);
      const own = city.keys.find(({ name }) => name === "UK3DF01")!;
      const error = await prove(card, selected, own, factors).catch((thrown: unknown) => thrown);
      assert.instance(error, PsamLevelError);
    },
  );

  tests(
    `generation ${generation}: at a desk with a PSAM of another city no try is spent, and the HSM does it`,
    async () => {
      const { card, region } = await issueUserCard(name, 25);
      const other = region.slice(0, 3) + ((Number(region[3]) + 1) % 10) + region.slice(4);
      const [psam] = [...(await issuePsams(`${other}000004`)).values()];
      const security = new PsamSecurity(new EmulatedSlot(psam!));
      const pinPad = new TypedPad(PIN, PIN, PIN, PIN);
      const desk = deskWith(card, { security, pinPad });
      const read = [2, cardInfoOf(done(await desk.iReadCardBas(1))), "DF01EF08|2B|$"] as const;
      const data = "DF01EF08|2|$";
      const pay = "1.00|1.00|20270101101500|";
      // More often than the key may be tried.
      for (let n = 0; n < 12; n++) {
        const before = card.memory.operations;
        ended(await desk.iWriteCard(1, read[1], read[2], data), -24);
        // A card that gets power writes one word.
        assert.is(card.memory.operations, before + 1, "a try was spent");
      }
      ended(await desk.iDoDebit(1, read[1], pay), -24);
      const system = new BusinessSystem(desk, libraryOf(keystore.service()));
      done(await system.readBasic(1));
      done(await system.write(1, read[1], read[2], data));
      assert.is(done(await desk.iReadCard(1, ...read)), data);
      done(await system.debit(1, read[1], pay));
      assert.match(done(await desk.iReadDebitRecord(1)), /\^1\.00\^1\.00\^\|$/);
    },
  );

  tests(
    `generation ${generation}: user card and PSAM make purchases with each version`,
    async () => {
      const { card, region, factors } = await issueUserCard(name, 23);
      const [psam] = [...(await issuePsams(`${region}000009`)).values()];
      const selected = await powerAndSelect(psam!, algorithm);
      const medical = applications.find(({ account }) => account)!;
      enter(card, environment!);
      accept(card, apdu(0, INS_VERIFY, 0, 0, "123456"));
      enter(card, medical);
      for (const version of [1, 2, 3]) {
        const { sequence } = await pay(card, selected, factors, version);
        assert.is(hex(sequence), `0000000${version}`);
      }
      // With them a terminal would load money, and write receipts that no card gave.
      for (const purpose of ["load", "tac"] as const) {
        const { psam } = medical.keys.find((key) => key.purpose === purpose)!;
        const key = { use: purpose, id: psam!.ids[0]! };
        const asked = deliverSessionKey(selected, key, factors, new Uint8Array(8));
        assert.instance(await rejection(asked), PsamKeyError, purpose);
      }
    },
  );
}

tests(
  "with masters of the nation, cards lie three levels below, and the PSAM holds the top",
  async () => {
    for (const name of ["psam", "social-security"]) {
      const text = readFileSync(product(name), "utf8");
      const deeper = text.replaceAll("levels: [city, card]", "levels: [province, city, card]");
      assert.not.equal(deeper, text);
      writeFileSync(join(folder, `nation-${name}.yaml`), deeper);
    }
    const { card, region, factors } = await issueUserCard("nation-social-security", 25);
    const path = join(folder, "nation.csv");
    writeFileSync(path, `${HEADER}\n00000011,${region}000004,2026-01-01,2036-01-01\n`);
    const [psam] = [...(await issue("nation-psam", path, await psamImage())).values()];
    const selected = await powerAndSelect(psam!, "sm4");
    const [environment] = socialSecurityCard(3).applications;
    enter(card, environment!);
    const rkssse = environment!.keys.find((key) => key.name === "RKSSSE")!;
    assert.is(rkssse.psam!.usage, 0x67);
    assert.is(await prove(card, selected, rkssse, factors), SW_SUCCESS);
    const elsewhere = { ...factors, province: provinceFactor("990000") };
    assert.is(hex16(await prove(card, selected, rkssse, elsewhere)), "63c9");
  },
);

tests("a PSAM of other keys opens nothing", async () => {
  const { card, region, factors } = await issueUserCard("social-security", 24);
  const ours = keystore;
  keystore = makeSampleKeystore(await loadProduct(product("psam")));
  const [psam] = [...(await issuePsams(`${region}000003`)).values()];
  keystore = ours;
  const selected = await powerAndSelect(psam!, "sm4");
  const { applications } = socialSecurityCard(3);
  enter(card, applications[0]!);
  const key = applications[0]!.keys.find(({ name }) => name === "UKSSSE")!;
  assert.is(hex16(await prove(card, selected, key, factors)), "63c9");
});

tests(
  "terminal numbers that cannot be, or come twice, are told before a card is made",
  async () => {
    const messages: string[] = [];
    for (const terminals of [["51010000000"], ["000000000001"], ["510100000001", "510100000001"]]) {
      const error = await issuePsams(...terminals).then(
        () => assert.unreachable("it was issued"),
        (thrown: Error) => thrown,
      );
      messages.push((error as Error).message);
    }
    assert.match(messages[0]!, /terminal_number.*not 12 digits/);
    assert.match(messages[2]!, /terminal_number.*same as in row 1/);
  },
);

tests.run();
