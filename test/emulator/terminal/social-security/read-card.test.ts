// A terminal reads really personalized cards, and cards that lie.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { DEVELOPMENT_TRUSTED } from "../../../../assembler/keys/development.ts";
import { Card } from "../../../../emulator/card.ts";
import { EmulatedBlanks, poweredCard } from "../../../../emulator/command/emulated-blanks.ts";
import { readingKeys, readWith } from "../../../../emulator/command/read-and-show.ts";
import {
  CARDHOLDER,
  decodeItem,
  ISSUANCE,
} from "../../../../emulator/terminal/social-security/items.ts";
import { readSocialSecurityCard } from "../../../../emulator/terminal/social-security/read-card.ts";
import { issueBatch } from "../../../../personalization/batch/issue.ts";
import { lengthenJpeg } from "../../../../personalization/batch/jpeg.ts";
import type { ItemDefinition } from "../../../../personalization/definition/types.ts";
import { SecureChannelError, StatusWordError } from "../../../../personalization/errors.ts";
import type { Keystore } from "../../../../personalization/keys/keystore.ts";
import { loadProduct } from "../../../../personalization/products/load.ts";
import { PORTRAIT_BYTES } from "../../../../personalization/sample/portrait.ts";
import { makeSampleBatch } from "../../../../personalization/sample/sample-batch.ts";
import { makeSampleKeystore } from "../../../../personalization/sample/sample-keystore.ts";
import { encodeGb18030 } from "../../../../personalization/text/gb18030.ts";
import { bytes, hex } from "../../../helpers/bytes.ts";
import { referenceImage } from "../../../helpers/card.ts";
import { PRODUCT } from "../../../personalization/helpers/bureau.ts";

/** Names that a card must hold: short, with the dots of other languages, rare characters, long. */
const NAMES = [
  "李雷",
  "阿依古丽·买买提",
  // 30 bytes: the whole field, nothing in the extension.
  "买买提江·阿卜杜热合曼·艾力江",
  // 32 bytes: goes on in 4E.
  "买买提江·阿卜杜热合曼·艾力江木",
  // A character of four bytes across the border of the field.
  "买买提江·阿卜杜热合曼·艾力𠮷𠮷",
  // 50 bytes: both fields full.
  `${"阿卜杜热合曼·".repeat(3)}艾力江木`,
];
const terminal = suite("social security terminal");
const folder = mkdtempSync(join(tmpdir(), "wafer-terminal-"));
let keystore: Keystore;
let rows: Record<string, string>[];
let cards: Card[];

terminal.before(async () => {
  const product = await loadProduct(PRODUCT);
  keystore = makeSampleKeystore(product);
  const batch = await makeSampleBatch({ n: NAMES.length, seed: 11, directory: folder });
  const [head = "", ...lines] = readFileSync(batch.path, "utf8").trim().split("\n");
  const named = lines.map((line, at) => line.replace(/^[^,]+/, NAMES[at]!));
  writeFileSync(batch.path, [head, ...named].join("\n"));
  const columns = head.split(",");
  rows = named.map((line) => {
    return Object.fromEntries(line.split(",").map((value, at) => [columns[at], value]));
  });
  await issueBatch({
    productPath: PRODUCT,
    batchPath: batch.path,
    keyService: keystore.service(),
    cards: new EmulatedBlanks(await referenceImage(), folder, { seed: 3 }),
    reportPath: join(folder, "report.jsonl"),
    journalPath: join(folder, "journal.jsonl"),
  });
  cards = rows.map(({ card_number }) => {
    const file = new Uint8Array(readFileSync(join(folder, `${card_number}.card`)));
    return Card.load(file, { trusted: DEVELOPMENT_TRUSTED });
  });
});
terminal.after(() => rmSync(folder, { recursive: true }));

terminal("reads what the row of the batch says, whatever the name", async () => {
  const digits = (text: string | undefined) => text?.replaceAll("-", "");
  for (const [at, row] of rows.entries()) {
    const { issuance, cardholder, portrait } = await readWith(
      cards[at]!,
      keystore.service(),
      "ssc-rkssse",
    );
    assert.is(issuance.cardNumber, row.card_number);
    assert.is(issuance.issueDate, digits(row.issue_date));
    assert.is(issuance.expiryDate, digits(row.expiry_date));
    assert.is(issuance.cardIdentifier?.slice(0, 6), row.issuing_region);
    assert.equal(cardholder, {
      socialSecurityNumber: row.id_number,
      name: row.name,
      sex: row.sex,
      ethnicGroup: row.ethnic_group,
      birthplace: row.birthplace,
      birthDate: digits(row.birth_date),
    });
    const picture = readFileSync(join(folder, row.portrait!));
    assert.is(hex(portrait!), hex(lengthenJpeg(picture, PORTRAIT_BYTES)));
  }
});

terminal("the names above are as long as they are meant to be", () => {
  const lengths = NAMES.map((name) => encodeGb18030(name).length);
  assert.equal(lengths, [4, 16, 30, 32, 36, 50]);
});

terminal("without keys: what is free, and no more", async () => {
  const content = await readWith(cards[0]!, undefined, "ssc-rkssse");
  assert.is(content.issuance.cardNumber, rows[0]!.card_number);
  assert.is(content.cardholder, undefined);
  assert.is(content.portrait, undefined);
});

terminal("another issuer's keys: refused before a try is spent, twenty times over", async () => {
  const card = cards[1]!;
  const wrong = makeSampleKeystore(await loadProduct(PRODUCT)).service();
  for (let reading = 0; reading < 20; reading++) {
    const error = await readWith(card, wrong).catch((caught: unknown) => caught);
    assert.instance(error, SecureChannelError);
    assert.match((error as Error).message, /not of this card's issuer/);
  }
  const content = await readWith(card, keystore.service());
  assert.is(content.cardholder?.socialSecurityNumber, rows[1]!.id_number);
  assert.is(hex16(await spendTry(card)), "63c9", "all ten tries were left");
});

terminal("a wrong reading key: refused, a try is spent, the right key restores it", async () => {
  const card = cards[1]!;
  await readWith(card, keystore.service());
  assert.is(hex16(await spendTry(card)), "63c9");
  assert.is(hex16(await spendTry(card)), "63c8");
  await readWith(card, keystore.service(), "ssc-rkssse");
  assert.is(hex16(await spendTry(card)), "63c9");
});

/** What the card answers to the proof of another key than RKSSSE. */
async function spendTry(card: Card): Promise<number> {
  const error = await readWith(card, keystore.service(), "ssc-uk1df01").then(
    () => assert.unreachable("a wrong key was let in"),
    (caught: unknown) => caught,
  );
  assert.instance(error, StatusWordError);
  assert.is((error as StatusWordError).command, "EXTERNAL AUTHENTICATE RKSSSE");
  return (error as StatusWordError).sw;
}

terminal("another card's proof opens nothing", async () => {
  const [first, second] = [cards[2]!, cards[3]!];
  const historical = (card: Card) => card.reset().slice(-13);
  const stolen = historical(first);
  historical(second);
  const content = await readWith(first, keystore.service(), "ssc-rkssse");
  assert.is.not(hex(content.historicalBytes), hex(historical(second)));
  let asked = 0;
  const own = historical(second);
  const { internal } = readingKeys(keystore.service());
  const error = await readSocialSecurityCard(poweredCard(second), stolen, {
    internal: (identity, ...randoms) =>
      internal({ ...identity, cardFactor: own.slice(-8) }, ...randoms),
    reading: async () => {
      asked++;
      return new Uint8Array(8);
    },
  }).catch((caught: unknown) => caught);
  assert.instance(error, StatusWordError);
  assert.is(asked, 1);
});

const CARD_NUMBER = ISSUANCE.items.find(({ key }) => key === "cardNumber") as ItemDefinition;
const BIRTH = CARDHOLDER.items.find(({ key }) => key === "birthDate") as ItemDefinition;
const NAME = CARDHOLDER.items.find(({ key }) => key === "name") as ItemDefinition;

terminal("decodes digits and text without their filling", () => {
  assert.is(decodeItem(CARD_NUMBER, bytes("07 09 57 30 30 30 30 30 30 30 33")), "W00000003");
  assert.is(decodeItem(BIRTH, bytes("0D 04 20 22 11 05")), "20221105");
  assert.is(decodeItem(BIRTH, bytes("0D 04 20 22 FF FF")), "2022");
  assert.is(decodeItem(NAME, bytes("09 06 C0 EE C0 D7 00 00")), "李雷");
  assert.is(decodeItem(NAME, bytes("09 03 41 00 42")), "A", "nothing behind the filling");
  assert.is(decodeItem(NAME, bytes("09 00")), "");
  assert.is(decodeItem(NAME, bytes("09 01 41 FF FF")), "A", "bytes behind the record");
});

const LIES: [record: string, reason: RegExp][] = [
  ["", /name \(tag 09\): a record of 0 bytes has no tag and length/],
  ["09", /a record of 1 bytes/],
  ["09 01", /name \(tag 09\): the record claims 1 bytes and has 0/],
  ["09 FF 41 42", /claims 255 bytes and has 2/],
  ["0A 01 41", /the card answered with tag 0A/],
  ["09 02 81 30 00", /the bytes are not GB 18030 text/],
];
for (const [record, reason] of LIES) {
  terminal(`a record that lies is refused by name: ${record || "nothing"}`, () => {
    assert.throws(
      () => decodeItem(NAME, bytes(record)),
      (error: Error) => error.name === "FieldError" && reason.test(error.message),
    );
  });
}

terminal("a card that answers nonsense is one error, at any command", async () => {
  const nonsense = ["", "90", "9000", "FFFFFFFF9000", "6F00", "09FF419000", "0109419000"];
  /** Commands of a reading: see the files of items.ts, and 16 parts of the portrait. */
  const COMMANDS = 38;
  let refusals = 0;
  for (const answer of nonsense) {
    for (let at = 0; at < COMMANDS; at++) {
      const card = poweredCard(cards[4]!);
      const historical = (await card.reset()).slice(-13);
      let count = 0;
      const lying = {
        ...card,
        transmit: async (command: Uint8Array) =>
          count++ === at ? bytes(answer) : card.transmit(command),
      };
      const prove = readingKeys(keystore.service());
      const error = await readSocialSecurityCard(lying, historical, prove).then(
        () => undefined,
        (caught: Error) => caught,
      );
      if (error === undefined) continue;
      refusals++;
      assert.match(
        error.name,
        /^(StatusWordError|TransportError|FieldError|SecureChannelError)$/,
        `${answer} to command ${at}: ${error.stack}`,
      );
      assert.not.match(error.message, /\n/);
    }
  }
  assert.ok(refusals > 120, `only ${refusals} refusals`);
});

terminal("a short answer to reset is an error that says so", async () => {
  const card = poweredCard(cards[0]!);
  await card.reset();
  const unasked = async () => {
    throw new Error("a key was asked for");
  };
  const error = await readSocialSecurityCard(card, new Uint8Array(3), {
    internal: unasked,
    reading: unasked,
  }).catch((caught: Error) => caught);
  assert.match((error as Error).message, /has 3 historical bytes/);
});

function hex16(sw: number): string {
  return sw.toString(16);
}

terminal.run();
