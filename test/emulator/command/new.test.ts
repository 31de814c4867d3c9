// A vendor's own project: a new applet there, packed from there.

import { suite } from "uvu";
import * as assert from "uvu/assert";
import { readLoadFile } from "../../../assembler/package/load-file.ts";
import { hex } from "../../helpers/bytes.ts";
import { done, refused, Workshop } from "./workshop.ts";

const begin = suite("wafer new and wafer package");
let shop: Workshop;
begin.before(async () => {
  shop = await Workshop.open(1);
});
begin.after(() => shop.close());

const json = async (...args: string[]) => JSON.parse(done(await shop.wafer([...args, "--json"])));

begin("new makes an applet with handlers, numbers, profile, page and test", async () => {
  const made = await json("new", "applet", "tally");
  assert.is(made.aid, "F074616C6C79");
  assert.equal(made.files, [
    "applets/tally/index.ts",
    "applets/tally/get-data.ts",
    "applets/tally/put-data.ts",
    "applets/tally/state.ts",
    "applets/tally/spec.ts",
    "applets/tally/package.yaml",
    "applets/tally/README.md",
    "test/applets/tally.test.mjs",
  ]);
  for (const file of made.files) {
    const text = shop.text(file);
    assert.not.match(text, /\{\{|: undefined/, file);
    if (!file.endsWith("-data.ts")) assert.match(text, /tally/, file);
  }
  assert.match(shop.text("applets/tally/index.ts"), /from "wafer\/runtime\/sdk\/apdu.ts"/);
  for (const command of made.next) {
    assert.ok(shop.text("applets/tally/README.md").includes(command), command);
  }
});

begin("new proposes an AID of at least 5 bytes, and takes another one", async () => {
  assert.is((await json("new", "applet", "a")).aid, "F061000000");
  assert.is((await json("new", "applet", "b", "--aid", "f0 00 00 00 01")).aid, "F000000001");
  assert.match(shop.text("applets/b/package.yaml"), /aid: "F00000000101"/);
  const long = "a-name-of-thirty-two-characters0";
  const { aid } = await json("new", "applet", long);
  assert.is(aid.length, 28);
  const inside = await json("new", "applet", "c", "--root", "applets");
  assert.is(inside.files[0], "applets/c/index.ts");
  assert.ok(shop.has("applets/applets/c/index.ts"));
});

begin("new overwrites nothing, and says what is wrong with a name or an AID", async () => {
  const before = shop.text("applets/tally/spec.ts");
  refused(await shop.wafer(["new", "applet", "tally"]), 1, /applets\/tally: is there already/);
  assert.is(shop.text("applets/tally/spec.ts"), before);
  shop.write("test/applets/other.test.mjs", "mine");
  refused(await shop.wafer(["new", "applet", "other"]), 1, /other.test.mjs: is there already/);
  assert.not(shop.has("applets/other"), "half an applet");
  for (const name of ["Tally", "1st", "../up", "", "x".repeat(33)]) {
    refused(await shop.wafer(["new", "applet", name]), 2, /a-z, 0-9 and -/);
  }
  for (const aid of ["F0", "F00", "xyz", "00".repeat(16)]) {
    refused(await shop.wafer(["new", "applet", "x", "--aid", aid]), 2, /5 to 15 bytes/);
  }
  refused(await shop.wafer(["new", "purse", "x"]), 2, /choices are applet/);
  const nowhere = ["new", "applet", "x", "--root", "nowhere"];
  refused(await shop.wafer(nowhere), 1, /nowhere: there is no such folder/);
});

begin("package builds the load file of an applet that is nowhere near the runtime", async () => {
  const args = ["package", "applets/tally", "-o", "made/tally.load"];
  const text = done(await shop.wafer(args));
  assert.match(text, /^package {2}tally, AID F074616C6C7901$/m);
  assert.match(text, /^RAM +\d+\/512 bytes, stack \d+\/512$/m);
  const file = readLoadFile(shop.bytes("made/tally.load"));
  assert.is(hex(file.aid).toUpperCase(), "F074616C6C7901");
  const again = await json("package", "applets/tally", "-o", "made/again.load");
  assert.is(again.hash, hex(file.hash).toLowerCase());
  assert.is(again.fileBytes, file.bytes.length);
  assert.equal(shop.bytes("made/again.load"), shop.bytes("made/tally.load"));
});

begin("package signs for a domain", async () => {
  await shop.shell("openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out dap.pem");
  const signing = ["--sign", "dap.pem", "--domain", "A000000151000000"];
  const signed = await json("package", "applets/tally", "-o", "made/signed.load", ...signing);
  assert.is(signed.domain, "A000000151000000");
  const file = readLoadFile(shop.bytes("made/signed.load"));
  assert.is(file.daps.length, 1);
  assert.is(file.daps[0]!.signature.length, 64);
  const half = ["package", "applets/tally", "--sign", "dap.pem"];
  refused(await shop.wafer(half), 2, /--sign and --domain/);
  const other = [
    "package",
    "applets/tally",
    "--sign",
    "vendor.pem",
    "--domain",
    "A000000151000000",
  ];
  refused(await shop.wafer(other), 1, /vendor.pem: is no P-256 key/);
  const text = ["package", "applets/tally", "--sign", "card.wafer", "--domain", "A000000151000000"];
  refused(await shop.wafer(text), 1, /card.wafer: is no secret key.* genpkey .*curve:P-256$/m);
});

begin("package says what is wrong with an applet, in a line", async () => {
  for (const wrong of ["nowhere", "applets/tally/package.yaml"]) {
    const ran = await shop.wafer(["package", wrong]);
    refused(ran, 1, /package.yaml: cannot be read; give the folder of an applet/);
  }
  const profile = shop.text("applets/tally/package.yaml");
  shop.write("applets/tally/package.yaml", profile.replace("ram: 512", "ram: many"));
  refused(
    await shop.wafer(["package", "applets/tally"]),
    1,
    /package.yaml:\d+: ram: must be a num/,
  );
  shop.write("applets/tally/package.yaml", profile);
  shop.write(
    "applets/tally/index.ts",
    shop.text("applets/tally/index.ts").replace("return SW_SUCCESS;", "return nothing;"),
  );
  refused(
    await shop.wafer(["package", "applets/tally"]),
    1,
    /applets\/tally\/index.ts:\d+: .*nothing/,
  );
});

begin.run();
