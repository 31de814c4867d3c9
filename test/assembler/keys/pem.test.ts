import { execFileSync } from "node:child_process";
import { createPublicKey, generateKeyPairSync, verify } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { KeyFileError } from "../../../assembler/errors.ts";
import { decodeCbor, type Tagged } from "../../../assembler/image/cbor.ts";
import { readImage } from "../../../assembler/image/read.ts";
import { toBeSigned } from "../../../assembler/image/sign.ts";
import { loadSigner, loadTrusted } from "../../../assembler/keys/pem.ts";
import { publicKeyInfo } from "../../../assembler/keys/public-key.ts";
import { hex } from "../../helpers/bytes.ts";
import { needing } from "../../helpers/skip.ts";
import { SAMPLE_MANIFEST, sampleImage } from "../sample-image.ts";

const pem = suite("key files");
const withOpenssl = needing(pem, { openssl: ["openssl"] });
let folder = "";

pem.before(() => {
  const build = fileURLToPath(new URL("../../../build", import.meta.url));
  mkdirSync(build, { recursive: true });
  folder = mkdtempSync(join(build, "keys-"));
});
pem.after(() => rmSync(folder, { recursive: true }));

const KINDS = {
  ES256: ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"],
  EdDSA: ["-algorithm", "ed25519"],
} as const;

/** Makes a key pair with openssl: the files of its two halves. */
function makePair(algorithm: keyof typeof KINDS): { secret: string; open: string } {
  const secret = join(folder, `${algorithm}.pem`);
  const open = join(folder, `${algorithm}.pub.pem`);
  execFileSync("openssl", ["genpkey", ...KINDS[algorithm], "-out", secret], { stdio: "pipe" });
  execFileSync("openssl", ["pkey", "-in", secret, "-pubout", "-out", open]);
  return { secret, open };
}

/** What was signed in an image, and the signature. */
function signatureOf(image: Uint8Array): { message: Uint8Array; signature: Uint8Array } {
  const [signed] = (decodeCbor(image) as Tagged).value as [Tagged];
  const [header, , payload, signature] = signed.value as Uint8Array[];
  return { message: toBeSigned(header!, payload!), signature: signature! };
}

for (const algorithm of ["ES256", "EdDSA"] as const) {
  withOpenssl(
    `an image signed with openssl's ${algorithm} key is read with its public half`,
    () => {
      const { secret, open } = makePair(algorithm);
      const signer = loadSigner(secret);
      const trusted = loadTrusted(open);
      assert.is(signer.algorithm, algorithm);
      assert.equal(signer.publicKey, trusted.publicKey);
      const image = sampleImage(SAMPLE_MANIFEST, signer);
      assert.is(readImage(image, [trusted]).signer.name, `${algorithm}.pub.pem`);
      assert.throws(
        () => loadTrusted(secret),
        (error: unknown) =>
          error instanceof KeyFileError && /holds a secret key .* pkey -pubout$/.test(error.reason),
      );
    },
  );

  withOpenssl(`Node's crypto verifies our ${algorithm} signature`, () => {
    const { secret, open } = makePair(algorithm);
    const { message, signature } = signatureOf(sampleImage(SAMPLE_MANIFEST, loadSigner(secret)));
    const key = createPublicKey(execFileSync("openssl", ["pkey", "-pubin", "-in", open]));
    const hash = algorithm === "ES256" ? "sha256" : null;
    const check = (data: Uint8Array) =>
      verify(hash, data, { key, dsaEncoding: "ieee-p1363" }, signature);
    assert.ok(check(message));
    assert.not(check(message.slice(1)));
  });

  withOpenssl(`the identifier of an ${algorithm} key is the SHA-256 that openssl gives`, () => {
    const { open } = makePair(algorithm);
    const der = execFileSync("openssl", ["pkey", "-pubin", "-in", open, "-outform", "DER"]);
    const digest = execFileSync("openssl", ["dgst", "-sha256", "-r"], { input: der });
    const trusted = loadTrusted(open);
    assert.is(hex(trusted.keyId), digest.toString().slice(0, 64));
    assert.equal(publicKeyInfo(algorithm, trusted.publicKey), new Uint8Array(der));
  });
}

withOpenssl("openssl verifies our Ed25519 signature", () => {
  const { secret, open } = makePair("EdDSA");
  const { message, signature } = signatureOf(sampleImage(SAMPLE_MANIFEST, loadSigner(secret)));
  const [data, sign] = [join(folder, "message"), join(folder, "signature")] as const;
  writeFileSync(data, message);
  writeFileSync(sign, signature);
  const arguments_ = ["-verify", "-pubin", "-inkey", open, "-rawin", "-in", data, "-sigfile", sign];
  assert.match(execFileSync("openssl", ["pkeyutl", ...arguments_]).toString(), /Success/);
});

pem("trusts no file with a secret key in it, however it is wrapped", () => {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const open = publicKey.export({ type: "spki", format: "pem" });
  const path = join(folder, "trusted.pem");
  writeFileSync(path, open);
  assert.is(loadTrusted(path).algorithm, "ES256");
  const closed = { cipher: "aes-128-cbc", passphrase: "secret" };
  for (const secret of [
    privateKey.export({ type: "pkcs8", format: "pem" }),
    privateKey.export({ type: "sec1", format: "pem" }),
    privateKey.export({ type: "pkcs8", format: "pem", ...closed }),
  ]) {
    for (const text of [`${secret}`, `${open}${secret}`]) {
      writeFileSync(path, text);
      assert.throws(() => loadTrusted(path), /holds a secret key where a public one belongs; give/);
    }
  }
});

pem("refuses other kinds of keys, encrypted keys, text and no file, in one line", () => {
  const file = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };
  const options = { type: "pkcs8", format: "pem" } as const;
  const other = generateKeyPairSync("ec", { namedCurve: "secp384r1" }).privateKey.export(options);
  const closed = generateKeyPairSync("ed25519").privateKey.export({
    ...options,
    ...{ cipher: "aes-128-cbc", passphrase: "secret" },
  });
  const cases: [string, RegExp][] = [
    [file("p384.pem", other as string), /is a key of type ec; use P-256 or Ed25519/],
    [file("closed.pem", closed as string), /is no secret key in PEM, or is encrypted/],
    [file("text.pem", "hello"), /is no secret key in PEM/],
    [join(folder, "absent.pem"), /cannot be read/],
  ];
  for (const [path, reason] of cases) {
    assert.throws(
      () => loadSigner(path),
      (error: unknown) =>
        error instanceof KeyFileError && reason.test(error.reason) && !error.message.includes("\n"),
    );
  }
});

pem.run();
