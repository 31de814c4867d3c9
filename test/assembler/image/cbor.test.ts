import { decode } from "cbor-x";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import {
  type Cbor,
  CborError,
  decodeCbor,
  encodeCbor,
  Tagged,
} from "../../../assembler/image/cbor.ts";
import { bytes, hex } from "../../helpers/bytes.ts";

/** RFC 8949, appendix A: the items that an image is made of. */
const EXAMPLES: [Cbor, string][] = [
  [0, "00"],
  [1, "01"],
  [10, "0a"],
  [23, "17"],
  [24, "1818"],
  [25, "1819"],
  [100, "1864"],
  [1000, "1903e8"],
  [1000000, "1a000f4240"],
  [1000000000000, "1b000000e8d4a51000"],
  [-1, "20"],
  [-10, "29"],
  [-100, "3863"],
  [-1000, "3903e7"],
  [new Uint8Array(0), "40"],
  [bytes("01020304"), "4401020304"],
  ["", "60"],
  ["a", "6161"],
  ["IETF", "6449455446"],
  ['"\\', "62225c"],
  ["\u00fc", "62c3bc"],
  ["\u6c34", "63e6b0b4"],
  [[], "80"],
  [[1, 2, 3], "83010203"],
  [[1, [2, 3], [4, 5]], "8301820203820405"],
  [
    Array.from({ length: 25 }, (_, i) => i + 1),
    "98190102030405060708090a0b0c0d0e0f101112131415161718181819",
  ],
  [new Map(), "a0"],
  [
    new Map([
      [1, 2],
      [3, 4],
    ]),
    "a201020304",
  ],
  [
    new Map<string, Cbor>([
      ["a", 1],
      ["b", [2, 3]],
    ]),
    "a26161016162820203",
  ],
  [new Tagged(32, "http://www.example.com"), "d82076687474703a2f2f7777772e6578616d706c652e636f6d"],
];

/** What RFC 8949 calls well-formed but not deterministic, or what an image never has. */
const REFUSED: [string, string][] = [
  ["nothing", ""],
  ["a length in two bytes that fits one", "1817"],
  ["a length in three bytes that fits two", "190018"],
  ["a length in five bytes that fits three", "1a00000100"],
  ["a length in nine bytes that fits five", "1b00000000ffffffff"],
  ["a number beyond 2^53", "1bffffffffffffffff"],
  ["an indefinite byte string", "5f4101ff"],
  ["an indefinite array", "9f01ff"],
  ["a reserved length", "1c"],
  ["bytes after the end", "0000"],
  ["a byte string longer than the input", "5affffffff00"],
  ["an array longer than the input", "9affffffff00"],
  ["an array of 2^53 items", "9b001fffffffffff00"],
  ["a map longer than the input", "a20102"],
  ["a text that is not UTF-8", "62c328"],
  ["map keys out of order", "a203040102"],
  ["a map key twice", "a201020103"],
  ["a map key that is an array", "a18001"],
  ["a float", "fb3ff199999999999a"],
  ["a boolean", "f5"],
  ["more items than an image has", `991001${"80".repeat(4097)}`],
  ["nesting without end", "81".repeat(100000)],
  ["tags without end", "c1".repeat(100000)],
];

const cbor = suite("deterministic CBOR");

for (const [value, encoded] of EXAMPLES) {
  cbor(`writes and reads ${encoded.slice(0, 40)}`, () => {
    assert.is(hex(encodeCbor(value)), encoded);
    assert.equal(decodeCbor(bytes(encoded)), value);
  });
}

for (const [what, encoded] of REFUSED) {
  cbor(`refuses ${what}`, () => {
    assert.throws(
      () => decodeCbor(bytes(encoded)),
      (error: unknown) => error instanceof CborError,
    );
  });
}

cbor("sorts map keys by their encoding: shorter first, negative after positive", () => {
  const map = new Map<number | string, Cbor>([
    ["bb", 1],
    ["a", 2],
    [-1, 3],
    [100, 4],
    [9, 5],
  ]);
  assert.is(hex(encodeCbor(map)), "a509051864042003616102626262" + "01");
});

cbor("reads back what it wrote, whatever the size of the length", () => {
  for (const length of [23, 24, 255, 256, 65535, 65536]) {
    const value = new Uint8Array(length).fill(7);
    assert.equal(decodeCbor(encodeCbor(value)), value);
  }
});

cbor("is read by another implementation", () => {
  const map = new Map<string, Cbor>([
    ["b", bytes("0102")],
    ["a", [-7, "text", 70000]],
  ]);
  const other = decode(Buffer.from(encodeCbor(map))) as { a: unknown; b: Uint8Array };
  assert.equal(other.a, [-7, "text", 70000]);
  assert.is(hex(other.b), "0102");
});

cbor("writes no fraction and no number beyond 2^53", () => {
  assert.throws(() => encodeCbor(0.5), /safe integer/);
  assert.throws(() => encodeCbor(2 ** 53), /safe integer/);
});

cbor.run();
