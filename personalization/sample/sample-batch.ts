// Makes a batch of people who do not exist: distributions as in a real city's batch, all check
// digits right, no identity number twice. Same seed and size, same bytes.

import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { finished } from "node:stream/promises";
import { NumberIndex } from "../batch/number-index.ts";
import { makeFolder } from "../files/make-folder.ts";
import { cardNumberCheckCharacter } from "../identity/card-number.ts";
import { identityCheckCharacter, packIdentityNumber } from "../identity/identity-number.ts";
import { sampleFingerprints } from "./fingerprints.ts";
import { sampleName } from "./names.ts";
import { samplePortrait } from "./portrait.ts";
import { Random } from "./random.ts";
import { BIRTHPLACES, ethnicShares } from "./regions.ts";
import { SITUATION_COLUMNS, sampleSituation } from "./situation.ts";

export interface SampleBatchOptions {
  /** Rows, 1 to 9,999,999. */
  readonly n: number;
  readonly seed: number;
  /** Gets batch.csv, portraits/ and fingerprints/; made when it is not there. */
  readonly directory: string;
  readonly onProgress?: (done: number) => void;
}

export interface SampleBatch {
  readonly path: string;
  readonly rows: number;
  /** Portrait files; the rows share them. */
  readonly portraits: number;
}

const MOST_ROWS = 9_999_999;
const PORTRAIT_POOL = 64;
/** Rows written at once. */
const WRITE_ROWS = 512;
/** The year in which all sample cards are issued; a child may be born the year before. */
const ISSUE_YEAR = 2026;
/** Years that a card holds. */
const VALID_YEARS = 10;

const HEADER =
  "name,id_number,sex,ethnic_group,birthplace,birth_date,issuing_region,issue_date," +
  `expiry_date,card_number,serial,portrait,${SITUATION_COLUMNS.join(",")}\n`;

/** Age in years from, years in the group, parts per hundred of the population. */
const AGES: readonly (readonly [readonly [number, number], number])[] = [
  [[1, 14], 17],
  [[15, 10], 10],
  [[25, 15], 22],
  [[40, 20], 32],
  [[60, 15], 15],
  [[75, 20], 4],
];

/** Writes the batch. Throws `RangeError` on a size that cannot be. */
export async function makeSampleBatch(options: SampleBatchOptions): Promise<SampleBatch> {
  const { n, seed, directory, onProgress = () => {} } = options;
  if (!Number.isInteger(n) || n < 1 || n > MOST_ROWS) {
    throw new RangeError(`a sample batch has 1 to ${MOST_ROWS} rows, not ${n}`);
  }
  const portraits = Math.min(n, PORTRAIT_POOL);
  for (const folder of ["portraits", "fingerprints"]) await makeFolder(join(directory, folder));
  for (let number = 0; number < portraits; number++) {
    const own = seed * 1000 + number;
    await writeFile(join(directory, portraitPath(number)), samplePortrait(own));
    await writeFile(join(directory, fingerprintsPath(number)), sampleFingerprints(own));
  }
  const path = join(directory, "batch.csv");
  const output = createWriteStream(path);
  output.write(HEADER);
  const random = new Random(seed);
  // A row of its own numbers, so that the people of a seed stay who they are when columns come.
  const circumstances = new Random(~seed);
  const taken = new NumberIndex();
  for (let from = 0; from < n; from += WRITE_ROWS) {
    let text = "";
    const to = Math.min(n, from + WRITE_ROWS);
    for (let index = from; index < to; index++) {
      text += sampleRow(random, circumstances, taken, index, portraits);
    }
    if (!output.write(text)) await once(output, "drain");
    onProgress(to);
  }
  output.end();
  await finished(output);
  return { path, rows: n, portraits };
}

function sampleRow(
  random: Random,
  circumstances: Random,
  taken: NumberIndex,
  index: number,
  portraits: number,
): string {
  const birthplace = random.weighted(BIRTHPLACES);
  const ethnicGroup = random.weighted(ethnicShares(birthplace));
  const sex = random.below(1000) < 512 ? "1" : "2";
  const identity = identityNumber(random, taken, index, birthplace, sex);
  const [month, day] = [1 + random.below(6), 1 + random.below(28)];
  const number = `W${String(index).padStart(7, "0")}`;
  const issuingRegion = `${birthplace.slice(0, 4)}00`;
  const name = sampleName(random, ethnicGroup, sex);
  const file = random.below(portraits);
  const person = {
    index,
    region: birthplace,
    issuingRegion,
    birthYear: Number(identity.slice(6, 10)),
    issueYear: ISSUE_YEAR,
    fingerprints: fingerprintsPath(file),
  };
  return `${[
    name,
    identity,
    sex,
    ethnicGroup,
    birthplace,
    dashed(identity.slice(6, 14)),
    issuingRegion,
    dashed(date(ISSUE_YEAR, month, day)),
    dashed(date(ISSUE_YEAR + VALID_YEARS, month, day)),
    number + cardNumberCheckCharacter(number),
    String(index + 1).padStart(8, "0"),
    portraitPath(file),
    ...sampleSituation(circumstances, person),
  ].join(",")}\n`;
}

/** Draws again until nobody has the number yet. */
function identityNumber(
  random: Random,
  taken: NumberIndex,
  index: number,
  region: string,
  sex: string,
): string {
  for (;;) {
    const [from, years] = random.weighted(AGES);
    const year = ISSUE_YEAR - from - random.below(years);
    const month = 1 + random.below(12);
    const birth = date(year, month, 1 + random.below(daysOf(year, month)));
    const sequence = random.below(500) * 2 + (sex === "1" ? 1 : 0);
    const digits = `${region}${birth}${String(sequence).padStart(3, "0")}`;
    const number = digits + identityCheckCharacter(digits);
    if (taken.add(packIdentityNumber(number), index + 1) === undefined) return number;
  }
}

function daysOf(year: number, month: number): number {
  return new Date(Date.UTC(year, month, 0)).getUTCDate();
}

function date(year: number, month: number, day: number): string {
  return String(year * 10_000 + month * 100 + day);
}

function dashed(digits: string): string {
  return `${digits.slice(0, 4)}-${digits.slice(4, 6)}-${digits.slice(6)}`;
}

function fingerprintsPath(number: number): string {
  return `fingerprints/${String(number).padStart(2, "0")}.bin`;
}

function portraitPath(number: number): string {
  return `portraits/${String(number).padStart(2, "0")}.jpg`;
}
