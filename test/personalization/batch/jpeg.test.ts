// A portrait of exactly the length of the card's file, and still the same picture.

import { decode } from "jpeg-js";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { inspectJpeg, lengthenJpeg } from "../../../personalization/batch/jpeg.ts";
import { hex } from "../../../personalization/bytes.ts";
import { samplePortrait } from "../../../personalization/sample/portrait.ts";

const jpeg = suite("portrait");
const picture = samplePortrait(7);
const COMMENT = "FFFE";
const pixels = (data: Uint8Array) => hex(new Uint8Array(decode(data).data.subarray(0, 30_000)));

// Up to three bytes are fill bytes; from four on there is room for a comment.
for (const missing of [1, 2, 3, 4, 5, 100, 4096 - picture.length]) {
  jpeg(`${missing} bytes longer, the same pixels`, () => {
    const longer = lengthenJpeg(picture, picture.length + missing);
    assert.is(longer.length, picture.length + missing);
    assert.equal(inspectJpeg(longer), inspectJpeg(picture));
    assert.is(pixels(longer), pixels(picture));
    assert.is(hex(longer.subarray(-2)), "FFD9");
    // The JFIF segment stays the first one.
    assert.is(hex(longer.subarray(0, 20)), hex(picture.subarray(0, 20)));
    assert.is(hex(longer.subarray(20, 22)) === COMMENT, missing >= 4);
  });
}

jpeg("a comment longer than a segment becomes several", () => {
  const longer = lengthenJpeg(picture, picture.length + 70_000);
  assert.is(longer.length, picture.length + 70_000);
  assert.equal(inspectJpeg(longer), inspectJpeg(picture));
  assert.is(pixels(longer), pixels(picture));
});

jpeg("one of the right length, or longer, is left alone", () => {
  assert.is(lengthenJpeg(picture, picture.length), picture);
  assert.is(lengthenJpeg(picture, 100), picture);
});

const reasonOf = (data: Uint8Array) => {
  try {
    inspectJpeg(data);
  } catch (error) {
    return (error as Error).message;
  }
  return undefined;
};

jpeg("says what a file is that is not whole: torn, with more behind it, without pixels", () => {
  const scan = Buffer.from(picture).indexOf("ffda", "hex");
  const header = scan + 2 + picture[scan + 3]!;
  assert.is(reasonOf(picture), undefined);
  assert.match(reasonOf(picture.subarray(0, -1)) ?? "", /ends too early/);
  assert.match(reasonOf(picture.subarray(0, 30)) ?? "", /ends too early/);
  const behind = Buffer.concat([picture, Buffer.from("more")]);
  assert.match(reasonOf(behind) ?? "", /with 4 bytes behind its end/);
  const empty = Buffer.concat([picture.subarray(0, header), Buffer.from("ffd9", "hex")]);
  assert.match(reasonOf(empty) ?? "", /without pixels/);
});

jpeg.run();
