// SELECT inside the file system: identifier, path, name, parent, child; FCI, FCP or no answer.

import { suite } from "uvu";
import {
  DATA_CODING,
  FID_MF,
  FID_RESERVED_CURRENT,
  FILE_CYCLIC,
  FILE_DF,
  FILE_LINEAR_FIXED,
  FILE_LINEAR_VARIABLE,
  FILE_TRANSPARENT,
  LIFE_CYCLE_ACTIVATED,
  P2_NEXT,
  TAG_6F_FCI,
  TAG_8A_LIFE_CYCLE,
  TAG_62_FCP,
  TAG_80_SIZE,
  TAG_82_FILE_DESCRIPTOR,
  TAG_83_FILE_IDENTIFIER,
  TAG_84_DF_NAME,
  TAG_88_SHORT_IDENTIFIER,
} from "../../../applets/filesystem/spec.ts";
import {
  INS_GET_RESPONSE,
  INS_READ_BINARY,
  INS_SELECT,
} from "../../../runtime/spec/instructions.ts";
import {
  SW_FILE_NOT_FOUND,
  SW_LC_INCONSISTENT_WITH_P1P2,
  SW_MORE_DATA,
  SW_NO_CURRENT_FILE,
  SW_SUCCESS,
  SW_WRONG_P1P2,
} from "../../../runtime/spec/status-words.ts";
import { accept, answers, apdu, refuse } from "../../helpers/card.ts";
import { hex8, hex16, selectApplication } from "../../helpers/secure-channel.ts";
import {
  AID_FILES,
  CYCLIC,
  cardWithFiles,
  DF_NAME,
  FID_BINARY,
  FID_CYCLIC,
  FID_DF,
  FID_FIXED,
  FID_INNER,
  FID_LARGE,
  FID_OTHER_DF,
  FID_VARIABLE,
  FIXED,
  P1_BY_FID,
  P1_BY_NAME,
  P1_CHILD_DF,
  P1_EF,
  P1_PARENT,
  P1_PATH_FROM_DF,
  P1_PATH_FROM_MF,
  P2_FCI,
  P2_FCP,
  P2_NOTHING,
  selectFid,
  tlv,
  VARIABLE,
} from "./file-tree.ts";

const card = await cardWithFiles();
const atRoot = card.snapshot();
const select = suite("SELECT in the file system");
select.before.each(() => card.restore(atRoot));

const LIFE_CYCLE = tlv(TAG_8A_LIFE_CYCLE, hex8(LIFE_CYCLE_ACTIVATED));
const identifier = (fid: number) => tlv(TAG_83_FILE_IDENTIFIER, hex16(fid));
const shortIdentifier = (sfi: number) => tlv(TAG_88_SHORT_IDENTIFIER, hex8(sfi << 3));

function dfFields(fid: number, name = ""): string {
  const descriptor = tlv(TAG_82_FILE_DESCRIPTOR, hex8(FILE_DF));
  return descriptor + identifier(fid) + (name ? tlv(TAG_84_DF_NAME, name) : "") + LIFE_CYCLE;
}

function transparentFields(fid: number, size: number, sfi: number): string {
  const descriptor = tlv(TAG_82_FILE_DESCRIPTOR, hex8(FILE_TRANSPARENT));
  const rest = identifier(fid) + shortIdentifier(sfi) + LIFE_CYCLE;
  return tlv(TAG_80_SIZE, hex16(size)) + descriptor + rest;
}

function recordFields(
  type: number,
  fid: number,
  [longest, count]: readonly [number, number],
  sfi: number,
): string {
  const value = hex8(type) + hex8(DATA_CODING) + hex16(longest) + hex8(count);
  const descriptor = tlv(TAG_82_FILE_DESCRIPTOR, value);
  return descriptor + identifier(fid) + shortIdentifier(sfi) + LIFE_CYCLE;
}

const command = (p1: number, data: string, p2 = P2_FCI, le?: number) =>
  apdu(0x00, INS_SELECT, p1, p2, data, le);
const answer = (p1: number, data: string, p2 = P2_FCI) => command(p1, data, p2, 0);

const FILES: readonly [string, number, string][] = [
  ["transparent EF", FID_BINARY, transparentFields(FID_BINARY, 16, 1)],
  ["linear fixed EF", FID_FIXED, recordFields(FILE_LINEAR_FIXED, FID_FIXED, FIXED, 2)],
  [
    "linear variable EF",
    FID_VARIABLE,
    recordFields(FILE_LINEAR_VARIABLE, FID_VARIABLE, VARIABLE, 3),
  ],
  ["cyclic EF", FID_CYCLIC, recordFields(FILE_CYCLIC, FID_CYCLIC, CYCLIC, 4)],
  ["large EF", FID_LARGE, transparentFields(FID_LARGE, 2000, 5)],
  ["DF with a name", FID_DF, dfFields(FID_DF, DF_NAME)],
  ["DF without a name", FID_OTHER_DF, dfFields(FID_OTHER_DF)],
];

for (const [what, fid, fields] of FILES) {
  select(`SELECT of a ${what} answers FCI, FCP or nothing, as P2 asks`, () => {
    answers(card, answer(P1_BY_FID, hex16(fid), P2_FCI), tlv(TAG_6F_FCI, fields));
    accept(card, command(P1_BY_FID, "", P2_NOTHING));
    answers(card, answer(P1_BY_FID, hex16(fid), P2_FCP), tlv(TAG_62_FCP, fields));
    accept(card, command(P1_BY_FID, "", P2_NOTHING));
    answers(card, answer(P1_BY_FID, hex16(fid), P2_NOTHING), "");
  });
}

const ROOT_FCI = tlv(TAG_6F_FCI, dfFields(FID_MF));
const DF_FCI = tlv(TAG_6F_FCI, dfFields(FID_DF, DF_NAME));
const OTHER_FCI = tlv(TAG_6F_FCI, dfFields(FID_OTHER_DF));
const INNER_FCI = tlv(TAG_6F_FCI, transparentFields(FID_INNER, 5, 1));

select("SELECT of the application by its name answers the FCI of its root", () => {
  answers(card, selectApplication(AID_FILES), ROOT_FCI);
});

select("SELECT by identifier reaches children, the DF itself, its siblings and the root", () => {
  const reach: [number, string][] = [
    [FID_DF, DF_FCI],
    [FID_INNER, INNER_FCI],
    [FID_OTHER_DF, OTHER_FCI],
    [FID_OTHER_DF, OTHER_FCI],
    [FID_DF, DF_FCI],
    [FID_MF, ROOT_FCI],
  ];
  for (const [fid, fci] of reach) answers(card, answer(P1_BY_FID, hex16(fid)), fci);
  answers(card, answer(P1_BY_FID, ""), ROOT_FCI);
});

select("SELECT by identifier does not look into a DF from outside", () => {
  refuse(card, answer(P1_BY_FID, hex16(FID_INNER)), SW_FILE_NOT_FOUND);
});

select("SELECT of a child DF or of an EF takes only that kind", () => {
  answers(card, answer(P1_CHILD_DF, hex16(FID_DF)), DF_FCI);
  answers(card, answer(P1_EF, hex16(FID_INNER)), INNER_FCI);
  accept(card, selectFid(FID_MF));
  refuse(card, answer(P1_CHILD_DF, hex16(FID_BINARY)), SW_FILE_NOT_FOUND);
  refuse(card, answer(P1_EF, hex16(FID_DF)), SW_FILE_NOT_FOUND);
  refuse(card, answer(P1_CHILD_DF, hex16(FID_MF)), SW_FILE_NOT_FOUND);
});

select("SELECT of the parent goes one up; the root has none", () => {
  accept(card, selectFid(FID_DF));
  answers(card, answer(P1_PARENT, ""), ROOT_FCI);
  refuse(card, answer(P1_PARENT, ""), SW_FILE_NOT_FOUND);
});

select("SELECT by DF name takes the whole name only", () => {
  answers(card, answer(P1_BY_NAME, DF_NAME), DF_FCI);
  refuse(card, answer(P1_BY_NAME, DF_NAME.slice(0, -2)), SW_FILE_NOT_FOUND);
  refuse(card, answer(P1_BY_NAME, `${DF_NAME}00`), SW_FILE_NOT_FOUND);
  answers(card, answer(P1_BY_FID, hex16(FID_INNER)), INNER_FCI);
});

select("SELECT by path starts at the root or at the current DF, which may be named first", () => {
  const path = (...fids: number[]) => fids.map(hex16).join("");
  answers(card, answer(P1_PATH_FROM_MF, path(FID_DF, FID_INNER)), INNER_FCI);
  answers(card, answer(P1_PATH_FROM_MF, path(FID_MF, FID_DF)), DF_FCI);
  answers(card, answer(P1_PATH_FROM_DF, path(FID_INNER)), INNER_FCI);
  answers(card, answer(P1_PATH_FROM_DF, path(FID_RESERVED_CURRENT, FID_INNER)), INNER_FCI);
  answers(card, answer(P1_PATH_FROM_MF, path(FID_BINARY)), tlv(TAG_6F_FCI, FILES[0]![2]));
  answers(card, answer(P1_PATH_FROM_DF, path(FID_DF, FID_INNER)), INNER_FCI);
  refuse(card, answer(P1_PATH_FROM_DF, path(FID_DF)), SW_FILE_NOT_FOUND);
  refuse(card, answer(P1_PATH_FROM_MF, path(FID_BINARY, FID_INNER)), SW_FILE_NOT_FOUND);
  refuse(card, answer(P1_PATH_FROM_MF, path(FID_DF, FID_MF)), SW_FILE_NOT_FOUND);
});

const ANY = hex16(FID_BINARY);
const REFUSALS: readonly [string, Uint8Array, number][] = [
  ["P2 that asks for the last occurrence", answer(P1_BY_FID, ANY, 0x01), SW_WRONG_P1P2],
  ["P2 that asks for file management data", answer(P1_BY_FID, ANY, 0x08), SW_WRONG_P1P2],
  ["P2 with a bit for future use", answer(P1_BY_FID, ANY, 0x10), SW_WRONG_P1P2],
  ["an identifier of one byte", answer(P1_BY_FID, "2F"), SW_LC_INCONSISTENT_WITH_P1P2],
  ["an identifier of three bytes", answer(P1_EF, `${ANY}00`), SW_LC_INCONSISTENT_WITH_P1P2],
  ["no identifier of an EF", answer(P1_EF, ""), SW_LC_INCONSISTENT_WITH_P1P2],
  ["an identifier of the parent", answer(P1_PARENT, ANY), SW_LC_INCONSISTENT_WITH_P1P2],
  ["a path of three bytes", answer(P1_PATH_FROM_MF, `${ANY}00`), SW_LC_INCONSISTENT_WITH_P1P2],
  ["an empty path", answer(P1_PATH_FROM_DF, ""), SW_LC_INCONSISTENT_WITH_P1P2],
  ["P1 for future use", answer(0x05, ANY), SW_WRONG_P1P2],
  ["P1 for future use with data of any length", answer(0x0a, `${ANY}00`), SW_WRONG_P1P2],
  ["P1 with a high bit", answer(0x80, ""), SW_WRONG_P1P2],
  ["P1 before a wrong length", answer(0x05, "2F"), SW_WRONG_P1P2],
  ["P2 before a wrong length", answer(P1_EF, "2F", 0x01), SW_WRONG_P1P2],
  ["P2 that asks for the next occurrence", answer(P1_BY_FID, ANY, P2_NEXT), SW_FILE_NOT_FOUND],
  ["an identifier of no file", answer(P1_BY_FID, "4444"), SW_FILE_NOT_FOUND],
  ["a name of no DF", answer(P1_BY_NAME, "F0FFFFFFFFFF"), SW_FILE_NOT_FOUND],
];

for (const [what, request, sw] of REFUSALS) {
  select(`SELECT refuses ${what} with ${hex16(sw)} and stays where it is`, () => {
    accept(card, selectFid(FID_BINARY));
    refuse(card, request, sw);
    answers(card, apdu(0x00, INS_READ_BINARY, 0, 0, "", 2), "0000");
  });
}

select("SELECT of a DF leaves no current EF", () => {
  accept(card, selectFid(FID_BINARY));
  accept(card, selectFid(FID_MF));
  refuse(card, apdu(0x00, INS_READ_BINARY, 0, 0, "", 0), SW_NO_CURRENT_FILE);
});

select("a long answer waits for GET RESPONSE when the command has no Le", () => {
  const fields = tlv(TAG_6F_FCI, FILES[1]![2]);
  const length = fields.length / 2;
  accept(card, command(P1_BY_FID, hex16(FID_FIXED)), SW_MORE_DATA | length);
  answers(card, apdu(0x00, INS_GET_RESPONSE, 0, 0, "", length), fields, SW_SUCCESS);
});

select.run();
