// Wrong usage: exit code 2, one line, nothing touched.

import { suite } from "uvu";
import * as assert from "uvu/assert";
import { refused, Workshop } from "./workshop.ts";

const usage = suite("wrong usage");
let shop: Workshop;
let before: string;

const listing = async () => (await shop.shell("find . -type f | sort | xargs sha256sum")).out;

usage.before(async () => {
  shop = await Workshop.open();
  before = await listing();
});
usage.after(() => shop.close());

const WRONG: [args: string[], line: RegExp][] = [
  [["frob"], /unknown command 'frob'/],
  [["inspec", "card.wafer"], /unknown command 'inspec' \(Did you mean inspect\?\) Add --help/],
  [["--frob"], /unknown option '--frob'/],
  [["inspect"], /missing required argument 'image'; add --help/],
  [["inspect", "card.wafer", "more"], /too many arguments/],
  [["inspect", "card.wafer", "--frob"], /unknown option '--frob'/],
  [["inspect", "card.wafer", "--trust"], /'--trust <key.pem>' argument missing/],
  [["build", "--key"], /'--key <key.pem>' argument missing/],
  [["apdu", "card.wafer"], /missing required argument 'commands'/],
  [["apdu", "card.wafer", "zz"], /'zz' is invalid .* in hex, like 00A4040000/],
  [["apdu", "card.wafer", "00A"], /'00A' is invalid/],
  [["apdu", "card.wafer", ""], /'' is invalid/],
  [["apdu", "card.wafer", "00A40400", "0xA4"], /'0xA4' is invalid/],
  [["apdu", "card.wafer", "00A40400", "--seed", "-1"], /whole number from 0 to 4294967295/],
  [["apdu", "card.wafer", "00A40400", "--seed", "4294967296"], /whole number/],
  [["apdu", "card.wafer", "00A40400", "--seed", "1.5"], /whole number/],
  [["run"], /missing required argument 'image'/],
  [["run", "card.wafer", "--vpcd", "0"], /--vpcd 0: give a port, or host:port/],
  [["run", "card.wafer", "--vpcd", "65536"], /--vpcd 65536: give a port/],
  [["run", "card.wafer", "--vpcd", "host"], /--vpcd host: give a port/],
  [["run", "card.wafer", "--vpcd", "a:b:1"], /--vpcd a:b:1: give a port/],
  [["issue", "social-security"], /missing required argument 'batch'/],
  [["issue", "social-security", "sample/batch.csv", "--seed", "x"], /whole number/],
  [["read"], /missing required argument 'card'/],
  [["read", "x.card", "--portrait", "x.jpg"], /--portrait needs --keystore/],
  [["sample-batch"], /required option '-n, --count <n>' not specified/],
  [["sample-batch", "-n", "0"], /whole number from 1 to 9999999/],
  [["sample-batch", "-n", "1e3"], /whole number/],
  [["sample-batch", "-n", "10000000"], /whole number/],
  [["sample-batch", "-n", "3", "here"], /too many arguments/],
];
for (const [args, line] of WRONG) {
  usage(`wafer ${args.join(" ") || "''"}`, async () => {
    refused(await shop.wafer(args), 2, line);
  });
}

usage("a bad line of standard input names its number, and ends the run", async () => {
  const ran = await shop.wafer(["run", "card.wafer"], { input: "# comment\n\n00A40400\nzz\n" });
  assert.is(ran.exit, 2);
  assert.match(ran.out, /^ATR [0-9A-F]+\n[0-9A-F]+\n$/);
  assert.is(ran.err, "wafer: line 4: A command is written in hex, like 00A4040000.\n");
});

usage("nothing was written by any of it", async () => {
  assert.is(await listing(), before);
});

usage.run();
