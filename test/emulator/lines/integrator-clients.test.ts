// Programs of integrators, through a real pcscd: they know the specification and nothing of us. What
// they print is held against the batch that the cards were issued from.

import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { decode } from "jpeg-js";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { PORTRAIT_BYTES } from "../../../applets/social-security/spec.ts";
import { hexOf, type OpenscResponse, openscResponses } from "../../helpers/opensc.ts";
import { PCSC_PROGRAMS, type Pcscd, type Printed, startPcscd } from "../../helpers/pcscd.ts";
import { needing } from "../../helpers/skip.ts";
import {
  type Exchanged,
  type Interface,
  type IssuedBatch,
  type IssuedCard,
  inReader,
  issueWithBureau,
} from "./integrator-cards.ts";
import {
  cardholder,
  type Found,
  type Generation,
  historicalOf,
  holderRecords,
  issuance,
  issuanceRecords,
  joined,
  personal,
  pick,
} from "./integrator-expected.ts";

/** Debian's own Python: another one on the PATH does not find Debian's modules. */
const PYTHON = "/usr/bin/python3";
const MODULES = "/usr/lib/python3/dist-packages";
const SCRIPTS = fileURLToPath(new URL("integrator", import.meta.url));
const PROGRAMS = {
  ...PCSC_PROGRAMS,
  python3: [PYTHON],
  "python3-pyscard": [`${MODULES}/smartcard/__init__.py`],
  "python3-cryptography": [`${MODULES}/cryptography/__init__.py`],
};
/** The PIN that a card has until its holder changes it. */
const PIN = "123456";

const GENERATIONS: readonly Generation[] = [
  { product: "social-security", algorithm: "03", version: "3.00", open: false },
  { product: "social-security-2", algorithm: "01", version: "2.00", open: true },
];

const SELECT = "00A404000F7378312E73682EC9E7BBE1B1A3D5CF";
const SELECT_EF05 = "00A4020002EF05";
const SELECT_EF06 = "00A4020002EF06";
const CHALLENGE = "0084000008";
/** By tag and by number, of the selected file and by short identifier: the command, the record's tag. */
const ISSUANCE_READS: readonly (readonly [command: string, tag: string])[] = [
  ["00B2010012", "01"],
  ["00B2030006", "03"],
  ["00B207000B", "07"],
  ["00B207280B", "07"],
  ["00B2022C03", "02"],
  ["00B2050406", "05"],
];
const HOLDER_READS: readonly (readonly [command: string, tags: readonly string[]])[] = [
  ["00B2080014", ["08"]],
  ["00B2090020", ["09"]],
  ["00B24E0016", ["4E"]],
  ["00B20A3003", ["0A"]],
  ["00B2053403", ["0B"]],
  ["00B201355B", ["08", "09", "4E", "0A", "0B", "0C", "0D"]],
];
/** What opensc-tool sends, in this order. */
const SELECT_WITH_FCI = `${SELECT}00`;
const TYPED = [
  ...[SELECT_WITH_FCI, SELECT_EF05, ...ISSUANCE_READS.map(([command]) => command), "00B2010540"],
  ...[SELECT_EF06, ...HOLDER_READS.map(([command]) => command)],
];

let pcscd: Pcscd | undefined;
const clients = suite("programs of integrators");
const withPrograms = needing(clients, PROGRAMS);

for (const generation of GENERATIONS) {
  const { product, version } = generation;
  for (const line of ["contact", "contactless"] as const) {
    withPrograms(`pyscard reads whose card it is, ${version}, ${line}`, () =>
      atDesk(product, async (desk, issued) => {
        const { printed, exchanged } = await python(desk, issued, line, "read_basic_files.py");
        assert.is(printed.exit, 0, printed.text);
        const found = steps(printed);
        assert.is(found.card!.historical, historicalOf(issued.row));
        assert.equal(found.issuer, { genuine: true });
        assert.equal(found.EF05, pick(issuance(issued, generation), Object.keys(found.EF05!)));
        assert.equal(Object.keys(found.EF05!).length, 5);
        assert.equal(joined(found.EF06!), cardholder(issued.row));
        assert.equal(withoutRandoms(exchanged), flow(generation));
      }),
    );
  }

  withPrograms(`pyscard reads it all, by number, by tag and at once, ${version}`, () =>
    atDesk(product, async (desk, issued) => {
      const picture = desk.batch.shop.path("portrait-read.jpg");
      const { printed } = await python(
        desk,
        issued,
        "contact",
        "read_everything.py",
        PIN,
        picture,
        ...Object.keys(personal(issued.row)),
      );
      assert.is(printed.exit, 0, printed.text);
      const found = steps(printed);
      for (const how of ["at once", "by tag", "by number"]) {
        assert.equal(found[`EF05 ${how}`], issuance(issued, generation), how);
      }
      assert.equal(found["EF06 before the key"], { status: generation.open ? "9000" : "6982" });
      assert.equal(joined(found["EF06 at once"]!), cardholder(issued.row));
      const read = readFileSync(picture);
      assert.is(read.length, PORTRAIT_BYTES);
      const given = readFileSync(desk.batch.shop.path(`sample/${issued.row.portrait}`));
      // The bureau brought the file to the length; the picture is the same.
      assert.ok(decode(read).data.equals(decode(given).data), "another picture");
      assert.is(found.PIN!.status, "9000");
      for (const [name, records] of Object.entries(personal(issued.row))) {
        assert.equal(found[`${name} before the PIN`], { status: "6982" });
        assert.equal(found[name], records);
      }
    }),
  );

  withPrograms(`opensc-tool reads what is free, however it is addressed, ${version}`, () =>
    atDesk(product, async ({ reader }, issued) => {
      await inReader(reader, issued.card, "contact", async () => {
        const atr = await reader.run("opensc-tool", "--atr");
        const [printed = ""] = /^3b:.*$/im.exec(atr.text) ?? [];
        assert.is(hexOf(printed).toUpperCase(), `3B6D0000${historicalOf(issued.row)}`);
        const typed = TYPED.flatMap((command) => ["-s", command]);
        const answers = openscResponses(await reader.run("opensc-tool", ...typed));
        const answer = (command: string) => answers[TYPED.indexOf(command)]!;
        assert.match(answer(SELECT_WITH_FCI).data, new RegExp(`9f0c038601${generation.algorithm}`));
        const all = recordsOf(answer("00B2010540"));
        assert.equal(all, issuanceRecords(issued, generation));
        for (const [command, tag] of ISSUANCE_READS) {
          assert.equal(recordsOf(answer(command)), { [tag]: all[tag] }, command);
        }
        for (const [command, tags] of HOLDER_READS) {
          if (generation.open) {
            const found = recordsOf(answer(command));
            assert.equal(Object.keys(found), tags, command);
            for (const tag of tags) assert.is(found[tag], holderRecords(issued.row)[tag], command);
          } else assert.equal(answer(command), { sw: "6982", data: "" }, command);
        }
      });
    }),
  );
}

withPrograms("pyscard with another province's keys is told so, and learns nothing", () =>
  atDesk("social-security", async (desk, issued) => {
    const keys = { ...desk.batch.keys, IRK: desk.batch.keys.RKSSSE };
    const wrong = { ...desk, batch: { ...desk.batch, keys } };
    const { printed } = await python(wrong, issued, "contact", "read_basic_files.py");
    assert.is(printed.exit, 1);
    assert.match(printed.text, /^the card is not the issuer's$/m);
    assert.not.match(printed.text, new RegExp(issued.row.id_number!));
  }),
);

clients.after(async () => {
  await pcscd?.stop();
  for (const batch of batches.values()) (await batch).shop.close();
});
clients.run();

interface Desk {
  readonly reader: Pcscd;
  readonly batch: IssuedBatch;
}

/** The reader of all tests, and the last card of a batch of the product. */
async function atDesk(
  product: string,
  work: (desk: Desk, issued: IssuedCard) => Promise<void>,
): Promise<void> {
  const batch = await batchOf(product);
  pcscd ??= await startPcscd();
  await work({ reader: pcscd, batch }, batch.cards.at(-1)!);
}

const batches = new Map<string, Promise<IssuedBatch>>();
function batchOf(product: string): Promise<IssuedBatch> {
  const batch = batches.get(product) ?? issueWithBureau(product, 2);
  batches.set(product, batch);
  return batch;
}

/** Runs a script with the card in the reader. */
async function python(
  { reader, batch }: Desk,
  { card }: IssuedCard,
  line: Interface,
  script: string,
  ...more: string[]
): Promise<{ printed: Printed; exchanged: readonly Exchanged[] }> {
  const { shop, keys } = batch;
  shop.write("keys.json", JSON.stringify(keys));
  let printed: Printed = { exit: null, text: "" };
  const exchanged = await inReader(reader, card, line, async () => {
    // -B: without compiled copies beside the scripts.
    const args = ["-B", `${SCRIPTS}/${script}`, reader.reader, shop.path("keys.json"), ...more];
    printed = await reader.run(PYTHON, ...args);
  });
  return { printed, exchanged };
}

/** What a script printed, by step; a step that comes again adds to what it found. */
function steps({ text }: Printed): Record<string, Found> {
  const found: Record<string, Found> = {};
  for (const line of text.trim().split("\n")) {
    const { step, ...more } = JSON.parse(line);
    found[step] = { ...found[step], ...more };
  }
  return found;
}

/** The commands of the recorded session of a third-generation card, in its order. */
function flow({ open }: Generation): string[] {
  const proof = open ? [] : [CHALLENGE, CHALLENGE, "0082000A10", SELECT_EF05, "00B2030006"];
  return [
    ...[SELECT, SELECT_EF05, "00B2010012", "00B2030006", "00B207000B"],
    ...[CHALLENGE, CHALLENGE, "0088000010", ...proof, "00B2050006", "00B2060006"],
    ...[SELECT_EF06, "00B2080014", "00B2090020", "00B24E0016"],
    // What the session did not ask for.
    ...["00B20A0003", "00B20B0003", "00B20C0005", "00B20D0006"],
  ];
}

/** The commands that went over the line, authentications by their headers, none that fetch an answer. */
function withoutRandoms(exchanged: readonly Exchanged[]): string[] {
  const asked = exchanged.filter(({ command }) => !/^00C0/i.test(command));
  return asked.map(({ command }) => {
    const shown = command.toUpperCase();
    return /^008[28]/.test(shown) ? shown.slice(0, 10) : shown;
  });
}

/** Tag to value, of records one behind the other. */
function recordsOf({ sw, data }: OpenscResponse): Record<string, string> {
  assert.is(sw, "9000");
  const found: Record<string, string> = {};
  const bytes = Buffer.from(data, "hex");
  for (let at = 0; at < bytes.length; at += 2 + bytes[at + 1]!) {
    const tag = data.slice(2 * at, 2 * at + 2).toUpperCase();
    found[tag] = bytes.subarray(at + 2, at + 2 + bytes[at + 1]!).toString("hex");
  }
  return found;
}
