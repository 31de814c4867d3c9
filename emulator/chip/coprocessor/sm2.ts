// SM2 over a digest: key pairs, signatures and their verification. GB/T 32918.1-2016 and .2-2016. Both
// coprocessors use this one: Node's crypto hashes whatever it is given and takes no random numbers from
// the chip. Its ECDH and OpenSSL's signatures are what the tests compare with.

import { weierstrass } from "@noble/curves/abstract/weierstrass.js";
import { bytesToNumberBE, concatBytes, numberToBytesBE } from "@noble/curves/utils.js";

/** The curve of GB/T 32918.5-2017. */
const Point = weierstrass({
  p: 0xfffffffe_ffffffff_ffffffff_ffffffff_ffffffff_00000000_ffffffff_ffffffffn,
  a: 0xfffffffe_ffffffff_ffffffff_ffffffff_ffffffff_00000000_ffffffff_fffffffcn,
  b: 0x28e9fa9e_9d9f5e34_4d5a9e4b_cf6509a7_f39789f5_15ab8f92_ddbcbd41_4d940e93n,
  n: 0xfffffffe_ffffffff_ffffffff_ffffffff_7203df6b_21c6052b_53bbf409_39d54123n,
  h: 1n,
  Gx: 0x32c4ae2c_1f198119_5f990446_6a39c994_8fe30bbf_f2660be1_715a4589_334c74c7n,
  Gy: 0xbc3736a2_f4f6779c_59bdcee3_6b692153_d0a9877c_c62a4740_02df32e5_2139f0a0n,
});
const { Fn } = Point;

const NUMBER_BYTES = 32;
/** 04 ‖ x ‖ y. */
const POINT_BYTES = 65;
const UNCOMPRESSED = 0x04;
const SIGNATURE_BYTES = 64;

/** A number from 1 to `most`, every one as likely. */
function draw(fill: (to: Uint8Array) => void, most: bigint): bigint {
  const candidate = new Uint8Array(NUMBER_BYTES);
  for (;;) {
    fill(candidate);
    const number = bytesToNumberBE(candidate);
    if (number >= 1n && number <= most) return number;
  }
}

/** A private key and its public point x ‖ y. Part 1, 6.1. */
export function generateSm2(fill: (to: Uint8Array) => void): {
  privateKey: Uint8Array;
  publicKey: Uint8Array;
} {
  const d = draw(fill, Fn.ORDER - 2n);
  const publicKey = Point.BASE.multiply(d).toBytes(false).subarray(1);
  return { privateKey: numberToBytesBE(d, NUMBER_BYTES), publicKey };
}

/** r ‖ s over a digest; the private key is from 1 to n - 2. Part 2, 6.1. */
export function signSm2(
  privateKey: Uint8Array,
  digest: Uint8Array,
  fill: (to: Uint8Array) => void,
): Uint8Array {
  const d = bytesToNumberBE(privateKey);
  const e = bytesToNumberBE(digest);
  const inverse = Fn.inv(Fn.create(d + 1n));
  for (;;) {
    const k = draw(fill, Fn.ORDER - 1n);
    const r = Fn.create(e + Point.BASE.multiply(k).toAffine().x);
    if (r === 0n || r + k === Fn.ORDER) continue;
    const s = Fn.mul(inverse, Fn.create(k - Fn.mul(r, d)));
    if (s === 0n) continue;
    return concatBytes(numberToBytesBE(r, NUMBER_BYTES), numberToBytesBE(s, NUMBER_BYTES));
  }
}

/** Whether `signature` (r ‖ s) is over `digest` by the owner of the point `key`. Part 2, 7.1. */
export function verifySm2(key: Uint8Array, digest: Uint8Array, signature: Uint8Array): boolean {
  if (key.length !== POINT_BYTES || key[0] !== UNCOMPRESSED) return false;
  if (signature.length !== SIGNATURE_BYTES || digest.length !== NUMBER_BYTES) return false;
  const r = bytesToNumberBE(signature.subarray(0, NUMBER_BYTES));
  const s = bytesToNumberBE(signature.subarray(NUMBER_BYTES));
  if (r === 0n || r >= Fn.ORDER || s === 0n || s >= Fn.ORDER) return false;
  const t = Fn.create(r + s);
  if (t === 0n) return false;
  try {
    const owner = Point.fromBytes(key);
    const point = Point.BASE.multiplyUnsafe(s).add(owner.multiplyUnsafe(t));
    if (point.is0()) return false;
    return Fn.create(bytesToNumberBE(digest) + point.toAffine().x) === r;
  } catch {
    // Noble throws for a point off the curve: wrong like any other.
    return false;
  }
}
