import { suite } from "uvu";
import * as assert from "uvu/assert";
import { NobleCoprocessor } from "../../../emulator/chip/coprocessor/noble.ts";
import { CIPHER_SM4, DIRECTION_ENCRYPT, MODE_ECB } from "../../../runtime/spec/chip.ts";
import { bytes, hex } from "../../helpers/bytes.ts";
import { loadVectors } from "../../helpers/vectors.ts";

const slow = suite("coprocessor, slow");

slow("noble: GB/T 32907 A.2, one block encrypted a million times", () => {
  const { cases } = loadVectors<{
    key: string;
    plaintext: string;
    ciphertext: string;
    times?: number;
  }>("gb-t-32907");
  const vector = cases.find((one) => one.times)!;
  const chip = new NobleCoprocessor();
  const key = bytes(vector.key);
  let block = bytes(vector.plaintext);
  for (let i = vector.times!; i > 0; i--) {
    block = chip.cipher(CIPHER_SM4, MODE_ECB, DIRECTION_ENCRYPT, key, new Uint8Array(16), block);
  }
  assert.is(hex(block), vector.ciphertext);
});

slow.run();
