// EXTERNAL AUTHENTICATE with a PSAM's own keys, GET CHALLENGE, and the updates that the keys open.

import { suite } from "uvu";
import * as assert from "uvu/assert";
import {
  FID_CITY,
  FID_DIRECTORY,
  FID_NATIONAL,
  FID_PROVINCIAL,
  FID_PUBLIC,
  FID_SEQUENCE,
  FID_TERMINAL,
  KEY_CITY,
  KEY_DDF_MASTER,
  KEY_NATIONAL,
  KEY_PROVINCIAL,
  LEVEL_FILE_BYTES,
  P1_WHOLE_MAC,
  TERMINAL_BYTES,
  TYPE_MAC,
} from "../../../applets/psam/spec.ts";
import {
  INS_EXTERNAL_AUTHENTICATE,
  INS_GET_CHALLENGE,
  INS_UPDATE_BINARY,
  INS_UPDATE_RECORD,
} from "../../../runtime/spec/instructions.ts";
import {
  SW_AUTHENTICATION_BLOCKED,
  SW_COMMAND_NOT_ACCEPTED,
  SW_REFERENCE_DATA_NOT_USABLE,
  SW_REFERENCED_DATA_NOT_FOUND,
  SW_SECURITY_NOT_SATISFIED,
  SW_WRONG_LENGTH,
  SW_WRONG_P1P2,
  swTriesLeft,
} from "../../../runtime/spec/status-words.ts";
import { bytes, hex } from "../../helpers/bytes.ts";
import { accept, apdu, refuse } from "../../helpers/card.ts";
import { hex16, selectApplication } from "../../helpers/secure-channel.ts";
import {
  AIDS,
  ALGORITHMS,
  cipherData,
  deliver,
  enter,
  INPUT,
  OWN_KEY,
  OWN_TRIES,
  PROVINCE_KEY,
  psamCard,
  readFile,
  usage,
  userCardKey,
} from "./psam-card.ts";
import { type Algorithm, BLOCK, encipher, padZero, sessionKey } from "./rules.ts";

const card = await psamCard((algorithm) => [
  userCardKey(algorithm, usage(0, TYPE_MAC), 1, PROVINCE_KEY),
]);
const ready = card.snapshot();
const tests = suite("EXTERNAL AUTHENTICATE of a PSAM");
tests.before.each(() => card.restore(ready));

const ORIGINAL = "A1A2A3A4A5A6A7A8";
const challenge = (length: number) => accept(card, apdu(0, INS_GET_CHALLENGE, 0, 0, "", length));
const external = (reference: number, data: string) =>
  apdu(0, INS_EXTERNAL_AUTHENTICATE, 0, reference, data);

/** The right answer to a new challenge. */
function proof(algorithm: Algorithm, reference: number, length: number, version = ""): Uint8Array {
  const session = sessionKey(algorithm, bytes(OWN_KEY), challenge(length));
  const x = encipher(algorithm, session, padZero(bytes(ORIGINAL), BLOCK[algorithm]));
  const answer = x.length === 8 ? x : x.subarray(0, 8).map((byte, i) => byte ^ x[8 + i]!);
  return external(reference, hex(answer) + ORIGINAL + version);
}

const update = (fid: number, data: string) =>
  apdu(0, INS_UPDATE_BINARY, 0x80 | (fid & 0x1f), 0, data);
const NEW_FILE = "0202" + "20270101" + "20370101";

for (const algorithm of ALGORITHMS) {
  const longest = BLOCK[algorithm];
  const lengths = [4, 8, 16].filter((length) => length <= longest);

  for (const [reference, fid] of [
    [KEY_NATIONAL, FID_NATIONAL],
    [KEY_PROVINCIAL, FID_PROVINCIAL],
    [KEY_CITY, FID_CITY],
  ] as const) {
    tests(
      `${algorithm}: key ${reference & 0x1f} opens ${hex16(fid)} for updates, and no other file`,
      () => {
        enter(card, algorithm);
        const files = [FID_NATIONAL, FID_PROVINCIAL, FID_CITY];
        for (const one of files) refuse(card, update(one, NEW_FILE), SW_SECURITY_NOT_SATISFIED);
        accept(card, proof(algorithm, reference, 8));
        for (const one of files) {
          if (one === fid) accept(card, update(one, NEW_FILE));
          else refuse(card, update(one, NEW_FILE), SW_SECURITY_NOT_SATISFIED);
        }
        assert.is(readFile(card, fid, LEVEL_FILE_BYTES), NEW_FILE);
        refuse(card, update(FID_SEQUENCE, "00000001"), SW_SECURITY_NOT_SATISFIED);
        // Another selection forgets it.
        enter(card, algorithm);
        refuse(card, update(fid, NEW_FILE), SW_SECURITY_NOT_SATISFIED);
      },
    );
  }

  tests(`${algorithm}: the environment's master key opens its files`, () => {
    accept(card, selectApplication(AIDS[algorithm]));
    refuse(card, update(FID_TERMINAL, "519900000002"), SW_SECURITY_NOT_SATISFIED);
    accept(card, proof(algorithm, KEY_DDF_MASTER, 8));
    accept(card, update(FID_TERMINAL, "519900000002"));
    assert.is(readFile(card, FID_TERMINAL, TERMINAL_BYTES), "519900000002");
    accept(card, update(FID_PUBLIC, "02"));
    accept(
      card,
      apdu(0, INS_UPDATE_RECORD, 1, (FID_DIRECTORY << 3) | 4, "6108" + "4F06D15600000590"),
    );
  });

  for (const length of lengths) {
    tests(`${algorithm}: takes a challenge of ${length} bytes`, () => {
      enter(card, algorithm);
      accept(card, proof(algorithm, KEY_CITY, length));
    });
  }

  tests(`${algorithm}: takes version 01 behind the data, and no other`, () => {
    enter(card, algorithm);
    accept(card, proof(algorithm, KEY_CITY, 8, "01"));
    for (const version of ["00", "02", "FF"]) {
      refuse(card, proof(algorithm, KEY_CITY, 8, version), SW_REFERENCED_DATA_NOT_FOUND);
    }
    accept(card, proof(algorithm, KEY_CITY, 8));
  });

  tests(`${algorithm}: the session key that was delivered is gone afterwards`, () => {
    enter(card, algorithm);
    accept(card, deliver(usage(0, TYPE_MAC), 1, INPUT[algorithm]));
    accept(card, proof(algorithm, KEY_CITY, 8));
    refuse(card, cipherData(P1_WHOLE_MAC, "00".repeat(32)), SW_COMMAND_NOT_ACCEPTED);
  });

  tests(`${algorithm}: wrong answers count down to blocked; a challenge serves once`, () => {
    enter(card, algorithm);
    for (let left = OWN_TRIES - 1; left >= 0; left--) {
      challenge(8);
      refuse(card, external(KEY_CITY, "00".repeat(16)), swTriesLeft(left));
    }
    refuse(card, proof(algorithm, KEY_CITY, 8), SW_AUTHENTICATION_BLOCKED);
    const right = proof(algorithm, KEY_PROVINCIAL, 8);
    accept(card, right);
    refuse(card, right, SW_REFERENCE_DATA_NOT_USABLE);
  });

  const any = "00".repeat(16);
  const refusals: readonly [string, Uint8Array, number][] = [
    ["P1", apdu(0, INS_EXTERNAL_AUTHENTICATE, 1, KEY_CITY, any), SW_WRONG_P1P2],
    ["a reference that cannot be", external(0x20, any), SW_WRONG_P1P2],
    ["15 bytes", external(KEY_CITY, any.slice(2)), SW_WRONG_LENGTH],
    ["18 bytes", external(KEY_CITY, `${any}0101`), SW_WRONG_LENGTH],
    ["a key that is not there", external(0x84, any), SW_REFERENCED_DATA_NOT_FOUND],
  ];
  for (const [what, request, sw] of refusals) {
    tests(`${algorithm}: refuses ${what} with ${hex16(sw)}, and works next`, () => {
      enter(card, algorithm);
      const right = proof(algorithm, KEY_CITY, 8);
      refuse(card, request, sw);
      accept(card, right);
    });
  }

  tests(`${algorithm}: without a challenge it is refused, no try is spent`, () => {
    enter(card, algorithm);
    refuse(card, external(KEY_CITY, any), SW_REFERENCE_DATA_NOT_USABLE);
    challenge(8);
    refuse(card, external(KEY_CITY, any), swTriesLeft(OWN_TRIES - 1));
  });
}

tests.run();
