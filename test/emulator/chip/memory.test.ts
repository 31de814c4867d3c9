// The non-volatile memory: bits, pages, cuts, and ways back.

import { suite } from "uvu";
import * as assert from "uvu/assert";
import { Memory, type Tear } from "../../../emulator/chip/memory.ts";
import { PowerLoss } from "../../../emulator/errors.ts";
import { bytes, hex } from "../../helpers/bytes.ts";
import { dice } from "../../helpers/random.ts";

const PAGE = 64;
const PAGES = 8;

function read(memory: Memory, address: number, length: number): Uint8Array {
  const to = new Uint8Array(length + 2).fill(0xaa);
  memory.read(address, to, 1, length);
  assert.is(to[0], 0xaa);
  assert.is(to[length + 1], 0xaa);
  return to.slice(1, -1);
}

function program(memory: Memory, address: number, data: string): void {
  const from = bytes(data);
  memory.program(address, from, 0, from.length);
}

const whole = (memory: Memory): string => hex(read(memory, 0, memory.size));

/** Bytes and counters. */
const story = (memory: Memory): string =>
  `${whole(memory)} ${memory.erases.join()} ${memory.operations}`;

const memorySuite = suite("memory");

memorySuite("is erased when new, over its whole size", () => {
  const memory = new Memory(PAGE, PAGES);
  assert.is(memory.size, PAGE * PAGES);
  assert.is(whole(memory), "ff".repeat(memory.size));
  assert.is(memory.content().length, 0);
});

memorySuite("programs bits from 1 to 0 only, and erases a page to FF", () => {
  const memory = new Memory(PAGE, PAGES);
  program(memory, 70, "f0 0f");
  program(memory, 70, "3c ff");
  assert.is(hex(read(memory, 69, 4)), "ff300fff");
  program(memory, 10, "00");
  memory.erase(1);
  assert.is(hex(read(memory, 70, 2)), "ffff");
  assert.is(hex(read(memory, 10, 1)), "00", "another page was erased");
  assert.equal([...memory.erases], [0, 1, 0, 0, 0, 0, 0, 0]);
  assert.is(memory.operations, 4);
});

memorySuite("refuses what leaves a page or the memory", () => {
  const memory = new Memory(PAGE, PAGES);
  const data = new Uint8Array(PAGE + 1);
  const outside = [
    () => memory.program(PAGE - 1, data, 0, 2),
    () => memory.program(0, data, 0, PAGE + 1),
    () => memory.program(memory.size, data, 0, 1),
    () => memory.program(-1, data, 0, 1),
    () => memory.read(memory.size - 1, data, 0, 2),
    () => memory.read(-1, data, 0, 1),
    () => memory.read(0, data, 0, -1),
    () => memory.erase(PAGES),
    () => memory.erase(-1),
  ];
  for (const action of outside)
    assert.throws(action, (error: unknown) => error instanceof RangeError);
  assert.is(memory.operations, 0);
  assert.is(whole(memory), "ff".repeat(memory.size));
});

memorySuite("loses power at the operation that the cut names, once", () => {
  const memory = new Memory(PAGE, PAGES);
  program(memory, 0, "00");
  memory.cutPower(2);
  program(memory, 1, "00");
  memory.erase(3);
  assert.throws(
    () => program(memory, 2, "00"),
    (error: unknown) => error instanceof PowerLoss && error.operation === 3,
  );
  assert.is(hex(read(memory, 0, 3)), "0000ff");
  program(memory, 2, "00");
  assert.is(hex(read(memory, 0, 3)), "000000");
  memory.cutPower(0);
  memory.cutPower(undefined);
  memory.erase(0);
});

memorySuite("leaves a torn page as the tear says", () => {
  const after = (tear: Tear, act: (memory: Memory) => void): string => {
    const memory = new Memory(PAGE, PAGES);
    program(memory, 0, "f0 f0 00");
    memory.cutPower(0, tear);
    assert.throws(
      () => act(memory),
      (error: unknown) => error instanceof PowerLoss,
    );
    return hex(read(memory, 0, 3));
  };
  const half = { random: () => 0x33 };
  const programs = (memory: Memory): void => program(memory, 0, "0f cc 00");
  assert.is(after("old", programs), "f0f000");
  assert.is(after("new", programs), "00c000");
  assert.is(after("erased", programs), "f0f000", "a program sets no bits");
  assert.is(after(half, programs), "c0c000");
  const erases = (memory: Memory): void => memory.erase(0);
  assert.is(after("old", erases), "f0f000");
  assert.is(after("new", erases), "ffffff");
  assert.is(after("erased", erases), "ffffff");
  assert.is(after(half, erases), "f3f333");
});

memorySuite("gives its content back to a new memory", () => {
  const memory = new Memory(PAGE, PAGES);
  program(memory, 130, "01 02 ff 03 ff");
  const content = memory.content();
  assert.is(content.length, 134);
  assert.is(whole(new Memory(PAGE, PAGES, content)), whole(memory));
  content.fill(0);
  assert.is(hex(read(memory, 130, 4)), "0102ff03", "the content is a copy");
});

memorySuite("comes back to a snapshot, whatever was done in between", () => {
  for (let seed = 1; seed <= 200; seed++) {
    const random = dice(seed);
    const memory = new Memory(PAGE, PAGES);
    const scribble = (): void => {
      for (let count = random.below(12); count > 0; count--) {
        const page = random.below(PAGES);
        if (random.below(3) === 0) memory.erase(page);
        else memory.program(page * PAGE + random.below(50), random.bytes(14), 0, 14);
      }
    };
    scribble();
    const first = { text: story(memory), state: memory.snapshot() };
    scribble();
    memory.restore(first.state);
    assert.is(story(memory), first.text, `seed ${seed}: quick`);
    scribble();
    const second = { text: story(memory), state: memory.snapshot() };
    scribble();
    memory.restore(first.state);
    assert.is(story(memory), first.text, `seed ${seed}: whole`);
    scribble();
    memory.restore(first.state);
    assert.is(story(memory), first.text, `seed ${seed}: quick after whole`);
    memory.restore(second.state);
    assert.is(story(memory), second.text, `seed ${seed}: the other`);
    memory.overwrite(random.bytes(PAGE * 3));
    memory.restore(second.state);
    assert.is(story(memory), second.text, `seed ${seed}: after foreign bytes`);
  }
});

memorySuite("forgets an armed cut on the way back", () => {
  const memory = new Memory(PAGE, PAGES);
  const start = memory.snapshot();
  memory.cutPower(0);
  memory.restore(start);
  program(memory, 0, "00");
  const other = memory.snapshot();
  memory.cutPower(0);
  memory.restore(start);
  program(memory, 0, "00");
  assert.is(memory.operations, other.operations);
});

memorySuite.run();
