// wafer read: whose card is this.

import type { Command } from "commander";
import type { SocialSecurityCard } from "../terminal/social-security/read-card.ts";
import type { FileContent } from "../terminal/social-security/read-files.ts";
import { trustOption } from "./options.ts";

interface Options {
  keystore?: string;
  passphraseFile?: string;
  readKey?: string;
  all?: boolean;
  pinFile?: string;
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
        "cardholder file and the portrait, decoded from GB 18030. Cards of the second generation give " +
        "the cardholder file to everyone. The card proves itself to the keystore first: with another " +
        "issuer's nothing is tried. A PIN that the card refuses costs one of its tries and is not tried " +
        "again; the files it was to open are marked, and the exit code is 1.",
    )
    .argument("<card>", "card file")
    .option("--keystore <file>", "encrypted master keys; without it only what is free is read")
    .option("--passphrase-file <file>", "file whose first line is the keystore's passphrase")
    .option("--read-key <name>", "name of the master key RKSSSE in the keystore")
    .option("--all", "every file of the card that keys and PIN open")
    .option(
      "--pin-file <file>",
      "PIN in the first line, for --all (or WAFER_PIN); a wrong one spends a try",
    )
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
      --portrait face.jpg
  $ WAFER_PIN=123456 wafer read issued/cards/W00000003.card --all \\
      --keystore keystore.json`,
    )
    .action(read);
}

async function read(file: string, options: Options): Promise<void> {
  const { FileError, UsageError } = await import("./fail.ts");
  const { withCard } = await import("./open-card.ts");
  const { openKeys } = await import("./open-keys.ts");
  const { readAllWith, readWith, whyUnread } = await import("./read-and-show.ts");
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
    const refused = (error: unknown): never => {
      throw whyUnread(file, readKey, error);
    };
    content = await readWith(card, keys, readKey).catch(refused);
    if (options.all) {
      const { pinFor } = await import("./read-pin.ts");
      const pin = await pinFor(options.pinFile);
      content = { ...content, files: await readAllWith(card, keys, pin).catch(refused) };
    }
  });
  if (content === undefined) return;
  await show(file, content, options);
  const refused = content.files?.find((one) => one.refused !== undefined)?.refused;
  // What could be read stands above.
  if (refused !== undefined) throw new FileError(file, `the PIN was refused: ${refused}`);
}

async function show(file: string, content: SocialSecurityCard, options: Options): Promise<void> {
  const { showCard } = await import("../terminal/social-security/show-card.ts");
  const { writeWhole } = await import("./files.ts");
  const { hex, note, print, printJson } = await import("./print.ts");
  if (options.portrait !== undefined && content.portrait !== undefined) {
    await writeWhole(options.portrait, content.portrait);
  }
  if (options.json) {
    const { portrait, historicalBytes: bytes, files, ...values } = content;
    printJson({
      file,
      historicalBytes: hex(bytes),
      ...values,
      ...(portrait === undefined ? {} : { portraitBytes: portrait.length }),
      ...(files === undefined ? {} : { files: filesInJson(files) }),
    });
    return;
  }
  print(showCard(content));
  if (content.cardholder === undefined) {
    note("The cardholder file needs a proof of RKSSSE: add --keystore.");
  }
}

/** `DF01EF05` to its items by their keys, its records, its size, or what it would have taken. */
function filesInJson(files: readonly FileContent[]): Record<string, unknown> {
  const entries = files.map(({ application, file, items, records, bytes, closed, refused }) => {
    const size = bytes === undefined ? undefined : { bytes: bytes.length };
    const content = items ?? records ?? size ?? { closed, refused };
    return [`${application}${file.id}`, content];
  });
  return Object.fromEntries(entries);
}
