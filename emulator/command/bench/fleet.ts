// Many cards alive in one process. Run by bench.ts in a process of its own, since V8 gives each
// WebAssembly memory 10 GiB of address space unless it is started with --disable-wasm-trap-handler.
// Usage: fleet.ts IMAGE COUNT; prints one line of JSON.

import { readFileSync } from "node:fs";
import { readImage } from "../../../assembler/image/read.ts";
import { DEVELOPMENT_TRUSTED } from "../../../assembler/keys/development.ts";
import { SW_SUCCESS } from "../../../runtime/spec/status-words.ts";
import { Card } from "../../card.ts";
import { NodeCoprocessor } from "../../chip/coprocessor/node.ts";
import { READ_16, SELECT, SELECT_EF } from "./bench-card.ts";

const [, , imagePath = "", savedPath = "", count = "0"] = process.argv;
const image = readImage(new Uint8Array(readFileSync(imagePath)), DEVELOPMENT_TRUSTED, imagePath);
const saved = new Uint8Array(readFileSync(savedPath));

const before = process.memoryUsage().rss;
const coprocessor = new NodeCoprocessor();
const start = performance.now();
const cards: Card[] = [];
for (let i = 0; i < Number(count); i++) {
  const card = Card.load(saved, { image, trusted: DEVELOPMENT_TRUSTED, seed: i, coprocessor });
  card.reset();
  for (const command of [SELECT, SELECT_EF]) card.exchange(command);
  cards.push(card);
}
const made = performance.now();
// Every one of them still answers.
const answering = cards.filter((card) => {
  const response = card.exchange(READ_16);
  return response.length === 18 && ((response[16] ?? 0) << 8) + (response[17] ?? 0) === SW_SUCCESS;
}).length;
const rss = process.memoryUsage().rss - before;
console.log(
  JSON.stringify({ answering, bytesEach: rss / cards.length, seconds: (made - start) / 1e3 }),
);
