// The batch runner: every row of a batch becomes one card, once.
//
// A card goes: begun (journal) → personalized → read back → saved → issued (journal) → report.
// Whatever stops the run in between leaves at most one card begun; the next run counts that blank
// as spoiled and gives its person a fresh one.

import { stat } from "node:fs/promises";
import { dirname } from "node:path";
import { hex } from "../bytes.ts";
import type { Issuer } from "../certificates/issuer.ts";
import {
  BatchError,
  BureauError,
  OutOfBlanksError,
  SecureChannelError,
  StatusWordError,
} from "../errors.ts";
import { makeFolder } from "../files/make-folder.ts";
import type { KeyService } from "../keys/key-service.ts";
import { PUBLIC_KEY_CHECK_VALUE } from "../keys/transport-keys.ts";
import { loadProduct } from "../products/load.ts";
import type { Product } from "../products/product.ts";
import { type CardPlan, type Masters, openMasters, planCard } from "./card-plan.ts";
import type { Blank, CardSource } from "./card-source.ts";
import { enrolPlanned, openAdministration } from "./enrol-planned.ts";
import { whyUnfit } from "./fitting-blank.ts";
import { type Binding, Journal } from "./journal.ts";
import { personalizeCard } from "./personalize-card.ts";
import { Portraits } from "./portraits.ts";
import { type BatchRow, readRows } from "./read.ts";
import { Report } from "./report.ts";
import { loadAttachments, validateBatch } from "./validate.ts";
import { verifyCard } from "./verify-card.ts";

export interface IssueProgress {
  readonly phase: "check" | "issue";
  readonly done: number;
  /** Undefined while the file is being checked: nobody knows yet. */
  readonly total: number | undefined;
}

export interface IssueOptions {
  readonly productPath: string;
  readonly batchPath: string;
  readonly keyService: KeyService;
  readonly cards: CardSource;
  /** Gives each card a certificate, as the product's `identity` says; without it no card gets one. */
  readonly issuer?: Issuer;
  /** Their folders are made once the batch is found good. */
  readonly reportPath: string;
  readonly journalPath: string;
  readonly onProgress?: (progress: IssueProgress) => void;
  /** Stops after the card in hand is finished; the batch can go on later. */
  readonly signal?: AbortSignal;
}

export interface IssueSummary {
  /** Rows of the batch. */
  readonly rows: number;
  /** Cards issued by all runs, and by this one. */
  readonly issued: number;
  readonly issuedNow: number;
  /** Blanks spoiled by all runs. */
  readonly spoiled: number;
  /** Every row has its card. */
  readonly complete: boolean;
  /** The transport keys are the ones everybody knows: samples only. */
  readonly publicTransportKeys: boolean;
}

/** A card could not be finished. The batch can go on: the message says so. */
export class IssueError extends BureauError {
  override readonly name = "IssueError";
}

/** Issues all rows that have no card yet. Throws a `BureauError` with one line on what stopped it. */
export async function issueBatch(options: IssueOptions): Promise<IssueSummary> {
  const { keyService: service, onProgress = () => {} } = options;
  const product = await loadProduct(options.productPath);
  if (options.issuer !== undefined) await openAdministration(service, product);
  const masters = await openMasters(service, product);
  const before = await fingerprint(options.batchPath);
  const batch = await validateBatch(product, options.batchPath, (done) =>
    onProgress({ phase: "check", done, total: undefined }),
  );
  const binding: Binding = {
    batch: hex(batch.digest),
    product: hex(product.digest),
    keys: await checkValues(service, masters),
  };
  for (const path of [options.reportPath, options.journalPath]) {
    await makeFolder(dirname(path));
  }
  const report = new Report(options.reportPath);
  let journal: Journal | undefined;
  try {
    journal = await Journal.open(options.journalPath, binding, (event) => report.add(event));
    await report.publish();
    const run: Run = { options, product, masters, journal, report, rows: batch.rows };
    const issuedNow = await issueRows(run, before);
    const transport = await service.checkValue(masters.transport.mac);
    return {
      rows: batch.rows,
      issued: journal.issued,
      issuedNow,
      spoiled: journal.spoiled,
      complete: journal.issued === batch.rows,
      publicTransportKeys: hex(transport) === PUBLIC_KEY_CHECK_VALUE,
    };
  } finally {
    await report.close();
    await journal?.close();
  }
}

interface Run {
  readonly options: IssueOptions;
  readonly product: Product;
  readonly masters: Masters;
  readonly journal: Journal;
  readonly report: Report;
  readonly rows: number;
}

async function issueRows(run: Run, before: string): Promise<number> {
  const { options, product, journal } = run;
  const portraits = new Portraits(dirname(options.batchPath), product);
  const refuse = (reason: string): never => {
    throw new BatchError(options.batchPath, [{ row: 0, line: 1, column: "", reason }], 1);
  };
  const changed = "the file changed while it was worked on; run again with a file at rest";
  if ((await fingerprint(options.batchPath)) !== before) refuse(changed);
  let issued = 0;
  const rows = readRows(product, options.batchPath, () => refuse(changed));
  for await (const row of rows) {
    if (options.signal?.aborted) break;
    if (!journal.isIssued(row.row)) {
      await issueRow(run, portraits, row);
      issued++;
    }
    options.onProgress?.({ phase: "issue", done: row.row, total: run.rows });
  }
  return issued;
}

async function issueRow(run: Run, portraits: Portraits, row: BatchRow): Promise<void> {
  const { options, product, masters, journal } = run;
  const service = options.keyService;
  const attachments = await loadAttachments(product, portraits, row.fields);
  const plan = await planCard(service, product, masters, row.fields, attachments);
  try {
    const blank = await options.cards.next(journal.blanks + 1);
    if (blank === undefined) {
      throw new OutOfBlanksError(
        `no blank card left before row ${row.row}; ${progressOf(run)}: feed blanks and run again`,
      );
    }
    journal.mustBeNew(blank.serial);
    await mustFit(run, blank);
    await journal.begin(row.row, blank.serial, plan.report.card!);
    await makeCard(run, row, plan, blank);
  } finally {
    await plan.release();
  }
}

/** Nothing was written to a blank that is refused, and none is counted as spoiled. */
async function mustFit({ options, product }: Run, blank: Blank): Promise<void> {
  const unfit = await whyUnfit(blank.card, product, options.issuer !== undefined);
  if (unfit === undefined) return;
  await blank.discard().catch(() => {});
  throw new IssueError(
    `blank ${blank.serial} is none for product "${product.product}": ${unfit}; nothing was written, ` +
      "take blanks with the product's own image",
  );
}

async function makeCard(run: Run, row: BatchRow, plan: CardPlan, blank: Blank): Promise<void> {
  const { options, product, masters, journal, report } = run;
  const service = options.keyService;
  const name = plan.report.card!;
  let checks: number;
  let certified: Record<string, string> = {};
  try {
    await personalizeCard(blank.card, service, product, masters, plan);
    if (options.issuer !== undefined) {
      const certificate = await enrolPlanned(blank.card, service, product, plan, options.issuer);
      certified = { certificate: certificate.serial };
    }
    checks = await verifyCard(blank.card, service, product, plan);
    await blank.save(name);
  } catch (error) {
    const reason = reasonOf(error);
    await report.add(await journal.spoil(reason));
    await blank.discard().catch(() => {});
    throw new IssueError(
      `row ${row.row}, card ${name}, blank ${blank.serial}: ${reason}; ${progressOf(run)}: ` +
        whatNext(run, error),
      { cause: error },
    );
  }
  await report.add(await journal.issue({ ...plan.report, ...certified, checks: String(checks) }));
}

/** Before the first card went well, a refusal is of all blanks: the next would only be spoiled too. */
function whatNext({ journal }: Run, error: unknown): string {
  if (journal.issued === 0 && error instanceof SecureChannelError) {
    return "are the keystore's transport keys those of the blanks? Only then run the same command again";
  }
  if (journal.issued === 0 && error instanceof StatusWordError) {
    return "do the blanks hold this product's image? Only then run the same command again";
  }
  return "run the same command again to go on";
}

/** Reasons go into files that others read: only our own messages, which hold no data. */
function reasonOf(error: unknown): string {
  if (error instanceof BureauError) return error.message;
  const removed = error instanceof Error && error.name === "TransportError";
  return removed ? "the card was removed, or its line broke" : "the card or its line failed";
}

function progressOf({ journal, rows }: Run): string {
  return `${journal.issued} of ${rows} cards are issued, ${journal.spoiled} blanks spoiled`;
}

async function checkValues(service: KeyService, masters: Masters): Promise<Record<string, string>> {
  const { transport, cardKeys, named } = masters;
  const handles = [transport.enc, transport.mac, transport.dek, cardKeys, ...named.values()];
  const values: Record<string, string> = {};
  for (const handle of handles) values[handle.name] = hex(await service.checkValue(handle));
  return values;
}

/** What changes when somebody writes to the file. */
async function fingerprint(path: string): Promise<string> {
  try {
    const { size, mtimeMs, ino } = await stat(path);
    return `${size} ${mtimeMs} ${ino}`;
  } catch {
    return "";
  }
}
