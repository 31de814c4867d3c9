// The bureau against the card that ships: an emulated chip with the reference image. A terminal of
// this test's own, which shares no code with the bureau, reads what was made.

import { createCipheriv, randomBytes } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { buildFromProfile } from "../../../assembler/build.ts";
import { defaultCache } from "../../../assembler/compiler/cache.ts";
import type { Image } from "../../../assembler/image/types.ts";
import { DEVELOPMENT_TRUSTED } from "../../../assembler/keys/development.ts";
import { Card } from "../../../emulator/card.ts";
import { EmulatedBlanks } from "../../../emulator/command/emulated-blanks.ts";
import type { CardSource } from "../../../personalization/batch/card-source.ts";
import { bytes, concat, hex } from "../../../personalization/bytes.ts";
import { TransportError } from "../../../personalization/errors.ts";
import { Keystore } from "../../../personalization/keys/keystore.ts";
import { AID, Bureau, PRODUCT } from "../helpers/bureau.ts";
import { rejection } from "../helpers/rejection.ts";

const ROWS = 3;
const PROJECT = fileURLToPath(new URL("../../..", import.meta.url));
const real = suite("real cards");
const folder = mkdtempSync(join(tmpdir(), "wafer-real-"));
let image: Image;
let bureau: Bureau;

real.before(async () => {
  const profile = join(PROJECT, "assembler/profiles/reference.yaml");
  image = await buildFromProfile(profile, { root: PROJECT, cache: defaultCache(PROJECT) });
  bureau = await Bureau.open(ROWS, PRODUCT);
  // Master keys that this test knows.
  const known = new Keystore();
  for (const { name, kind, length } of bureau.keystore.list()) {
    const value = name === "transport" ? TRANSPORT : MASTER.slice(0, length);
    known.add({ name, kind, value });
  }
  bureau.keystore = known;
});
real.after(() => {
  bureau.close();
  rmSync(folder, { recursive: true });
});
real.before.each(() => bureau.restart());

const TRANSPORT = bytes("404142434445464748494A4B4C4D4E4F");
const MASTER = bytes("0123456789ABCDEFFEDCBA9876543210");

function sm4(key: Uint8Array, data: Uint8Array): Uint8Array {
  return Uint8Array.from(createCipheriv("sm4-ecb", key, null).setAutoPadding(false).update(data));
}

/** Part 9, 7.3.3 from the text: E(f ‖ ~f), city then card. */
function cardKey(region: string, factor: Uint8Array): Uint8Array {
  const child = (key: Uint8Array, f: Uint8Array) =>
    sm4(
      key,
      concat(
        f,
        f.map((byte) => ~byte),
      ),
    );
  return child(child(MASTER, Buffer.from(`${region}sx`, "latin1")), factor);
}

function load(name: string): Card {
  const file = readFileSync(join(folder, `${name}.card`));
  const card = Card.load(file, { trusted: DEVELOPMENT_TRUSTED });
  card.reset();
  return card;
}

function send(card: Card, command: string, expected = "9000"): Uint8Array {
  const response = card.exchange(bytes(command));
  assert.is(hex(response.subarray(-2)), expected, command);
  return response.subarray(0, -2);
}

real("issues a batch that a terminal reads as the people of the batch", async () => {
  const summary = await bureau.issue(new EmulatedBlanks(image, folder, { seed: 1 }));
  assert.equal([summary.issued, summary.spoiled, summary.complete], [ROWS, 0, true]);
  for (const line of bureau.csv.trim().split("\n").slice(1)) {
    const [name, id, , , , birth, region, , , number, serial, portrait] = line.split(",");
    const card = load(number!);
    const atr = card.reset();
    const factor = atr.slice(-8);
    assert.is(hex(factor), `5746${region!.slice(0, 4)}${serial}`);
    send(card, `00A404000F${AID}00`);
    assert.is(hex(send(card, "00B2012C12")).slice(0, 10), `0110${region}`);
    assert.is(Buffer.from(send(card, "00B2072C0B").subarray(2)).toString(), number);
    send(card, "00B2013400", "6982");
    send(card, "00D6880001AA", "6982");

    const key = cardKey(region!, factor);
    const challenge = send(card, "0084000008");
    const original = randomBytes(8);
    const x = sm4(
      sm4(key, concat(challenge, new Uint8Array(8))),
      concat(original, new Uint8Array(8)),
    );
    const proof = x.subarray(0, 8).map((byte, at) => byte ^ x[8 + at]!);
    send(card, `0082000A10${hex(concat(proof, original))}`);
    assert.is(Buffer.from(send(card, "00B2013414").subarray(2)).toString(), id);
    const stored = send(card, "00B2023420").subarray(2);
    assert.is(new TextDecoder("gb18030").decode(stored).replace(/\0+$/, ""), name);
    assert.is(hex(send(card, "00B2073406")), `0D04${birth!.replaceAll("-", "")}`);
    const picture = readFileSync(join(bureau.folder, portrait!));
    // The segments in front are the file's own; a comment behind them makes up the length.
    assert.is(hex(send(card, "00B0880014")), hex(picture.subarray(0, 20)));
    assert.is(hex(send(card, "00B00FFE02")), "FFD9");
    send(card, "0020000003123456");
  }
});

real("a finished card takes no more personalization and knows the transport keys no more", () => {
  const [file] = readdirSync(folder).filter((name) => name.endsWith(".card"));
  const card = load(file!.replace(".card", ""));
  send(card, "00A4040008A000000151000000 00");
  const status = hex(card.exchange(bytes("8050FF0008 0102030405060708 00")).subarray(-2));
  assert.is(status, "6A88");
  send(card, `00A404000F${AID}00`);
  const store = card.exchange(bytes("80E28800037FFF00"));
  assert.match(hex(store), /^69(82|85)$/);
});

real("a card taken away at any command leaves a batch that goes on", async () => {
  let cuts = 0;
  for (let cut = 0; ; cut += 19) {
    bureau.restart();
    const blanks = new EmulatedBlanks(image, folder, { seed: 2 });
    let sent = 0;
    const cards: CardSource = {
      next: async (sequence) => {
        const blank = await blanks.next(sequence);
        if (sequence !== 2) return blank;
        const transmit = (command: Uint8Array) => {
          if (sent++ >= cut) throw new TransportError("the card was removed");
          return blank.card.transmit(command);
        };
        return {
          ...blank,
          card: { ...blank.card, transmit: async (command) => transmit(command) },
        };
      },
    };
    const error = await bureau.issue(cards).catch((caught: unknown) => caught);
    if (!(error instanceof Error)) break;
    assert.match(error.message, /^row 2, .*: the card was removed; 1 of 3 cards are issued/);
    const summary = await bureau.issue(new EmulatedBlanks(image, folder, { seed: 3 }));
    assert.equal([summary.issuedNow, summary.spoiled, summary.complete], [2, 1, true]);
    cuts++;
  }
  assert.ok(cuts > 10, `${cuts} cuts: this test proves little`);
});

real("a blank with other transport keys is refused in one line", async () => {
  const keystore = bureau.keystore;
  const wrong = new Keystore();
  for (const { name, kind, length } of keystore.list()) {
    wrong.add({ name, kind, value: MASTER.slice(0, length) });
  }
  bureau.keystore = wrong;
  const error = await rejection(bureau.issue(new EmulatedBlanks(image, folder, { seed: 4 })));
  bureau.keystore = keystore;
  assert.match(error.message, /card cryptogram is wrong for key version FF/);
});

real.run();
