// The keystore file: what opens it, what does not, and what it shows.

import {
  chmodSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { hex } from "../../../personalization/bytes.ts";
import { KeystoreError } from "../../../personalization/errors.ts";
import { Keystore, openKeystore } from "../../../personalization/keys/keystore.ts";
import { readPassphrase } from "../../../personalization/keys/passphrase.ts";
import { rejection, thrown } from "../helpers/rejection.ts";

/** scrypt cost of a test: 1 MiB. */
const CHEAP = 10;
const keystore = suite("keystore");
const folder = mkdtempSync(join(tmpdir(), "wafer-keystore-"));
const path = join(folder, "bureau.keys");
const master = Uint8Array.from({ length: 16 }, (_, index) => 0xa0 + index);

keystore.before.each(async () => {
  rmSync(path, { force: true });
  const keys = new Keystore();
  keys.add({ name: "ssc-irk", kind: "sm4", value: master });
  keys.generate("card-keys", "aes", 32);
  await keys.save(path, "correct horse", CHEAP);
});
keystore.after(() => rmSync(folder, { recursive: true }));

keystore("keeps names, kinds and values, and only its owner may read it", async () => {
  const keys = await openKeystore(path, "correct horse");
  assert.equal(
    keys.list().map(({ name, kind, length }) => [name, kind, length]),
    [
      ["ssc-irk", "sm4", 16],
      ["card-keys", "aes", 32],
    ],
  );
  assert.is(statSync(path).mode & 0o777, 0o600);
  assert.equal(readdirSync(folder), ["bureau.keys"]);
});

keystore("shows no key and no name in the file", () => {
  const text = readFileSync(path, "latin1");
  assert.not.match(text, new RegExp(hex(master), "i"));
  assert.not.match(text, /ssc-irk|card-keys/);
});

keystore("two saves of one content share no sealed byte string", async () => {
  const first = JSON.parse(readFileSync(path, "utf8"));
  await (await openKeystore(path, "correct horse")).save(path, "correct horse", CHEAP);
  const second = JSON.parse(readFileSync(path, "utf8"));
  assert.is.not(first.scrypt.salt, second.scrypt.salt);
  assert.is.not(first.nonce, second.nonce);
  assert.is.not(first.sealed, second.sealed);
});

keystore("refuses a wrong passphrase in one line without it", async () => {
  const error = await rejection(openKeystore(path, "correct horsf"));
  assert.instance(error, KeystoreError);
  const advice = "try again, or restore the backup";
  assert.is(error.message, `${path}: wrong passphrase, or the file was altered; ${advice}`);
});

keystore("refuses the file with any field altered", async () => {
  const good = JSON.parse(readFileSync(path, "utf8"));
  const turn = (text: string) => (text[0] === "0" ? "1" : "0") + text.slice(1);
  const alterations = [
    { ...good, sealed: turn(good.sealed) },
    { ...good, sealed: good.sealed.slice(0, -2) },
    { ...good, sealed: "00" },
    { ...good, nonce: turn(good.nonce) },
    { ...good, scrypt: { ...good.scrypt, salt: turn(good.scrypt.salt) } },
    { ...good, scrypt: { ...good.scrypt, log2N: 11 } },
    { ...good, scrypt: { ...good.scrypt, log2N: 30 } },
    { ...good, "wafer-keystore": 2 },
    { ...good, more: 1 },
  ];
  for (const altered of alterations) {
    writeFileSync(path, JSON.stringify(altered), { mode: 0o600 });
    assert.instance(await rejection(openKeystore(path, "correct horse")), KeystoreError);
  }
  writeFileSync(path, readFileSync(path, "utf8").slice(0, 40));
  const error = await rejection(openKeystore(path, "correct horse"));
  assert.match(error.message, /not a keystore file, or a damaged one/);
});

keystore("refuses a file that others can read, and says how to cure it", async () => {
  chmodSync(path, 0o640);
  const error = await rejection(openKeystore(path, "correct horse"));
  assert.is(error.message, `${path}: others can read this keystore; run: chmod 600 ${path}`);
});

keystore("refuses a file that is not there", async () => {
  const error = await rejection(openKeystore(join(folder, "none"), "x"));
  assert.match(error.message, /none: cannot open the keystore \(ENOENT\)/);
});

keystore("refuses an empty passphrase, a name twice, a bad name and a bad length", async () => {
  const keys = new Keystore();
  keys.add({ name: "a", kind: "aes", value: master });
  assert.instance(await rejection(keys.save(path, "", CHEAP)), KeystoreError);
  assert.instance(
    thrown(() => keys.add({ name: "a", kind: "aes", value: master })),
    KeystoreError,
  );
  assert.instance(
    thrown(() => keys.add({ name: "A b", kind: "aes", value: master })),
    KeystoreError,
  );
  const short = master.slice(1);
  assert.instance(
    thrown(() => keys.add({ name: "b", kind: "sm4", value: short })),
    KeystoreError,
  );
});

keystore("passphrase: the file comes first, then the environment, else one line", async () => {
  const file = join(folder, "passphrase");
  writeFileSync(file, "from file\nsecond line\n");
  const environment = { WAFER_PASSPHRASE: "from environment" };
  assert.is(await readPassphrase({ file, environment }), "from file");
  assert.is(await readPassphrase({ environment }), "from environment");
  writeFileSync(file, "\nx");
  assert.match(
    (await rejection(readPassphrase({ file, environment }))).message,
    /first line .* empty/,
  );
  rmSync(file);
  assert.instance(await rejection(readPassphrase({ file })), KeystoreError);
  const pipe = { isTTY: false } as unknown as import("node:tty").ReadStream;
  const error = await rejection(readPassphrase({ environment: {}, input: pipe }));
  assert.match(error.message, /^no passphrase: set WAFER_PASSPHRASE/);
});

keystore(
  "a key that was derived without a level and released leaves its master as it was",
  async () => {
    const made = new Keystore();
    made.add({ name: "master", kind: "sm4", value: Buffer.alloc(16, 7) });
    const service = made.service();
    const master = await service.open("master");
    const before = hex(await service.checkValue(master));
    await service.release(await service.derive(master, { method: "social-security", factors: [] }));
    assert.is(hex(await service.checkValue(master)), before);
  },
);

keystore.run();
