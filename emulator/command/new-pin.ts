// wafer new-pin: the issuer gives a holder a new PIN.

import type { Command } from "commander";
import { ADMINISTRATION_KEY, trustOption } from "./options.ts";

interface Options {
  keystore: string;
  passphraseFile?: string;
  administrationKey: string;
  pinFile?: string;
  trust: readonly string[];
  json?: boolean;
}

export function define(wafer: Command): void {
  wafer
    .command("new-pin")
    .summary("give the holder of an enrolled card a new PIN")
    .description(
      "Proves the card's administration key and sets a new PIN with all its tries, also when the old " +
        "one is blocked.",
    )
    .argument("<card>", "card file")
    .requiredOption("--keystore <file>", "encrypted master keys")
    .option("--passphrase-file <file>", "file whose first line is the keystore's passphrase")
    .option("--administration-key <name>", "its master of the cards' keys", ADMINISTRATION_KEY)
    .option("--pin-file <file>", "file whose first line is the new PIN, 6 to 8 digits")
    .addOption(trustOption())
    .option("--json", "print JSON")
    .addHelpText(
      "after",
      `
Example:
  $ WAFER_PIN=654321 wafer new-pin issued/cards/W00000003.card \\
      --keystore keystore.json`,
    )
    .action(newPin);
}

async function newPin(file: string, options: Options): Promise<void> {
  const { pinBlock } = await import("../../personalization/certificates/card.ts");
  const { giveNewPin } = await import("../../personalization/certificates/new-pin.ts");
  const { StatusWordError } = await import("../../personalization/errors.ts");
  const { poweredCard } = await import("./emulated-blanks.ts");
  const { FileError } = await import("./fail.ts");
  const { withCard } = await import("./open-card.ts");
  const { administrationKey, identityOf } = await import("./open-identity.ts");
  const { openKeys } = await import("./open-keys.ts");
  const { cleaned, print, printJson } = await import("./print.ts");
  const { readPin } = await import("./read-pin.ts");
  const { keystore, passphraseFile, trust } = options;
  const pin = await readPin(options.pinFile);
  pinBlock(pin);
  const service = await openKeys(keystore, passphraseFile);
  await withCard(file, { trust, keep: true }, async ({ card }) => {
    const identity = await identityOf(file, card);
    const key = await administrationKey(service, options.administrationKey, identity);
    await giveNewPin(poweredCard(card), service, key, pin).catch((error) => {
      throw error instanceof StatusWordError ? new FileError(file, error.message) : error;
    });
    if (options.json) printJson({ file, card: identity.number });
    else print(`${cleaned(identity.number)}: new PIN`);
  });
}
