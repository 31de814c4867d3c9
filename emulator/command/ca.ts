// wafer ca: an issuer of certificates, its book and its status list.

import { Argument, type Command } from "commander";

interface Options {
  organization: string;
  name: string;
  caPassphraseFile?: string;
  json?: boolean;
}

type Action = "new" | "list" | "publish";

export function define(wafer: Command): void {
  wafer
    .command("ca")
    .summary("issue certificates: an SM2 key, a book, a status list")
    .description(
      "new makes an issuer of certificates in a folder; list tells what it issued; publish signs its " +
        "status list again, which is out of date after 30 days.",
    )
    .addArgument(new Argument("<action>", "what to do").choices(["new", "list", "publish"]))
    .argument("<folder>", "folder of the issuer")
    .option("--organization <name>", "who issues", "Trial issuer")
    .option("--name <name>", "name of the issuer's certificate", "Trial issuer root")
    .option("--ca-passphrase-file <file>", "file whose first line seals the issuer's key")
    .option("--json", "print JSON")
    .addHelpText(
      "after",
      `
The folder gets issuer.crt and status.crl, X.509 with SM2, which services need;
certificates.json, the book, and issuer-key.json, the sealed key, which nobody
else may have. The passphrase comes from --ca-passphrase-file, from the variable
WAFER_PASSPHRASE, or is asked for. An issuer that is there is never overwritten.

Example:
  $ WAFER_PASSPHRASE=trial wafer ca new authority`,
    )
    .action(ca);
}

async function ca(action: Action, folder: string, options: Options): Promise<void> {
  if (action === "list") return list(folder, options);
  const { Issuer } = await import("../../personalization/certificates/issuer.ts");
  const { issuerPassphrase, withIssuer } = await import("./open-identity.ts");
  const now = new Date();
  if (action === "new") {
    const { organization, name } = options;
    const { mustBeWritable } = await import("./files.ts");
    await mustBeWritable(folder);
    const passphrase = await issuerPassphrase(options.caPassphraseFile);
    const names = { organization, commonName: name };
    await show(folder, await Issuer.create(folder, { names, passphrase, now }), options);
    return;
  }
  await withIssuer(folder, options.caPassphraseFile, async (issuer) => {
    await issuer.publish(now);
    await show(folder, issuer, options);
  });
}

async function show(
  folder: string,
  issuer: import("../../personalization/certificates/issuer.ts").Issuer,
  options: Options,
): Promise<void> {
  const { print, printJson } = await import("./print.ts");
  const { commonName, organization, notAfter, serial } = issuer.certificate;
  const until = notAfter.toISOString();
  if (options.json) {
    printJson({ folder, organization, name: commonName, serial, notAfter: until });
    return;
  }
  print(`issuer   ${commonName}, ${organization}, until ${until.slice(0, 10)}`);
  print(`written  ${folder}/issuer.crt, status.crl`);
}

async function list(folder: string, options: Options): Promise<void> {
  const { openRegister } = await import("../../personalization/certificates/issuer.ts");
  const { print, printJson } = await import("./print.ts");
  const { certificates } = await openRegister(folder);
  if (options.json) {
    printJson({ folder, certificates });
    return;
  }
  for (const { card, serial, notAfter, revoked } of certificates) {
    const state =
      revoked === undefined
        ? `until ${notAfter.slice(0, 10)}`
        : `${revoked.reason} since ${revoked.at.slice(0, 10)}`;
    print(`${card.padEnd(16)} ${serial}  ${state}`);
  }
  if (certificates.length === 0) print("no certificates yet; wafer enrol gives cards theirs");
}
