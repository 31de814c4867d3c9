// A person's card in a real PC/SC reader, read by programs that are not ours.

import type { ChildProcess } from "node:child_process";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { DEVELOPMENT_TRUSTED } from "../../../assembler/keys/development.ts";
import { Card } from "../../../emulator/card.ts";
import { connectVpcd } from "../../../emulator/lines/vpcd.ts";
import { INS_APPEND_RECORD, INS_UPDATE_BINARY } from "../../../runtime/spec/instructions.ts";
import {
  AID_FILES,
  cardWithFiles,
  FID_BINARY,
  FID_VARIABLE,
  selectFid,
} from "../../applets/filesystem/file-tree.ts";
import { hex } from "../../helpers/bytes.ts";
import { accept, apdu } from "../../helpers/card.ts";
import { hexOf, openscResponses } from "../../helpers/opensc.ts";
import { PCSC_PROGRAMS, type Pcscd, type Printed, startPcscd } from "../../helpers/pcscd.ts";
import { needing } from "../../helpers/skip.ts";
import { noSurprise, Workshop } from "../command/workshop.ts";

const personalized = suite("a personalized card in a real reader");
const withReader = needing(personalized, PCSC_PROGRAMS);

const SELECT = "00A404000F7378312E73682EC9E7BBE1B1A3D5CF00";
const SELECT_EF05 = "00A4020002EF05";
const SELECT_EF06 = "00A4020002EF06";
/** First record with tag 07, the card number, or 08, the identity number. */
const READ_CARD_NUMBER = "00B207000B";
const READ_IDENTITY_NUMBER = "00B2080014";

withReader("opensc-tool reads the card number of the batch and is refused the holder's", () =>
  inReader(async ({ reader, shop, file, numbers }) => {
    const card = Card.load(shop.bytes(file), { trusted: DEVELOPMENT_TRUSTED });
    await whileInserted(reader, card, async () => {
      const expected = hex(card.reset());
      const atr = await reader.run("opensc-tool", "--atr");
      assert.is(atr.exit, 0, atr.text);
      assert.is(hexOf(/^3b:.*$/im.exec(atr.text)?.[0] ?? ""), expected);
      // Historical bytes: the region of the issuer and the serial of the row.
      const [, , , , , , region = "", , , , serial = ""] = numbers;
      assert.is(expected.slice(-12, -8), region.slice(0, 4), atr.text);
      assert.is(expected.slice(-8), serial);

      const sent = openscResponses(await sendAll(reader, SELECT, SELECT_EF05, READ_CARD_NUMBER));
      assert.equal(
        sent.map(({ sw }) => sw),
        ["9000", "9000", "9000"],
      );
      assert.match(sent[0]!.data, /840f7378312e73682ec9e7bbe1b1a3d5cf/);
      assert.is(sent[2]!.data.slice(0, 4), "0709");
      assert.is(textOf(sent[2]!.data.slice(4)), numbers[9]);

      const shut = openscResponses(
        await sendAll(reader, SELECT, SELECT_EF06, READ_IDENTITY_NUMBER),
      );
      assert.equal(shut.at(-1), { sw: "6982", data: "" });

      const scan = await reader.runUntil(/ATR: 3B[ 0-9A-F]{20}/, "pcsc_scan", "-n");
      const [, scanned = ""] = /ATR: ([ 0-9A-F]+)/.exec(scan.text) ?? [];
      assert.is(scanned.replaceAll(" ", "").toLowerCase(), expected);
    });
    await reader.cardGone();
  }),
);

withReader("opensc-explorer reads the application record by record", () =>
  inReader(async ({ reader, shop, file, numbers }) => {
    const card = Card.load(shop.bytes(file), { trusted: DEVELOPMENT_TRUSTED });
    await whileInserted(reader, card, async () => {
      const typed = [SELECT, SELECT_EF05, READ_CARD_NUMBER].map((command) => `apdu ${command}`);
      const explored = await explore(reader, ...typed);
      const answers = openscResponses(explored);
      assert.is(answers.length, 3, explored.text);
      assert.is(textOf(answers[2]!.data.slice(4)), numbers[9]);
      const selected = await explore(reader, "cd aid:7378312E73682EC9E7BBE1B1A3D5CF", "info");
      assert.match(selected.text, /^DF name: +sx1\.sh\./m);
    });
  }),
);

withReader("opensc-explorer finds its own way through the file system", async () => {
  const card = await cardWithFiles();
  accept(card, selectFid(FID_BINARY));
  accept(card, apdu(0, INS_UPDATE_BINARY, 0, 0, Buffer.from("Wafer: file 2F01")));
  accept(card, selectFid(FID_VARIABLE));
  for (const record of ["the first record", "another"]) {
    accept(card, apdu(0, INS_APPEND_RECORD, 0, 0, Buffer.from(record)));
  }
  const reader = await startPcscd();
  try {
    await whileInserted(reader, card, async () => {
      const { text } = await explore(
        reader,
        `cd aid:${AID_FILES}`,
        "cat 2F01",
        "info 2F01",
        "cat 2F03",
        "cd 5001",
        "info",
      );
      assert.match(text, /^00000000: .* Wafer: file 2F01$/m);
      assert.match(text, /^File size: +16 bytes$/m);
      assert.match(text, /^EF structure: +Transparent$/m);
      assert.match(text, /^Record 1:\n.* the first record\nRecord 2:\n.* another$/m);
      assert.match(text, /^Dedicated File {2}ID 5001$/m);
      assert.match(text, /^DF name: .*Wafer/m);
    });
  } finally {
    await reader.stop();
  }
});

withReader("wafer run FILE --vpcd is that reader's card, until Ctrl-C, and keeps it", () =>
  inReader(async ({ reader, shop, file, numbers }) => {
    const where = ["--vpcd", `127.0.0.1:${reader.port}`];
    const wrongPin = "0020000003999999";
    let tries = "";
    const ran = await shop.wafer(["run", file, "-v", ...where], {
      during: async (child) => {
        await stopping(child, async () => {
          await reader.cardSeen();
          const sent = openscResponses(
            await sendAll(reader, SELECT, SELECT_EF05, READ_CARD_NUMBER),
          );
          assert.is(textOf(sent[2]!.data.slice(4)), numbers[9]);
          tries = openscResponses(await sendAll(reader, SELECT, wrongPin)).at(-1)!.sw;
          assert.match(tries, /^63c[1-9]$/);
        });
      },
    });
    noSurprise(ran);
    assert.is(ran.exit, 0, ran.err);
    assert.match(ran.err, /^The card is in the reader. Ctrl-C takes it out.$/m);
    assert.match(ran.out, new RegExp(`^>> ${READ_CARD_NUMBER}$`, "m"));
    await reader.cardGone();
    // The spent try is in the file: the next one is one less.
    const left = await shop.wafer(["apdu", file, SELECT, wrongPin, "--json", "--no-keep"]);
    const [, answer] = JSON.parse(left.out).exchanges;
    assert.is(Number.parseInt(answer.response, 16), Number.parseInt(tries, 16) - 1);
  }),
);

withReader("wafer run ends by itself, well, when the reader is gone", () =>
  inReader(async ({ reader, shop, file }) => {
    const ran = await shop.wafer(["run", file, "--vpcd", String(reader.port), "--json"], {
      during: async () => {
        await reader.cardSeen();
        await reader.stop();
      },
    });
    assert.is(ran.exit, 0, ran.err);
    assert.match(ran.err, /^The reader is gone.$/m);
    const kinds = ran.out
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line).kind);
    assert.ok(kinds.includes("power on"), `events: ${kinds}`);
    noSurprise(ran);
  }),
);

personalized.run();

interface Scene {
  readonly reader: Pcscd;
  readonly shop: Workshop;
  /** The first person's card, and the fields of that row. */
  readonly file: string;
  readonly numbers: readonly string[];
}

async function inReader(play: (scene: Scene) => Promise<void>): Promise<void> {
  const shop = await Workshop.open(1);
  const [file = ""] = await shop.issue();
  const [, row = ""] = shop.text("sample/batch.csv").split("\n");
  const reader = await startPcscd();
  try {
    await play({ reader, shop, file, numbers: row.split(",") });
  } finally {
    await reader.stop();
    shop.close();
  }
}

/** With the card in the reader; afterwards it is out, and never trapped. */
async function whileInserted(reader: Pcscd, card: Card, play: () => Promise<void>): Promise<void> {
  const line = await connectVpcd(card, { port: reader.port });
  try {
    await reader.cardSeen();
    await play();
  } finally {
    await line.stop();
  }
  assert.is(card.takeTrap(), undefined);
}

function explore(reader: Pcscd, ...typed: string[]): Promise<Printed> {
  return reader.type([...typed, "quit", ""].join("\n"), "opensc-explorer", "-m", "");
}

function sendAll(reader: Pcscd, ...commands: string[]): Promise<Printed> {
  return reader.run("opensc-tool", ...commands.flatMap((command) => ["-s", command]));
}

function textOf(data: string): string {
  return Buffer.from(data, "hex").toString("latin1");
}

/** Runs `play`, then sends the signal of Ctrl-C, whatever became of it. */
async function stopping(child: ChildProcess, play: () => Promise<void>): Promise<void> {
  try {
    await play();
  } finally {
    child.kill("SIGINT");
  }
}
