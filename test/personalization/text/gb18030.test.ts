// Names on a card: what GB 18030 and the two name fields hold, and what they refuse.

import { suite } from "uvu";
import * as assert from "uvu/assert";
import { hex } from "../../../personalization/bytes.ts";
import { FieldError } from "../../../personalization/errors.ts";
import { decodeGb18030, encodeGb18030, splitText } from "../../../personalization/text/gb18030.ts";
import { thrown } from "../helpers/rejection.ts";

const gb18030 = suite("GB 18030");

gb18030("encodes names as the standard's tables say", () => {
  assert.is(hex(encodeGb18030("王")), "CDF5");
  assert.is(hex(encodeGb18030("㐀")), "8139EE39");
  assert.is(hex(encodeGb18030("·")), "A1A4");
  assert.is(hex(encodeGb18030("𠮷")), "9534B235");
  assert.is(decodeGb18030(encodeGb18030("买买提·吐尔逊𠮷")), "买买提·吐尔逊𠮷");
});

gb18030("every character of the Unicode planes comes back or is refused, never changed", () => {
  let refused = 0;
  for (let code = 0x20; code < 0x30000; code++) {
    if (code >= 0xd800 && code < 0xe000) continue;
    const character = String.fromCodePoint(code);
    try {
      const encoded = encodeGb18030(character);
      assert.is(decodeGb18030(encoded), character);
    } catch (error) {
      assert.instance(error, FieldError);
      refused++;
    }
  }
  assert.ok(refused < 200, `${refused} characters refused`);
});

gb18030("names the character that does not come back, with its code point", () => {
  for (const [text, code] of [
    ["王\ud83d", "U+D83D"],
    ["王\u0007", "U+0007"],
    ["王\n五", "U+000A"],
    ["王\u0080", "U+0080"],
  ]) {
    const error = thrown(() => encodeGb18030(text!));
    assert.instance(error, FieldError);
    assert.is(
      error.message,
      `character ${code} cannot be written in GB 18030; write another for it`,
    );
  }
});

gb18030("splits at a character boundary", () => {
  const [first, rest] = splitText("一".repeat(20), 30, 20);
  assert.equal([first.length, rest.length], [30, 10]);
  // 14 characters of 2 bytes, then one of 4: the field keeps 28 bytes and cuts no character.
  const [head, tail] = splitText(`${"一".repeat(14)}𠮷`, 30, 20);
  assert.equal([head.length, tail.length], [28, 4]);
  assert.is(decodeGb18030(tail), "𠮷");
  assert.equal(splitText("一".repeat(15), 30, 0)[1].length, 0);
});

gb18030("refuses one byte more than both fields hold", () => {
  assert.is(splitText("一".repeat(25), 30, 20)[1].length, 20);
  const error = thrown(() => splitText(`${"一".repeat(25)}a`, 30, 20));
  assert.is(
    error.message,
    "needs 51 bytes in GB 18030; the card holds 30 and 20 bytes: shorten it",
  );
  assert.instance(
    thrown(() => splitText("一".repeat(16), 30, 0)),
    FieldError,
  );
});

gb18030("refuses bytes that are no GB 18030", () => {
  assert.instance(
    thrown(() => decodeGb18030(Uint8Array.of(0x81))),
    FieldError,
  );
});

gb18030.run();
