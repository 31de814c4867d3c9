// Content of cards that are issued already: packages loaded, applications made, locked and deleted.

import { suite } from "uvu";
import * as assert from "uvu/assert";
import { MAX_PACKAGES } from "../../../runtime/spec/configuration.ts";
import { done, type Ran, refused, Workshop } from "./workshop.ts";

const content = suite("wafer list, load, install, lock, delete");
let shop: Workshop;
let issued: string;
content.before(async () => {
  shop = await Workshop.open(1);
  [issued = ""] = await shop.issue();
  done(await shop.wafer(["run", "card.wafer", "--save", "blank.card"]));
  done(await shop.wafer(["new", "applet", "tally", "--aid", "F0000000010A01"]));
  done(await shop.wafer(["package", "applets/tally", "-o", "tally.load"]));
});
content.after(() => shop.close());

const INSTANCE = "F0000000010A01";
const PACKAGE = `${INSTANCE}01`;
const SELECT = `00A4040007${INSTANCE}`;
const KEYS = ["--keystore", "keystore.json"];

const json = (ran: Ran) => JSON.parse(done(ran));
const list = async (card: string, ...options: string[]) =>
  json(await shop.wafer(["list", card, "--json", ...options]));
const find = (rows: { aid: string }[], aid: string): Record<string, unknown> | undefined =>
  rows.find((row) => row.aid === aid);
/** The last response of these commands. */
const answer = async (card: string, ...commands: string[]): Promise<string> =>
  json(await shop.wafer(["apdu", card, "--json", ...commands])).exchanges.at(-1).response;

content("list tells what is on a blank, and names the PUBLIC keys", async () => {
  const ran = await shop.wafer(["list", "card.wafer"]);
  assert.match(done(ran), /^issuer domain +A000000151000000 +OP_READY/m);
  assert.match(
    ran.out,
    /^application +7378312E73682EC9E7BBE1B1A3D5CF +SELECTABLE .*card reset, card terminate$/m,
  );
  assert.match(ran.out, /^keys +FF +1 2 3$/m);
  assert.match(ran.err, /PUBLIC transport keys/);
  const found = await list("card.wafer");
  assert.is(found.lifeCycle, "OP_READY");
  assert.equal(found.secureChannels, [{ protocol: 3, i: "70" }]);
  assert.is(found.loadFiles.length, 4);
  const { freeStore, freePackages } = found.resources;
  assert.ok(freeStore > 10_000 && freePackages > 10_000);
  assert.match(ran.out, new RegExp(`^free for data +${freeStore} bytes$`, "m"));
  assert.match(ran.out, new RegExp(`^free for a package +${freePackages} bytes$`, "m"));
});

content(
  "a package is loaded and installed, answers, and is still there after a reset",
  async () => {
    const args = ["load", "blank.card", "tally.load", "--install", INSTANCE, "--json"];
    const loaded = json(await shop.wafer(args));
    assert.is(loaded.loadFile, PACKAGE);
    assert.is(loaded.instance, INSTANCE);
    assert.is(loaded.bytes, shop.bytes("tally.load").length);
    assert.is(await answer("blank.card", SELECT, "00DA010102CAFE", "00CA010100"), "CAFE9000");
    assert.is(await answer("blank.card", SELECT, "00CA010200"), "00019000");
    const found = await list("blank.card");
    assert.is(find(found.applications, INSTANCE)?.loadFile, PACKAGE);
    assert.equal(find(found.loadFiles, PACKAGE)?.modules, [PACKAGE]);
  },
);

content("a second instance has its own data", async () => {
  const second = "F0000000010A02";
  done(await shop.wafer(["install", "blank.card", PACKAGE, second, "--quota", "400"]));
  assert.is(await answer("blank.card", `00A4040007${second}`, "00CA010200"), "00009000");
  done(await shop.wafer(["delete", "blank.card", second]));
  assert.is(await answer("blank.card", `00A4040007${second}`), "6A82");
});

content("a locked application is not selected until it is unlocked", async () => {
  done(await shop.wafer(["lock", "blank.card", INSTANCE]));
  assert.is(find((await list("blank.card")).applications, INSTANCE)?.lifeCycle, "LOCKED");
  assert.not.match(await answer("blank.card", SELECT), /9000$/);
  refusedAtCard(await shop.wafer(["lock", "blank.card", INSTANCE]), /01 is locked already$/m);
  done(await shop.wafer(["unlock", "blank.card", INSTANCE]));
  assert.is(await answer("blank.card", SELECT, "00CA010100"), "CAFE9000");
  refusedAtCard(await shop.wafer(["unlock", "blank.card", INSTANCE]), /01 is not locked$/m);
});

content("a package goes with its applications or not at all; then its AID is free", async () => {
  const bare = ["delete", "blank.card", PACKAGE];
  refusedAtCard(await shop.wafer(bare), /6985 .*--related/);
  assert.is(await answer("blank.card", SELECT, "00CA010100"), "CAFE9000");
  const before = (await list("blank.card")).resources;
  done(await shop.wafer([...bare, "--related"]));
  const found = await list("blank.card");
  assert.is(find(found.applications, INSTANCE), undefined);
  assert.is(find(found.loadFiles, PACKAGE), undefined);
  for (const room of ["freeStore", "freePackages"]) {
    assert.ok(found.resources[room] > before[room], `${room}: the room is not given back`);
  }
  refusedAtCard(await shop.wafer(bare), /6A88 .*wafer list/);
  done(await shop.wafer(["load", "blank.card", "tally.load"]));
  done(await shop.wafer(bare));
});

content(
  "a load whose instance is refused says that the package is there, in its line",
  async () => {
    const taken = "7378312E73682EC9E7BBE1B1A3D5CF";
    const ran = await shop.wafer(["load", "blank.card", "tally.load", "--install", taken]);
    refusedAtCard(ran, /6A8A .*the package is loaded: wafer install/);
    done(await shop.wafer(["install", "blank.card", PACKAGE, INSTANCE]));
    done(await shop.wafer(["delete", "blank.card", PACKAGE, "--related"]));
  },
);

content("a card takes 16 packages, and says so of the next", async () => {
  done(await shop.wafer(["run", "card.wafer", "--save", "many.card"]));
  const profile = shop.text("applets/tally/package.yaml");
  const load = async (n: number) => {
    const aid = `F00000000B${n.toString(16).padStart(2, "0")}`;
    shop.write("applets/tally/package.yaml", profile.replace(PACKAGE, aid));
    done(await shop.wafer(["package", "applets/tally", "-o", "one.load"]));
    return shop.wafer(["load", "many.card", "one.load"]);
  };
  for (let n = 0; n < MAX_PACKAGES; n++) done(await load(n));
  refusedAtCard(await load(MAX_PACKAGES), /6A84 .*wafer list .*at most 16 packages$/m);
  shop.write("applets/tally/package.yaml", profile);
});

content("a key version is written as the list shows it: two hex digits", async () => {
  for (const version of ["FF", "ff", "0xFF"]) {
    done(await shop.wafer(["list", "card.wafer", "--key-version", version]));
  }
  for (const version of ["30", "0x30"]) {
    done(await shop.wafer(["list", issued, ...KEYS, "--key-version", version]));
    refused(await shop.wafer(["list", issued, "--key-version", version]), 1, /\(version 30\)/);
  }
  for (const version of ["00", "255", "3", "0x", "zz", ""]) {
    const ran = await shop.wafer(["list", "card.wafer", "--key-version", version]);
    refused(ran, 2, /in hex, two digits from 01 to FF/);
  }
});

content("an issued card is managed with its own keys, from the keystore", async () => {
  const line = `${issued}: has keys of its own (version 30); add --keystore`;
  const ran = await shop.wafer(["list", issued]);
  refused(ran, 1, /has keys of its own/);
  assert.ok(ran.err.includes(line), ran.err);
  const loaded = await shop.wafer(["load", issued, "tally.load", "--install", INSTANCE, ...KEYS]);
  assert.not.match(done(loaded) + loaded.err, /PUBLIC/);
  assert.is(await answer(issued, SELECT, "00DA0101010A", "00CA010100"), "0A9000");
  const { keys } = await list(issued, ...KEYS);
  assert.equal(keys, [{ version: "30", identifiers: [1, 2, 3] }]);
  await shop.keystore("other.json", { "card-keys": "00112233445566778899AABBCCDDEEFF" });
  const wrong = await shop.wafer(["list", issued, "--keystore", "other.json"]);
  refused(wrong, 1, /card cryptogram is wrong/);
});

content(
  "a supplementary domain is managed with its own keys, or the issuer's without any",
  async () => {
    const [bare, keyed] = ["F000000002", "F000000003"];
    const module = "A0000001515350";
    const domain = ["--privileges", "800000"];
    const keys = ["--parameters", `FF${"404142434445464748494A4B4C4D4E4F".repeat(3)}`];
    done(await shop.wafer(["install", "blank.card", module, bare, ...domain]));
    done(await shop.wafer(["install", "blank.card", module, keyed, ...domain, ...keys]));
    const { applications } = await list("blank.card");
    assert.equal(find(applications, keyed)?.privileges, ["security domain"]);
    assert.equal((await list("blank.card", "--domain", bare)).keys, []);
    assert.is((await list("blank.card", "--domain", keyed)).keys[0].version, "FF");
    // Without the privilege of authorized management.
    const load = ["load", "blank.card", "tally.load", "--domain", keyed];
    refusedAtCard(await shop.wafer(load), /blank.card: INSTALL .* 6985 .*wafer list/);
    refusedAtCard(
      await shop.wafer(["list", "blank.card", "--domain", "F000000009"]),
      /6A82 .*domains/,
    );
    // An application is no domain.
    refusedAtCard(
      await shop.wafer(["list", "blank.card", "--domain", "7378312E73682EC9E7BBE1B1A3D5CF"]),
      /6D00 .*no security domain/,
    );
  },
);

content("one line for a mistake", async () => {
  refused(await shop.wafer(["list", "nothing.card"]), 1, /nothing.card: there is no such file/);
  refused(await shop.wafer(["load", "blank.card", "card.wafer"]), 1, /card.wafer: .*wafer package/);
  refused(await shop.wafer(["load", "card.wafer", "tally.load"]), 1, /is an image.*wafer run/);
  const stray = ["load", "blank.card", "tally.load", "--parameters", "00"];
  refused(await shop.wafer(stray), 2, /--parameters needs --install/);
  refused(await shop.wafer(["delete", "blank.card", "F0"]), 2, /5 to 16 bytes/);
  refused(await shop.wafer(["install", "blank.card", PACKAGE, "xyz"]), 2, /5 to 16 bytes/);
  const odd = ["install", "blank.card", PACKAGE, INSTANCE, "--privileges", "04"];
  refused(await shop.wafer(odd), 2, /three bytes/);
  const torn = shop.bytes("tally.load").slice(0, 100);
  shop.write("torn.load", torn);
  refused(await shop.wafer(["load", "blank.card", "torn.load"]), 1, /torn.load: is cut short/);
});

/** Refused by the card: the keys were named before. */
function refusedAtCard(ran: Ran, pattern: RegExp): void {
  const lines = ran.err.split("\n").filter((line) => !line.startsWith("WARNING"));
  refused({ ...ran, err: lines.join("\n") }, 1, pattern);
}

content.run();
