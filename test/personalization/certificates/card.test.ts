// Cards that do not keep to what the terminal asks of them.

import { suite } from "uvu";
import * as assert from "uvu/assert";
import type { Card } from "../../../personalization/card.ts";
import {
  readCertificateFile,
  readPublicKey,
  signDigest,
} from "../../../personalization/certificates/card.ts";
import { CertificateError } from "../../../personalization/certificates/errors.ts";
import { FieldError } from "../../../personalization/errors.ts";
import { SW_SUCCESS } from "../../../runtime/spec/status-words.ts";

/** Answers every command with as many zeros. */
function answering(length: number): Card {
  const answer = Uint8Array.of(...new Uint8Array(length), SW_SUCCESS >> 8, SW_SUCCESS & 0xff);
  return { transmit: async () => answer, reset: async () => new Uint8Array() };
}

async function caught(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => undefined,
    (error: unknown) => error,
  );
}

const tests = suite("a card that answers wrongly");

tests("more than was asked is a FieldError, less is a file that ends early", async () => {
  for (const length of [0xf1, 1300]) {
    for (const read of [readCertificateFile, readPublicKey]) {
      assert.instance(await caught(read(answering(length))), FieldError);
    }
  }
  assert.instance(await caught(readCertificateFile(answering(3))), CertificateError);
});

tests("a signature of another length is a FieldError", async () => {
  const digest = new Uint8Array(32);
  for (const length of [0, 63, 65]) {
    assert.instance(await caught(signDigest(answering(length), digest)), FieldError);
  }
  assert.is((await signDigest(answering(64), digest)).length, 64);
});

tests.run();
