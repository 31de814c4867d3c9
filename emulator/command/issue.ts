// wafer issue: a batch of cardholders becomes a batch of cards.

import { join } from "node:path";
import type { Command } from "commander";
import type { Image } from "../../assembler/image/types.ts";
import type { IssueOptions, IssueSummary } from "../../personalization/batch/issue.ts";
import { FAILED_EXIT } from "./fail.ts";
import { integer, trustOption } from "./options.ts";
import type { Progress } from "./print.ts";
import { fileOrBundled, PRODUCTS } from "./project.ts";

interface Options {
  image: string;
  keystore: string;
  output: string;
  passphraseFile?: string;
  ca?: string;
  caPassphraseFile?: string;
  seed?: number;
  trust: readonly string[];
  json?: boolean;
}

export function define(wafer: Command): void {
  wafer
    .command("issue")
    .summary("personalize a batch of cards")
    .description(
      "Checks the whole batch first, then makes a card for each row: secure channel, own keys, files, " +
        "PIN, read-back. Run again after any interruption: it goes on where it stopped, and nobody " +
        "gets two cards.",
    )
    .argument("<product>", "product file, or the name of one that comes along")
    .argument("<batch>", "batch of cardholders, CSV in UTF-8 with a header")
    .option("--image <file>", "image of the blanks", "build/reference.wafer")
    .option("--keystore <file>", "encrypted master keys", "build/sample/keystore.json")
    .option("--passphrase-file <file>", "file whose first line is the keystore's passphrase")
    .option("-o, --output <folder>", "cards, report.jsonl and journal.jsonl", "build/issued")
    .option("--ca <folder>", "issuer that gives each card a certificate (wafer ca new)")
    .option("--ca-passphrase-file <file>", "file whose first line opens the issuer's key")
    .option("--seed <n>", "repeatable random numbers on the cards", integer(0, 2 ** 32 - 1))
    .addOption(trustOption())
    .option("--json", "print the summary as JSON")
    .addHelpText(
      "after",
      `
Ctrl-C finishes the card in hand and stops. The passphrase comes from
--passphrase-file, from the variable WAFER_PASSPHRASE, or is asked for. The
report has a line for each card and no secret.

Example:
  $ wafer issue social-security sample/batch.csv --image card.wafer \\
      --keystore sample/keystore.json -o issued`,
    )
    .action(issue);
}

async function issue(productName: string, batchPath: string, options: Options): Promise<void> {
  const { mustBeReadable, mustBeWritable } = await import("./files.ts");
  const { openImage } = await import("./open-card.ts");
  const { openKeys } = await import("./open-keys.ts");
  const { ca, caPassphraseFile } = options;
  const productPath = fileOrBundled(productName, PRODUCTS);
  const cards = join(options.output, "cards");
  await mustBeReadable(batchPath);
  await mustBeWritable(cards);
  const image = await openImage(options.image, options.trust);
  const keyService = await openKeys(options.keystore, options.passphraseFile);
  const paths = { productPath, batchPath };
  if (ca === undefined) return issueAll(image, { ...paths, keyService }, options);
  const { withIssuer } = await import("./open-identity.ts");
  await withIssuer(ca, caPassphraseFile, (issuer) =>
    issueAll(image, { ...paths, keyService, issuer }, options),
  );
}

type What = Pick<IssueOptions, "productPath" | "batchPath" | "keyService" | "issuer">;

async function issueAll(image: Image, what: What, options: Options): Promise<void> {
  const { issueBatch } = await import("../../personalization/batch/issue.ts");
  const { EmulatedBlanks } = await import("./emulated-blanks.ts");
  const { progress } = await import("./print.ts");
  const seeded = options.seed === undefined ? {} : { seed: options.seed };
  const stopping = new AbortController();
  const bar = await progress();
  const blanks = new EmulatedBlanks(image, join(options.output, "cards"), seeded);
  let begun = false;
  const stop = () => {
    stopping.abort();
    if (!begun) stoppedEarly(bar);
  };
  process.once("SIGINT", stop).once("SIGTERM", stop);
  const summary = await issueBatch({
    ...what,
    cards: {
      next: (sequence) => {
        begun = true;
        return blanks.next(sequence);
      },
    },
    reportPath: join(options.output, "report.jsonl"),
    journalPath: join(options.output, "journal.jsonl"),
    onProgress: ({ phase, done, total }) => {
      bar.update(done, total ?? done, phase === "check" ? "checking" : "issuing");
    },
    signal: stopping.signal,
  }).finally(() => bar.stop());
  await report(summary, options);
}

/** No card is in hand: nothing to finish. A lock file that stays is taken over by the next run. */
function stoppedEarly(bar: Progress): never {
  bar.stop();
  process.stderr.write("wafer: stopped before a card was begun; run the same command again\n");
  process.exit(FAILED_EXIT);
}

async function report(summary: IssueSummary, options: Options): Promise<void> {
  const { note, print, printJson } = await import("./print.ts");
  if (summary.publicTransportKeys) {
    note("WARNING: the blanks have the PUBLIC transport key: samples only, not real cards.");
  }
  if (options.json) printJson({ ...summary, output: options.output });
  else {
    print(
      `${summary.issued} of ${summary.rows} cards issued (${summary.issuedNow} now), ` +
        `${summary.spoiled} blanks spoiled`,
    );
    print(`cards    ${join(options.output, "cards")}`);
    print(`report   ${join(options.output, "report.jsonl")}`);
  }
  if (summary.complete) return;
  note("wafer: stopped before the end; run the same command again to go on");
  process.exitCode = FAILED_EXIT;
}
