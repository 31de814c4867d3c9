// The definition of the social security card against the tables of the standard, typed anew here;
// and the one line that each mistake in the file gets.

import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import * as social from "../../../applets/social-security/spec.ts";
import { hex } from "../../../personalization/bytes.ts";
import {
  findApplication,
  findFile,
  findItem,
  findKey,
} from "../../../personalization/definition/find.ts";
import {
  bundledDefinition,
  loadDefinition,
  parseDefinition,
  socialSecurityCard,
} from "../../../personalization/definition/load.ts";
import { countObjects, definitionPage } from "../../../personalization/definition/page.ts";
import type { FileDefinition, ItemDefinition } from "../../../personalization/definition/types.ts";
import { DefinitionError, FieldError } from "../../../personalization/errors.ts";
import { thrown } from "../helpers/rejection.ts";

const definition = suite("definition of the social security card");
const FILE = bundledDefinition("social-security")!;
const text = readFileSync(FILE, "utf8");
const third = socialSecurityCard(3);
const second = socialSecurityCard(2);

const upper = (value: number) => value.toString(16).toUpperCase().padStart(2, "0");

/** V2.0, table 9 and appendix B: tag, type and length in hexadecimal, *count, parts in braces. */
const ITEMS: Readonly<Record<string, string>> = {
  "SSSE EF05": "01cn10 02an01 03an04 04cn0C 05cn04 06cn04 07an09",
  "SSSE EF06": "08an12 09an1E 4Ean14 0Aan01 0Bcn01 0Ccn03 0Dcn04",
  "SSSE EF0D": "EAan0C EBcn03",
  "DF01 EF05": "20an02 21an50 0Ecn03",
  "DF01 EF06": "23an50 24cn03 28an0F 2Can32 2Dan0F",
  "DF01 EF07": "29an01",
  "DF01 EF08": "2Ban01",
  "DF01 EF09": "2Ean46 30an09 32an02",
  "DF01 EF0A": "37an03 38an02 39cn04",
  "DF01 EF15": "2Acn01 40tlv34*3{57an03 58cn03 59an28}",
  "DF02 EF05":
    "42an03 41an03 43tlv6C*2{5Aan07 5Ban01 5Can46 5Dcn04 5Ean10} 44tlv65*2{33an03 34an46 35cn04 36an10}",
  "DF02 EF06": "4Ccn04 4Ban05 4Dcn03 60cn04 4Fan06 50cn03 3Aan07",
  "DF02 EF07": "an07 cn04 cn04 an46",
  "DF02 EF09": "55an10 56an46 96cn04 97cn03",
  "DF02 EF15": "99tlv10*4{10an03 11cn04 12cn03} 0Fcn04 1Fcn03",
  "DF02 EF16": "an03 cn04 cn04 cn04 cn03",
  "DF03 EF05": "61cn03 60cn04 98cn04 62cn04 63an03 64an03 65an03 66an03",
  "DF03 EF06":
    "45an14 46an02 47an02 48an01 49an01 67cn04 6Ban3C 4Atlv61*3{13an02 14an01 15an14 16cn04 17an3C}",
  "DF03 EF07": "70an03 71cn03 6Ecn04 6Ccn04 6Fcn04 73cn04",
  "DF03 EF15": "7Acn03 7Bcn04 7Ccn04",
  "DF03 EF16": "51cn03 5Fan01",
  "DF03 EF17": "3Ban14 3Can46 3Dan01 3Ecn04 3Fan3C",
  "DF03 EF18": "74an03 75cn03 76cn01 77cn04 78cn04",
  "DF03 EF19": "79tlv27*4{18an03 19cn03 1Acn04 1Bcn04 1Ccn04 1Dan03 1Ecn04}",
  "DF04 EF05":
    "81an08 84cn03 87an11 8Ccn01 80cn04 8Ban1D 8Aan0F 83an09 86an09 89an09 7Dan09 7Ean09 7Fan09 8Dan09 8Ean09 8Fan01",
  "DF04 EF06": "90an01 92cn04 93an02",
  "DF04 EF08": "b02 an01 cn06 cn07 b04 b04 b04",
  "DF04 EF15": "b02 an01",
  "DF05 EF05":
    "A0an01 A1an01 B9an01 A2an04 A9cn01 A3tlv18*5{A5an10 A6an04} A4tlv17*5{A7an10 A8an03} BAan14 BBan64 AAan14 ABcn04 ACan01 ADan01 AEan01 AFan01 B0an01 B1an01 B2an01 B3an01 B4an01 B5an01 B6an01 B7an01 BCan01 B8an28",
  "DF07 EF05": "F0an02 F1an01 F2cn04 F3an03 F4cn04",
  "DF07 EF06": "F5an03 F6cn04 F7an46",
  "DF07 EF07": "F8cn04 F9an01",
};

function written({ items, fields }: FileDefinition): string {
  const one = ({ type, length }: { type: string; length: number }) => `${type}${upper(length)}`;
  const item = (entry: ItemDefinition) => {
    const parts = entry.parts.map((part) => upper(part.tag) + one(part)).join(" ");
    const times = entry.count === 1 ? "" : `*${entry.count}`;
    return `${upper(entry.tag)}${one(entry)}${times}${parts === "" ? "" : `{${parts}}`}`;
  };
  return [...items.map(item), ...fields.map(one)].join(" ");
}

for (const [place, items] of Object.entries(ITEMS)) {
  definition(`${place} has the items of table 9`, () => {
    const [application = "", file = ""] = place.split(" ");
    assert.is(written(findFile(third, application, file)), items);
    assert.is(written(findFile(second, application, file)), items);
  });
}

/** Tables 3 to 8: read / write condition, by application and file, and what is no linear file. */
const CONDITIONS: Readonly<Record<string, string>> = {
  SSSE: "EF05 free/UKSSSE EF06 RKSSSE/UKSSSE EF07 RKSSSE/UKSSSE 768 EF08 RKSSSE/UKSSSE 4096 EF0D RKSSSE/UKEF0D",
  DF01: "EF05 p|RK1/UK1 EF06 p|RK1/UK4 EF07 p|RK1/UK2 EF08 p|RK1/UK3 EF09 p|RK1/UK2 EF0A p|RK1/UK5 EF15 p|RK1/UK6 EF16 free/UK7 296 EF17 free/UK8 296 EF18 free/UK9 296 EF19 free/UKA 296 EF1A free/UKB 296",
  DF02: "EF05 p|RK1/UK1 EF06 p|RK1/UK2 EF07 p|RK1/UK3 4x85 EF09 p|RK1/UK4 EF15 p|RK1/UK5 EF16 p|RK1/UK6 4x18",
  DF03: "EF05 p|RK2/UK1 EF06 p|RK1/UK2 EF07 p|RK1/UK3 EF15 p|RK1/UK4 EF16 p|RK1/UK5 EF17 p|RK1/UK6 EF18 p|RK1/UK7 EF19 p|RK1/UK8 4x41",
  DF04: "EF05 p|RK1/UK1 EF06 p&RK1/UK2 EF08 pin/never 30x28 EF15 p|RK1/UK2 8x3",
  DF07: "EF05 RK1/UK1 EF06 RK2/UK2 EF07 RK3/UK3",
};

for (const [id, conditions] of Object.entries(CONDITIONS)) {
  definition(`${id} has the files and conditions of its table`, () => {
    const short = (words: string) =>
      words
        .replace("pin or key ", "p|")
        .replace("pin and key ", "p&")
        .replace("key ", "")
        .replace(id, "");
    const files = findApplication(third, id).files.map((file) => {
      const records = `${file.records}x${file.recordSize}`;
      const sizes = { transparent: String(file.size), cyclic: records, "linear-fixed": records };
      const size = sizes[file.type as keyof typeof sizes];
      const access = (words: string) => (id === "SSSE" ? words.replace("key ", "") : short(words));
      return [file.id, `${access(file.read.text)}/${access(file.update.text)}`, size]
        .filter((part) => part !== undefined)
        .join(" ");
    });
    assert.is(files.join(" "), conditions);
    for (const file of findApplication(third, id).files) {
      assert.is(file.fid, Number.parseInt(file.id, 16));
      assert.is(file.sfi, file.fid & 0xff, "the short identifier is the end of the identifier");
    }
  });
}

definition("what differs in the second generation", () => {
  assert.equal(
    [third.cipher, third.algorithm, third.version],
    ["sm4", social.ALGORITHM_SM4, "3.00"],
  );
  assert.equal(
    [second.cipher, second.algorithm, second.version],
    ["tdes", social.ALGORITHM_TDES, "2.00"],
  );
  assert.is(findFile(second, "SSSE", "EF06").read.text, "free");
  assert.is(findFile(second, "SSSE", "EF08").read.text, "key RKSSSE");
  const single = second.applications.flatMap(({ keys }) =>
    keys.filter(({ length }) => length === 8),
  );
  assert.ok(single.length > 0 && single.every(({ name }) => name.startsWith("STK")));
  assert.not.ok(third.applications.some(({ keys }) => keys.some(({ length }) => length !== 16)));
});

definition("references that the card code knows", () => {
  const reference = (name: string) => findKey(third, "SSSE", name).reference;
  assert.equal(["IRK", "STKSSSE", "UKSSSE", "BK", "PUK", "RKSSSE"].map(reference), [
    social.KEY_IRK,
    social.KEY_STK,
    social.KEY_UKSSSE,
    social.KEY_BK,
    social.KEY_PUK,
    social.KEY_RKSSSE,
  ]);
  const { dfName } = findApplication(third, "SSSE");
  assert.is(hex(dfName).toLowerCase(), social.AID_SSSE);
});

/** Part 9, appendix B, for what it lists; what is chosen goes on from there. */
const REFERENCES: Readonly<Record<string, string>> = {
  DF01: "STK82 UK1:83 UK2:84 UK3:85 UK4:86 UK5:87 RK1:88 UK6:89 UK7:8A UK8:8B UK9:8C UKA:8D UKB:8E",
  DF02: "STK82 UK1:83 UK2:84 UK3:85 UK4:86 UK5:87 RK1:88 UK6:89",
  DF03: "STK82 LK83 RK1:84 RK2:85 UK1:86 UK2:87 UK3:88 UK4:89 UK5:8A UK6:8B UK7:8C UK8:8D",
  DF04: "STK82 LK83 RK1:84 UK1:85 UK2:86 DSK87 DPK88 DLK89 DTK8A",
  DF07: "STK82 RK1:83 UK1:84 RK2:85 UK2:86 RK3:87 UK3:88",
};

definition("references of the keys below the environment", () => {
  for (const [id, references] of Object.entries(REFERENCES)) {
    const keys = findApplication(third, id).keys.map(({ name, reference }) => {
      const short = name.replace(id, "");
      return `${short}${/[0-9AB]$/.test(short) ? ":" : ""}${upper(reference)}`;
    });
    assert.is(keys.join(" "), references);
  }
});

definition("addresses at the key service: one for each version", () => {
  const addresses = (application: string, name: string) =>
    findKey(third, application, name).hsm.map((one) => one.toString(16).toUpperCase());
  assert.equal(addresses("SSSE", "IRK"), ["170", "171", "172"]);
  assert.equal(addresses("SSSE", "STKSSSE"), ["173"]);
  assert.equal(addresses("DF04", "DPK"), ["17F", "199", "19C"]);
  assert.equal(addresses("DF07", "UK3DF07"), ["89", "8A", "8B"]);
  const all = third.applications.flatMap(({ keys }) => keys.flatMap(({ hsm }) => hsm));
  assert.is(new Set(all).size, all.length, "an address belongs to one key");
  const ids = third.applications.flatMap(({ keys }) =>
    keys.filter(({ psam }) => psam).map(({ psam }) => `${upper(psam!.usage & 0x1f)} ${psam!.ids}`),
  );
  assert.is(new Set(ids).size, ids.length, "a usage and identifier belong to one key");
});

definition("an application without a registered name is selected by its label", () => {
  const { dfName, optional } = findApplication(third, "DF05");
  assert.is(new TextDecoder("gbk").decode(dfName), "生命与健康信息区");
  assert.ok(optional);
});

definition("what is not there is named", () => {
  const file = findFile(third, "DF01", "EF05");
  const messages = [
    thrown(() => findApplication(third, "DF09")),
    thrown(() => findFile(third, "DF01", "EF99")),
    thrown(() => findItem(file, 0x99)),
    thrown(() => findKey(third, "DF01", "UK1DF02")),
  ].map((error) => {
    assert.instance(error, FieldError);
    return error.message;
  });
  assert.equal(messages, [
    "the card has no application DF09",
    "DF01 has no file EF99",
    "EF05 has no item 99",
    "DF01 has no key UK1DF02",
  ]);
});

definition("a card fits the objects of an instance", () => {
  const counts = countObjects(third);
  assert.equal(counts, { files: 39, directories: 5, keys: 56, pins: 1, accounts: 1, tables: 1 });
  assert.ok(Object.values(counts).reduce((sum, count) => sum + count) < 127);
});

definition("FILES.md is what npm run files-page writes", () => {
  const page = new URL("../../../applets/social-security/FILES.md", import.meta.url);
  const current = readFileSync(fileURLToPath(page), "utf8");
  assert.ok(current === definitionPage(third, second), "stale: npm run files-page");
});

/** Line, path and reason with `from` (the first of its kind) replaced by `to`. */
function mistake(from: string, to: string): string {
  assert.ok(text.includes(from), `"${from}" must stand in the definition`);
  const changed = text.replace(from, to);
  const error = thrown(() => parseDefinition(Buffer.from(changed), "d.yaml"));
  assert.instance(error, DefinitionError, String(error));
  assert.not.match(error.message, /\n/);
  const { line, path, reason } = error as DefinitionError;
  assert.is(error.message, `d.yaml:${line}: ${path === "" ? "" : `${path}: `}${reason}`);
  return `${path}: ${reason}`;
}

const MISTAKES: readonly (readonly [name: string, from: string, to: string, RegExp])[] = [
  ["no YAML", "definition: social", "definition: [social", /^: /],
  [
    "an unknown field",
    "key: issuance",
    "key: issuance\n        colour: red",
    /files\[0\].colour: unknown field/,
  ],
  ["a key that is not there", "update: key UK1DF01", "update: key UK1DF02", /names a key or PIN/],
  ["a condition that is none", "read: free", "read: none", /files?|directoryFile/],
  ["a reference twice", "reference: 02", "reference: 00", /keys\[1\].reference: stands twice/],
  ["a file twice", "- id: EF06", "- id: EF05", /files\[1\].id: stands twice/],
  ["a tag twice", "{ tag: 02,", "{ tag: 01,", /items\[1\].tag: stands twice/],
  ["a length that does not add up", "length: 52", "length: 53", /the parts have 52 bytes, not 53/],
  ["parts of a text", "type: tlv", "type: an", /parts exactly when it is of type tlv/],
  ["a continuation of nothing", "continues: 09", "continues: 77", /no text item with this tag/],
  ["a kind that is none", "kind: date", "kind: day", /must be date, month, year/],
  ["a date of two bytes", "length: 4, kind: date", "length: 2, kind: date", /a date is cn of 4/],
  [
    "a region of an item of text",
    "type: an, length: 15, kind: phone",
    "type: cn, length: 15, kind: phone",
    /kind: a phone is an$/,
  ],
  [
    "a part of a wrong kind",
    "length: 3, kind: month",
    "length: 3, kind: year",
    /parts\[\d\].kind: a year is cn of 2/,
  ],
  [
    "a field of a wrong kind",
    "length: 7, kind: time",
    "length: 7, kind: date",
    /fields\[\d\].kind: a date is/,
  ],
  ["a reference beyond the card's", "reference: 0A", "reference: 2A", /is no reference of a card/],
  ["a cyclic file without number", "        records: 4\n", "", /missing field "records"/],
  ["a record too long", "type: cn, length: 16 }", "type: cn, length: 260 }", /at most 250/],
  ["an extension below EF0C", "id: EF0D", "id: EF0B", /must be EF0C or above/],
  ["an extension that collides", "reference: 0D,", "reference: 0A,", /has already/],
  ["an extension of nothing", "application: SSSE\n", "application: DF09\n", /no such application/],
  [
    "an item that is exclusive and nowhere",
    "tag: 60 }, {",
    "tag: 61 }, {",
    /there is no such item/,
  ],
  [
    "an application that cannot be selected",
    "    aid: D15600000500\n    label: 公共应用信息区\n",
    "",
    /needs an aid or a label/,
  ],
  ["a label too long", "label: 生命与健康信息区", "label: 生命与健康信息区域", /must fit 16 bytes/],
  [
    "addresses for other versions",
    "hsm: [017F, 0199, 019C]",
    "hsm: [017F, 0199]",
    /2 addresses for 3/,
  ],
  [
    "a generation that is missing",
    '"3": key RKSSSE }',
    '"4": key RKSSSE }',
    /map of the generations/,
  ],
];

for (const [name, from, to, expected] of MISTAKES) {
  definition(`refuses ${name}`, () => {
    assert.match(mistake(from, to), expected);
  });
}

definition("a mistake names its line", () => {
  const changed = text.replace("update: key UK1DF07", "update: key UK1DF08");
  const line = text.slice(0, text.indexOf("update: key UK1DF07")).split("\n").length;
  const error = thrown(() => parseDefinition(Buffer.from(changed), "d.yaml"));
  assert.is((error as DefinitionError).line, line);
});

definition("a file that is not there is one line", () => {
  const error = thrown(() => loadDefinition("/absent.yaml"));
  assert.instance(error, DefinitionError);
  assert.match(error.message, /^\/absent.yaml:1: /);
  assert.is(bundledDefinition("../secrets"), undefined);
});

definition.run();
