// OpenSSL verifies what a card signed at a login, with nothing of ours but the two files.

import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { poweredCard } from "../../../../emulator/command/emulated-blanks.ts";
import { messageOf } from "../../../../emulator/terminal/login/protocol.ts";
import { signIn } from "../../../../emulator/terminal/login/sign-in.ts";
import { bytes } from "../../../../personalization/bytes.ts";
import { CERTIFICATE_FILE } from "../../../../personalization/certificates/issuer.ts";
import { SIGNER_IDENTIFIER, toDer } from "../../../../personalization/certificates/sm2.ts";
import { needing } from "../../../helpers/skip.ts";
import { enrolledCard, PIN } from "../../../personalization/certificates/enrolled-card.ts";
import { makeIssuer, NOW, temporaryFolder } from "../../../personalization/certificates/issuers.ts";

const IDENTIFIER = `distid:${SIGNER_IDENTIFIER}`;
const folder = temporaryFolder();
const issuer = await makeIssuer(join(folder.path, "ca"));
const { card } = await enrolledCard(issuer);
const tests = suite("a login before OpenSSL");
tests.after(folder.remove);
const test = needing(tests, { openssl: ["openssl"] });

function openssl(...args: string[]): string {
  return execFileSync("openssl", args, { encoding: "utf8", cwd: folder.path, stdio: "pipe" });
}

test("the card's certificate and signature hold", async () => {
  const challenge = { service: "服务", nonce: "5A".repeat(32), time: NOW.toISOString() };
  const meant = { service: "服务", origin: "https://example.invalid" };
  const { certificate, signature } = await signIn(poweredCard(card), challenge, meant, PIN);
  writeFileSync(join(folder.path, "card.der"), Buffer.from(certificate, "base64"));
  openssl("x509", "-inform", "DER", "-in", "card.der", "-out", "card.crt");
  const at = String(NOW.getTime() / 1000 + 60);
  const authority = join(issuer.folder, CERTIFICATE_FILE);
  const chain = ["-attime", at, "-vfyopt", IDENTIFIER, "-CAfile", authority, "card.crt"];
  assert.is(openssl("verify", ...chain), "card.crt: OK\n");
  writeFileSync(
    join(folder.path, "key.pem"),
    openssl("x509", "-in", "card.crt", "-pubkey", "-noout"),
  );
  writeFileSync(join(folder.path, "signature"), toDer(bytes(signature)));
  const dgst = ["-sm3", "-verify", "key.pem", "-sigopt", IDENTIFIER, "-signature", "signature"];
  writeFileSync(join(folder.path, "text"), messageOf(challenge, meant.origin));
  assert.is(openssl("dgst", ...dgst, "text"), "Verified OK\n");
  writeFileSync(join(folder.path, "text"), messageOf(challenge, "https://another.invalid"));
  assert.throws(() => openssl("dgst", ...dgst, "text"));
});

tests.run();
