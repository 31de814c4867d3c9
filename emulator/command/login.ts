// wafer login: a holder signs in to a service with card and PIN.

import type { Command } from "commander";
import { trustOption } from "./options.ts";

interface Options {
  ca: string;
  service: string;
  url?: string;
  pinFile?: string;
  trust: readonly string[];
  json?: boolean;
}

export function define(wafer: Command): void {
  wafer
    .command("login")
    .summary("sign in to a service with a card and its PIN")
    .description(
      "A service on the loopback interface gives a challenge, the card signs it after the PIN, and the " +
        "service checks signature, certificate and status list.",
    )
    .argument("<card>", "card file")
    .option("--ca <folder>", "the service trusts this issuer: issuer.crt, status.crl", "authority")
    .option("--service <name>", "name of the service that is meant", "trial service")
    .option("--url <url>", "a service that runs already (default: one for this login)")
    .option("--pin-file <file>", "file whose first line is the PIN")
    .addOption(trustOption())
    .option("--json", "print JSON")
    .addHelpText(
      "after",
      `
The PIN comes from --pin-file, from the variable WAFER_PIN, or is asked for. A
wrong one costs the card a try, which stays spent.

Example:
  $ WAFER_PIN=123456 wafer login issued/cards/W00000003.card --ca authority`,
    )
    .action(login);
}

async function login(file: string, options: Options): Promise<void> {
  const { FieldError, StatusWordError } = await import("../../personalization/errors.ts");
  const { askForChallenge, handIn, serve } = await import("../terminal/login/loopback.ts");
  const { originOf } = await import("../terminal/login/protocol.ts");
  const { LoginService } = await import("../terminal/login/service.ts");
  const { signIn } = await import("../terminal/login/sign-in.ts");
  const { poweredCard } = await import("./emulated-blanks.ts");
  const { FileError } = await import("./fail.ts");
  const { withCard } = await import("./open-card.ts");
  const { trustIn } = await import("./open-identity.ts");
  const { print, printJson } = await import("./print.ts");
  const { readPin } = await import("./read-pin.ts");
  const { ca, service, url } = options;
  const trust = trustIn(ca);
  const told = url === undefined ? undefined : originOf(url);
  // What the service cannot do without is missed before a PIN is asked for.
  if (url === undefined) await trust();
  const pin = await readPin(options.pinFile);
  const served = told === undefined ? await serve(new LoginService(service, trust)) : undefined;
  const origin = told ?? (served?.url as string);
  try {
    const challenge = await askForChallenge(origin);
    // Tries that were spent stay spent.
    await withCard(file, { trust: options.trust, keep: true }, async ({ card }) => {
      card.reset();
      const meant = { service, origin };
      const answer = await signIn(poweredCard(card), challenge, meant, pin).catch((error) => {
        const ofCard = error instanceof StatusWordError || error instanceof FieldError;
        if (ofCard) throw new FileError(file, error.message);
        throw error;
      });
      const entered = await handIn(origin, answer);
      if (options.json) printJson(entered);
      else print(`${entered.card} is logged in to ${entered.service} (${entered.organization})`);
    });
  } finally {
    await served?.close();
  }
}
