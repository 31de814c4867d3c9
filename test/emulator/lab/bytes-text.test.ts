// How a scenario writes bytes: lengths that count themselves, secrets under the DEK, answers.

import { suite } from "uvu";
import * as assert from "uvu/assert";
import { encodeBytes, parseBytes } from "../../../emulator/lab/bytes-text.ts";
import { bytes, hex } from "../../helpers/bytes.ts";
import { underDek } from "../../helpers/secure-channel.ts";
import { loadVectors } from "../../helpers/vectors.ts";

const DEK = "404142434445464748494a4b4c4d4e4f";
const encode = (text: string, last = "", dek: Uint8Array | undefined = bytes(DEK)): string =>
  hex(encodeBytes(parseBytes(text), { dek, last: bytes(last) }));

const tests = suite("bytes of a scenario");

const GOOD: [text: string, hex: string][] = [
  ["", ""],
  ["00A40400", "00a40400"],
  [" 00 a4\n04\t00 ", "00a40400"],
  ["[]", "00"],
  ["01 [ 02 03 ] 04", "0102020304"],
  ["62 [ 82 [ 01 ] 83 [ 2F01 ] ]", "6207820101" + "83022f01"],
  [`[ ${"00".repeat(254)} ]`, `fe${"00".repeat(254)}`],
];
for (const [text, wanted] of GOOD) {
  tests(`"${text.slice(0, 40)}"`, () => assert.is(encode(text), wanted));
}

tests("dek( ) is what the card takes as a secret", () => {
  assert.is(encode("8010 [ dek( 31323334 ) ]"), `801010${underDek("31323334", DEK)}`);
  assert.is(encode("dek( 00112233445566778899AABBCCDDEEFF 01 )").length, 64);
});

tests("check( ) and answer( ) are AES of the vectors", () => {
  const vectors = loadVectors<{ key: string; plaintext: string; ciphertext: string }>("fips-197");
  for (const { key, plaintext, ciphertext } of vectors.cases) {
    assert.is(encode(`answer( ${key} )`, plaintext), ciphertext);
  }
  // AES of a block of 01, the first three bytes; of the PUBLIC transport key, as other tools show it.
  assert.is(encode(`check( ${DEK} )`), "504a77");
});

const BAD: [text: string, reason: RegExp][] = [
  ["0", /cannot be read from "0" on/],
  ["00 A", /cannot be read from "A" on/],
  ["00 xyz and more", /cannot be read from "xyz and more" on/],
  ["[ 00", /never closed/],
  ["dek( 00", /never closed/],
  ["00 ]", /\] that closes nothing/],
  ["[ 00 )", /\) that closes nothing/],
  ["dek( 00 ]", /\] that closes nothing/],
  ["( 00 )", /cannot be read/],
  ["hash( Demo )", /cannot be read/],
];
for (const [text, reason] of BAD) {
  tests(`refuses "${text}"`, () => assert.throws(() => parseBytes(text), reason));
}

tests("says what it lacks", () => {
  assert.throws(() => encodeBytes(parseBytes("dek( 00 )"), { last: bytes("") }), /open secure/);
  assert.throws(() => encode("check( 0011 )"), /2 bytes is no AES key/);
  assert.throws(() => encode(`[ ${"00".repeat(255)} ]`), /255 bytes/);
});

tests.run();
