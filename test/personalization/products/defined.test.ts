// A product that names a definition: what its cards are sent, in both generations, and what is refused.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import {
  DGI_6200_CREATE_FILE,
  DGI_7001_TRANSPARENT_DATA,
  DGI_7002_RECORD,
  DGI_8000_KEY,
  DGI_8010_PIN,
} from "../../../applets/filesystem/spec.ts";
import {
  DGI_0086_ALGORITHM,
  DGI_8400_MEDICAL_ACCOUNT,
} from "../../../applets/social-security/spec.ts";
import { applicationData } from "../../../personalization/batch/application-data.ts";
import { openMasters, planCard } from "../../../personalization/batch/card-plan.ts";
import { bytes, concat, hex } from "../../../personalization/bytes.ts";
import { bundledDefinition } from "../../../personalization/definition/load.ts";
import { DefinitionError, ProductError } from "../../../personalization/errors.ts";
import { encryptBlocks } from "../../../personalization/keys/block-cipher.ts";
import type { KeyService } from "../../../personalization/keys/key-service.ts";
import { Keystore } from "../../../personalization/keys/keystore.ts";
import { loadProduct, parseProduct } from "../../../personalization/products/load.ts";
import { makeSampleKeystore } from "../../../personalization/sample/sample-keystore.ts";
import { decodeGb18030 } from "../../../personalization/text/gb18030.ts";
import { PRODUCT, PRODUCT_2 } from "../helpers/bureau.ts";
import { rejection, thrown } from "../helpers/rejection.ts";

const defined = suite("product of a definition");
const text = readFileSync(PRODUCT, "utf8");

/** A row of the batch, normalized. Nobody has this number. */
const ROW: Readonly<Record<string, string>> = {
  name: "测试人",
  id_number: "510104199001010014",
  sex: "1",
  ethnic_group: "01",
  birthplace: "510104",
  birth_date: "19900101",
  issuing_region: "510100",
  issue_date: "20260102",
  expiry_date: "20360102",
  card_number: "T00000009",
  serial: "00000001",
  portrait: "face.jpg",
  work_status: "1",
  marital_status: "2",
  person_category: "24",
  insured_region: "510100",
  medical_category: "11",
  medical_date: "20151231",
  medical_account: "5101000000000001",
  medical_balance: "123456",
};
const PICTURE = new Uint8Array(4096).fill(0x50);

interface Grouping {
  readonly dgi: number;
  readonly value: Uint8Array;
}

/** What the card of a row is sent, and the DEK under which its secrets are. */
async function sent(
  productPath: string,
  changes: Readonly<Record<string, string>> = {},
  keystore?: Keystore,
) {
  const product = await loadProduct(productPath);
  const service = (keystore ?? makeSampleKeystore(product)).service();
  const masters = await openMasters(service, product);
  const row = { ...ROW, ...changes };
  const plan = await planCard(service, product, masters, row, { portrait: PICTURE });
  const { encoder, versions, groupingKey } = plan;
  // In the place of a key's value stands what it makes of zeros: that tells which key it is.
  const marking: KeyService = {
    ...bound(service),
    wrap: async (_, keys) => {
      const marks = [keys].flat().map((key) => service.encrypt(key, "ecb", new Uint8Array(16)));
      return concat(...(await Promise.all(marks)));
    },
  };
  const dek = plan.keySet.dek;
  const secrets = { service: marking, dek, versions, groupingKey };
  const [application] = product.applications;
  const groupings = await applicationData(application!, encoder, secrets, 240);
  return { groupings: groupings.map(parse), application: application! };
}

/** The methods of a service, which lie in its class, as members. */
function bound(service: KeyService): KeyService {
  return {
    open: (name) => service.open(name),
    derive: (parent, derivation) => service.derive(parent, derivation),
    encrypt: (key, mode, data) => service.encrypt(key, mode, data),
    cmac: (key, data) => service.cmac(key, data),
    wrap: (wrapping, key, mode) => service.wrap(wrapping, key, mode),
    checkValue: (key) => service.checkValue(key),
    release: (key) => service.release(key),
  };
}

function parse(grouping: Uint8Array): Grouping {
  const long = grouping[2] === 0xff;
  const length = long ? (grouping[3]! << 8) | grouping[4]! : grouping[2]!;
  const value = grouping.subarray(long ? 5 : 3);
  assert.is(value.length, length);
  return { dgi: (grouping[0]! << 8) | grouping[1]!, value };
}

function of(groupings: readonly Grouping[], dgi: number): Uint8Array[] {
  return groupings.filter((one) => one.dgi === dgi).map(({ value }) => value);
}

/** Records of a file: what follows DF (2) ‖ EF (2). */
function records(groupings: readonly Grouping[], df: string, ef: string): string[] {
  return of(groupings, DGI_7002_RECORD)
    .filter((value) => hex(value.subarray(0, 4)) === df + ef)
    .map((value) => hex(value.subarray(4)));
}

defined("every file, key, application and the account is made, in both generations", async () => {
  for (const path of [PRODUCT, PRODUCT_2]) {
    const { groupings } = await sent(path);
    // 39 files and 5 applications; each of them once.
    const made = of(groupings, DGI_6200_CREATE_FILE);
    assert.is(made.length, 44);
    assert.is(of(groupings, DGI_8000_KEY).length, 56);
    assert.is(of(groupings, DGI_8010_PIN).length, 1);
    assert.is(of(groupings, DGI_8400_MEDICAL_ACCOUNT).length, 1);
  }
});

defined("the algorithm indicator goes first", async () => {
  const [third, second] = [await sent(PRODUCT), await sent(PRODUCT_2)];
  assert.equal(
    [third.groupings[0]!.dgi, hex(third.groupings[0]!.value)],
    [DGI_0086_ALGORITHM, "03"],
  );
  assert.equal(
    [second.groupings[0]!.dgi, hex(second.groupings[0]!.value)],
    [DGI_0086_ALGORITHM, "01"],
  );
});

defined("an application states what blocking it asks for", async () => {
  const { groupings } = await sent(PRODUCT);
  const blocked = of(groupings, DGI_6200_CREATE_FILE)
    .map(hex)
    .filter((value) => value.includes("820138"))
    .map((value) => [/8302(....)/.exec(value)![1], /8609(.{18})/.exec(value)![1]]);
  const never = "FF0000".repeat(3);
  const locked = "FF0000020083FF0000";
  assert.equal(Object.fromEntries(blocked), {
    DF01: never,
    DF02: never,
    DF03: locked,
    DF04: locked,
    DF07: never,
  });
});

defined("what opens the cardholder file differs between the generations", async () => {
  const conditions = async (path: string) => {
    const made = of((await sent(path)).groupings, DGI_6200_CREATE_FILE).map(hex);
    const file = made.find((value) => value.startsWith("3F00") && value.includes("8302EF06"))!;
    return /8609(.{18})/.exec(file)![1];
  };
  assert.is(await conditions(PRODUCT), "02000A020004020004");
  assert.is(await conditions(PRODUCT_2), "000000020004020004");
});

defined(
  "sizes: records for every time an item may occur, cyclic files as the table says",
  async () => {
    const { groupings } = await sent(PRODUCT);
    const made = of(groupings, DGI_6200_CREATE_FILE).map(hex);
    const descriptor = (df: string, ef: string) => {
      const file = made.find((value) => value.startsWith(df) && value.includes(`8302${ef}`))!;
      return /82(01|05)(.*?)(80|83)/.exec(file)!.slice(1, 3).join("");
    };
    assert.is(descriptor("DF04", "EF08"), "050621001C1E");
    assert.is(descriptor("DF04", "EF15"), "0506210003" + "08");
    assert.is(descriptor("DF02", "EF07"), "0506210055" + "04");
    assert.is(descriptor("DF03", "EF19"), "0502210029" + "04");
    assert.is(descriptor("DF01", "EF15"), "0504210036" + "04");
    assert.ok(made.some((value) => value.startsWith("DF01") && value.includes("80020128")));
  },
);

defined("the directory file lists the applications with their labels", async () => {
  const [first, ...others] = records((await sent(PRODUCT)).groupings, "3F00", "2F00");
  assert.is(first, "61184F06D156000005005" + "00EB9ABB9B2D3A6D3C3D0C5CFA2C7F8");
  const names = others.map((record) => record.slice(8, 20));
  assert.equal(names, ["D15600000501", "D15600000502", "D15600000503", "D15600000504"]);
});

defined("digits are filled with F, texts with 00, in fields and in parts", async () => {
  const study = { degree: "401", subject: "080901", school: "示例大学", education: "21" };
  const { groupings } = await sent(PRODUCT, { phone: "10000000001", ...study });
  const [phone] = records(groupings, "DF01", "EF06");
  assert.is(phone, `280F${Buffer.from("10000000001").toString("hex").toUpperCase()}00000000`);
  const school = "CABEC0FDB4F3D1A7".padEnd(80, "0");
  assert.equal(records(groupings, "DF01", "EF15"), [
    "2A0121",
    `4034570334303158030809015928${school}`,
  ]);
  const medical = records(groupings, "DF04", "EF05");
  assert.ok(medical.includes("84035101" + "00"));
  assert.ok(medical.includes("8F0132"));
  // A telephone number of 15 digits leaves nothing to fill.
  const full = await sent(PRODUCT, { phone: "123456789012345" });
  assert.is(records(full.groupings, "DF01", "EF06")[0]!.slice(-2), "35");
});

defined("empty columns leave items out, and a constructed item with all its parts", async () => {
  const { groupings } = await sent(PRODUCT, { degree: "", subject: "", school: "", education: "" });
  assert.equal(records(groupings, "DF01", "EF15"), []);
  assert.equal(records(groupings, "DF01", "EF06"), []);
  const some = await sent(PRODUCT, { degree: "401" });
  const [degree] = records(some.groupings, "DF01", "EF15");
  assert.is(degree, `40345703343031${"5803FFFFFF"}5928${"00".repeat(40)}`);
});

defined("the medical account begins with the balance of the batch, in fen", async () => {
  const [account] = of((await sent(PRODUCT)).groupings, DGI_8400_MEDICAL_ACCOUNT);
  assert.is(hex(account!), "DF04" + "0001E240" + "00000000" + "00000000" + "2026" + "0101");
});

defined(
  "transparent files: the portrait as it is, fingerprints only where there are some",
  async () => {
    const { groupings } = await sent(PRODUCT);
    const data = of(groupings, DGI_7001_TRANSPARENT_DATA).filter((value) =>
      hex(value).startsWith("3F00"),
    );
    const portrait = data.filter((value) => hex(value.subarray(2, 4)) === "EF08");
    assert.is(hex(concat(...portrait.map((value) => value.subarray(6)))), hex(PICTURE));
    assert.is(data.length, portrait.length);
  },
);

/** Part 9, 7.3.3 from the text: E(f) ‖ E(~f), or E(f ‖ ~f); with one DES length E(f) twice. */
function child(kind: "sm4" | "tdes", key: Uint8Array, f: Uint8Array, single: boolean): Uint8Array {
  const inverse = f.map((byte) => ~byte);
  if (single) {
    const half = encryptBlocks(kind, "ecb", key, f);
    return concat(half, half);
  }
  return encryptBlocks(kind, "ecb", key, concat(f, inverse));
}

for (const [path, kind, prefix] of [
  [PRODUCT, "sm4", "ssc-"],
  [PRODUCT_2, "tdes", "ssc2-"],
] as const) {
  defined(`keys of ${kind}: versions one after another, each from its own master`, async () => {
    const known = new Keystore();
    const master = new Map<string, Uint8Array>();
    for (const [at, { name, kind: own, length }] of makeSampleKeystore(await loadProduct(path))
      .list()
      .entries()) {
      const value = Uint8Array.from({ length }, (_, index) => (at * 7 + index * 11) & 0xff);
      master.set(name, value);
      known.add({ name, kind: own, value });
    }
    const { groupings, application } = await sent(path, {}, known);
    const factor = bytes("5746510100000001");
    const cardKey = (name: string, single: boolean) => {
      const city = child(kind, master.get(name)!, Buffer.from("510100sx", "latin1"), single);
      return child(kind, city, factor, single);
    };
    const sentKeys = of(groupings, DGI_8000_KEY);
    const find = (df: string, reference: string) =>
      hex(sentKeys.find((value) => hex(value).startsWith(df + reference))!);
    // DF ‖ reference ‖ cipher ‖ uses ‖ tries, versions ‖ length; then what stands for the values.
    const mark = (key: Uint8Array) => hex(encryptBlocks(kind, "ecb", key, new Uint8Array(16)));
    const versions = ["", "-v2", "-v3"].map((suffix) =>
      mark(cardKey(`${prefix}uk1df01${suffix}`, false)),
    );
    assert.is(find("DF01", "83").slice(6 + 4), `3A30${versions.join("")}`);
    const stk = mark(cardKey(`${prefix}stkdf01`, kind === "tdes"));
    assert.is(find("DF01", "82").slice(6 + 4), `0010${stk}`);
    assert.is(new Set(versions).size, 3);
    assert.is(application.directory.keys![0]!.kind, kind);
  });
}

defined("one keystore serves both products", async () => {
  const products = [await loadProduct(PRODUCT), await loadProduct(PRODUCT_2)];
  const keystore = makeSampleKeystore(...products);
  for (const product of products) await openMasters(keystore.service(), product);
  const kinds = new Map(keystore.list().map(({ name, kind }) => [name, kind]));
  assert.equal([kinds.get("ssc-uk1df01"), kinds.get("ssc2-uk1df01-v3")], ["sm4", "tdes"]);
  const only = makeSampleKeystore(products[0]!).service();
  const error = await rejection(openMasters(only, products[1]!));
  assert.match(error.message, /^the keystore has no key "ssc2-irk"; it has: .* and \d+ more$/);
});

defined("the whole name is on the card, with characters of four bytes at the border", async () => {
  const names = [
    "𠮷𠮷",
    "㐂䶮",
    "买买提江·阿卜杜热合曼·艾力𠮷𠮷",
    `${"阿卜杜热合曼·".repeat(3)}艾力江木`,
  ];
  for (const name of names) {
    const found = records((await sent(PRODUCT, { name })).groupings, "3F00", "EF06");
    const [first, rest] = [found[1]!, found.find((record) => record.startsWith("4E14"))!];
    assert.is(first.slice(0, 4), "091E");
    const part = (record: string) => decodeGb18030(bytes(record.slice(4).replace(/(00)+$/, "")));
    assert.is(part(first) + part(rest), name);
  }
});

/** Path and reason of the product with `from` (there once) replaced by `to`. */
function mistake(from: string, to: string): string {
  assert.is(text.split(from).length, 2, `"${from}" must stand once in the product`);
  const error = thrown(() => parseProduct(Buffer.from(text.replace(from, to)), "p.yaml"));
  assert.instance(error, ProductError, String(error));
  const { line, path, reason } = error as ProductError;
  const first = text.slice(0, text.indexOf(from)).split("\n").length;
  assert.ok(line >= first && line < first + to.split("\n").length, `line ${line}, not ${first}`);
  return `${path}: ${reason}`;
}

const ITEM = "          3A: { column: occupation }";
const MISTAKES: readonly (readonly [name: string, from: string, to: string, RegExp])[] = [
  [
    "an application that the cards have not",
    "      DF02:\n",
    "      DF05:\n",
    /values.DF05: these cards have no/,
  ],
  [
    "a file that the application has not",
    "        EF0D:\n",
    "        EF0C:\n",
    /values.SSSE.EF0C: SSSE has no file/,
  ],
  [
    "an item that the file has not",
    ITEM,
    "          3B: { column: occupation }",
    /EF06.3B: the file has no/,
  ],
  ["a column that is not there", ITEM, "          3A: { column: job }", /no column "job"/],
  ["two sources", ITEM, '          3A: { column: occupation, constant: "1" }', /exactly one of/],
  ["parts of a text", ITEM, "          3A: { 57: { column: degree } }", /must be one source/],
  [
    "more values than the file holds",
    ITEM,
    '          3A: [{ constant: "1" }, { constant: "2" }]',
    /holds 1/,
  ],
  [
    "a constant too long",
    ITEM,
    '          3A: { constant: "12345678" }',
    /needs 8 bytes; the card holds 7/,
  ],
  [
    "digits that are none",
    "EB: { column: issuing_region }",
    'EB: { constant: "51x" }',
    /must be digits alone/,
  ],
  [
    "a code that is none",
    'constant: "3" }',
    'constant: "5" }',
    /"5" is no code for this: 1, 2, 3, 4/,
  ],
  [
    "an unknown extension",
    "extensions: [person-number]",
    "extensions: [nothing]",
    /must be one of person-number/,
  ],
  [
    "an item that stands elsewhere already",
    "          61: {",
    "          60: { column: unemployment_date }\n          61: {",
    /stands in DF02 EF06 already/,
  ],
  [
    "a PIN that is missing",
    "    pins:\n      PIN: {",
    "    pins:\n      PUK: {",
    /missing field "PIN"/,
  ],
  ["a generation that is none", "generation: 3", "generation: 4", /must be 2 or 3/],
  [
    "a unique column that may be empty",
    "- [card_number]",
    "- [card_number, employer]",
    /may not be optional/,
  ],
];

for (const [name, from, to, expected] of MISTAKES) {
  defined(`refuses ${name}`, () => {
    assert.match(mistake(from, to), expected);
  });
}

defined("optional applications come when the product names them", async () => {
  const changed = text.replace("extensions: [person-number]", "optional: [DF05, DF06]");
  const without = changed.replace(/ {8}EF0D:\n.*\n.*\n/, "");
  const product = parseProduct(Buffer.from(without), "p.yaml");
  const directories = product.applications[0]!.directory.directories!;
  assert.equal(
    directories.map(({ id }) => id.toString(16)),
    ["df01", "df02", "df03", "df04", "df05", "df06", "df07"],
  );
  const health = new TextDecoder("gbk").decode(directories[4]!.dfName);
  assert.is(health, "生命与健康信息区");
});

defined("a definition may lie beside the product, and counts for its digest", async () => {
  const folder = mkdtempSync(join(tmpdir(), "wafer-defined-"));
  const file = join(folder, "product.yaml");
  const content = Buffer.from(text.replace("definition: social-security", "definition: own.yaml"));
  const own = readFileSync(bundledDefinition("social-security")!, "utf8");
  writeFileSync(join(folder, "own.yaml"), own);
  const digest = hex(parseProduct(content, file).digest);
  rmSync(folder, { recursive: true });
  const other = mkdtempSync(join(tmpdir(), "wafer-defined-"));
  writeFileSync(join(other, "own.yaml"), `${own}# changed\n`);
  assert.is.not(hex(parseProduct(content, join(other, "product.yaml")).digest), digest);
  rmSync(other, { recursive: true });
});

defined("a definition that is not there is named with its path", () => {
  const changed = text.replace("definition: social-security", "definition: absent.yaml");
  const error = thrown(() => parseProduct(Buffer.from(changed), "/folder/p.yaml"));
  assert.instance(error, DefinitionError);
  assert.match(error.message, /^\/folder\/absent.yaml:1: /);
});

defined.run();
