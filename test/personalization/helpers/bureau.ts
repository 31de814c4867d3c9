// A bureau in a temporary folder: product, keys, a sample batch, and a feeder of doubles.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Blank, CardSource } from "../../../personalization/batch/card-source.ts";
import { type IssueSummary, issueBatch } from "../../../personalization/batch/issue.ts";
import type { Keystore } from "../../../personalization/keys/keystore.ts";
import { loadProduct } from "../../../personalization/products/load.ts";
import { makeSampleBatch } from "../../../personalization/sample/sample-batch.ts";
import { makeSampleKeystore } from "../../../personalization/sample/sample-keystore.ts";
import { DoubleCard } from "./double-card.ts";

export const PRODUCT = fileURLToPath(
  new URL("../../../personalization/products/social-security.yaml", import.meta.url),
);
export const PRODUCT_2 = PRODUCT.replace("social-security.yaml", "social-security-2.yaml");
/** A product that writes its tree out: the environment alone, and one value of each key. */
export const WRITTEN_OUT = fileURLToPath(new URL("../products/written-out.yaml", import.meta.url));
/** Columns of a sample batch that it has. */
const WRITTEN_OUT_COLUMNS = 12;
export const AID = "7378312E73682EC9E7BBE1B1A3D5CF";

/** Hands out doubles and remembers what became of each. */
export class Feeder implements CardSource {
  readonly taken: { serial: string; card: DoubleCard; savedAs: string[]; discarded: boolean }[] =
    [];
  /** Called with each fresh blank before it is handed out. */
  prepare: (card: DoubleCard, sequence: number) => void = () => {};
  /** Of the one application that the doubles have. */
  aid = AID;
  left = Number.POSITIVE_INFINITY;

  async next(sequence: number): Promise<Blank | undefined> {
    if (this.left-- <= 0) return undefined;
    const card = new DoubleCard(this.aid);
    this.prepare(card, sequence);
    const entry = { serial: `B${sequence}`, card, savedAs: [] as string[], discarded: false };
    this.taken.push(entry);
    return {
      serial: entry.serial,
      card,
      save: async (name) => {
        entry.savedAs.push(name);
      },
      discard: async () => {
        entry.discarded = true;
      },
    };
  }

  /** Names under which cards were saved, in order. */
  get saved(): string[] {
    return this.taken.flatMap(({ savedAs }) => savedAs);
  }
}

export class Bureau {
  readonly folder = mkdtempSync(join(tmpdir(), "wafer-bureau-"));
  readonly batchPath = join(this.folder, "batch.csv");
  readonly reportPath = join(this.folder, "report.jsonl");
  readonly journalPath = join(this.folder, "journal.jsonl");
  productPath = WRITTEN_OUT;
  keystore!: Keystore;

  /** Doubles know no more than the product that is written out. */
  static async open(rows: number, productPath = WRITTEN_OUT): Promise<Bureau> {
    const bureau = new Bureau();
    bureau.productPath = productPath;
    bureau.keystore = makeSampleKeystore(await loadProduct(productPath));
    await makeSampleBatch({ n: rows, seed: 1, directory: bureau.folder });
    if (productPath === WRITTEN_OUT) {
      const lines = bureau.csv.split("\n");
      const first = lines.map((line) => line.split(",").slice(0, WRITTEN_OUT_COLUMNS).join(","));
      bureau.csv = first.join("\n");
    }
    return bureau;
  }

  close(): void {
    rmSync(this.folder, { recursive: true });
  }

  /** Forgets report and journal. */
  restart(): void {
    rmSync(this.reportPath, { force: true });
    rmSync(this.journalPath, { force: true });
  }

  issue(cards: CardSource, signal?: AbortSignal): Promise<IssueSummary> {
    const { productPath, batchPath, reportPath, journalPath } = this;
    const keyService = this.keystore.service();
    const options = { productPath, batchPath, reportPath, journalPath, keyService, cards };
    return issueBatch(signal === undefined ? options : { ...options, signal });
  }

  get report(): Record<string, string | number>[] {
    return lines(readFileSync(this.reportPath, "utf8"));
  }
  get journal(): Record<string, string | number>[] {
    return lines(readFileSync(this.journalPath, "utf8"));
  }
  get csv(): string {
    return readFileSync(this.batchPath, "utf8");
  }
  set csv(text: string) {
    writeFileSync(this.batchPath, text);
  }
}

function lines(text: string): Record<string, string | number>[] {
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line));
}
