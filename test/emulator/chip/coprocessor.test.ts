import { generateKeyPairSync, sign } from "node:crypto";
import { p256 } from "@noble/curves/nist.js";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import {
  type Coprocessor,
  CoprocessorError,
} from "../../../emulator/chip/coprocessor/coprocessor.ts";
import { NobleCoprocessor } from "../../../emulator/chip/coprocessor/noble.ts";
import { NodeCoprocessor } from "../../../emulator/chip/coprocessor/node.ts";
import { RecentKeys } from "../../../emulator/chip/coprocessor/recent-keys.ts";
import {
  CIPHER_AES,
  CIPHER_SM4,
  CIPHER_TDES,
  DIRECTION_DECRYPT,
  DIRECTION_ENCRYPT,
  HASH_SHA1,
  HASH_SHA256,
  HASH_SHA384,
  HASH_SHA512,
  HASH_SM3,
  MODE_CBC,
  MODE_CBC_MAC,
  MODE_ECB,
  SIGNATURE_ECDSA_P256,
} from "../../../runtime/spec/chip.ts";
import { bytes, hex } from "../../helpers/bytes.ts";
import { loadVectors } from "../../helpers/vectors.ts";

interface CipherCase {
  name: string;
  algorithm: keyof typeof ALGORITHMS;
  mode: "ECB" | "CBC";
  key: string;
  iv?: string;
  plaintext: string;
  ciphertext: string;
  /** How often the output is encrypted again; once when absent. */
  times?: number;
}

const ALGORITHMS = { AES: CIPHER_AES, TDES: CIPHER_TDES, SM4: CIPHER_SM4 };
const MODES = { ECB: MODE_ECB, CBC: MODE_CBC };
const DOCUMENTS = ["fips-197", "sp-800-38a", "gb-t-32907", "sp-800-67", "fips-81"];
const IV = new Uint8Array(16);

const ciphers = suite("coprocessor");

for (const make of [() => new NodeCoprocessor(), () => new NobleCoprocessor()]) {
  const { name } = make();
  for (const document of DOCUMENTS) {
    const { cases } = loadVectors<CipherCase>(document);
    // A million runs take two seconds here and prove nothing that one run does not, so Node only.
    for (const vector of cases.filter((one) => name === "node" || !one.times)) {
      ciphers(`${name}: ${document}, ${vector.name}`, () => checkVector(make(), vector));
    }
  }

  ciphers(`${name}: a view of card memory is read, not kept or changed`, () => {
    const memory = new Uint8Array(200).map((_, i) => i);
    const before = memory.slice();
    const chip = make();
    const [key, iv, data] = [
      memory.subarray(3, 19),
      memory.subarray(21, 37),
      memory.subarray(41, 73),
    ];
    for (const mode of [MODE_ECB, MODE_CBC]) {
      for (const direction of [DIRECTION_ENCRYPT, DIRECTION_DECRYPT]) {
        for (const algorithm of Object.values(ALGORITHMS)) {
          const ivOfBlock = algorithm === CIPHER_TDES ? iv.subarray(0, 8) : iv;
          const run = () => chip.cipher(algorithm, mode, direction, key, ivOfBlock, data);
          const first = run();
          assert.equal(memory, before);
          assert.is(Object.getPrototypeOf(first), Uint8Array.prototype);
          const kept = hex(first);
          key[0]! ^= 2;
          assert.is.not(hex(run()), kept, "another key in the same place gives another answer");
          key[0]! ^= 2;
          assert.is(hex(run()), kept);
          assert.is(hex(first), kept, "an earlier answer stays as it was");
        }
      }
    }
  });

  ciphers(`${name}: refuses what the hardware cannot do, and names it`, () => {
    const chip = make();
    const key = new Uint8Array(16);
    const cases: [field: string, ...Parameters<Coprocessor["cipher"]>][] = [
      ["algorithm", 9, MODE_ECB, DIRECTION_ENCRYPT, key, IV, IV],
      ["mode", CIPHER_AES, 7, DIRECTION_ENCRYPT, key, IV, IV],
      ["direction", CIPHER_AES, MODE_ECB, 2, key, IV, IV],
      ["direction", CIPHER_AES, MODE_CBC_MAC, DIRECTION_DECRYPT, key, IV, IV],
      ["key", CIPHER_AES, MODE_ECB, DIRECTION_ENCRYPT, new Uint8Array(8), IV, IV],
      ["key", CIPHER_TDES, MODE_ECB, DIRECTION_ENCRYPT, new Uint8Array(8), IV, IV],
      ["key", CIPHER_SM4, MODE_ECB, DIRECTION_ENCRYPT, new Uint8Array(24), IV, IV],
      ["iv", CIPHER_AES, MODE_CBC, DIRECTION_ENCRYPT, key, new Uint8Array(8), IV],
      ["iv", CIPHER_TDES, MODE_CBC, DIRECTION_ENCRYPT, key, IV, IV],
      ["data", CIPHER_AES, MODE_ECB, DIRECTION_ENCRYPT, key, IV, new Uint8Array(17)],
      ["data", CIPHER_AES, MODE_CBC_MAC, DIRECTION_ENCRYPT, key, IV, new Uint8Array(0)],
    ];
    for (const [field, ...request] of cases) {
      assert.throws(
        () => chip.cipher(...request),
        (error: unknown) => error instanceof CoprocessorError && error.field === field,
        `${field} was let through`,
      );
    }
    assert.is(
      chip.cipher(CIPHER_AES, MODE_ECB, DIRECTION_ENCRYPT, key, IV, new Uint8Array(0)).length,
      0,
    );
    assert.is(
      hex(chip.cipher(CIPHER_AES, MODE_ECB, DIRECTION_ENCRYPT, key, IV, IV)),
      "66e94bd4ef8a2c3b884cfa59ca342b2e",
      "a refusal leaves the coprocessor usable",
    );
  });
}

ciphers("both answer alike over random keys, modes and lengths, while keys come and go", () => {
  const random = randomFrom(0x5eed);
  const node = new NodeCoprocessor();
  const noble = new NobleCoprocessor();
  // More keys than are kept, so that some are met again and some have fallen out.
  const keys = Array.from({ length: 40 }, () => Uint8Array.from({ length: 32 }, () => random(256)));
  for (let round = 0; round < 3000; round++) {
    const algorithm = [CIPHER_AES, CIPHER_TDES, CIPHER_SM4][random(3)]!;
    const block = algorithm === CIPHER_TDES ? 8 : 16;
    const lengths = { [CIPHER_AES]: [16, 24, 32], [CIPHER_TDES]: [16, 24] }[algorithm] ?? [16];
    const key = keys[random(keys.length)]!.subarray(0, lengths[random(lengths.length)]!);
    const mode = [MODE_ECB, MODE_CBC, MODE_CBC_MAC][random(3)]!;
    const direction = mode === MODE_CBC_MAC ? DIRECTION_ENCRYPT : random(2);
    const iv = Uint8Array.from({ length: block }, () => random(256));
    const data = Uint8Array.from({ length: block * (1 + random(20)) }, () => random(256));
    const ours = node.cipher(algorithm, mode, direction, key, iv, data);
    const theirs = noble.cipher(algorithm, mode, direction, key, iv, data);
    const what = `round ${round}: algorithm ${algorithm}, mode ${mode}, direction ${direction}`;
    assert.is(hex(ours), hex(theirs), `${what}, key ${hex(key)}, iv ${hex(iv)}, data ${hex(data)}`);
    assert.is(ours.length, mode === MODE_CBC_MAC ? block : data.length);
  }
});

const HASHES: readonly [name: string, algorithm: number, ofAbc: string][] = [
  // FIPS 180-4, example vectors; GB/T 32905-2016, A.1.
  ["SHA-1", HASH_SHA1, "a9993e364706816aba3e25717850c26c9cd0d89d"],
  ["SHA-256", HASH_SHA256, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"],
  [
    "SHA-384",
    HASH_SHA384,
    "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7",
  ],
  [
    "SHA-512",
    HASH_SHA512,
    "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
  ],
  ["SM3", HASH_SM3, "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"],
];

for (const [name, algorithm, ofAbc] of HASHES) {
  ciphers(`${name}: the published vector, and both alike over every length to 200`, () => {
    const node = new NodeCoprocessor();
    const noble = new NobleCoprocessor();
    const random = randomFrom(algorithm);
    for (const chip of [node, noble]) {
      const hash = chip.hash(algorithm, new TextEncoder().encode("abc"));
      assert.is(hex(hash), ofAbc);
      assert.is(Object.getPrototypeOf(hash), Uint8Array.prototype);
    }
    const memory = Uint8Array.from({ length: 1000 }, () => random(256));
    for (const length of [...Array(200).keys(), 1000]) {
      const data = memory.subarray(1000 - length);
      assert.is(hex(node.hash(algorithm, data)), hex(noble.hash(algorithm, data)), `${length}`);
    }
  });
}

ciphers("ECDSA: takes what OpenSSL signed, with either s, and nothing else", () => {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "prime256v1" });
  const { x = "", y = "" } = publicKey.export({ format: "jwk" });
  const key = bytes(`04${["", x, y].map((part) => hex(Buffer.from(part, "base64url"))).join("")}`);
  const random = randomFrom(7);
  for (const chip of [new NodeCoprocessor(), new NobleCoprocessor()]) {
    const verify = (k: Uint8Array, d: Uint8Array, s: Uint8Array): boolean =>
      chip.verify(SIGNATURE_ECDSA_P256, k, d, s);
    for (let round = 0; round < 8; round++) {
      const message = Uint8Array.from({ length: round * 10 }, () => random(256));
      const digest = chip.hash(HASH_SHA256, message);
      const options = { key: privateKey, dsaEncoding: "ieee-p1363" } as const;
      const signature = new Uint8Array(sign("sha256", message, options));
      assert.ok(verify(key, digest, signature));
      assert.ok(verify(key, digest, otherS(signature)));
      for (const wrong of [flip(signature, random), signature.subarray(1), new Uint8Array(64)]) {
        assert.not.ok(verify(key, digest, wrong));
      }
      assert.not.ok(verify(key, flip(digest, random), signature));
      assert.not.ok(verify(flip(key, random), digest, signature));
      assert.not.ok(verify(p256.Point.fromBytes(key).toBytes(true), digest, signature));
      assert.not.ok(verify(new Uint8Array(65), digest, signature));
    }
  }
});

ciphers("a hash or a signature scheme that the hardware does not have is named", () => {
  const none = new Uint8Array(0);
  for (const chip of [new NodeCoprocessor(), new NobleCoprocessor()]) {
    const named = (error: unknown): boolean =>
      error instanceof CoprocessorError && error.field === "algorithm" && error.value === 9;
    assert.throws(() => chip.hash(9, none), named);
    assert.throws(() => chip.verify(9, none, none, none), named);
  }
});

function flip(data: Uint8Array, random: (below: number) => number): Uint8Array {
  const flipped = data.slice();
  flipped[random(data.length)]! ^= 1 << random(8);
  return flipped;
}

/** The same signature with the order of the curve less s. */
function otherS(signature: Uint8Array): Uint8Array {
  const s = p256.Point.Fn.fromBytes(signature.subarray(32));
  const other = signature.slice();
  other.set(p256.Point.Fn.toBytes(p256.Point.Fn.neg(s)), 32);
  return other;
}

ciphers(
  "recent keys: bounded, found by every byte and by purpose, overwritten when they fall out",
  () => {
    const kept = new RecentKeys<Uint8Array>(3);
    const seen: Uint8Array[] = [];
    const make = (key: Uint8Array) => {
      seen.push(key);
      return key;
    };
    const key = (last: number) => Uint8Array.from([1, 2, last]);
    const first = kept.get(1, key(1), make);
    assert.is(kept.get(1, key(1), make), first);
    assert.is.not(kept.get(2, key(1), make), first, "another purpose");
    assert.is.not(kept.get(1, key(2), make), first, "another key");
    assert.is.not(kept.get(1, key(2).subarray(0, 2), make), first, "a shorter key");
    assert.is(kept.size, 3);
    assert.equal(seen[0], new Uint8Array(3), "the oldest fell out and its copy is gone");
    assert.equal(seen[1], key(1));
    kept.clear();
    assert.is(kept.size, 0);
    assert.equal(seen[1], new Uint8Array(3));
  },
);

ciphers.run();

function checkVector(chip: Coprocessor, vector: CipherCase): void {
  const algorithm = ALGORITHMS[vector.algorithm];
  const mode = MODES[vector.mode];
  const key = bytes(vector.key);
  const iv = bytes(vector.iv ?? "");
  let data = bytes(vector.plaintext);
  for (let i = vector.times ?? 1; i > 0; i--) {
    data = chip.cipher(algorithm, mode, DIRECTION_ENCRYPT, key, iv, data);
  }
  assert.is(hex(data), vector.ciphertext);
  if (mode === MODE_CBC) {
    const plaintext = bytes(vector.plaintext);
    const mac = chip.cipher(algorithm, MODE_CBC_MAC, DIRECTION_ENCRYPT, key, iv, plaintext);
    assert.is(hex(mac), vector.ciphertext.slice(-2 * iv.length));
  }
  if (vector.times) return;
  const back = chip.cipher(algorithm, mode, DIRECTION_DECRYPT, key, iv, data);
  assert.is(hex(back), vector.plaintext);
}

/** Numbers below a limit, the same for the same seed (xorshift32). */
function randomFrom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}
