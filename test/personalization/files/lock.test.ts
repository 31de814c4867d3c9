import { execFile, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { JournalError } from "../../../personalization/errors.ts";
import { lock } from "../../../personalization/files/lock.ts";

const BUILD = fileURLToPath(new URL("../../../build", import.meta.url));
const TAKER = fileURLToPath(new URL("lock-taker.ts", import.meta.url));
const TAKERS = 4;
const ROUNDS = 25;
const EVERY_MS = 40;
/** All takers have started by then. */
const START_MS = 4000;

mkdirSync(BUILD, { recursive: true });
const folder = mkdtempSync(join(BUILD, "lock-"));
const at = (name: string) => join(folder, name);
/** A process that is gone. */
const gone = spawnSync(process.execPath, ["-e", ""]).pid;
const dead = (path: string, token: string) => writeFileSync(path, `${gone} ${token}\n`);
const token = (n: number) => `00000000-0000-4000-8000-${String(n).padStart(12, "0")}`;

function take(path: string, start: number): Promise<number[]> {
  const args = ["--import", "tsx", TAKER, path, start, ROUNDS, EVERY_MS].map(String);
  return new Promise((resolve, reject) => {
    execFile(process.execPath, args, (error, out) => {
      if (error) reject(error);
      else resolve(JSON.parse(out));
    });
  });
}

const tests = suite("lock");
tests.after(() => rmSync(folder, { recursive: true, force: true }));

tests("a second taker is told who holds it, until it is released", async () => {
  const first = await lock(at("plain"));
  await lock(at("plain")).then(
    () => assert.unreachable("two hold one lock"),
    (error: Error) => {
      assert.instance(error, JournalError);
      assert.match(error.message, `process ${process.pid} works on this; wait`);
    },
  );
  await first.release();
  await (await lock(at("plain"))).release();
  assert.equal(readdirSync(folder), []);
});

tests("a lock of a process that is gone is taken over", async () => {
  dead(at("left"), token(1));
  const held = await lock(at("left"));
  await held.release();
  assert.not.ok(existsSync(at("left")));
});

tests("a file that is no lock of ours is left alone, with a word on what to do", async () => {
  for (const content of ["", "12\n", "0 x\n"]) {
    writeFileSync(at("odd"), content);
    await lock(at("odd")).then(
      () => assert.unreachable(`took ${JSON.stringify(content)} over`),
      (error: Error) => assert.match(error.message, "remove it"),
    );
  }
  rmSync(at("odd"));
});

tests("of several that find a dead lock at the same moment, one gets it", async () => {
  for (let round = 0; round < ROUNDS; round++) dead(at(`race.${round}`), token(round));
  const start = Date.now() + START_MS;
  const got = await Promise.all(Array.from({ length: TAKERS }, () => take(at("race"), start)));
  const winners = got.flat().sort((a, b) => a - b);
  assert.equal(
    winners,
    Array.from({ length: ROUNDS }, (_, round) => round),
  );
});

tests.run();
