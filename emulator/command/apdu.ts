// wafer apdu: send commands to a card and print what it answers.

import type { Command } from "commander";
import { commandBytes, integer, trustOption } from "./options.ts";

interface Options {
  trust: readonly string[];
  contactless?: boolean;
  seed?: number;
  keep: boolean;
  json?: boolean;
}

export function define(wafer: Command): void {
  wafer
    .command("apdu")
    .summary("send command APDUs to a card")
    .description(
      "Resets the card, sends each command and prints response and meaning. A card file is a card: " +
        "what the commands change stays in it.",
    )
    .argument("<card>", "card file, or an image for a fresh card")
    .argument("<commands...>", "commands in hex, in order", (text, all: Uint8Array[] = []) => [
      ...all,
      commandBytes(text),
    ])
    .option("--contactless", "reset on the contactless interface")
    .option("--seed <n>", "repeatable random numbers", integer(0, 2 ** 32 - 1))
    .option("--no-keep", "leave the card file as it was")
    .addOption(trustOption())
    .option("--json", "print JSON")
    .addHelpText(
      "after",
      `
Exit code 0 when every command was answered, whatever the status word says.

Example:
  $ wafer apdu card.wafer 00A40400 "80CA 0066 00"`,
    )
    .action(apdu);
}

async function apdu(
  file: string,
  commands: readonly Uint8Array[],
  options: Options,
): Promise<void> {
  const { INTERFACE_CONTACT, INTERFACE_CONTACTLESS } = await import("../../runtime/spec/chip.ts");
  const { statusWordMeaning } = await import("../../personalization/status-word-meaning.ts");
  const { withCard } = await import("./open-card.ts");
  const { hex, note, print, printJson } = await import("./print.ts");
  const { seed, trust, keep } = options;
  const opening = { trust, keep, ...(seed === undefined ? {} : { seed }) };
  const line = options.contactless ? INTERFACE_CONTACTLESS : INTERFACE_CONTACT;
  let answer = "";
  const exchanges: { command: string; response: string; meaning: string }[] = [];
  await withCard(file, opening, async ({ card }) => {
    answer = hex(card.reset(line));
    for (const command of commands) {
      const response = card.exchange(command);
      const trap = card.takeTrap();
      if (trap !== undefined) note(`wafer: ${hex(command)} trapped: ${trap.message}`);
      const sw = ((response.at(-2) ?? 0) << 8) | (response.at(-1) ?? 0);
      const meaning = statusWordMeaning(sw);
      exchanges.push({ command: hex(command), response: hex(response), meaning });
    }
  });
  if (options.json) {
    printJson({ file, answerToReset: answer, exchanges });
    return;
  }
  print(`${options.contactless ? "ATS" : "ATR"} ${answer}`);
  for (const { command, response, meaning } of exchanges) {
    print(`>> ${command}\n<< ${response}  ${meaning}`);
  }
}
