// wafer tear and wafer wear: what they print for people and for programs, and how they refuse.

import { suite } from "uvu";
import * as assert from "uvu/assert";
import type { Image } from "../../../assembler/image/types.ts";
import { scenarioOf } from "../../../emulator/command/lab.ts";
import { psamImage } from "../../applets/psam/psam-card.ts";
import { imageWith, referenceImage } from "../../helpers/card.ts";
import { PUT_KEY, STORE, scenarioText } from "../lab/lab.ts";
import { done, noSurprise, refused, Workshop } from "./workshop.ts";

const CYCLE = `cycle:
  - { name: field, reset: contactless }
  - { name: select, command: "00A4040C [ A000000151000000 ]" }
  - { name: count, command: "8050FF00 [ 0102030405060708 ] 00" }`;

const lab = suite("wafer tear and wear");
let shop: Workshop;

lab.before(async () => {
  shop = await Workshop.open();
  shop.write("small.yaml", scenarioText(`${STORE}\n${PUT_KEY}`, CYCLE));
  shop.write("wrong.yaml", scenarioText(STORE.replace("secure", "states: 1, secure")));
  shop.write("status.yaml", scenarioText(STORE.replace("42 [", "99 [")));
  shop.write("frob.yaml", `frob: 1\n${scenarioText(STORE)}`);
});
lab.after(() => shop.close());

const SMALL = ["--scenario", "small.yaml", "--min-cuts", "200"];

lab("tear prints a table by command and the sum", async () => {
  const ran = await shop.wafer(["tear", "card.wafer", ...SMALL]);
  const [head = "", ...lines] = done(ran).trimEnd().split("\n");
  assert.match(head, /^command +operations +states +cuts +violations$/);
  assert.match(lines[0]!, /^store +\d+ +2 +\d+ +0$/);
  assert.match(lines[1]!, /^put key +\d+ +2 +\d+ +0$/);
  assert.match(lines[2]!, /^2 commands, \d+ cuts, 0 violations$/);
  assert.is(lines.length, 3);
  assert.is(ran.err, "");
});

lab("tear --json prints three numbers and nothing else", async () => {
  const text = done(await shop.wafer(["tear", "card.wafer", ...SMALL, "--json"]));
  assert.match(text, /^\{"commands":2,"cuts":\d+,"violations":0\}\n$/);
  assert.ok(JSON.parse(text).cuts >= 200);
});

lab("the scenario is that of the image; one that none fits says what to give", async () => {
  const named = async (image: Image) => {
    const { file } = scenarioOf("x.wafer", image, undefined);
    return file.replace(/^.*\//, "");
  };
  assert.is(await named(await referenceImage()), "reference.yaml");
  assert.is(await named(await psamImage()), "psam.yaml");
  const bare = await imageWith((profile) => ({
    ...profile,
    instances: profile.instances.slice(0, 1),
  }));
  assert.throws(() => scenarioOf("x.wafer", bare, undefined), /^x\.wafer: no scenario .* give --s/);
  assert.match(scenarioOf("x.wafer", bare, "identity").file, /identity\.yaml$/);
});

lab("violations: exit 1, a line for each that says how to run it again", async () => {
  const args = ["--scenario", "wrong.yaml", "--min-cuts", "1", "--seed", "7"];
  const ran = await shop.wafer(["tear", "card.wafer", ...args, "--json"]);
  assert.is(ran.exit, 1);
  assert.is(JSON.parse(ran.out).violations, 1);
  assert.match(
    ran.err,
    /^wafer: store: uncut: passes through 2 states .* says 1; .* \[--only "store" --seed 7\]\n$/,
  );
  noSurprise(ran);
});

lab("tear --only sweeps one command, --cut one operation of it", async () => {
  const cuts = async (...args: string[]) => {
    const ran = await shop.wafer(["tear", "card.wafer", ...SMALL, "--json", ...args]);
    return JSON.parse(done(ran));
  };
  assert.is((await cuts("--only", "put key")).commands, 1);
  const one = ["--only", "store", "--cut", "0", "--min-cuts", "20"];
  assert.equal(await cuts(...one), await cuts(...one));
});

lab("tear says so when there are fewer cuts to make than it was asked for", async () => {
  const ran = await shop.wafer(["tear", "card.wafer", ...SMALL, "--min-cuts", "1000000", "--json"]);
  const { cuts } = JSON.parse(done(ran));
  assert.match(ran.err, new RegExp(`^wafer: ${cuts} cuts, not 1000000: .*\\n$`));
});

lab("wear prints worst page, mean and life", async () => {
  const args = ["wear", "card.wafer", "--scenario", "small.yaml", "--cycles", "3000"];
  const text = done(await shop.wafer(args));
  assert.match(text, /^cycles +3,000$/m);
  assert.match(text, /^worst page +\d+ erases, mean of 256 pages [\d.]+: [\d.]+ ×$/m);
  assert.match(text, /^life +[\d,]+ cycles$/m);
  const found = JSON.parse(done(await shop.wafer([...args, "--json"])));
  assert.is(found.cycles, 3000);
  assert.is(found.pages, 256);
  assert.is(found.life, Math.floor((found.eraseCycles * 3000) / found.worst));
});

const REFUSED: [args: string[], exit: number, line: RegExp][] = [
  [["tear"], 2, /missing required argument 'image'/],
  [["tear", "card.wafer", "--cut", "1"], 2, /--cut needs --only/],
  [["tear", "card.wafer", "--min-cuts", "0"], 2, /whole number from 1/],
  [["tear", "nothing.wafer"], 1, /nothing\.wafer: /],
  [["tear", "keystore.json"], 1, /keystore\.json: is no chip image/],
  [["tear", "card.wafer", "--trust", "vendor-public.pem"], 1, /card\.wafer: .*sign/],
  [
    ["tear", "card.wafer", "--scenario", "nothing"],
    1,
    /nothing: .*by name there is: identity, psam, reference/,
  ],
  [["tear", "card.wafer", "--scenario", "frob.yaml"], 1, /frob\.yaml:1: frob: is no field/],
  [["tear", "card.wafer", "--scenario", "status.yaml"], 1, /status\.yaml:\d+: .*6A80 .*says 9000/],
  [["tear", "card.wafer", ...SMALL, "--only", "x"], 1, /no step "x"; it has store, put key/],
  [
    ["tear", "card.wafer", ...SMALL, "--only", "store", "--cut", "99"],
    1,
    /small\.yaml:\d+: steps\.0: store: there is no operation 99 to cut, only 0 to \d+$/m,
  ],
  [["wear", "card.wafer", "--cycles", "0"], 2, /whole number from 1/],
  [["wear", "card.wafer", "--scenario", "wrong.yaml"], 1, /wrong\.yaml: cycle: there is none/],
  [["wear", "nothing.wafer"], 1, /nothing\.wafer: /],
];
for (const [args, exit, line] of REFUSED) {
  lab(`wafer ${args.join(" ")}`, async () => refused(await shop.wafer(args), exit, line));
}

lab.run();
