// wafer read: whose card is this.

import type { Command } from "commander";
import type { SocialSecurityCard } from "../terminal/social-security/read-card.ts";
import { trustOption } from "./options.ts";

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
      "Reads the card as a desk does: application, card issuance file and, with the master keys, the " +
        "cardholder file and the portrait, decoded from GB 18030.",
    )
    .argument("<card>", "card file")
    .option("--keystore <file>", "encrypted master keys; without it only what is free is read")
    .option("--passphrase-file <file>", "file whose first line is the keystore's passphrase")
    .option("--read-key <name>", "name of the master key RKSSSE in the keystore", "ssc-rkssse")
    .option("--portrait <file>", "write the portrait to this JPEG file")
    .option("--no-keep", "leave the card file as it was")
    .addOption(trustOption())
    .option("--json", "print JSON")
    .addHelpText(
      "after",
      `
Example:
  $ wafer read issued/cards/W00000003.card
  $ wafer read issued/cards/W00000003.card --keystore keystore.json \\
      --portrait face.jpg`,
    )
    .action(read);
}

async function read(file: string, options: Options): Promise<void> {
  const { FileError, UsageError } = await import("./fail.ts");
  const { withCard } = await import("./open-card.ts");
  const { openKeys } = await import("./open-keys.ts");
  const { readWith, whyUnread } = await import("./read-and-show.ts");
  if (options.portrait !== undefined && options.keystore === undefined) {
    throw new UsageError("--portrait needs --keystore: the picture is not free to read");
  }
  const { keystore, passphraseFile, readKey, trust, keep } = options;
  let content: SocialSecurityCard | undefined;
  // Tries that were spent stay spent, also when the reading fails.
  await withCard(file, { trust, keep }, async ({ card, fresh }) => {
    if (fresh) {
      throw new FileError(
        file,
        "is an image, and a blank holds nobody's data; wafer issue makes cards",
      );
    }
    const keys = keystore === undefined ? undefined : await openKeys(keystore, passphraseFile);
    content = await readWith(card, keys, readKey).catch((error) => {
      throw whyUnread(file, readKey, error);
    });
  });
  if (content !== undefined) await show(file, content, options);
}

async function show(file: string, content: SocialSecurityCard, options: Options): Promise<void> {
  const { showCard } = await import("../terminal/social-security/show-card.ts");
  const { writeWhole } = await import("./files.ts");
  const { hex, note, print, printJson } = await import("./print.ts");
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
