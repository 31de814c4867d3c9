// wafer report-lost: the status list says from now on that a card holds no more.

import { type Command, Option } from "commander";
import type { Reason } from "../../personalization/certificates/status-list.ts";

interface Options {
  ca: string;
  caPassphraseFile?: string;
  reason: Reason;
  json?: boolean;
}

export function define(wafer: Command): void {
  wafer
    .command("report-lost")
    .summary("end a card's certificates, and publish it")
    .description(
      "Marks a card's certificates in the issuer's book and signs a new status list. Services that " +
        "have that list let the card in no more.",
    )
    .argument("<number>", "number of the card, as wafer ca list shows it")
    .option("--ca <folder>", "folder of the issuer", "authority")
    .option("--ca-passphrase-file <file>", "file whose first line opens the issuer's key")
    .addOption(
      new Option("--reason <why>", "what happened")
        .choices(["lost", "compromised", "replaced", "ended"])
        .default("lost"),
    )
    .option("--json", "print JSON")
    .addHelpText(
      "after",
      `
Example:
  $ WAFER_PASSPHRASE=trial wafer report-lost W00000003 --ca authority`,
    )
    .action(reportLost);
}

async function reportLost(card: string, options: Options): Promise<void> {
  const { FileError } = await import("./fail.ts");
  const { withIssuer } = await import("./open-identity.ts");
  const { print, printJson } = await import("./print.ts");
  const ended = await withIssuer(options.ca, options.caPassphraseFile, async (issuer) => {
    const known = issuer.register.certificates.some((one) => one.card === card);
    if (known) return issuer.revoke(card, options.reason, new Date());
    throw new FileError(options.ca, `knows no card "${card}"; wafer ca list shows those it knows`);
  });
  if (options.json) printJson({ card, reason: options.reason, certificates: ended });
  else if (ended === 0) print(`${card}: no certificate held any more`);
  else print(`${card}: ${options.reason}; written ${options.ca}/status.crl`);
}
