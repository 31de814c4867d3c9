// The reference card with metering and without: the same answers, the same memory.

import { readdirSync, readFileSync } from "node:fs";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import type { Image } from "../../../assembler/image/types.ts";
import { Card } from "../../../emulator/card.ts";
import { cardWithFiles } from "../../applets/filesystem/file-tree.ts";
import { socialCard } from "../../applets/social-security/social-card.ts";
import { bytes, hex } from "../../helpers/bytes.ts";
import { freshCard, referenceImage } from "../../helpers/card.ts";
import { runTranscript } from "../../helpers/transcript.ts";
import { withModules } from "./other-modules.ts";

const TRANSCRIPTS = new URL("../../transcripts/", import.meta.url);
/** Makers of the cards that the transcripts are about; others are for a blank. */
const MAKERS: Readonly<Record<string, () => Promise<Card>>> = {
  "file-system-tour.apdu": cardWithFiles,
  "terminal-reads-social-security-card.apdu": socialCard,
  "verify-blocks-after-three.apdu": socialCard,
};

/** get, const, sub, set, get, const 0, lt, if, unreachable, end; the global is the same in all. */
const PAYMENT = / 23 (..) 41(?: [89a-f].){0,4} [0-7]. 6b 24 \1 23 \1 41 00 48 04 40 00 0b/g;
const NOP = " 01";

/** The image without payments: instructions that do nothing stand in their place. */
function unmetered(image: Image): Image {
  const codes = image.applets.map(({ name, wasm }, index): [number, Uint8Array] => {
    let payments = 0;
    const plain = hex(wasm)
      .replaceAll(/../g, " $&")
      .replaceAll(PAYMENT, ({ length }) => {
        payments += 1;
        return NOP.repeat(length / NOP.length);
      });
    assert.ok(payments > 5, `${payments} payments in ${name}`);
    return [index + 1, bytes(plain)];
  });
  return withModules(image, Object.fromEntries(codes));
}

interface Exchange {
  /** Undefined for a reset. */
  readonly command: Uint8Array | undefined;
  readonly response: string;
}

/** All that goes to and from the cards while `run` goes on. */
async function recorded(run: () => Promise<Card>): Promise<[Card, Exchange[]]> {
  const { exchange, reset } = Card.prototype;
  const exchanges: Exchange[] = [];
  Card.prototype.exchange = function (command) {
    const response = exchange.call(this, command);
    exchanges.push({ command: command.slice(), response: hex(response) });
    return response;
  };
  Card.prototype.reset = function (line) {
    const response = reset.call(this, line);
    exchanges.push({ command: undefined, response: hex(response) });
    return response;
  };
  try {
    return [await run(), exchanges];
  } finally {
    Object.assign(Card.prototype, { exchange, reset });
  }
}

const metered = suite("metered card");

for (const name of readdirSync(TRANSCRIPTS).filter((file) => file.endsWith(".apdu"))) {
  metered(`${name} goes the same way without metering`, async () => {
    const text = readFileSync(new URL(name, TRANSCRIPTS), "utf8");
    const [card, exchanges] = await recorded(async () => {
      const made = await (MAKERS[name] ?? freshCard)();
      runTranscript(made, name, text);
      return made;
    });
    assert.ok(exchanges.length > 5);
    const plain = Card.boot(unmetered(await referenceImage()), { seed: 1 });
    for (const [at, { command, response }] of exchanges.entries()) {
      const answer = command ? plain.exchange(command) : plain.reset();
      assert.is(hex(answer), response, `exchange ${at}: ${command ? hex(command) : "reset"}`);
    }
    assert.is(hex(plain.memory.content()), hex(card.memory.content()));
    const spent = [...Array(4).keys()].map((instance) => {
      const { instructionLimit } = plain.image.manifest.chip;
      return instructionLimit - (plain.chip.applets.get(instance)?.fuel.value ?? instructionLimit);
    });
    assert.equal(spent, [0, 0, 0, 0], "the plain card pays nothing");
  });
}

metered.run();
