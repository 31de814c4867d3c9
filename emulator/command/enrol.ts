// wafer enrol: a key pair made on the card, and the issuer's certificate of it.

import type { Command } from "commander";
import { KEYS_HELP, keyOptions, type ManageOptions } from "./manage-options.ts";
import type { CardIdentity } from "./open-identity.ts";
import { integer } from "./options.ts";

interface Options extends ManageOptions {
  ca: string;
  caPassphraseFile?: string;
  pinFile?: string;
  pinTries: number;
  cardNumber?: string;
  administrationKey?: string;
  days: number;
}

export function define(wafer: Command): void {
  const verb = wafer
    .command("enrol")
    .summary("give a card a key pair and its certificate")
    .description(
      "Has the card make an SM2 key pair, writes the issuer's certificate of it to the card, sets the " +
        "PIN, and reads all of it back. The private key never leaves the card.",
    )
    .argument("<card>", "card file")
    .option("--ca <folder>", "folder of the issuer, as wafer ca new makes it", "authority")
    .option("--ca-passphrase-file <file>", "file whose first line opens the issuer's key")
    .option("--pin-file <file>", "file whose first line is the PIN, 6 to 8 digits")
    .option("--pin-tries <n>", "wrong PINs until it is blocked", integer(3, 6), 3)
    .option("--card-number <text>", "names the card (default: the number in its issuance file)")
    .option(
      "--administration-key <name>",
      "keystore's master of the key for new-pin (default: none)",
    )
    .option("--days <n>", "days that the certificate holds", integer(1, 7305), 1826);
  keyOptions(verb)
    .addHelpText(
      "after",
      `
The PIN comes from --pin-file, from the variable WAFER_PIN, or is asked for; the
issuer's passphrase from --ca-passphrase-file or as the keystore's does.
${KEYS_HELP}
Example:
  $ WAFER_PIN=123456 wafer enrol issued/cards/W00000003.card --ca authority \\
      --keystore keystore.json --administration-key identity-admin`,
    )
    .action(enrol);
}

async function enrol(file: string, options: Options): Promise<void> {
  const { enrolCard } = await import("../../personalization/certificates/enrol.ts");
  const { pinBlock } = await import("../../personalization/certificates/card.ts");
  const { StatusWordError } = await import("../../personalization/errors.ts");
  const { poweredCard } = await import("./emulated-blanks.ts");
  const { FileError } = await import("./fail.ts");
  const { withCard } = await import("./open-card.ts");
  const { administrationKey, identityOf, openIdentity, withIssuer } = await import(
    "./open-identity.ts"
  );
  const { cleaned, print, printJson } = await import("./print.ts");
  const { readPin } = await import("./read-pin.ts");
  const { ca, caPassphraseFile, days, pinTries, trust } = options;
  const administration = options.administrationKey;
  const pin = await readPin(options.pinFile);
  pinBlock(pin);
  await withCard(file, { trust, keep: true }, async ({ card, fresh }) => {
    if (fresh) throw new FileError(file, "is an image, of which nothing is kept; give a card file");
    const identity = await identityOf(file, card).catch((error) => {
      // A card that is no social security card has a name when it is given one, and no such key.
      if (options.cardNumber === undefined || administration !== undefined) throw error;
    });
    const number = options.cardNumber ?? (identity?.number as string);
    const certificate = await withIssuer(ca, caPassphraseFile, async (issuer) => {
      const channel = await openIdentity(file, card, options);
      const key = administration
        ? await administrationKey(channel.service, administration, identity as CardIdentity)
        : undefined;
      const base = { card: number, pin, pinTries, now: new Date(), days };
      const enrolment = key === undefined ? base : { ...base, administration: key };
      return enrolCard(poweredCard(card), channel, issuer, enrolment);
    }).catch((error) => {
      throw error instanceof StatusWordError ? new FileError(file, error.message) : error;
    });
    const { serial, notAfter } = certificate;
    const until = notAfter.toISOString();
    if (options.json) printJson({ file, card: number, serial, notAfter: until });
    else {
      const day = until.slice(0, 10);
      print(`enrolled ${cleaned(number)}, certificate ${serial}, until ${day}`);
    }
  });
}
