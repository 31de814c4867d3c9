// The product file: the one that ships is sound, and each mistake is told with line and path.

import { readFileSync } from "node:fs";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import * as social from "../../../applets/social-security/spec.ts";
import { hex } from "../../../personalization/bytes.ts";
import { ProductError } from "../../../personalization/errors.ts";
import { encodeAccess, parseAccess } from "../../../personalization/products/access.ts";
import { loadProduct, parseProduct } from "../../../personalization/products/load.ts";
import { WRITTEN_OUT } from "../helpers/bureau.ts";
import { rejection, thrown } from "../helpers/rejection.ts";

const product = suite("product file");
const text = readFileSync(WRITTEN_OUT, "utf8");

/** Line, path and reason of the product with `from` (which must be there once) replaced by `to`. */
function mistake(from: string, to: string): string {
  assert.is(text.split(from).length, 2, `"${from}" must stand once in the product`);
  const error = thrown(() => parseProduct(Buffer.from(text.replace(from, to)), "p.yaml"));
  assert.instance(error, ProductError);
  assert.not.match(error.message, /\n/);
  const { line, path, reason } = error as ProductError;
  assert.is(error.message, `p.yaml:${line}: ${path === "" ? "" : `${path}: `}${reason}`);
  const expected = text.slice(0, text.indexOf(from)).split("\n").length;
  const last = expected + to.split("\n").length - 1;
  assert.ok(line >= expected && line <= last, `line ${line}, not ${expected} to ${last}`);
  return `${path}: ${reason}`;
}

product("the social security card has the items and keys of the standard", async () => {
  const [application] = (await loadProduct(WRITTEN_OUT)).applications;
  assert.is(hex(application!.aid).toLowerCase(), social.AID_SSSE);
  const files = application!.directory.files!;
  // Tag, type and length of V2.0, table 9.
  const table: Record<number, string> = {
    [social.FID_EF05_ISSUANCE]: "1cn16 2an1 3an4 4cn12 5cn4 6cn4 7an9",
    [social.FID_EF06_CARDHOLDER]: "8an18 9an30 78an20 10an1 11cn1 12cn3 13cn4",
  };
  for (const [id, items] of Object.entries(table)) {
    const file = files.find((one) => one.id === Number(id))!;
    assert.is(
      file.items!.map(({ tag, type, length }) => `${tag}${type}${length}`).join(" "),
      items,
    );
  }
  const portrait = files.find(({ id }) => id === social.FID_EF08_PORTRAIT)!;
  assert.is(portrait.content!.length, social.PORTRAIT_BYTES);
  assert.equal(
    files.map(({ sfi }) => sfi),
    [social.SFI_ISSUANCE, social.SFI_CARDHOLDER, social.SFI_PORTRAIT],
  );
  assert.equal(
    application!.directory.keys!.map(({ reference }) => reference),
    [social.KEY_IRK, social.KEY_STK, social.KEY_UKSSSE, social.KEY_PUK, social.KEY_RKSSSE],
  );
  const access = files.map((file) => hex(encodeAccess(file.access.read)));
  assert.equal(access, ["000000", "02000A", "02000A"]);
});

product("access conditions", () => {
  const encoded = (words: string) => hex(encodeAccess(parseAccess(words)!));
  assert.is(encoded("free"), "000000");
  assert.is(encoded("never"), "FF0000");
  assert.is(encoded("pin 01"), "010100");
  assert.is(encoded("key 0A"), "02000A");
  assert.is(encoded("pin 01 or key 85"), "030185");
  assert.is(encoded("pin 01 and key 85"), "040185");
  for (const words of [
    "",
    "key",
    "key 0a",
    "pin 01 key 02",
    "or key 02",
    "pin 01 or",
    "key 01 or pin 02",
  ]) {
    assert.is(parseAccess(words), undefined, words);
  }
});

const mistakes: readonly (readonly [string, string, string, string])[] = [
  [
    "an unknown field",
    'edition: "1"',
    'edition: "1"\ncolour: blue',
    "colour: unknown field; remove it, or correct its name",
  ],
  [
    "an unknown field inside an item",
    "name: card category,",
    "name: card category, colour: blue,",
    "applications[0].directory.files[0].items[1].colour: unknown field",
  ],
  ["a missing field", 'edition: "1"\n', "", "edition: missing field; add it"],
  ["an empty text", 'edition: "1"', 'edition: ""', 'edition: must not be empty, not ""'],
  ["a name that is none", "product: social", "product: 3social", "product: must be a letter, then"],
  [
    "a wrong type",
    "    concat: [{ column: issuing_region }, { hex: D156000005 }, { column: serial }]",
    "    concat: D156",
    "values.card_identity.concat: must be a list",
  ],
  [
    "a list for a text",
    "name: card issuance",
    "name: [card, issuance]",
    "applications[0].directory.files[0].name: ",
  ],
  [
    "a number that is none",
    "sfi: 5",
    "sfi: five",
    'applications[0].directory.files[0].sfi: must be a decimal number, not "five"',
  ],
  [
    "a number out of range",
    "sfi: 5",
    "sfi: 31",
    "applications[0].directory.files[0].sfi: must be at most 30, not 31",
  ],
  [
    "hex that is none",
    "tag: 4E,",
    "tag: 4G,",
    'applications[0].directory.files[1].items[2].tag: must be 2 or 4 digits 0-9 A-F, not "4G"',
  ],
  [
    "an item type that is none",
    "type: an, length: 18",
    "type: ascii, length: 18",
    "applications[0].directory.files[1].items[0].type: must be cn, an or b",
  ],
  [
    "a source too few",
    "length: 18, column: id_number",
    "length: 18",
    "applications[0].directory.files[1].items[0]: needs exactly one of column, constant, hex, value, concat",
  ],
  [
    "a source too many",
    "length: 18, column: id_number",
    "length: 18, column: id_number, hex: 00",
    "applications[0].directory.files[1].items[0]: needs exactly one of column",
  ],
  [
    "a column that is not in the batch",
    "length: 18, column: id_number",
    "length: 18, column: id",
    'applications[0].directory.files[1].items[0].column: the batch has no column "id"',
  ],
  [
    "a value that is not defined above",
    "value: card_identification_code }\n\nissuer",
    "value: card_identificaton_code }\n\nissuer",
    'report.identification_code.value: no value "card_identificaton_code" is defined above',
  ],
  [
    "a constant too long",
    'length: 4, constant: "3.00"',
    'length: 4, constant: "3.000"',
    "applications[0].directory.files[0].items[2]: needs 5 bytes; the card holds 4",
  ],
  [
    "a value too long",
    "length: 13, value: historical_bytes",
    "length: 12, value: historical_bytes",
    "issuerDomain.data[3].value: the value has 13 bytes: too long",
  ],
  [
    "a record too long",
    "type: an, length: 18",
    "type: an, length: 253",
    "applications[0].directory.files[1].items[0].length: the record would have 255 bytes: too long",
  ],
  [
    "an access condition that is none",
    "access: { read: free,",
    "access: { read: anyone,",
    "applications[0].directory.files[0].access.read: must be such as: free, never, key 0A",
  ],
  [
    "a key that is not on the card",
    "readBack:\n      - { read: EF05 }",
    "readBack:\n      - { externalAuthenticate: 0B }",
    "applications[0].readBack[0].externalAuthenticate: not on this card",
  ],
  [
    "an access key that is not on the card",
    "- { reference: 0A, name: RKSSSE,",
    "- { reference: 0B, name: RKSSSE,",
    "applications[0].directory.files[1].access.read: names a key that is not on this card",
  ],
  [
    "a file twice",
    "- id: EF06",
    "- id: EF05",
    "applications[0].directory.files[1].id: stands twice in this directory",
  ],
  [
    "a key twice",
    "- { reference: 02, name: STK",
    "- { reference: 00, name: STK",
    "applications[0].directory.keys[1].reference: stands twice in this directory",
  ],
  [
    "a continuation of nothing",
    "continuationOf: 09",
    "continuationOf: 19",
    "applications[0].directory.files[1].items[2].continuationOf: the file has no item of type an with this tag",
  ],
  [
    "a column type that is none",
    "{ type: ethnic-group }",
    "{ type: nation }",
    "batch.columns.ethnic_group.type: must be one of identity-number",
  ],
  [
    "an agreement with the wrong column",
    "type: sex, agreesWith: id_number",
    "type: sex, agreesWith: name",
    "batch.columns.sex.agreesWith: must name a column of type identity-number",
  ],
  [
    "a date that is held against no date",
    "notBefore: birth_date",
    "notBefore: name",
    "batch.columns.issue_date.notBefore: must name a column of type birth-date or date",
  ],
  [
    "a date that is held against itself",
    "notBefore: birth_date",
    "notBefore: issue_date",
    "batch.columns.issue_date.notBefore: must name another column",
  ],
  [
    "a comparison that the type does not know",
    "notBefore: birth_date",
    "after: birth_date",
    "batch.columns.issue_date.after: a column of type date takes no after; remove it",
  ],
  [
    "a comparison that the type needs",
    "{ type: later-date, after: issue_date }",
    "{ type: later-date }",
    "batch.columns.expiry_date: missing after: name a column of type date",
  ],
  [
    "a unique column that is not there",
    "- [card_number]",
    "- [number]",
    'batch.unique[1][0]: no column "number"',
  ],
  [
    "a unique column that cannot be",
    "- [card_number]",
    "- [name]",
    "batch.unique[1]: columns of these types cannot be checked for duplicates",
  ],
  [
    "a security level that is none",
    "securityLevel: 33\n    # Master",
    "securityLevel: 30\n    # Master",
    "applications[0].securityLevel: must be 01, 03, 11, 13 or 33",
  ],
  [
    "a transparent file with items",
    "          content: {",
    "          items: []\n          content: {",
    "applications[0].directory.files[2].items: a transparent file has no items",
  ],
  ["YAML that is none", "values:\n", "values: [\n", ""],
  ["a field twice", 'edition: "1"', 'edition: "1"\nedition: "2"', ""],
];
for (const [what, from, to, expected] of mistakes) {
  product(`refuses ${what}`, () => {
    if (expected === "") {
      // A broken document is told where the parser met it, not where it was broken.
      const error = thrown(() => parseProduct(Buffer.from(text.replace(from, to)), "p.yaml"));
      assert.instance(error, ProductError);
      assert.match(error.message, /^p\.yaml:\d+: [^\n]+$/);
      return;
    }
    if (what === "an access key that is not on the card") {
      const changed = text.replace(from, to);
      const error = thrown(() => parseProduct(Buffer.from(changed), "p.yaml")) as ProductError;
      assert.is(`${error.path}: ${error.reason}`, expected);
      return;
    }
    const told = what === "a missing field" ? missing(from, to) : mistake(from, to);
    assert.ok(told.startsWith(expected), told);
  });
}

function missing(from: string, to: string): string {
  const error = thrown(() => parseProduct(Buffer.from(text.replace(from, to)), "p.yaml"));
  const { path, reason } = error as ProductError;
  return `${path}: ${reason}`;
}

product("refuses a file that is not there, and one that is empty", async () => {
  const error = await rejection(loadProduct("/nowhere/p.yaml"));
  assert.is(error.message, "/nowhere/p.yaml:1: there is no such file; check the name");
  assert.instance(
    thrown(() => parseProduct(Buffer.from(""), "p.yaml")),
    ProductError,
  );
});

product("a change of one byte changes the digest that journals are bound to", () => {
  const digest = (content: string) => hex(parseProduct(Buffer.from(content), "p").digest);
  assert.is(digest(text), digest(text));
  assert.is.not(digest(text), digest(`${text}\n`));
});

product.run();
