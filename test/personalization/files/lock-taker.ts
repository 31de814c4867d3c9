// Takes locks with others at the same moments. Usage: lock-taker.ts PATH START ROUNDS EVERY; prints
// the numbers of the rounds in which it got the lock, and holds them all to its end.

import { setTimeout as sleep } from "node:timers/promises";
import { lock } from "../../../personalization/files/lock.ts";

const [, , path = "", start = "0", rounds = "0", every = "0"] = process.argv;
const got: number[] = [];
for (let round = 0; round < Number(rounds); round++) {
  const moment = Number(start) + round * Number(every);
  while (Date.now() < moment - 4) await sleep(1);
  while (Date.now() < moment) {} // to the millisecond
  const held = await lock(`${path}.${round}`).catch(() => undefined);
  if (held) got.push(round);
}
console.log(JSON.stringify(got));
await sleep(1000);
