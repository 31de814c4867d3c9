import { suite } from "uvu";
import * as assert from "uvu/assert";
import { bytes, hex } from "../../../personalization/bytes.ts";
import { IssuerKey } from "../../../personalization/certificates/issuer-key.ts";
import {
  digestToSign,
  fromDer,
  isSigned,
  pointOf,
  toDer,
} from "../../../personalization/certificates/sm2.ts";
import { loadVectors } from "../../helpers/vectors.ts";

interface Example {
  message: string;
  publicKey: string;
  digest: string;
  signature: string;
}

const [example] = loadVectors<Example>("gm-t-0003-5").cases;
const publicKey = bytes(example!.publicKey);
const message = Buffer.from(example!.message, "latin1");
const signature = bytes(example!.signature);

const sm2 = suite("SM2 off the card");

sm2("the published example: digest and signature", () => {
  assert.is(hex(digestToSign(publicKey, message)), example!.digest.toUpperCase());
  assert.ok(isSigned(publicKey, message, signature));
});

sm2("another message, key or signature is none", () => {
  assert.not.ok(isSigned(publicKey, message.subarray(1), signature));
  assert.not.ok(isSigned(IssuerKey.generate().publicKey, message, signature));
  assert.not.ok(isSigned(new Uint8Array(64), message, signature));
  assert.not.ok(isSigned(publicKey.subarray(1), message, signature));
  for (const wrong of [signature.subarray(1), new Uint8Array(64), new Uint8Array(64).fill(0xff)]) {
    assert.not.ok(isSigned(publicKey, message, wrong));
  }
});

sm2("a signature goes to DER and back; what is not exactly DER is refused", () => {
  const der = toDer(signature);
  assert.is(hex(fromDer(der)!), hex(signature));
  const small = Uint8Array.from({ length: 64 }, (_, at) => (at % 32 === 31 ? 5 : 0));
  assert.is(hex(toDer(small)), "3006020105020105");
  assert.is(hex(fromDer(toDer(small))!), hex(small));
  for (const wrong of [
    "",
    "3006020105",
    "300602010502010500",
    "3106020105020105",
    "3006030105020105",
    "300702010502020005",
    "3006020185020105",
    hex(der.subarray(0, -1)),
    `${hex(der)}00`,
    `3045022200${hex(signature.subarray(0, 32))}0221${hex(signature)}`,
  ]) {
    assert.is(fromDer(bytes(wrong)), undefined, wrong);
  }
});

sm2("a point off the curve is no key", () => {
  const encoded = bytes(`04${example!.publicKey}`);
  assert.is(hex(pointOf(encoded)!), hex(publicKey));
  encoded[64]! ^= 1;
  assert.is(pointOf(encoded), undefined);
  assert.is(pointOf(bytes(`02${example!.publicKey}`)), undefined);
  assert.is(pointOf(publicKey), undefined);
});

sm2.run();
