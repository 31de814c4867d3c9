// The tree of a PSAM: two environments, their FCI, files by identifier and short identifier.

import { suite } from "uvu";
import * as assert from "uvu/assert";
import {
  AID_PSAM,
  CLA_PSAM,
  FID_APPLICATION,
  FID_CITY,
  FID_DIRECTORY,
  FID_NATIONAL,
  FID_PROVINCIAL,
  FID_PUBLIC,
  FID_SEQUENCE,
  FID_TERMINAL,
  INS_INITIALIZE_ENVIRONMENT,
  LEVEL_FILE_BYTES,
  P1_WHOLE_MAC,
  PUBLIC_BYTES,
  SEQUENCE_BYTES,
  TERMINAL_BYTES,
  TYPE_MAC,
} from "../../../applets/psam/spec.ts";
import {
  INS_GET_CHALLENGE,
  INS_READ_RECORD,
  INS_SELECT,
  INS_UPDATE_BINARY,
} from "../../../runtime/spec/instructions.ts";
import {
  SW_CLA_NOT_SUPPORTED,
  SW_COMMAND_NOT_ACCEPTED,
  SW_FILE_NOT_FOUND,
  SW_INS_NOT_SUPPORTED,
  SW_SECURITY_NOT_SATISFIED,
  SW_WRONG_DATA,
  SW_WRONG_LENGTH,
  SW_WRONG_P1P2,
} from "../../../runtime/spec/status-words.ts";
import { accept, answers, apdu, refuse } from "../../helpers/card.ts";
import { hex16, selectApplication } from "../../helpers/secure-channel.ts";
import {
  AIDS,
  ALGORITHMS,
  cipherData,
  deliver,
  enter,
  INPUT,
  LEVEL_FILE,
  PROVINCE_KEY,
  PUBLIC,
  psamCard,
  readFile,
  selectFid,
  TERMINAL,
  usage,
  userCardKey,
} from "./psam-card.ts";
import { BLOCK } from "./rules.ts";

const card = await psamCard((algorithm) => [
  userCardKey(algorithm, usage(0, TYPE_MAC), 1, PROVINCE_KEY),
]);
const ready = card.snapshot();
const tests = suite("files of a PSAM");
tests.before.each(() => card.restore(ready));

const INDICATOR = { tdes: "01", sm4: "03" } as const;
const APPLICATION_FCI = `6F088406${AID_PSAM}`;

for (const algorithm of ALGORITHMS) {
  const aid = AIDS[algorithm];

  tests(`${algorithm}: the environment answers its name, its DIR and its algorithm`, () => {
    const fci = `6F1C840F${aid}A5098801019F0C038601${INDICATOR[algorithm]}`;
    answers(card, selectApplication(aid), fci);
    answers(card, selectFid(0, 0x3f00), fci);
    answers(card, apdu(0, INS_SELECT, 0x04, 0x0c, aid), "");
  });

  tests(`${algorithm}: the application is selected by its name and by its identifier`, () => {
    accept(card, selectApplication(aid));
    answers(card, selectApplication(AID_PSAM), APPLICATION_FCI);
    accept(card, selectApplication(aid));
    answers(card, selectFid(0, FID_APPLICATION), APPLICATION_FCI);
  });

  tests(`${algorithm}: every file is read freely, an EF answers nothing to SELECT`, () => {
    accept(card, selectApplication(aid));
    answers(card, selectFid(2, FID_PUBLIC), "");
    assert.is(readFile(card, FID_PUBLIC, PUBLIC_BYTES), PUBLIC.toLowerCase());
    assert.is(readFile(card, FID_TERMINAL, TERMINAL_BYTES), TERMINAL);
    const record = apdu(0, INS_READ_RECORD, 1, (FID_DIRECTORY << 3) | 4, "", 0);
    answers(card, record, `61084F06${AID_PSAM}`);
    accept(card, selectApplication(AID_PSAM));
    assert.is(readFile(card, FID_SEQUENCE, SEQUENCE_BYTES), "0001fffe");
    for (const fid of [FID_NATIONAL, FID_PROVINCIAL, FID_CITY]) {
      assert.is(readFile(card, fid, LEVEL_FILE_BYTES), LEVEL_FILE);
    }
  });

  tests(`${algorithm}: nobody writes the transaction number`, () => {
    enter(card, algorithm);
    const write = apdu(0, INS_UPDATE_BINARY, 0x80 | FID_SEQUENCE, 0, "00000000");
    refuse(card, write, SW_SECURITY_NOT_SATISFIED);
  });

  tests(`${algorithm}: a file that is not there is 6A82, and the next SELECT works`, () => {
    enter(card, algorithm);
    refuse(card, selectFid(2, 0x0011), SW_FILE_NOT_FOUND);
    refuse(card, selectApplication("D15600000591"), SW_FILE_NOT_FOUND);
    accept(card, selectFid(2, FID_SEQUENCE));
  });

  tests(`${algorithm}: INITIALIZE ENVIRONMENT begins anew for a card of any province`, () => {
    const initialize = (p1: number, p2: number, data: string) =>
      apdu(CLA_PSAM, INS_INITIALIZE_ENVIRONMENT, p1, p2, data);
    accept(card, selectApplication(aid));
    accept(card, initialize(0, 0, "51"));
    enter(card, algorithm);
    const rows: readonly [Uint8Array, number][] = [
      [initialize(1, 0, "51"), SW_WRONG_P1P2],
      [initialize(0, 1, "51"), SW_WRONG_P1P2],
      [initialize(0, 0, ""), SW_WRONG_LENGTH],
      [initialize(0, 0, "5199"), SW_WRONG_LENGTH],
      [initialize(0, 0, "0F"), SW_WRONG_DATA],
      [initialize(0, 0, "1A"), SW_WRONG_DATA],
      [initialize(0, 0, "A1"), SW_WRONG_DATA],
    ];
    for (const [request, sw] of rows) {
      accept(card, deliver(usage(0, TYPE_MAC), 1, INPUT[algorithm]));
      refuse(card, request, sw);
      accept(card, cipherData(P1_WHOLE_MAC, "00".repeat(32)));
    }
    accept(card, deliver(usage(0, TYPE_MAC), 1, INPUT[algorithm]));
    accept(card, initialize(0, 0, "51"));
    refuse(card, cipherData(P1_WHOLE_MAC, "00".repeat(32)), SW_COMMAND_NOT_ACCEPTED);
  });

  tests(`${algorithm}: GET CHALLENGE gives 4, 8 or 16 bytes, not more than a block`, () => {
    enter(card, algorithm);
    const challenge = (length: number) => apdu(0, INS_GET_CHALLENGE, 0, 0, "", length);
    for (const length of [4, 8, 16]) {
      if (length > BLOCK[algorithm]) refuse(card, challenge(length), SW_WRONG_LENGTH);
      else assert.is(accept(card, challenge(length)).length, length);
    }
    refuse(card, apdu(0, INS_GET_CHALLENGE, 0, 1, "", 8), SW_WRONG_P1P2);
    for (const length of [0, 5, 17]) refuse(card, challenge(length), SW_WRONG_LENGTH);
  });

  tests(`${algorithm}: classes and instructions that a PSAM does not have`, () => {
    enter(card, algorithm);
    for (const cla of [0x84, 0xb0, 0xbe]) refuse(card, apdu(cla, 0xd4, 0, 0), SW_CLA_NOT_SUPPORTED);
    for (const cla of [0x00, 0x80, CLA_PSAM]) {
      refuse(card, apdu(cla, 0xd4, 0, 0), SW_INS_NOT_SUPPORTED);
    }
  });
}

tests("after a reset the DES environment is selected, as the MF of a PSAM is", () => {
  answers(card, selectFid(0, FID_APPLICATION), APPLICATION_FCI);
  assert.is(hex16(FID_APPLICATION), "df01");
  answers(card, selectFid(0, 0x3f00), `6F1C840F${AIDS.tdes}A5098801019F0C03860101`);
});

tests.run();
