// The terminal's side of both algorithm families, against the check vectors: what the other tests
// compute with is right.

import { suite } from "uvu";
import * as assert from "uvu/assert";
import { bytes } from "../../helpers/bytes.ts";
import { loadVectors } from "../../helpers/vectors.ts";
import {
  authentication,
  commandMac,
  encipheredBlocks,
  encipheredData,
  FAMILIES,
  sessionKey,
} from "./family.ts";

interface Case {
  readonly kind: string;
  readonly card: string;
  readonly session: string;
  readonly authentication: string;
  readonly macData: string;
  readonly mac: string;
  readonly pin: string;
  readonly reset: string;
}

const vectors = loadVectors<Case>("social-security-diversification") as ReturnType<
  typeof loadVectors<Case>
> & { readonly random: string; readonly original: string };
const random = bytes(vectors.random);
const tests = suite("the terminal's side of both algorithm families");

for (const family of FAMILIES) {
  const one = vectors.cases.find(({ kind }) => kind === family.name)!;
  const same = (got: string, expected: string) => assert.is(got, expected.toLowerCase());

  tests(`${family.name}: session key and authentication data of the check vectors`, () => {
    same(sessionKey(family, one.card, random), one.session);
    same(authentication(family, one.card, random, bytes(vectors.original)), one.authentication);
  });

  tests(`${family.name}: MACs of the check vectors, of a header alone and with data`, () => {
    same(commandMac(family, one.session, bytes(one.macData)), one.mac);
    same(commandMac(family, one.session, bytes(one.reset.slice(0, -8))), one.reset.slice(-8));
  });

  tests(`${family.name}: the enciphered PIN of the check vectors`, () => {
    same(encipheredData(family, one.session, one.pin), one.reset.slice(10, -8));
    const plain = `03${one.pin}80`.padEnd(2 * family.block, "0");
    same(encipheredBlocks(family, one.session, plain), one.reset.slice(10, -8));
  });

  tests(
    `${family.name}: a challenge of 4 bytes is filled up with zeros, whole blocks get no 80`,
    () => {
      const short = bytes("11223344");
      const long = bytes("1122334400000000");
      assert.is(sessionKey(family, one.card, short), sessionKey(family, one.card, long));
      const seven = "11".repeat(family.block - 1);
      assert.is(encipheredData(family, one.session, seven).length, 2 * family.block);
    },
  );
}

tests.run();
