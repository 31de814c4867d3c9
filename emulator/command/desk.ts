// wafer desk: the national reader interface, function by function.

import type { Command } from "commander";
import { integer, trustOption } from "./options.ts";

export interface DeskOptions {
  card?: string;
  reader?: string;
  psam?: string;
  psamReader?: string;
  keystore?: string;
  passphraseFile?: string;
  masters?: string;
  type: number;
  auth: number;
  cardInfo?: string;
  pinFile?: string;
  steps?: boolean;
  hsm?: boolean;
  keep: boolean;
  trust: readonly string[];
  json?: boolean;
}

export function define(wafer: Command): void {
  wafer
    .command("desk")
    .summary("call a function of the national reader interface")
    .description(
      "Does what a reader at a social security desk does, by the interface's own names: parameters, " +
        "separators and return codes are the specification's. The PSAM is asked first; without one, or " +
        "where it cannot, the keystore stands for the HSM and the functions in steps are used.",
    )
    .argument("<function>", "iReadCardBas and the others below")
    .argument("[values...]", "what the function takes, see below")
    .option("--card <file>", "card file")
    .option("--reader <name>", "PC/SC reader with the card, by a part of its name")
    .option("--psam <file>", "card file of the terminal's PSAM")
    .option("--psam-reader <name>", "PC/SC reader with the PSAM")
    .option("--keystore <file>", "encrypted master keys, in the place of the HSM")
    .option("--passphrase-file <file>", "file whose first line is the passphrase")
    .option("--masters <prefix>", "how names of master keys begin (ssc-, ssc2-)")
    .option("--type <n>", "1 contact, 2 contactless, 3 and 4 both", integer(1, 4), 3)
    .option("--auth <n>", "iReadCard: 1 by PIN, 2 by key", integer(1, 2), 1)
    .option("--card-info <text>", "identifier|number| (default: what the card says)")
    .option("--pin-file <file>", "PIN in the first line, a new one in the second")
    .option("--hsm", "print each step's output, read pKey for the next from standard input")
    .option("--steps", "print what goes between desk and HSM")
    .option("--no-keep", "leave card files as they were")
    .addOption(trustOption())
    .option("--json", "print JSON")
    .addHelpText(
      "after",
      `
Functions and their values:
  iReadCardBas                     iVerifyPIN         iReloadPIN
  iReadCard ADDRESSES              iChangePIN         iUnblockPIN
  iWriteCard ADDRESSES DATA        iReadDebitRecord   iDoDebit PAYINFO

ADDRESSES name files and items, like 'DF01EF0A|37|$DF01EF15|2A|40:2|$'; DATA has
values in their places; PAYINFO is total|account and pool|YYYYMMDDHHMMSS|.
PINs come from --pin-file, from WAFER_PIN and WAFER_NEW_PIN, or are asked for.
With --hsm your own HSM answers: a line "NAME_HSM_Step1 output" goes out, and
pKey comes in. The new PIN stands in iReloadPIN_HSM_Step2.
Exit code 1 with the interface's code and its meaning when it is not 0.

Example:
  $ wafer desk iReadCardBas --card issued/cards/W00000003.card \\
      --keystore keystore.json
  $ WAFER_PIN=123456 wafer desk iReadCard 'SSSEEF05|07|$' \\
      --card issued/cards/W00000003.card --keystore keystore.json`,
    )
    .action(desk);
}

async function desk(name: string, values: string[], options: DeskOptions): Promise<void> {
  const { callDesk } = await import("./desk-call.ts");
  await callDesk(name, values, options);
}
