// wafer read: whose card is this.

import type { Command } from "commander";
import type { KeyService } from "../../personalization/keys/key-service.ts";
import type { ProveReadingKey } from "../terminal/social-security/read-card.ts";
import { TRUST } from "./options.ts";

interface Options {
  keystore?: string;
  passphraseFile?: string;
  readKey: string;
  portrait?: string;
  keep: boolean;
  trust: readonly string[];
  json?: boolean;
}

export function define(wafer: Command): void {
  wafer
    .command("read")
    .summary("read a social security card and decode it")
    .description(
      "Reads the card as a desk does: application, card issuance file and, with the master keys, the cardholder\n" +
        "file and the portrait, decoded from GB 18030.",
    )
    .argument("<card>", "card file")
    .option("--keystore <file>", "encrypted master keys; without it only what is free is read")
    .option("--passphrase-file <file>", "file whose first line is the keystore's passphrase")
    .option("--read-key <name>", "name of the master key RKSSSE in the keystore", "ssc-rk")
    .option("--portrait <file>", "write the portrait to this JPEG file")
    .option("--no-keep", "leave the card file as it was")
    .option(...TRUST)
    .option("--json", "print JSON")
    .addHelpText(
      "after",
      `
Example:
  $ wafer read issued/cards/W00000003.card --keystore keystore.json --portrait face.jpg`,
    )
    .action(read);
}

async function read(file: string, options: Options): Promise<void> {
  const { poweredCard } = await import("../blanks.ts");
  const { historicalBytes } = await import("../../personalization/batch/answer-to-reset.ts");
  const { readSocialSecurityCard } = await import("../terminal/social-security/read-card.ts");
  const { showCard } = await import("../terminal/social-security/show-card.ts");
  const { UsageError } = await import("./fail.ts");
  const { writeWhole } = await import("./files.ts");
  const { openCard } = await import("./open-card.ts");
  const { openKeys } = await import("./open-keys.ts");
  const { hex, note, print, printJson } = await import("./print.ts");
  if (options.portrait !== undefined && options.keystore === undefined) {
    throw new UsageError("--portrait needs --keystore: the picture is not free to read");
  }
  const { card, keep } = await openCard(file, options.trust);
  const historical = historicalBytes(card.reset()) ?? new Uint8Array();
  const prove =
    options.keystore === undefined
      ? undefined
      : proveWith(await openKeys(options.keystore, options.passphraseFile), options.readKey);
  const content = await readSocialSecurityCard(poweredCard(card), historical, prove).finally(
    // Tries that were spent stay spent, also when the reading fails.
    () => (options.keep ? keep() : undefined),
  );
  if (options.portrait !== undefined && content.portrait !== undefined) {
    await writeWhole(options.portrait, content.portrait);
  }
  if (options.json) {
    const { portrait, historicalBytes: bytes, ...values } = content;
    printJson({
      file,
      historicalBytes: hex(bytes),
      ...values,
      ...(portrait === undefined ? {} : { portraitBytes: portrait.length }),
    });
    return;
  }
  print(showCard(content));
  if (content.cardholder === undefined) {
    note("The cardholder file needs a proof of RKSSSE: add --keystore.");
  }
}

/** Proves RKSSSE with the province's master key: two levels below it lies the card's key. */
function proveWith(service: KeyService, master: string): ProveReadingKey {
  return async ({ region, cardFactor }, challenge, original) => {
    const { cityFactor } = await import("../../personalization/keys/diversify.ts");
    const { authenticationData } = await import(
      "../../personalization/social-security-authentication.ts"
    );
    const factors = [cityFactor(region), cardFactor];
    const parent = await service.open(master);
    const key = await service.derive(parent, { method: "social-security", factors });
    try {
      return await authenticationData(service, key, challenge, original);
    } finally {
      await service.release(key);
    }
  };
}
