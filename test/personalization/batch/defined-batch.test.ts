// A batch for the whole tree: what is refused before a card is touched, by row, column and character.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { Portraits } from "../../../personalization/batch/portraits.ts";
import { loadAttachments, validateBatch } from "../../../personalization/batch/validate.ts";
import { BatchError } from "../../../personalization/errors.ts";
import { cardNumberCheckCharacter } from "../../../personalization/identity/card-number.ts";
import { loadProduct } from "../../../personalization/products/load.ts";
import type { Product } from "../../../personalization/products/product.ts";
import { makeSampleBatch } from "../../../personalization/sample/sample-batch.ts";
import { PRODUCT } from "../helpers/bureau.ts";
import { rejection } from "../helpers/rejection.ts";

const batch = suite("batch of the whole tree");
const folder = mkdtempSync(join(tmpdir(), "wafer-tree-"));
const path = join(folder, "batch.csv");
let product: Product;
let sample: string;

batch.before(async () => {
  product = await loadProduct(PRODUCT);
  await makeSampleBatch({ n: 4, seed: 5, directory: folder });
  sample = readFileSync(path, "utf8");
  writeFileSync(join(folder, "short.bin"), new Uint8Array(767));
  writeFileSync(join(folder, "long.bin"), new Uint8Array(769));
});
batch.after(() => rmSync(folder, { recursive: true }));

/** The sample with one field of its third row changed. */
function change(column: string, value: string): void {
  const lines = sample.split("\n");
  const at = lines[0]!.split(",").indexOf(column);
  assert.ok(at >= 0, column);
  const fields = lines[3]!.split(",");
  fields[at] = value;
  lines[3] = fields.join(",");
  writeFileSync(path, lines.join("\n"));
}

/** The only problem, which must be in row 3. */
async function problem(column: string, value: string): Promise<string> {
  change(column, value);
  const error = await rejection(validateBatch(product, path));
  assert.instance(error, BatchError, String(error));
  const { problems, count } = error as BatchError;
  assert.is(count, 1, (error as BatchError).lines().join("\n"));
  assert.equal([problems[0]!.row, problems[0]!.line, problems[0]!.column], [3, 4, column]);
  return problems[0]!.reason;
}

const REFUSED: readonly (readonly [column: string, value: string, reason: RegExp])[] = [
  // The private use that old files made of characters that have a code of their own today.
  ["name", "李\u{E843}雷", /^character U\+E843 cannot be written in GB 18030; write another/],
  ["name", "李\u0007雷", /^character U\+0007 cannot be written in GB 18030/],
  // 25 characters fill both fields; a 26th is one too many.
  ["name", "一".repeat(26), /^needs 52 bytes in GB 18030; the card holds 30 and 20 bytes/],
  // Seven of four bytes fit the first field, five the second.
  ["name", "𠮷".repeat(13), /^needs 52 bytes in GB 18030; the card holds 30 and 20 bytes/],
  ["marital_status", "5", /^"5" is no code for this; write one of 1, 2, 3, 4, 9/],
  ["work_status", "0", /is no code for this/],
  ["education", "22", /is no code for this/],
  ["medical_balance", "12.5", /^"12.5" is no amount/],
  ["medical_balance", "-1", /is no amount/],
  ["medical_balance", "42949672.96", /^is too large for 4 bytes/],
  ["hospital", "Z90000320", /no code of an organization/],
  ["phone", "1000000000012345", /^needs 16 bytes; the card holds 15/],
  ["household_address", "路".repeat(41), /^needs 82 bytes; the card holds 80/],
  ["fingerprints", "short.bin", /^short.bin has 767 bytes; two templates have 768/],
  ["fingerprints", "long.bin", /^long.bin is too large: 769 bytes/],
  ["fingerprints", "absent.bin", /^absent.bin: /],
  ["work_status", "", /is empty/],
  ["residence_region", "51010", /./],
];

for (const [column, value, reason] of REFUSED) {
  const shown = JSON.stringify(value.length > 12 ? `${value.slice(0, 12)}...` : value);
  batch(`refuses ${column} ${shown}`, async () => {
    assert.match(await problem(column, value), reason);
  });
}

const TAKEN: readonly (readonly [column: string, value: string])[] = [
  ["name", "𠮷㐂䶮"],
  ["name", "买买提江·阿卜杜热合曼·艾力𠮷𠮷"],
  ["name", "一".repeat(25)],
  ["name", "𠮷".repeat(12)],
  ["medical_balance", "42949672.95"],
  ["medical_balance", "0"],
  ["fingerprints", ""],
  ["phone", ""],
  ["employer_code", `Z0000001${cardNumberCheckCharacter("Z0000001")}`],
];

for (const [column, value] of TAKEN) {
  batch(`takes ${column} "${value}"`, async () => {
    change(column, value);
    assert.is((await validateBatch(product, path)).rows, 4);
  });
}

batch("a portrait comes to the card's length, fingerprints as they are", async () => {
  const portraits = new Portraits(folder, product);
  const [, line = ""] = sample.split("\n");
  const columns = sample.split("\n")[0]!.split(",");
  const row = Object.fromEntries(line.split(",").map((value, at) => [columns[at], value]));
  row.fingerprints = "fingerprints/01.bin";
  const { portrait, fingerprints } = await loadAttachments(product, portraits, row as never);
  assert.is(portrait!.length, 4096);
  assert.ok(readFileSync(join(folder, row.portrait!)).length < 4096);
  assert.equal(fingerprints, new Uint8Array(readFileSync(join(folder, row.fingerprints))));
});

batch.run();
