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
  MODE_CBC,
  MODE_CBC_MAC,
  MODE_ECB,
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
