// What a scenario computes with SM4: against the check vectors, and Node's OpenSSL.

import { suite } from "uvu";
import * as assert from "uvu/assert";
import { encodeBytes, parseBytes } from "../../../emulator/lab/bytes-text.ts";
import { authentication, commandMac, SM4 } from "../../applets/social-security/family.ts";
import { bytes, hex } from "../../helpers/bytes.ts";
import { loadVectors } from "../../helpers/vectors.ts";

interface Case {
  readonly kind: string;
  readonly card: string;
  readonly session: string;
  readonly macData: string;
  readonly mac: string;
  readonly reset: string;
}

const vectors = loadVectors<Case>("social-security-diversification") as ReturnType<
  typeof loadVectors<Case>
> & { readonly random: string };
const sm4 = vectors.cases.find(({ kind }) => kind === "sm4")!;
const encode = (text: string, last: string = vectors.random) =>
  hex(encodeBytes(parseBytes(text), { last: bytes(last) }));
const same = (text: string, expected: string) => assert.is(encode(text), expected.toLowerCase());

const tests = suite("SM4 in a scenario");

tests("last( ) takes bytes out of the last response", () => {
  assert.is(encode("last( 00 08 )"), vectors.random);
  assert.is(encode("last( 02 03 )"), vectors.random.slice(4, 10));
  assert.is(encode("last( 06 04 )"), `${vectors.random.slice(12)}0000`);
  for (const text of ["last( )", "last( 00 )", "last( 00 01 02 )"]) {
    assert.throws(() => encode(text), /last\( \) takes an offset and a length/);
  }
});

tests("sm4( ), mac( ) give session key, MAC and PIN of the check vectors", () => {
  const session = `sm4( ${sm4.card} last( 00 08 ) )`;
  same(session, sm4.session);
  same(`mac( ${session} ${sm4.macData} )`, sm4.mac);
  const pin = `sm4( ${session} 03 123456 80 )`;
  same(`8424000114 ${pin} mac( ${session} 8424000114 ${pin} )`, sm4.reset);
  assert.throws(() => encode("mac( 00 )"), /1 bytes begin with no SM4 key/);
});

tests("proof( ) answers the last response as a terminal does", () => {
  const zeros = "00".repeat(8);
  const expected = authentication(SM4, sm4.card, bytes(vectors.random), bytes(zeros));
  assert.is(encode(`proof( ${sm4.card} )`), expected + zeros);
});

tests("a MAC of any length agrees with an independent computation", () => {
  for (let length = 0; length <= 40; length++) {
    const data = "a5".repeat(length);
    assert.is(encode(`mac( ${sm4.card} ${data} )`), commandMac(SM4, sm4.card, bytes(data)));
  }
});

tests.run();
