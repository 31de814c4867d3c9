// What a batch file must be, and the one line that each mistake gets.

import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { inspectJpeg } from "../../../personalization/batch/jpeg.ts";
import { NumberIndex } from "../../../personalization/batch/number-index.ts";
import { validateBatch } from "../../../personalization/batch/validate.ts";
import { BatchError, FieldError } from "../../../personalization/errors.ts";
import { cardNumberCheckCharacter } from "../../../personalization/identity/card-number.ts";
import { identityCheckCharacter } from "../../../personalization/identity/identity-number.ts";
import { loadProduct } from "../../../personalization/products/load.ts";
import type { Product } from "../../../personalization/products/product.ts";
import { samplePortrait } from "../../../personalization/sample/portrait.ts";
import { WRITTEN_OUT } from "../helpers/bureau.ts";
import { rejection, thrown } from "../helpers/rejection.ts";

const validate = suite("batch file");
const folder = mkdtempSync(join(tmpdir(), "wafer-batch-"));
const path = join(folder, "batch.csv");
let product: Product;

const HEADER =
  "name,id_number,sex,ethnic_group,birthplace,birth_date,issuing_region,issue_date,expiry_date,card_number,serial,portrait";
type Fields = Record<string, string>;
const COLUMNS = HEADER.split(",");

/** A person nobody is: number `index`, with some fields changed. */
function person(index: number, changes: Fields = {}): string {
  const digits = `51010419900101${String(index * 2 + 1).padStart(3, "0")}`;
  const number = `T${String(index).padStart(7, "0")}`;
  const fields: Fields = {
    name: "测试人",
    id_number: digits + identityCheckCharacter(digits),
    sex: "1",
    ethnic_group: "01",
    birthplace: "510104",
    birth_date: "1990-01-01",
    issuing_region: "510100",
    issue_date: "2026-01-02",
    expiry_date: "2036-01-02",
    card_number: number + cardNumberCheckCharacter(number),
    serial: String(index + 1).padStart(8, "0"),
    portrait: "face.jpg",
    ...changes,
  };
  return COLUMNS.map((column) => fields[column]).join(",");
}

function write(...lines: (string | Uint8Array)[]): void {
  writeFileSync(
    path,
    Buffer.concat(lines.map((line) => Buffer.concat([Buffer.from(line), Buffer.from("\n")]))),
  );
}

async function refusal(): Promise<BatchError> {
  const error = await rejection(validateBatch(product, path));
  assert.instance(error, BatchError);
  assert.not.match(error.message, /\n/);
  return error as BatchError;
}

/** The only problem of the batch, as `line row column reason`. */
async function onlyProblem(): Promise<string> {
  const error = await refusal();
  assert.is(error.count, 1, error.lines().join("\n"));
  const { line, row, column, reason } = error.problems[0]!;
  return `${line} ${row} ${column}: ${reason}`;
}

validate.before(async () => {
  product = await loadProduct(WRITTEN_OUT);
  const face = samplePortrait(1);
  writeFileSync(join(folder, "face.jpg"), face);
  const long = Buffer.concat([
    face.subarray(0, 2),
    Buffer.from("fffe1002", "hex"),
    Buffer.alloc(4096),
    face.subarray(2),
  ]);
  writeFileSync(join(folder, "long.jpg"), long);
  writeFileSync(join(folder, "torn.jpg"), face.subarray(0, -20));
  mkdirSync(join(folder, "folder"));
  writeFileSync(join(folder, "text.jpg"), "not a picture");
});
validate.after(() => rmSync(folder, { recursive: true }));

validate("takes a good batch: BOM, CRLF, quotes, columns in any order, an empty line", async () => {
  write(HEADER, person(0), person(1));
  const plain = await validateBatch(product, path);
  assert.is(plain.rows, 2);
  const reversed = (line: string) => line.split(",").reverse().join(",");
  const quoted = (line: string) =>
    line
      .split(",")
      .map((field) => `"${field}"`)
      .join(",");
  writeFileSync(
    path,
    `\ufeff${[reversed(HEADER), reversed(person(0)), "", quoted(reversed(person(1)))].join("\r\n")}`,
  );
  const other = await validateBatch(product, path);
  assert.is(other.rows, 2);
  assert.not.equal(other.digest, plain.digest);
});

const id = (digits: string) => digits + identityCheckCharacter(digits);
const rows: readonly (readonly [string, Fields, string])[] = [
  [
    "a wrong check digit",
    { id_number: "510104199001010010" },
    `id_number: check digit is 0; the other 17 digits demand ${identityCheckCharacter("51010419900101001")}: correct the mistyped one`,
  ],
  [
    "an identity number too short",
    { id_number: "51010419900101" },
    "id_number: is no identity number; write its 17 digits and the check digit 0-9 or X",
  ],
  [
    "a sex that is not the number's",
    { sex: "2" },
    "sex: is 2, but the identity number says 1; correct one of them",
  ],
  ["a sex that is none", { sex: "男" }, 'sex: "男" is not known; write 1 or 2'],
  [
    "a birth date that is not the number's",
    { birth_date: "1990-01-02" },
    "birth_date: differs from the birth date inside the identity number; correct one of them",
  ],
  [
    "30 February",
    { issue_date: "2026-02-30" },
    'issue_date: "2026-02-30" is a day that does not exist; correct it',
  ],
  [
    "a date in words",
    { issue_date: "2月30日" },
    'issue_date: "2月30日" is no date; write it as YYYY-MM-DD',
  ],
  [
    "an expiry before the issue",
    { expiry_date: "2026-01-02" },
    "expiry_date: 20260102 is not after issue_date; correct one of the two",
  ],
  [
    "an issue before the birth",
    { issue_date: "1989-12-31" },
    "issue_date: 19891231 is before birth_date; correct one of the two",
  ],
  [
    "an ethnic group that is none",
    { ethnic_group: "57" },
    'ethnic_group: "57" is no ethnic group: use 01 to 56, or 99',
  ],
  [
    "a region that is none",
    { birthplace: "990101" },
    'birthplace: "990101" is no region: no province has the code 99; correct it',
  ],
  [
    "a card number with a wrong check digit",
    { card_number: "D21435690" },
    "card_number: check digit of card number D21435690 is 0; the others demand X: correct the mistyped one",
  ],
  [
    "a serial that is none",
    { serial: "123" },
    'serial: "123" is not 8 digits; write 8, with zeros in front',
  ],
  ["an empty name", { name: "" }, "name: is empty; fill it in"],
  ["an empty region", { birthplace: "" }, "birthplace: is empty; fill it in"],
  ...["|", "^", "$"].map((character): [string, Fields, string] => {
    const code = `U+00${character.charCodeAt(0).toString(16).toUpperCase()}`;
    return [
      `a name with ${character}`,
      { name: `王${character}五` },
      `name: character "${character}" (${code}) cannot be read at a desk; remove it`,
    ];
  }),
  ...[0x200b, 0xad, 0xe0001].map((code): [string, Fields, string] => {
    const number = `U+${code.toString(16).toUpperCase().padStart(4, "0")}`;
    return [
      `a name with the invisible ${number}`,
      { name: `王${String.fromCodePoint(code)}五` },
      `name: character ${number} cannot be read at a desk; remove it`,
    ];
  }),
  ...["·", "·王五", "王五·"].map((name): [string, Fields, string] => [
    `the name ${name}`,
    { name },
    "name: begins or ends with a middle dot; remove it",
  ]),
  [
    "a name that fits in sum, but not whole characters",
    { name: `${"长".repeat(14)}𠮷${"长".repeat(9)}` },
    "name: needs 50 bytes in GB 18030; the card holds 30 and 20 bytes (the first takes 28, since no character is divided): shorten it",
  ],
  [
    "a space before the name",
    { name: " 王五" },
    "name: has a space before or after the name; remove it",
  ],
  [
    "a name with a control character",
    { name: "王\u0007五" },
    "name: character U+0007 cannot be written in GB 18030; write another for it",
  ],
  [
    "a name that the fields cannot hold",
    { name: "长".repeat(26) },
    "name: needs 52 bytes in GB 18030; the card holds 30 and 20 bytes: shorten it",
  ],
  [
    "a portrait that is not there",
    { portrait: "none.jpg" },
    "portrait: none.jpg: there is no such file; check the name",
  ],
  [
    "a portrait that is no JPEG",
    { portrait: "text.jpg" },
    "portrait: text.jpg is not a JPEG file; save it as one",
  ],
  [
    "a portrait that ends too early",
    { portrait: "torn.jpg" },
    "portrait: torn.jpg is a JPEG file that ends too early; copy it again",
  ],
  [
    "a portrait that is a folder",
    { portrait: "folder" },
    "portrait: folder: is no file; name a JPEG file",
  ],
  [
    "a portrait outside the folder",
    { portrait: "../face.jpg" },
    "portrait: must be the path of a file below the folder of the batch",
  ],
  [
    "a portrait by its absolute path",
    { portrait: "/etc/passwd" },
    "portrait: must be the path of a file below the folder of the batch",
  ],
];
for (const [what, changes, expected] of rows) {
  validate(`refuses ${what}`, async () => {
    write(HEADER, person(0), person(1, changes));
    assert.is(await onlyProblem(), `3 2 ${expected}`);
  });
}

validate("refuses a portrait too large for the card", async () => {
  // Of the right kind, torn, and of no kind at all: the size is what is wrong with each.
  const long = readFileSync(join(folder, "long.jpg"));
  const large = {
    "long.jpg": long,
    "cut.jpg": long.subarray(0, 4097),
    "zero.jpg": Buffer.alloc(5000),
  };
  for (const [name, data] of Object.entries(large)) {
    writeFileSync(join(folder, name), data);
    write(HEADER, person(0, { portrait: name }));
    const told = `${data.length} bytes, and the card holds 4096; make it smaller`;
    assert.is(await onlyProblem(), `2 1 portrait: ${name} is too large: ${told}`);
  }
});

validate("refuses a name that GB 18030 cannot hold, and names the character", async () => {
  // A private-use character that one table maps and the other does not.
  write(HEADER, person(0, { name: "王\ue5e5" }));
  assert.is(
    await onlyProblem(),
    "2 1 name: character U+E5E5 cannot be written in GB 18030; write another for it",
  );
});

validate("refuses bytes that are not UTF-8, and says where", async () => {
  const [before, after] = person(1).split("测试人");
  write(
    HEADER,
    person(0),
    Buffer.concat([Buffer.from(before!), Buffer.from("cdf5", "hex"), Buffer.from(after!)]),
  );
  assert.is(
    await onlyProblem(),
    "3 2 name: holds bytes that are not UTF-8; save the file as UTF-8",
  );
});

validate("refuses a person twice, a card number twice and a serial twice in a region", async () => {
  const first = person(0).split(",");
  const same = "the same as in row 1; correct or remove one of the two";
  write(HEADER, person(0), person(1), person(2, { id_number: first[1]! }));
  assert.is(await onlyProblem(), `4 3 id_number: ${same}`);
  write(HEADER, person(0), person(2, { card_number: first[9]! }));
  assert.is(await onlyProblem(), `3 2 card_number: ${same}`);
  write(HEADER, person(0), person(2, { serial: first[10]! }));
  assert.is(await onlyProblem(), `3 2 issuing_region + serial: ${same}`);
  write(HEADER, person(0), person(2, { serial: first[10]!, issuing_region: "510300" }));
  assert.is((await validateBatch(product, path)).rows, 2);
});

validate("a whole row that comes again is one mistake", async () => {
  write(HEADER, person(0), person(1), person(1), person(0));
  const { problems } = await refusal();
  const numbers = "(id_number, card_number, issuing_region + serial)";
  assert.equal(
    problems.map(({ row, column, reason }) => [row, column, reason]),
    [
      [3, "", `repeats row 2 ${numbers}; remove one of the two`],
      [4, "", `repeats row 1 ${numbers}; remove one of the two`],
    ],
  );
  // Numbers of two other rows are two mistakes.
  const [first, second] = [person(0).split(","), person(1).split(",")];
  const changes = { card_number: second[9]!, serial: second[10]! };
  write(HEADER, person(0), person(1), person(2, { id_number: first[1]!, ...changes }));
  assert.equal(
    (await refusal()).problems.map(({ reason }) => reason.replace(/;.*/, "")),
    ["the same as in row 1", "the same as in row 2", "the same as in row 2"],
  );
});

validate("a card may be issued on the day of birth", async () => {
  write(HEADER, person(0, { issue_date: "1990-01-01" }));
  assert.is((await validateBatch(product, path)).rows, 1);
});

validate("refuses an unknown, a missing and a repeated column before any row", async () => {
  write(`${HEADER},nation`, `${person(0)},x`);
  assert.match(
    await onlyProblem(),
    /^1 0 nation: unknown column; the product has: name, id_number/,
  );
  write(HEADER.replace(",serial", ""), person(0));
  assert.is(
    await onlyProblem(),
    "1 0 serial: missing column; add it, or correct the name of the column that holds it",
  );
  write(`${HEADER},name`, person(0));
  assert.is(await onlyProblem(), "1 0 name: stands twice in the header; remove one");
  write(HEADER.replace("sex", "gender"), person(0));
  assert.equal(
    (await refusal()).problems.map(({ column }) => column),
    ["gender", "sex"],
  );
});

validate("refuses what is no CSV, without quoting it", async () => {
  write(HEADER, person(0), person(1).replace("测试人", '"测试人'));
  assert.is(
    await onlyProblem(),
    "3 2 : not CSV from here on: a quotation mark is never closed; close it, or remove it",
  );
  write(HEADER, person(0), person(1).replace("测试人", '"测试"人'), person(2));
  assert.match(await onlyProblem(), /not CSV from here on: text after a closing quotation mark/);
  write(HEADER, person(0), person(1).replace("测试人", '测"试"人'));
  assert.match(await onlyProblem(), /not CSV from here on: a quotation mark inside a field/);
  write(HEADER, person(0), `"${"x".repeat(20_000)}`);
  assert.match(await onlyProblem(), /a row is longer than any row can be/);
});

validate("refuses a row with too few or too many fields, and reads on", async () => {
  write(HEADER, `${person(0)},x`, "测试人", person(1, { sex: "3" }));
  const { problems } = await refusal();
  assert.equal(
    problems.map(({ row, column, reason }) => [row, column, reason]),
    [
      [
        1,
        "",
        "13 fields; the header has 12: remove one, or put a field that holds a comma in quotation marks",
      ],
      [2, "", "1 fields; the header has 12: add what is missing, if only a comma"],
      [3, "sex", '"3" is not known; write 1 or 2'],
    ],
  );
});

validate("refuses an empty file, a header alone and a file that is not there", async () => {
  const noRow = "1 0 : the file holds no row; write one for each cardholder below the header";
  writeFileSync(path, "");
  assert.is(await onlyProblem(), noRow);
  write(HEADER);
  assert.is(await onlyProblem(), noRow);
  rmSync(path);
  assert.is(await onlyProblem(), "1 0 : there is no such file; check the name");
});

validate("tells all problems of all rows, the first twenty in words", async () => {
  const people = Array.from({ length: 15 }, (_, index) =>
    person(index, { sex: "2", ethnic_group: "00" }),
  );
  write(HEADER, ...people);
  const error = await refusal();
  assert.is(error.count, 30);
  const lines = error.lines();
  assert.is(lines.length, 21);
  assert.is(
    lines[0],
    `${path}:2: row 1, column ethnic_group: "00" is no ethnic group: use 01 to 56, or 99`,
  );
  assert.is(lines[20], `${path}: and 10 more`);
  assert.match(error.message, /\(and 29 more\); no card was begun$/);
});

validate("no message tells an identity number", async () => {
  const number = id("51010419900101999");
  const wrong = number.slice(0, 17) + (number[17] === "0" ? "1" : "0");
  write(
    HEADER,
    person(0, { id_number: wrong }),
    person(1, { id_number: number, sex: "2" }),
    person(2, { id_number: number }),
  );
  for (const line of (await refusal()).lines()) assert.not.match(line, /51010419900101/);
});

validate("an index of numbers finds each one again, also after it grew", () => {
  const index = new NumberIndex();
  const number = (row: number) => row * 104_729 * 65_536 + row;
  for (let row = 1; row <= 20_000; row++) assert.is(index.add(number(row), row), undefined);
  for (let row = 1; row <= 20_000; row += 7) assert.is(index.add(number(row), 1), row);
  assert.is(index.add(0, 5), undefined);
  assert.is(index.add(0, 6), 5);
});

validate("JPEG: size and colours are read, damage is found", () => {
  const face = samplePortrait(3);
  const { components, width, height } = inspectJpeg(face);
  assert.is(components, 3);
  assert.ok(width > 100 && height > width);
  for (let cut = 0; cut < face.length; cut += 50) {
    assert.instance(
      thrown(() => inspectJpeg(face.subarray(0, cut))),
      FieldError,
    );
  }
  const damaged = face.slice();
  damaged[4] = 0xff;
  assert.instance(
    thrown(() => inspectJpeg(damaged)),
    FieldError,
  );
});

validate.run();
