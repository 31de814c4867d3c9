// The rules that the tests of the medical account compute with give the check vectors.

import { suite } from "uvu";
import * as assert from "uvu/assert";
import { loadVectors } from "../../../helpers/vectors.ts";
import { type Family, mac, sessionKey, tacKey } from "./reference.ts";

interface Case {
  readonly family: Family;
  readonly session: string;
  readonly mac1: string;
  readonly mac2: string;
  readonly tacKey: string;
  readonly tac: string;
}

const vectors = loadVectors<Case>("social-security-medical-account") as ReturnType<
  typeof loadVectors<Case>
> &
  Readonly<
    Record<
      | "dpk"
      | "dtk"
      | "random"
      | "number"
      | "terminalNumber"
      | "amounts"
      | "type"
      | "terminal"
      | "time",
      string
    >
  >;
const { dpk, dtk, random, number, terminalNumber, amounts, type, terminal, time } = vectors;

const tests = suite("rules of the medical account");

for (const one of vectors.cases) {
  tests(`${one.family}: session key, MAC1, MAC2, TAC key and TAC of the check vector`, () => {
    const session = sessionKey(one.family, dpk, random + number + terminalNumber.slice(4));
    assert.is(session, one.session.toLowerCase());
    const mac1 = mac(one.family, session, amounts + type + terminal + time);
    assert.is(mac1, one.mac1.toLowerCase());
    assert.is(mac(one.family, session, amounts), one.mac2.toLowerCase());
    const key = tacKey(one.family, dtk);
    assert.is(key, one.tacKey.toLowerCase());
    const tac = mac(one.family, key, amounts + type + terminal + terminalNumber + time);
    assert.is(tac, one.tac.toLowerCase());
  });
}

tests.run();
