// Files that are not what they should be: one line that says what, where and what to do; exit code 1.

import { existsSync, rmSync } from "node:fs";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { VerifyError } from "../../../assembler/errors.ts";
import { DEVELOPMENT_TRUSTED } from "../../../assembler/keys/development.ts";
import { Card } from "../../../emulator/card.ts";
import { linesOf } from "../../../emulator/command/fail.ts";
import { bytes } from "../../helpers/bytes.ts";
import { done, refused, Workshop } from "./workshop.ts";

const files = suite("wrong files");
let shop: Workshop;
let card: Uint8Array;

files.before(async () => {
  shop = await Workshop.open();
  const [path = ""] = await shop.issue();
  card = shop.bytes(path);
  shop.write("holder.card", card);
  shop.write("empty", "");
  const image = shop.bytes("card.wafer");
  shop.write("short.wafer", image.subarray(0, image.length >> 1));
  shop.write("damaged.wafer", image.with(image.length >> 1, image[image.length >> 1]! ^ 1));
  shop.write("short.card", card.subarray(0, card.length >> 1));
  shop.write("tail.wafer", Buffer.concat([image, Buffer.from("00", "hex")]));
  shop.write("manifest.wafer", image.with(200, image[200]! ^ 1));
});
files.after(() => shop.close());

const CARD = "00A40400";
const ISSUE = ["--image", "card.wafer", "--keystore", "keystore.json", "-o", "made"];
const BATCH = "sample/batch.csv";

const WRONG: [args: string[], line: RegExp][] = [
  [["inspect", "absent"], /^wafer: absent: there is no such file; check the name$/],
  [["inspect", "sample"], /^wafer: sample: is a folder, not a file; name a file$/],
  [["inspect", "empty"], /^wafer: empty: is empty; give a chip image, as wafer build makes it$/],
  [["inspect", "holder.card"], /^wafer: holder.card: is a card file; give a chip image/],
  [["inspect", "keystore.json"], /^wafer: keystore.json: is no chip image; give a chip image/],
  [
    ["inspect", "empty/inside"],
    /^wafer: empty\/inside: a part of the path is not a folder; check the name$/,
  ],
  [["inspect", "short.wafer"], /^wafer: short.wafer: damaged or truncated at byte \d+: .*again/],
  [["inspect", "damaged.wafer"], /^wafer: damaged.wafer: module .* is not the one that was signed/],
  [["inspect", "manifest.wafer"], /^wafer: manifest.wafer: .*signature/],
  [["inspect", "tail.wafer"], /^wafer: tail.wafer: /],
  [["inspect", "card.wafer", "--trust", "vendor-public.pem"], /signed by an unknown key.*trusted/],
  [["inspect", "card.wafer", "--trust", "absent.pem"], /^wafer: absent.pem: cannot be read; give/],
  [["inspect", "card.wafer", "--trust", "card.wafer"], /is no public key in PEM/],
  [["inspect", "card.wafer", "--trust", "vendor.pem"], /^wafer: vendor.pem: holds a secret key/],
  [["apdu", "absent", CARD], /^wafer: absent: there is no such file/],
  [["apdu", "sample", CARD], /^wafer: sample: is a folder, not a file; name a file$/],
  [["apdu", "empty", CARD], /^wafer: empty: is no card file/],
  [["apdu", "short.card", CARD], /^wafer: short.card: is no card file, or is cut short/],
  [["apdu", "short.wafer", CARD], /^wafer: short.wafer: damaged or truncated/],
  [["apdu", "keystore.json", CARD], /^wafer: keystore.json: is no card file/],
  [["apdu", "holder.card", CARD, "--trust", "vendor-public.pem"], /signed by an unknown key/],
  [["run", "absent"], /^wafer: absent: there is no such file/],
  [["run", "damaged.wafer"], /^wafer: damaged.wafer: module/],
  [["run", "card.wafer", "--vpcd", "127.0.0.1:1"], /connection refused; is pcscd running/],
  [["read", "card.wafer"], /^wafer: card.wafer: is an image, and a blank holds nobody's data/],
  [["read", "absent"], /^wafer: absent: there is no such file/],
  [["read", "holder.card", "--keystore", "absent"], /there is no keystore; wafer sample-keystore/],
  [["read", "holder.card", "--keystore", "sample"], /^wafer: sample: is a folder, not a keystore/],
  [
    ["read", "holder.card", "--keystore", "card.wafer"],
    /card.wafer: (others can read|not a keystore)/,
  ],
  [
    ["read", "holder.card", "--keystore", "keystore.json", "--read-key", "frob"],
    /no key "frob"; it has: transport/,
  ],
  [
    ["read", "holder.card", "--keystore", "keystore.json", "--read-key", "card-keys"],
    /key "card-keys" is an AES key/,
  ],
  [
    ["read", "holder.card", "--keystore", "keystore.json", "--portrait", "sample"],
    /^wafer: sample: is a folder; name the file to write in it$/,
  ],
  [
    ["build", "absent"],
    /^wafer: absent: there is no such file; by name there is: psam, reference$/,
  ],
  [["build", "sample"], /^wafer: sample: cannot be read; give a profile/],
  [["build", "card.wafer"], /^wafer: card.wafer: is no text; give a profile such as /],
  [["build", "--key", "absent.pem"], /^wafer: absent.pem: cannot be read; give a secret key/],
  [["build", "--key", "vendor-public.pem"], /^wafer: vendor-public.pem: is no secret key/],
  [["build", "--root", "sample"], /runtime\/kernel\/index.ts: no such file under/],
  [
    ["sample-batch", "-n", "2", "-o", "empty"],
    /^wafer: empty(\/portraits)?: .* not a folder; choose/,
  ],
  [["sample-keystore", "-o", "keystore.json"], /is there already; keys are never overwritten/],
  [
    ["sample-keystore", "absent", "-o", "k.json"],
    /by name there is: psam, social-security, social-security-2$/,
  ],
  [["sample-keystore", "-o", "empty/k.json"], /^wafer: empty\/k.json: .* not a folder; choose/],
  [
    ["sample-keystore", "-o", "k.json", "--passphrase-file", "absent"],
    /^wafer: absent: cannot read the passphrase file/,
  ],
  [["sample-keystore", "-o", "k.json", "--passphrase-file", "empty"], /^wafer: empty: .*empty$/],
  [
    ["issue", "absent", BATCH, ...ISSUE],
    /by name there is: psam, social-security, social-security-2$/,
  ],
  [["issue", "sample", BATCH, ...ISSUE], /^wafer: sample:1: is a folder, not a file; name a file$/],
  [["issue", "social-security", "absent.csv", ...ISSUE], /^wafer: absent.csv: there is no such/],
  [
    ["issue", "social-security", "sample", ...ISSUE],
    /^wafer: sample: is a folder, not a file; name a file$/,
  ],
  [
    ["issue", "social-security", BATCH, "--image", "holder.card"],
    /^wafer: holder.card: is a card file; give a chip image/,
  ],
  [["issue", "social-security", BATCH, "--image", "short.wafer"], /damaged or truncated/],
  [
    ["issue", "social-security", BATCH, ...ISSUE, "--trust", "vendor-public.pem"],
    /card.wafer: signed by an unknown key/,
  ],
  [
    ["issue", "social-security", BATCH, ...ISSUE, "-o", "empty"],
    /^wafer: empty(\/cards)?: .* not a folder; choose/,
  ],
];
for (const [args, line] of WRONG) {
  files(`wafer ${args.join(" ")}`, async () => {
    refused(await shop.wafer(args), 1, line);
  });
}

files("nothing was made by any of it, and no part of a file stayed", () => {
  assert.not.ok(shop.has("made"));
  assert.not.ok(shop.has("k.json"));
  assert.equal(
    shop.files(".").filter((name) => name.includes(".part")),
    [],
  );
});

files("an output that cannot be written is named as the person named it", async () => {
  const made = [
    ["build", "-o", "empty/x.wafer"],
    ["run", "card.wafer", "--save", "empty/x.card"],
    ["read", "holder.card", "--keystore", "keystore.json", "--portrait", "empty/x.jpg"],
  ];
  for (const args of made) {
    const ran = await shop.wafer(args);
    assert.is(ran.exit, 1);
    assert.match(
      ran.err,
      /^wafer: empty\/x\.(wafer|card|jpg): a part of the path is not a folder; choose another name\n$/,
    );
  }
});

files("an output that cannot be made is not told as an input with a wrong name", async () => {
  const made = [
    ["build", "-o", "/proc/x.wafer"],
    ["build", "-o", "/proc/x/y/z.wafer"],
    ["read", "holder.card", "--keystore", "keystore.json", "--portrait", "/proc/x.jpg"],
    ["sample-keystore", "-o", "/proc/x.json"],
    ["sample-batch", "-n", "1", "-o", "/proc/x"],
    ["issue", "social-security", BATCH, ...ISSUE, "-o", "/proc/x"],
  ];
  for (const args of made) {
    const ran = await shop.wafer(args);
    refused(
      ran,
      1,
      /^wafer: \/proc(\/x[^:]*)?: (nothing can|may not) be written.*; choose another/,
    );
  }
  refused(await shop.wafer(["build", "-o", "sample"]), 1, /^wafer: sample: is a folder; name the/);
});

files("a folder with the name of what comes along does not hide it", async () => {
  shop.write("social-security/inside", "");
  shop.write("reference/inside", "");
  done(await shop.wafer(["build", "reference", "-o", "again.wafer"]));
  done(await shop.wafer(["issue", "social-security", BATCH, ...ISSUE, "-o", "with-folder"]));
  // A file of that name is what the person means.
  rmSync(shop.path("reference"), { recursive: true });
  shop.write("reference", "kernel: 1\n");
  refused(await shop.wafer(["build", "reference"]), 1, /^wafer: reference:1: /);
});

files("every line of a refusal has the prefix", async () => {
  const refusals = ["one", "two"].map((reason) => ({ rule: "rule", reason }));
  assert.equal(await linesOf(new VerifyError("kernel", refusals)), [
    "kernel: one (rule)",
    "kernel: two (rule)",
  ]);
});

files("a keystore that others can read is refused with the cure", async () => {
  shop.write("open.json", shop.text("keystore.json"));
  const ran = await shop.wafer(["read", "holder.card", "--keystore", "open.json"]);
  refused(ran, 1, /others can read this keystore; run: chmod 600 open.json$/);
});

files("a wrong passphrase, and none", async () => {
  const args = ["read", "holder.card", "--keystore", "keystore.json"];
  const wrong = await shop.wafer(args, { env: { WAFER_PASSPHRASE: "wrong" } });
  refused(
    wrong,
    1,
    /^wafer: keystore.json: wrong passphrase, .* altered; try again, or restore the backup$/,
  );
  const none = await shop.wafer(args, { env: { WAFER_PASSPHRASE: undefined } });
  refused(none, 1, /^wafer: no passphrase: set WAFER_PASSPHRASE, name a passphrase file/);
});

files("a damaged card file is refused or works; it never surprises", async () => {
  let refusals = 0;
  let state = 1;
  const random = (below: number) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
  const damages: ((file: Uint8Array) => Uint8Array)[] = [
    (file) => file.with(random(file.length), random(256)),
    (file) => file.with(random(40), random(256)),
    (file) => file.with(file.length - 1 - random(1200), random(256)),
    (file) => file.subarray(0, random(file.length)),
    (file) => Uint8Array.from([...file.subarray(0, 64), ...file.subarray(64 + random(64))]),
  ];
  for (let trial = 0; trial < 300; trial++) {
    const damaged = damages[trial % damages.length]!(card);
    try {
      const loaded = Card.load(damaged, { trusted: DEVELOPMENT_TRUSTED, name: "x.card" });
      loaded.reset();
      const response = loaded.exchange(bytes("00A404000F7378312E73682EC9E7BBE1B1A3D5CF00"));
      assert.ok(response.length >= 2);
    } catch (error) {
      refusals++;
      const lines = await linesOf(error);
      assert.is(lines.length, 1, `trial ${trial}: ${lines.join("\n")}`);
      assert.match(lines[0]!, /^x\.card: [^\n]+$/, `trial ${trial}: ${(error as Error).stack}`);
    }
  }
  assert.ok(refusals > 100, `only ${refusals} were refused: this test proves little`);
});

files("a product file with an unknown field names line and path", async () => {
  const product = "personalization/products/social-security.yaml";
  const text = done(await shop.shell(`cat ../../${product}`));
  const line = text.split("\n").indexOf("applications:") + 1;
  shop.write("product.yaml", text.replace("\napplications:", "\ncolour: red\napplications:"));
  const ran = await shop.wafer(["issue", "product.yaml", BATCH, ...ISSUE]);
  refused(ran, 1, new RegExp(`^wafer: product.yaml:${line}: colour: unknown field; remove it`));
  assert.not.ok(existsSync(shop.path("made/journal.jsonl")));
});

files.run();
