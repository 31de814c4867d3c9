// Numbers of purchases: none twice, by whoever asks, whatever happens to the file.

import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { sequenceFile } from "../../../emulator/command/sequence-file.ts";
import { noPurchases } from "../../../emulator/terminal/desk/next-sequence.ts";

const HERE = fileURLToPath(import.meta.url);
const EACH = 15;

async function take(file: string, count: number): Promise<number[]> {
  const next = sequenceFile(file);
  const numbers: number[] = [];
  for (let at = 0; at < count; at++) numbers.push(await next());
  return numbers;
}

// As another process, this file takes numbers and tells them.
const [, , shared] = process.argv;
if (process.send !== undefined && shared !== undefined) {
  process.send(await take(shared, EACH));
  process.disconnect();
} else {
  const tests = suite("numbers of purchases");
  const folder = mkdtempSync(join(tmpdir(), "wafer-sequence-"));
  tests.after(() => rmSync(folder, { recursive: true }));

  const rejects = async (file: string, reason: RegExp) => {
    const error = await Promise.resolve(sequenceFile(file)()).catch((caught: Error) => caught);
    assert.match(String(error), reason);
  };

  tests("a new file begins with the clock, and goes on by one", async () => {
    const file = join(folder, "new");
    const next = sequenceFile(file, () => 1_700_000_000_999);
    assert.equal([await next(), await next()], [1_700_000_001, 1_700_000_002]);
    const later = sequenceFile(file, () => 0);
    assert.is(await later(), 1_700_000_003);
    assert.is(readFileSync(file, "utf8"), "1700000003\n");
  });

  tests("in one process and in others at once, nobody has another's number", async () => {
    const file = join(folder, "shared");
    const others = Array.from({ length: 2 }, () => fork(HERE, [file]));
    const told = others.map(async (other) => (await once(other, "message"))[0] as number[]);
    const mine = [take(file, EACH), take(file, EACH)];
    const all = (await Promise.all([...mine, ...told])).flat();
    assert.is(all.length, 4 * EACH);
    assert.is(new Set(all).size, all.length, all.join(" "));
  });

  tests("what is no number is refused and left as it is", async () => {
    for (const content of ["", "12", "-1\n", "x\n", "12345678901\n"]) {
      const file = join(folder, "bad");
      writeFileSync(file, content);
      await rejects(file, /is no transaction number; remove it/);
      assert.is(readFileSync(file, "utf8"), content);
    }
  });

  tests("behind the last number there is none", async () => {
    const file = join(folder, "full");
    writeFileSync(file, `${0xffff_fffe}\n`);
    assert.is(await sequenceFile(file)(), 0xffff_ffff);
    await rejects(file, /the last transaction number was given/);
  });

  tests("whoever takes no purchases has no number", () => {
    assert.throws(() => noPurchases(), /no purchases are taken here/);
  });

  tests.run();
}
