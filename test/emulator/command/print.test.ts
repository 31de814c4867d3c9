// What a card or a service says never steers the terminal that shows it.

import { suite } from "uvu";
import * as assert from "uvu/assert";
import { linesOf } from "../../../emulator/command/fail.ts";
import { cleaned, jsonText, note, print, printJson } from "../../../emulator/command/print.ts";
import { BureauError } from "../../../personalization/errors.ts";
import { decodeGb18030 } from "../../../personalization/text/gb18030.ts";

/** An escape, one of C1, a turned direction, a tag beyond 16 bits, and a break. */
const C1 = decodeGb18030(Uint8Array.of(0x81, 0x30, 0x83, 0x37));
const STEERING = ["\u001b[2J", C1, "\u202e", "\u{e0041}", "\u2028", "\u007f", "\r"];
const UNSEEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;

/** What `work` writes to a stream. */
function written(stream: NodeJS.WriteStream, work: () => void): string {
  const { write } = stream;
  let text = "";
  stream.write = ((part: string) => {
    text += part;
    return true;
  }) as typeof write;
  try {
    work();
  } finally {
    stream.write = write;
  }
  return text;
}

const tests = suite("what is printed");

tests("JSON says the same, with all that is not seen escaped", () => {
  assert.is(C1, "\u009b");
  for (const steering of [...STEERING, "\n"]) {
    const value = { [`key ${steering}`]: [`张三${steering}`, { deep: steering }], n: 1 };
    const text = written(process.stdout, () => printJson(value));
    assert.not.match(text.replaceAll("\n", ""), UNSEEN);
    assert.equal(JSON.parse(text), value);
    assert.ok(text.includes("张三"));
  }
  assert.is(jsonText("\u{e0041}"), '"\\udb40\\udc41"');
  assert.is(jsonText({ a: 1 }), '{\n  "a": 1\n}');
});

tests("text and notes show a sign in its place", () => {
  for (const steering of STEERING) {
    const out = written(process.stdout, () => print(`one${steering}\ntwo`));
    const err = written(process.stderr, () => note(`one${steering}\ntwo`));
    for (const text of [out, err]) {
      assert.not.match(text.replaceAll("\n", ""), UNSEEN);
      assert.match(text, /^one\ufffd.*\ntwo\n$/u);
    }
  }
  assert.is(cleaned("张\n三"), "张\ufffd三");
});

tests("so does a reason why it failed", async () => {
  for (const steering of STEERING) {
    const [line] = await linesOf(new BureauError(`no card${steering}`));
    assert.match(line!, /^no card\ufffd/u);
    assert.not.match(line!, UNSEEN);
  }
});

tests.run();
