// SELECT in the social security application: FCI of the environment, of a DF, nothing for an EF.

import { suite } from "uvu";
import {
  FID_MF,
  FILE_DF,
  FILE_TRANSPARENT,
  P2_NEXT,
  P2_NO_ANSWER,
} from "../../../applets/filesystem/spec.ts";
import {
  AID_SSSE,
  CLA_MAINTENANCE,
  CLA_UPDATE_WITH_MAC,
  DGI_0086_ALGORITHM,
  FID_DIR,
  FID_EF05_ISSUANCE,
  FID_EF06_CARDHOLDER,
  FID_EF08_PORTRAIT,
} from "../../../applets/social-security/spec.ts";
import {
  CLA_PROPRIETARY,
  INS_APPEND_RECORD,
  INS_CREATE_FILE,
  INS_READ_BINARY,
  INS_READ_RECORD,
  INS_SELECT,
} from "../../../runtime/spec/instructions.ts";
import {
  SW_CLA_NOT_SUPPORTED,
  SW_FILE_NOT_FOUND,
  SW_INS_NOT_SUPPORTED,
  SW_WRONG_DATA,
  SW_WRONG_LENGTH,
  SW_WRONG_P1P2,
} from "../../../runtime/spec/status-words.ts";
import { accept, answers, apdu, freshCard, refuse } from "../../helpers/card.ts";
import {
  fileGrouping,
  grouping,
  hex8,
  hex16,
  openChannel,
  selectApplication,
  storeData,
  through,
} from "../../helpers/secure-channel.ts";
import { fcp } from "../filesystem/file-tree.ts";
import { FAMILIES } from "./family.ts";
import { DF_FREE, DF_FREE_NAME, directory, fullCard } from "./full-card.ts";
import { ISSUANCE, selectEf, socialCard } from "./social-card.ts";

/** A DF as V2.0 names it: application name in the FCI, nothing of the environment. */
const DF03 = 0xdf03;
const DF03_NAME = "D15600000502";
const card = await socialCard([
  fileGrouping(FID_MF, fcp({ type: FILE_DF, fid: DF03, name: DF03_NAME })),
  fileGrouping(DF03, fcp({ type: FILE_TRANSPARENT, fid: 0xef05, size: 2, sfi: 5 })),
]);
const ready = card.snapshot();
const tests = suite("SELECT in the social security application");
tests.before.each(() => card.restore(ready));

const ENVIRONMENT = "6F19 840F 7378312E73682EC9E7BBE1B1A3D5CF A506 9F0C03 860103";
const byFid = (fid: number, p2 = 0) => apdu(0, INS_SELECT, 0x00, p2, hex16(fid), 0);

tests("the environment answers its name and the algorithm, by name and by identifier", () => {
  answers(card, selectApplication(AID_SSSE), ENVIRONMENT);
  answers(card, byFid(FID_MF), ENVIRONMENT);
  answers(card, apdu(0, INS_SELECT, 0, 0, "", 0), ENVIRONMENT);
});

tests("an application answers its name alone, by identifier and by name", () => {
  answers(card, byFid(DF03), `6F08 8406 ${DF03_NAME}`);
  answers(card, selectApplication(DF03_NAME), `6F08 8406 ${DF03_NAME}`);
  accept(card, selectEf(0xef05));
  answers(card, apdu(0, INS_READ_BINARY, 0, 0, "", 0), "0000");
});

tests("an EF answers nothing", () => {
  for (const fid of [FID_EF05_ISSUANCE, FID_EF06_CARDHOLDER, FID_EF08_PORTRAIT]) {
    answers(card, selectEf(fid), "");
    answers(card, byFid(fid), "");
  }
});

tests("P2 that asks for no answer gets none", () => {
  answers(card, apdu(0, INS_SELECT, 0x04, P2_NO_ANSWER, AID_SSSE, 0), "");
  answers(card, byFid(FID_MF, P2_NO_ANSWER), "");
  answers(card, byFid(DF03, P2_NO_ANSWER), "");
});

const REFUSALS: readonly [string, Uint8Array, number][] = [
  ["P2 for the next occurrence", byFid(FID_EF05_ISSUANCE, P2_NEXT), SW_FILE_NOT_FOUND],
  ["P2 for the last occurrence", byFid(FID_EF05_ISSUANCE, 0x01), SW_WRONG_P1P2],
  ["P1 for future use", apdu(0, INS_SELECT, 0x05, 0, hex16(FID_EF05_ISSUANCE)), SW_WRONG_P1P2],
  ["an identifier of one byte", apdu(0, INS_SELECT, 0, 0, "EF", 0), SW_WRONG_LENGTH],
  ["a file that is not there", byFid(0xef09), SW_FILE_NOT_FOUND],
  ["CREATE FILE", apdu(CLA_PROPRIETARY, INS_CREATE_FILE, 0, 0, "6200"), SW_INS_NOT_SUPPORTED],
  ["APPEND RECORD", apdu(0, INS_APPEND_RECORD, 0, 0, "0101"), SW_INS_NOT_SUPPORTED],
  ["an unknown instruction", apdu(0, 0xfc, 0, 0), SW_INS_NOT_SUPPORTED],
  ["reading with a MAC", apdu(CLA_UPDATE_WITH_MAC, INS_READ_RECORD, 1, 0x2c), SW_INS_NOT_SUPPORTED],
  [
    "maintenance that there is not",
    apdu(CLA_MAINTENANCE, INS_READ_RECORD, 1, 0x2c),
    SW_INS_NOT_SUPPORTED,
  ],
  ["an unknown class", apdu(0xa0, INS_READ_RECORD, 1, 0x2c), SW_CLA_NOT_SUPPORTED],
];

for (const [what, request, sw] of REFUSALS) {
  tests(`${what} is refused with ${hex16(sw)}, and the next command works`, () => {
    accept(card, selectEf(FID_EF05_ISSUANCE));
    refuse(card, request, sw);
    answers(card, apdu(0, INS_READ_RECORD, 0x03, 0, "", 6), ISSUANCE[2]!);
  });
}

for (const family of FAMILIES) {
  tests(
    `${family.name}: the environment tells its algorithm, and a DIR by its short identifier`,
    async () => {
      const algorithm = `9F0C 03 8601 ${hex8(family.algorithm)}`;
      const plain = await fullCard(family);
      const name = `840F ${AID_SSSE}`;
      answers(plain, selectApplication(AID_SSSE), `6F19 ${name} A506 ${algorithm}`);
      for (const sfi of [0x05, 0x1e]) {
        const other = await fullCard(family, directory(FID_DIR, sfi));
        answers(
          other,
          selectApplication(AID_SSSE),
          `6F1C ${name} A509 8801${hex8(sfi)} ${algorithm}`,
        );
        const record = `61 08 4F 06 ${DF_FREE_NAME}`;
        answers(other, apdu(0, INS_READ_RECORD, 1, (sfi << 3) | 4, "", 10), record);
        // A DF has none.
        answers(other, byFid(DF_FREE), `6F08 8406 ${DF_FREE_NAME}`);
      }
    },
  );
}

tests(
  "an environment that is not personalized says the same as one of the third generation",
  async () => {
    answers(await freshCard(), selectApplication(AID_SSSE), ENVIRONMENT);
  },
);

for (const value of ["", "00", "02", "04", "FF", "0101"]) {
  tests(`personalization refuses the algorithm "${value}"`, async () => {
    const blank = await freshCard();
    accept(blank, selectApplication(AID_SSSE));
    const channel = await openChannel(blank);
    through(blank, channel, storeData(0, grouping(DGI_0086_ALGORITHM, value)), SW_WRONG_DATA);
    answers(blank, selectApplication(AID_SSSE), ENVIRONMENT);
  });
}

tests.run();
