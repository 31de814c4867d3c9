// wafer run: a card with power, in a PC/SC reader or on standard input.

import type { Command } from "commander";
import type { VpcdCard, VpcdEvent } from "../lines/vpcd.ts";
import type { OpenedCard } from "./open-card.ts";
import { commandBytes, integer, trustOption } from "./options.ts";

interface Options {
  vpcd?: boolean | string;
  trust: readonly string[];
  seed?: number;
  save?: string;
  keep: boolean;
  verbose?: boolean;
  json?: boolean;
}

export function define(wafer: Command): void {
  wafer
    .command("run")
    .summary("boot an image or a card and put it into a reader")
    .description(
      "Boots an image on a fresh chip, or powers a card file up. With --vpcd the card lies in the " +
        "virtual PC/SC reader until Ctrl-C; without, it answers commands in hex from standard input, " +
        "a line each. What the commands change stays in a card file; an image is not changed.",
    )
    .argument("<image>", "image, or card file")
    .option("--vpcd [host:port]", "connect to the vpcd reader (default 127.0.0.1:35963)")
    .option("--seed <n>", "repeatable random numbers", integer(0, 2 ** 32 - 1))
    .option("--save <file>", "write the card to this card file at the end")
    .option("--no-keep", "leave a card file as it was")
    .option("-v, --verbose", "print each command and response")
    .addOption(trustOption())
    .option("--json", "print each event as a line of JSON")
    .addHelpText(
      "after",
      `
A line of standard input is a command in hex, "reset", or a # comment. End it
with Ctrl-D.

Example:
  $ wafer run card.wafer --vpcd &
  $ opensc-tool --atr
  $ echo 00A4040000 | wafer run card.wafer`,
    )
    .action(run);
}

async function run(file: string, options: Options): Promise<void> {
  const { withCard } = await import("./open-card.ts");
  const { writeWhole } = await import("./files.ts");
  const { seed, trust, keep, save } = options;
  const opening = { trust, keep, ...(seed === undefined ? {} : { seed }) };
  await withCard(file, opening, async (opened) => {
    try {
      if (options.vpcd) await inReader(opened, options);
      else await onStandardInput(opened, options);
    } finally {
      if (save !== undefined) await writeWhole(save, opened.card.save(), 0o600);
    }
  });
}

async function inReader(opened: OpenedCard, options: Options): Promise<void> {
  const { connectVpcd } = await import("../lines/vpcd.ts");
  const { note } = await import("./print.ts");
  const where = await address(options.vpcd);
  const stopping = new AbortController();
  for (const name of ["SIGINT", "SIGTERM"] as const) {
    process.once(name, () => stopping.abort());
  }
  const show = await reporter(options);
  const { card, keep } = opened;
  const kept: VpcdCard = {
    reset: () => card.reset(),
    powerOff: () => card.powerOff(),
    // A spent try is in the file before the reader knows that it was wrong.
    transmit: async (command) => {
      const response = await card.transmit(command);
      await keep();
      return response;
    },
  };
  const line = await connectVpcd(kept, { ...where, signal: stopping.signal, onEvent: show });
  note("The card is in the reader. Ctrl-C takes it out.");
  if ((await line.closed) === "reader gone") note("The reader is gone.");
}

async function address(value: boolean | string | undefined) {
  if (typeof value !== "string") return {};
  const { UsageError } = await import("./fail.ts");
  const [, host, port] = /^(?:([^:]+):)?(\d{1,5})$/.exec(value) ?? [];
  if (port === undefined || Number(port) < 1 || Number(port) > 65535) {
    throw new UsageError(`--vpcd ${value}: give a port, or host:port like 127.0.0.1:35963`);
  }
  return { host, port: Number(port) };
}

async function reporter(options: Options): Promise<(event: VpcdEvent) => void> {
  const { hex, print } = await import("./print.ts");
  return (event) => {
    if (options.json) print(JSON.stringify(asHex(event, hex)));
    else if (event.kind === "command" && options.verbose) {
      print(`>> ${hex(event.command)}\n<< ${hex(event.response)}`);
    } else if (event.kind !== "command" && options.verbose) print(event.kind);
  };
}

/** The event with its bytes as hex. */
function asHex(event: VpcdEvent, hex: (bytes: Uint8Array) => string): Record<string, string> {
  const entries = Object.entries(event).map(([name, value]) => {
    return [name, value instanceof Uint8Array ? hex(value) : String(value)];
  });
  return Object.fromEntries(entries);
}

async function onStandardInput({ card, keep }: OpenedCard, options: Options): Promise<void> {
  const { createInterface } = await import("node:readline");
  const { hex, print } = await import("./print.ts");
  const { UsageError } = await import("./fail.ts");
  const say = (kind: string, value: string) => {
    if (options.json) print(JSON.stringify({ kind, value }));
    else print(kind === "atr" ? `ATR ${value}` : value);
  };
  say("atr", hex(card.reset()));
  let number = 0;
  const lines = createInterface({ input: process.stdin });
  for (const name of ["SIGINT", "SIGTERM"] as const) process.once(name, () => lines.close());
  for await (const text of lines) {
    number++;
    const line = text.trim();
    if (line === "" || line.startsWith("#")) continue;
    if (line === "reset") {
      say("atr", hex(card.reset()));
      continue;
    }
    let command: Uint8Array;
    try {
      command = commandBytes(line);
    } catch (error) {
      throw new UsageError(`line ${number}: ${(error as Error).message}`);
    }
    const response = card.exchange(command);
    await keep();
    say("response", hex(response));
  }
}
