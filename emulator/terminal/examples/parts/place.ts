// The place where the examples happen: cards of two people, a PSAM, keys and the centre's book, in one folder.

import { randomBytes } from "node:crypto";
import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { buildFromProfile } from "../../../../assembler/build.ts";
import { defaultCache } from "../../../../assembler/compiler/cache.ts";
import type { Image } from "../../../../assembler/image/types.ts";
import { BureauError } from "../../../../personalization/errors.ts";
import { replaceFile } from "../../../../personalization/files/atomic-file.ts";
import { makeFolder } from "../../../../personalization/files/make-folder.ts";
import type { KeyService } from "../../../../personalization/keys/key-service.ts";
import { loadProduct } from "../../../../personalization/products/load.ts";
import { makeSampleBatch } from "../../../../personalization/sample/sample-batch.ts";
import { makeSampleKeystore } from "../../../../personalization/sample/sample-keystore.ts";
import { masterNames } from "../../../command/desk-stand.ts";
import { openKeys } from "../../../command/open-keys.ts";
import {
  cacheFolder,
  fileOrBundled,
  PRODUCTS,
  PROFILES,
  projectRoot,
} from "../../../command/project.ts";
import { KeyServiceSecurity } from "../../desk/key-service-security.ts";
import { noPurchases } from "../../desk/next-sequence.ts";
import { Book } from "./book.ts";
import { Centre } from "./centre.ts";
import {
  type Generation,
  issueCard,
  issueRow,
  PSAM_PRODUCT,
  productOf,
  type Row,
  readBatch,
} from "./issue.ts";

/** A synthetic population whose first person has work and whose second has none. */
const SEED = 4;
/** On each card, and at the centre, at first: fen. */
const ON_CARD = "60.00";
export const CREDIT = 500_00;

export interface PlaceOptions {
  readonly generation?: Generation;
  /** Makes everything anew. */
  readonly fresh?: boolean;
  readonly onProgress?: (what: string, done: number, total: number) => void;
}

/** What is in the folder, kept in place.json. */
interface Made {
  readonly generation: Generation;
  readonly terminal: string;
  /** What the bureau was given for each card, replacements behind the cards they replace. */
  readonly rows: Row[];
}

const NAMES = ["batch", "cards", "psam", "keystore.json", "passphrase", "book.json"];
const MORE_NAMES = [
  "queue.jsonl",
  "queue.jsonl.refused",
  "lost.txt",
  "place.json",
  "report.jsonl",
  "journal.jsonl",
];

export class Place {
  #centre: Centre | undefined;

  private constructor(
    readonly folder: string,
    readonly keys: KeyService,
    readonly made: Made,
  ) {}

  /** Opens the place in `folder`; makes it when it is not there yet. */
  static async open(folder: string, options: PlaceOptions = {}): Promise<Place> {
    const file = join(folder, "place.json");
    const text = options.fresh ? undefined : await readFile(file, "utf8").catch(() => undefined);
    if (text === undefined) return Place.#make(folder, options);
    const made = readMade(file, text);
    if (made.generation !== (options.generation ?? made.generation)) {
      const has = `${folder}: has cards of generation ${made.generation}`;
      throw new BureauError(`${has}; add --fresh to make others, or choose another --folder`);
    }
    const keys = await openKeys(join(folder, "keystore.json"), join(folder, "passphrase"));
    return new Place(folder, keys, made);
  }

  static async #make(folder: string, options: PlaceOptions): Promise<Place> {
    const { generation = 3, onProgress = () => {} } = options;
    await makeFolder(folder);
    // Only what was made here: the folder could be anybody's.
    for (const name of [...NAMES, ...MORE_NAMES]) {
      await rm(join(folder, name), { recursive: true, force: true });
    }
    const products = [productOf(generation), fileOrBundled(PSAM_PRODUCT, PRODUCTS)];
    const keystore = makeSampleKeystore(...(await Promise.all(products.map(loadProduct))));
    const passphrase = randomBytes(18).toString("base64url");
    await writeFile(join(folder, "passphrase"), `${passphrase}\n`, { mode: 0o600 });
    await keystore.save(join(folder, "keystore.json"), passphrase);
    const rows = await people(folder);
    const terminal = `${rows[0]!.issuing_region}000017`;
    const place = new Place(folder, keystore.service(), { generation, terminal, rows: [] });
    const psam = psamRow(terminal);
    const psamImage = await imageOf("psam", onProgress);
    await issueRow(join(folder, "psam"), folder, products[1]!, psam, psamImage, place.keys);
    const image = await imageOf("reference", onProgress);
    for (const [at, row] of rows.entries()) {
      onProgress("issuing", at, rows.length);
      await place.issue(row, image);
    }
    await place.#save();
    return place;
  }

  /** The card file of a person (0 or 1): that of the newest card, when some were replaced. */
  cardFile(person: number): string {
    return this.fileOf(this.rowOf(person).card_number!);
  }

  rowOf(person: number): Row {
    const first = this.made.rows[person]!;
    return this.made.rows.findLast(({ id_number }) => id_number === first.id_number)!;
  }

  /** Of the next card that is made. */
  nextSerial(): number {
    return Math.max(...this.made.rows.map(({ serial }) => Number(serial))) + 1;
  }

  fileOf(cardNumber: string): string {
    return join(this.folder, "cards", `${cardNumber}.card`);
  }

  get psamFile(): string {
    return join(this.folder, "psam", `${this.made.terminal}.card`);
  }

  /** The insurance centre with the book of this place; always the same. */
  async centre(): Promise<Centre> {
    const options = { service: this.keys, masterName: masterNames(), nextSequence: noPurchases };
    const keys = new KeyServiceSecurity(options);
    this.#centre ??= new Centre(await Book.open(join(this.folder, "book.json")), keys);
    return this.#centre;
  }

  /** Issues a card as the bureau does, and opens its account at the centre: a new one, or `replaced`'s. */
  async issue(row: Row, image: Image, replaced?: string): Promise<void> {
    const { generation } = this.made;
    const card = await issueCard(this.folder, generation, row, image, this.keys);
    const centre = await this.centre();
    if (replaced === undefined) {
      const onCard = Math.round(Number(row.medical_balance) * 100);
      const [region, category] = [row.issuing_region!, row.medical_category!];
      const account = { generation, region, category, credit: CREDIT, onCard, pool: 0 };
      await centre.book.open({ ...card, ...account });
    } else await centre.replace(replaced, card);
    this.made.rows.push(row);
    // A place that is still being made is saved at the end: half of one would be opened as a whole.
    if (replaced !== undefined) await this.#save();
  }

  #save(): Promise<void> {
    const content = `${JSON.stringify(this.made, null, 2)}\n`;
    return replaceFile(join(this.folder, "place.json"), content, 0o600);
  }
}

function readMade(file: string, text: string): Made {
  try {
    const made = JSON.parse(text) as Partial<Made> | null;
    if (made?.generation && made.terminal && made.rows?.[1]) return made as Made;
  } catch {}
  throw new BureauError(`${file}: does not say what was made; add --fresh to make it anew`);
}

type OnProgress = NonNullable<PlaceOptions["onProgress"]>;

/** Two people of one city, whose PSAM opens both their cards. */
async function people(folder: string): Promise<Row[]> {
  const batch = await makeSampleBatch({ n: 2, seed: SEED, directory: join(folder, "batch") });
  const rows = await readBatch(batch.path);
  const region = rows[0]!.issuing_region!;
  const same = { issuing_region: region, insured_region: region, medical_balance: ON_CARD };
  return rows.map((row) => ({ ...row, ...same }));
}

function psamRow(terminal: string): Row {
  const [valid_from, valid_until] = ["2026-01-01", "2036-01-01"];
  return { serial: terminal.slice(-8), terminal_number: terminal, valid_from, valid_until };
}

async function imageOf(name: string, onProgress: OnProgress): Promise<Image> {
  const root = projectRoot();
  return buildFromProfile(fileOrBundled(name, PROFILES), {
    root,
    cache: cacheFolder(root, defaultCache),
    onProgress: (step, done, total) => onProgress(step, done, total),
  });
}
