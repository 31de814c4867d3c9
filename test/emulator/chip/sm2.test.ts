// SM2 of the coprocessors, beside the published example, another implementation and OpenSSL's curve.

import { createECDH } from "node:crypto";
import { sm2 } from "sm-crypto-v2";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { CoprocessorError } from "../../../emulator/chip/coprocessor/coprocessor.ts";
import { NobleCoprocessor } from "../../../emulator/chip/coprocessor/noble.ts";
import { NodeCoprocessor } from "../../../emulator/chip/coprocessor/node.ts";
import { seededRandom } from "../../../emulator/chip/random.ts";
import { CURVE_SM2, SIGNATURE_ECDSA_P256, SIGNATURE_SM2 } from "../../../runtime/spec/chip.ts";
import { bytes, hex } from "../../helpers/bytes.ts";
import { dice } from "../../helpers/random.ts";
import { loadVectors } from "../../helpers/vectors.ts";

interface Example {
  name: string;
  privateKey: string;
  publicKey: string;
  digest: string;
  k: string;
  signature: string;
}

const ORDER = "fffffffeffffffffffffffffffffffff7203df6b21c6052b53bbf40939d54123";
const ORDER_LESS_1 = `${ORDER.slice(0, -1)}2`;
const ROUNDS = 12;
const coprocessors = [new NodeCoprocessor(), new NobleCoprocessor()];

function point(publicKey: Uint8Array): Uint8Array {
  return Uint8Array.of(0x04, ...publicKey);
}

/** Gives these numbers one after the other. */
function drawn(...numbers: string[]): (to: Uint8Array) => void {
  const left = numbers.map(bytes);
  return (to) => {
    const next = left.shift();
    if (!next) throw new Error("no random number is left");
    to.set(next);
  };
}

const signatures = suite("SM2");

for (const chip of coprocessors) {
  for (const example of loadVectors<Example>("gm-t-0003-5").cases) {
    const { privateKey, publicKey, digest, k, signature } = example;
    signatures(`${chip.name}: the published example, ${example.name}`, () => {
      const pair = chip.generateKeyPair(CURVE_SM2, drawn(privateKey));
      assert.is(hex(pair.privateKey), privateKey);
      assert.is(hex(pair.publicKey), publicKey);
      const made = chip.sign(SIGNATURE_SM2, bytes(privateKey), bytes(digest), drawn(k));
      assert.is(hex(made), signature);
      assert.ok(chip.verify(SIGNATURE_SM2, point(bytes(publicKey)), bytes(digest), made));
    });
  }

  signatures(`${chip.name}: other implementations agree on keys and signatures`, () => {
    const random = seededRandom(7);
    const noise = dice(3);
    for (let round = 0; round < ROUNDS; round++) {
      const { privateKey, publicKey } = chip.generateKeyPair(CURVE_SM2, (to) => random.fill(to));
      const ecdh = createECDH("SM2");
      ecdh.setPrivateKey(privateKey);
      assert.is(hex(ecdh.getPublicKey()), hex(point(publicKey)));
      const digest = Uint8Array.from(noise.bytes(32));
      const signature = chip.sign(SIGNATURE_SM2, privateKey, digest, (to) => random.fill(to));
      assert.ok(sm2.doVerifySignature(digest, hex(signature), hex(point(publicKey))));
      const theirs = bytes(sm2.doSignature(digest, hex(privateKey)));
      assert.ok(chip.verify(SIGNATURE_SM2, point(publicKey), digest, theirs));
      for (const [key, what, over] of [
        [flip(point(publicKey), round), digest, signature],
        [point(publicKey), flip(digest, round), signature],
        [point(publicKey), digest, flip(signature, round)],
        [point(publicKey), digest, flip(signature, 32 + round)],
        [point(publicKey), digest.subarray(1), signature],
        [point(publicKey), digest, signature.subarray(1)],
        [publicKey, digest, signature],
        [new Uint8Array(65), digest, signature],
      ] as const) {
        assert.not.ok(chip.verify(SIGNATURE_SM2, key, what, over));
      }
      assert.not.ok(chip.verify(SIGNATURE_ECDSA_P256, point(publicKey), digest, signature));
    }
  });

  signatures(`${chip.name}: numbers out of range are drawn again`, () => {
    const [zero, one, most] = ["00".repeat(32), `${"00".repeat(31)}01`, "ff".repeat(32)];
    // n - 1 as a private key has no inverse of d + 1.
    const draws = drawn(zero, most, ORDER, ORDER_LESS_1, one);
    assert.is(hex(chip.generateKeyPair(CURVE_SM2, draws).privateKey), one);
    const [example] = loadVectors<Example>("gm-t-0003-5").cases;
    const { privateKey, digest, k, signature } = example!;
    const draw = drawn(zero, ORDER, most, k);
    const made = chip.sign(SIGNATURE_SM2, bytes(privateKey), bytes(digest), draw);
    assert.is(hex(made), signature);
  });

  signatures(`${chip.name}: r or s of 0, of the order or above is no signature`, () => {
    const [example] = loadVectors<Example>("gm-t-0003-5").cases;
    const { publicKey, digest, signature } = example!;
    for (const wrong of ["00".repeat(32), ORDER, "ff".repeat(32)]) {
      for (const both of [wrong + signature.slice(64), signature.slice(0, 64) + wrong]) {
        const key = point(bytes(publicKey));
        assert.not.ok(chip.verify(SIGNATURE_SM2, key, bytes(digest), bytes(both)));
      }
    }
  });

  signatures(`${chip.name}: what it cannot do is named`, () => {
    const fill = drawn();
    const refuses = (field: string, action: () => void): void => {
      assert.throws(action, (e: unknown) => e instanceof CoprocessorError && e.field === field);
    };
    const [key, digest] = [new Uint8Array(32), new Uint8Array(32)];
    refuses("algorithm", () => chip.generateKeyPair(1, fill));
    refuses("algorithm", () => chip.sign(SIGNATURE_ECDSA_P256, key, digest, fill));
    refuses("key", () => chip.sign(SIGNATURE_SM2, key.subarray(1), digest, fill));
    refuses("data", () => chip.sign(SIGNATURE_SM2, key, digest.subarray(1), fill));
  });
}

signatures("the same seed gives the same pair and signature, on both coprocessors", () => {
  const made = coprocessors.map((chip) => {
    const random = seededRandom(5);
    const fill = (to: Uint8Array): void => random.fill(to);
    const { privateKey } = chip.generateKeyPair(CURVE_SM2, fill);
    return hex(chip.sign(SIGNATURE_SM2, privateKey, new Uint8Array(32), fill));
  });
  assert.is(made[0], made[1]);
});

function flip(data: Uint8Array, at: number): Uint8Array {
  const flipped = data.slice();
  flipped[at]! ^= 1;
  return flipped;
}

signatures.run();
