// wafer desk: functions, their values, where PINs come from, and how it ends.

import { symlinkSync } from "node:fs";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { done, type Ran, refused, Workshop } from "./workshop.ts";

const desk = suite("wafer desk");
let shop: Workshop;
let file = "";
const keys = ["--keystore", "keystore.json"];

desk.before(async () => {
  shop = await Workshop.open(1);
  [file = ""] = await shop.issue();
});
desk.after(() => shop.close());

const call = (args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Ran> =>
  shop.wafer(["desk", ...args], { env: { WAFER_PIN: "", WAFER_NEW_PIN: "", ...env } });
const onCard = (args: readonly string[], env?: NodeJS.ProcessEnv): Promise<Ran> =>
  call([...args, "--card", file, ...keys], env);

desk("iReadCardBas prints its eleven fields", async () => {
  const [, row = ""] = shop.text("sample/batch.csv").split("\n");
  const output = done(await onCard(["iReadCardBas"])).trim();
  const parts = output.split("|");
  assert.is(parts.length, 12);
  assert.ok(row.split(",").includes(parts[2]!), output);
  assert.is(parts[6], "3.00");
});

desk("--steps shows what goes between desk and HSM, each with its name", async () => {
  const ran = await onCard(["iReadCardBas", "--steps"]);
  done(ran);
  const steps = ran.err
    .trim()
    .split("\n")
    .map((line) => line.split(" ")[0]);
  assert.equal(steps, ["PSAM", "iReadCardBas_HSM_Step1", "HSM", "iReadCardBas_HSM_Step2"]);
});

desk("--steps shows no PIN", async () => {
  const ran = await onCard(["iReloadPIN", "--steps"], { WAFER_NEW_PIN: "123456" });
  done(ran);
  assert.match(ran.err, /^iReloadPIN_HSM_Step2 03\|0173\|[0-9A-F]{16}\|8424000114\|\*+\|$/m);
  assert.not.match(ran.err, /123456\|/);
});

desk("--json tells code, meaning, output and what went over the line", async () => {
  const { line, ...rest } = JSON.parse(done(await onCard(["iReadCardBas", "--json"])));
  assert.is(rest.function, "iReadCardBas");
  assert.is(rest.code, 0);
  assert.is(rest.meaning, "success");
  assert.ok(line.commands < 15 && line.sent > 50 && line.received > 100, JSON.stringify(line));
});

desk(
  "a PIN comes from the environment or a file, and a try that was spent stays spent",
  async () => {
    const read = ["iReadCard", "DF01EF08|2B|$"];
    assert.match(done(await onCard(read, { WAFER_PIN: "123456" })), /^DF01EF08\|\d+\|\$$/m);
    shop.write("pins", "123456\n654321\n");
    done(await onCard(["iChangePIN", "--pin-file", "pins"]));
    const wrong = /iVerifyPIN: -51 .*剩余5次.*: the PIN is wrong$/;
    refused(await onCard(["iVerifyPIN"], { WAFER_PIN: "123456" }), 1, wrong);
    shop.write("pins", "654321\n123456\n");
    done(await onCard(["iChangePIN", "--pin-file", "pins"]));
    refused(await onCard(["iVerifyPIN"]), 2, /no PIN: give --pin-file, set WAFER_PIN/);
  },
);

desk("a change from a file needs two lines, and a file without a first line is none", async () => {
  const refuse = async (content: string, name: string, reason: RegExp): Promise<void> => {
    shop.write("pins", content);
    refused(await onCard([name, "--pin-file", "pins"]), 1, reason);
  };
  await refuse("123456\n\n", "iChangePIN", /^wafer: pins: .*two lines, .*; there are 1$/m);
  await refuse("123456\n1\n2\n", "iChangePIN", /^wafer: pins: .*two lines, .*; there are 3$/m);
  await refuse("\n123456\n", "iVerifyPIN", /^wafer: pins: the first line, .* is empty$/m);
  await refuse("cancelled\n", "iVerifyPIN", /iVerifyPIN: -41 /);
  shop.write("pins", " 123456 \r\n");
  done(await onCard(["iVerifyPIN", "--pin-file", "pins"]));
  refused(await onCard(["iVerifyPIN", "--pin-file", "none"]), 1, /^wafer: none: /m);
});

desk("a code that is not 0 is exit code 1 with its meaning", async () => {
  refused(
    await onCard(["iReadCard", "DF01EF99|01|$"]),
    1,
    /W.*\.card: iReadCard: -23 .*DF01EF99.*: what was passed in is not valid$/,
  );
  refused(
    await onCard(["iReadCard", "SSSEEF05|07|$", "--card-info", `${"0".repeat(32)}|X|`]),
    1,
    /-22 .*: the card is not the one that was named$/,
  );
  const noKeys = await call(["iReadCardBas", "--card", file]);
  refused(noKeys, 1, /-2201 .*: there is no PSAM$/);
});

desk("with --json a refusal is printed as JSON too", async () => {
  const ran = await call(["iReadCardBas", "--card", file, "--json"]);
  assert.is(ran.exit, 1);
  assert.is(JSON.parse(ran.out).code, -2201);
});

desk("purchases with the keystore are numbered by a file beside it", async () => {
  const pay = async () => {
    const run = await onCard(["iDoDebit", "1.00|0.00|20271123101500|"], { WAFER_PIN: "123456" });
    const [, , , , , , number = ""] = done(run).split("|");
    return Number.parseInt(number, 16);
  };
  const last = () => Number(shop.text("keystore.json.purchases"));
  const first = await pay();
  assert.is(last(), first);
  shop.write("keystore.json.purchases", `${first + 1000}\n`);
  assert.is(await pay(), first + 1001);
  assert.is(last(), first + 1001);
});

desk("a wrong command line says what is right", async () => {
  refused(await onCard(["iReadCards"]), 2, /has no function "iReadCards"; it has: iReadCardBas, /);
  refused(await onCard(["iReadCard"]), 2, /iReadCard takes ADDRESSES, not 0/);
  refused(await onCard(["iVerifyPIN", "123456"]), 2, /iVerifyPIN takes no values, not 1/);
  refused(await call(["iReadCardBas"]), 2, /needs a card: either --card or --reader/);
  refused(await onCard(["iReadCardBas", "--type", "5"]), 2, /from 1 to 4/);
  refused(await call(["iReadCardBas", "--card", "card.wafer"]), 1, /is an image, not a card/);
});

desk("what is no PSAM is named before the card is asked", async () => {
  const withPsam = (psam: string): Promise<Ran> => onCard(["iReadCardBas", "--psam", psam]);
  refused(await withPsam(file), 2, /^wafer: --card and --psam are the same file, /m);
  symlinkSync(shop.path(file), shop.path("same.card"));
  refused(await withPsam("same.card"), 2, /^wafer: --card and --psam are the same file, /m);
  refused(await withPsam("card.wafer"), 1, /^wafer: card\.wafer: is an image, not a PSAM; /m);
  shop.write("other.card", shop.bytes(file));
  refused(await withPsam("other.card"), 1, /^wafer: other\.card: is no PSAM; /m);
  refused(await withPsam("none.card"), 1, /^wafer: none\.card: there is no such file/m);
});

desk("a value that begins with a hyphen is told how it is written", async () => {
  refused(
    await onCard(["iDoDebit", "-1.00|0|20261123101500|"]),
    2,
    /unknown option .* stands behind --; /,
  );
  const behind = ["iDoDebit", "--card", file, ...keys, "--", "-1.00|0|20261123101500|"];
  refused(await call(behind), 1, /iDoDebit: -23 .*an amount has two decimals/);
});

desk("a machine without a PC/SC service is one line", async () => {
  const ran = await call(["iReadCardBas", "--reader", "x"], {
    PCSCLITE_CSOCK_NAME: shop.path("no-socket"),
  });
  refused(ran, 1, /PC\/SC/);
});

desk.run();
