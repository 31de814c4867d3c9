// The basic read of a desk: whose card is this. Commands and bytes of the whole function, what real
// lines make of them, and how many a second in process.

import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Image } from "../../../assembler/image/types.ts";
import { DEVELOPMENT_TRUSTED } from "../../../assembler/keys/development.ts";
import { issueBatch } from "../../../personalization/batch/issue.ts";
import { loadProduct } from "../../../personalization/products/load.ts";
import { makeSampleBatch } from "../../../personalization/sample/sample-batch.ts";
import { makeSampleKeystore } from "../../../personalization/sample/sample-keystore.ts";
import { Card } from "../../card.ts";
import { Desk } from "../../terminal/desk/desk.ts";
import { EmulatedSlot } from "../../terminal/desk/emulated-slots.ts";
import { KeyServiceSecurity } from "../../terminal/desk/key-service-security.ts";
import { noPurchases } from "../../terminal/desk/next-sequence.ts";
import type { CardInterface } from "../../terminal/desk/parameters.ts";
import type { Slot } from "../../terminal/desk/slots.ts";
import { masterNames } from "../desk-stand.ts";
import { EmulatedBlanks } from "../emulated-blanks.ts";
import { fileOrBundled, PRODUCTS } from "../project.ts";
import { type Figure, rate } from "./figure.ts";
import {
  contactBytes,
  contactlessBytes,
  contactlessMilliseconds,
  contactMilliseconds,
  type Exchanged,
} from "./line-time.ts";
import { median } from "./measure.ts";

/** "Fewer than 15 commands and under 300 ms". */
const MOST_COMMANDS = 14;
const GOAL_MS = 300;
/** TA1 absent (the reference image), 12, 13 and 18. Terminals need to know 1, 2 and 4 (part 8, 5.1.3.3). */
const CONTACT_D = [1, 2, 4, 12];
const READS = 50;
const ROUNDS = 5;
const GENERATIONS = [
  { name: "3.0", product: "social-security" },
  { name: "2.0", product: "social-security-2" },
];

/** `folder` gets a card of each generation. */
export async function deskFigures(image: Image, folder: string): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const { name, product } of GENERATIONS) {
    figures.push(...(await figuresOf(name, await issueOne(image, product, join(folder, product)))));
  }
  return figures;
}

interface Issued {
  readonly card: Card;
  readonly security: KeyServiceSecurity;
}

/** A card as a bureau makes it, with the keys that open it. */
async function issueOne(image: Image, name: string, folder: string): Promise<Issued> {
  const productPath = fileOrBundled(name, PRODUCTS);
  const service = makeSampleKeystore(await loadProduct(productPath)).service();
  const batch = await makeSampleBatch({ n: 1, seed: 1, directory: join(folder, "sample") });
  const reportPath = join(folder, "report.jsonl");
  await issueBatch({
    productPath,
    batchPath: batch.path,
    keyService: service,
    cards: new EmulatedBlanks(image, join(folder, "cards"), { seed: 1 }),
    reportPath,
    journalPath: join(folder, "journal.jsonl"),
  });
  const [line = ""] = (await readFile(reportPath, "utf8")).split("\n");
  const file = await readFile(join(folder, "cards", `${JSON.parse(line).card}.card`));
  const card = Card.load(new Uint8Array(file), { trusted: DEVELOPMENT_TRUSTED, image });
  const options = { service, masterName: masterNames(), nextSequence: noPurchases };
  return { card, security: new KeyServiceSecurity(options) };
}

async function figuresOf(generation: string, { card, security }: Issued): Promise<Figure[]> {
  const named = (what: string) => `basic read ${generation}: ${what}`;
  const less = (what: string, value: number, unit: string, goal?: number): Figure => ({
    name: named(what),
    value,
    unit,
    better: "less",
    ...(goal === undefined ? {} : { goal }),
  });
  const before = card.memory.operations;
  const { answer, exchanges } = await tracedRead(card, security, "contact");
  const operations = card.memory.operations - before;
  const field = await tracedRead(card, security, "contactless");
  const bytes = exchanges.reduce((sum, { command, response }) => {
    return sum + command.length + response.length;
  }, 0);
  const inField = contactlessMilliseconds(field.answer, field.exchanges);
  return [
    less("commands", exchanges.length, "", MOST_COMMANDS),
    less("APDU bytes", bytes, ""),
    less("bytes on the contacts", contactBytes(exchanges), ""),
    less("bytes in the field", contactlessBytes(field.answer, field.exchanges), ""),
    // Programs and erases: a try is spent before the proof is compared, and given back.
    less("memory ops", operations, ""),
    ...CONTACT_D.map((d) =>
      less(`contact D=${d}`, contactMilliseconds(answer, exchanges, d), "ms", GOAL_MS),
    ),
    less("106 kbit/s", inField, "ms", GOAL_MS),
    rate(named("in process"), await microsecondsOfRead(card, security)),
  ];
}

interface Traced {
  /** ATR or ATS. */
  readonly answer: Uint8Array;
  readonly exchanges: readonly Exchanged[];
}

async function tracedRead(
  card: Card,
  security: KeyServiceSecurity,
  line: CardInterface,
): Promise<Traced> {
  const exchanges: Exchanged[] = [];
  let answer = new Uint8Array();
  const emulated = new EmulatedSlot(card, line, (exchange) => exchanges.push(exchange));
  const slot: Slot = {
    interface: line,
    close: () => emulated.close(),
    async power() {
      const powered = await emulated.power();
      answer = Uint8Array.from(powered.answer);
      return powered;
    },
  };
  await readBas(slot, security);
  return { answer, exchanges };
}

/** No PIN is asked for. */
const NOBODY = { none: "cancelled" } as const;

/** Reads once; a card that does not tell its holder is nothing to measure. */
async function readBas(slot: Slot, security: KeyServiceSecurity): Promise<void> {
  const desk = new Desk({ slots: [slot], pinPad: { enter: async () => NOBODY }, security });
  const { code, output } = await desk.iReadCardBas(slot.interface === "contactless" ? 2 : 1);
  if (code !== 0) throw new Error(`iReadCardBas answers ${code} ${output}: nothing to measure`);
}

/** Power-up, card, desk and key service together; processor time. */
async function microsecondsOfRead(card: Card, security: KeyServiceSecurity): Promise<number> {
  const slot = new EmulatedSlot(card);
  const rounds: number[] = [];
  for (let round = 0; round <= ROUNDS; round++) {
    const start = process.cpuUsage();
    for (let read = 0; read < READS; read++) await readBas(slot, security);
    const { user, system } = process.cpuUsage(start);
    rounds.push((user + system) / READS);
  }
  // The first is the warm-up.
  return median(rounds.slice(1));
}
