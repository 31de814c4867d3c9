// STORE DATA in data groupings: files, contents, keys and PINs of a file system in the making.

import { suite } from "uvu";
import * as assert from "uvu/assert";
import {
  ACCESS_KEY,
  ACCESS_PIN,
  DGI_7FFF_ACTIVATE,
  DGI_6200_CREATE_FILE,
  DGI_7001_TRANSPARENT_DATA,
  DGI_7002_RECORD,
  DGI_8000_KEY,
  DGI_8010_PIN,
  FID_MF,
  FILE_CYCLIC,
  FILE_DF,
  FILE_LINEAR_FIXED,
  FILE_TRANSPARENT,
  STORE_DATA_FORMAT_BER_TLV,
  STORE_DATA_FORMAT_DGI,
  STORE_DATA_LAST,
} from "../../../applets/filesystem/spec.ts";
import type { SecureChannel } from "../../../personalization/scp03/secure-channel.ts";
import { KEY_USE_ENCRYPT } from "../../../runtime/spec/card-api.ts";
import { CIPHER_AES, CIPHER_SM4, CIPHER_TDES } from "../../../runtime/spec/chip.ts";
import {
  CLA_PROPRIETARY,
  INS_EXTERNAL_AUTHENTICATE,
  INS_GET_CHALLENGE,
  INS_READ_BINARY,
  INS_READ_RECORD,
  INS_STORE_DATA,
  INS_VERIFY,
} from "../../../runtime/spec/instructions.ts";
import {
  SW_COMMAND_INCOMPATIBLE_WITH_FILE,
  SW_CONDITIONS_NOT_SATISFIED,
  SW_FILE_EXISTS,
  SW_FILE_NOT_FOUND,
  SW_NOT_ENOUGH_MEMORY,
  SW_RECORD_NOT_FOUND,
  SW_REFERENCED_DATA_NOT_FOUND,
  SW_SECURITY_NOT_SATISFIED,
  SW_SUCCESS,
  SW_WRONG_DATA,
  SW_WRONG_LENGTH,
  SW_WRONG_OFFSET,
  SW_WRONG_P1P2,
  swTriesLeft,
} from "../../../runtime/spec/status-words.ts";
import {
  accept,
  answers,
  apdu,
  everyPowerCut,
  freshCard,
  refuse,
  send,
} from "../../helpers/card.ts";
import {
  ACTIVATE,
  fileGrouping,
  grouping,
  hex8,
  hex16,
  keyGrouping,
  openChannel,
  personalize,
  pinGrouping,
  selectApplication,
  storeData,
  through,
  underDek,
} from "../../helpers/secure-channel.ts";
import { AID_FILES, condition, FREE, fcp } from "./file-tree.ts";

const BINARY = 0x2f01;
const RECORDS = 0x2f02;
const DF = 0x5001;
const INNER = 0x6001;
const PROTECTED = 0x2f03;

const card = await freshCard();
await personalize(card, AID_FILES, [
  fileGrouping(FID_MF, fcp({ type: FILE_TRANSPARENT, fid: BINARY, size: 300, sfi: 1 })),
  fileGrouping(FID_MF, fcp({ type: FILE_LINEAR_FIXED, fid: RECORDS, records: [4, 2], sfi: 2 })),
  fileGrouping(FID_MF, fcp({ type: FILE_DF, fid: DF })),
  fileGrouping(DF, fcp({ type: FILE_CYCLIC, fid: INNER, records: [2, 2], sfi: 1 })),
  fileGrouping(
    FID_MF,
    fcp({
      type: FILE_TRANSPARENT,
      fid: PROTECTED,
      size: 2,
      sfi: 3,
      access: condition(ACCESS_PIN) + condition(ACCESS_KEY) + FREE.slice(0, 6),
    }),
  ),
]);
const ready = card.snapshot();
let channel: SecureChannel;
const tests = suite("STORE DATA of a file system");
tests.before.each(async () => {
  card.restore(ready);
  accept(card, selectApplication(AID_FILES));
  channel = await openChannel(card);
});

const store = (groupings: string, sw: number = SW_SUCCESS, block = 0) =>
  through(card, channel, storeData(block, groupings), sw);
const transparent = (df: number, ef: number, offset: number, data: string) =>
  grouping(DGI_7001_TRANSPARENT_DATA, hex16(df) + hex16(ef) + hex16(offset) + data);
const recordOf = (df: number, ef: number, data: string) =>
  grouping(DGI_7002_RECORD, hex16(df) + hex16(ef) + data);
const readBinary = (sfi: number, offset = 0, le = 0) =>
  apdu(0, INS_READ_BINARY, 0x80 | sfi, offset, "", le);
const readRecord = (number: number, sfi: number) =>
  apdu(0, INS_READ_RECORD, number, (sfi << 3) | 4, "", 0);
const reselect = () => accept(card, selectApplication(AID_FILES));

const KEY = {
  df: FID_MF,
  reference: 1,
  cipher: CIPHER_AES,
  uses: KEY_USE_ENCRYPT,
  tries: 3,
  value: "a1".repeat(16),
} as const;

tests("STORE DATA fills transparent files, at any offset", () => {
  store(transparent(FID_MF, BINARY, 0, "0102") + transparent(FID_MF, BINARY, 3, "04"));
  reselect();
  answers(card, readBinary(1, 0, 5), "0102000400");
});

tests("STORE DATA takes a long length form of a grouping", () => {
  const value = `${hex16(FID_MF)}${hex16(BINARY)}0000${"AB".repeat(20)}`;
  store(`${hex16(DGI_7001_TRANSPARENT_DATA)}FF001A${value}`);
  reselect();
  answers(card, readBinary(1, 19, 2), "AB00");
});

tests("STORE DATA appends records whatever the conditions of the file", () => {
  store(recordOf(FID_MF, RECORDS, "01020304") + recordOf(DF, INNER, "AABB"));
  store(transparent(FID_MF, PROTECTED, 0, "7788"), SW_SUCCESS, 1);
  reselect();
  answers(card, readRecord(1, 2), "01020304");
  refuse(card, readBinary(3), SW_SECURITY_NOT_SATISFIED);
});

tests("STORE DATA takes keys of each cipher and PINs; they work after a reset", () => {
  store(keyGrouping(KEY));
  store(keyGrouping({ ...KEY, reference: 2, cipher: CIPHER_TDES }), SW_SUCCESS, 1);
  store(keyGrouping({ ...KEY, reference: 3, cipher: CIPHER_SM4 }), SW_SUCCESS, 2);
  store(keyGrouping({ ...KEY, reference: 0x1f, value: "A1".repeat(32) }), SW_SUCCESS, 3);
  store(pinGrouping(FID_MF, 0, 5, "3132333435363738"), SW_SUCCESS, 4);
  store(pinGrouping(DF, 0x8f, 15, "31".repeat(16)), SW_SUCCESS, 5);
  card.powerOff();
  card.reset();
  reselect();
  for (const reference of [1, 2, 3, 0x1f]) {
    refuse(card, authenticate(reference), SW_CONDITIONS_NOT_SATISFIED);
  }
  refuse(card, authenticate(4), SW_REFERENCED_DATA_NOT_FOUND);
  refuse(card, apdu(0, INS_VERIFY, 0, 0), swTriesLeft(5));
  accept(card, apdu(0, INS_VERIFY, 0, 0, "3132333435363738"));
});

/** Without a challenge: 6985 when the key is there, 6A88 when not. */
function authenticate(reference: number): Uint8Array {
  return apdu(0, INS_EXTERNAL_AUTHENTICATE, 0, reference, "00".repeat(16));
}

tests("STORE DATA does groupings in order: what follows a refused one is not done", () => {
  const block = [
    transparent(FID_MF, BINARY, 0, "01"),
    transparent(FID_MF, BINARY, 300, "02"),
    transparent(FID_MF, BINARY, 1, "03"),
  ].join("");
  store(block, SW_WRONG_OFFSET);
  reselect();
  answers(card, readBinary(1, 0, 2), "0100");
});

tests("STORE DATA asks for blocks in order; a block 00 begins again", () => {
  store(transparent(FID_MF, BINARY, 0, "01"), SW_WRONG_P1P2, 1);
  store(transparent(FID_MF, BINARY, 0, "01"), SW_SUCCESS, 0);
  store(transparent(FID_MF, BINARY, 1, "02"), SW_SUCCESS, 1);
  store(transparent(FID_MF, BINARY, 2, "03"), SW_WRONG_P1P2, 3);
  store(transparent(FID_MF, BINARY, 2, "03"), SW_WRONG_P1P2, 1);
  store(transparent(FID_MF, BINARY, 2, "04"), SW_SUCCESS, 2);
  store(transparent(FID_MF, BINARY, 3, "05"), SW_SUCCESS, 0);
  reselect();
  answers(card, readBinary(1, 0, 4), "01020405");
});

tests("STORE DATA numbers go round after block FF", () => {
  for (let block = 0; block <= 0x101; block++) {
    store(transparent(FID_MF, BINARY, 0, hex8(block & 0xff)), SW_SUCCESS, block & 0xff);
  }
});

const ANY = transparent(FID_MF, BINARY, 0, "01");
const raw = (p1: number, data: string) => apdu(CLA_PROPRIETARY, INS_STORE_DATA, p1, 0, data);
const COMMAND_REFUSALS: readonly [string, Uint8Array, number][] = [
  ["P1 with bits for future use", raw(0xa8, ANY), SW_WRONG_P1P2],
  ["no format", raw(STORE_DATA_LAST, ANY), SW_WRONG_P1P2],
  ["the BER-TLV format", raw(STORE_DATA_LAST | STORE_DATA_FORMAT_BER_TLV, ANY), SW_WRONG_P1P2],
  ["no data", raw(STORE_DATA_LAST | STORE_DATA_FORMAT_DGI, ""), SW_WRONG_LENGTH],
];

for (const [what, request, sw] of COMMAND_REFUSALS) {
  tests(`STORE DATA refuses ${what} with ${hex16(sw)}, and works next`, () => {
    through(card, channel, request, sw);
    store(ANY);
  });
}

const file = (parent: number, template: string) => fileGrouping(parent, template);
const SMALL = fcp({ type: FILE_TRANSPARENT, fid: 0x2f10, size: 1 });
const keyWith = (change: Partial<Record<keyof typeof KEY, number | string>>) =>
  keyGrouping({ ...KEY, ...change } as typeof KEY);
const rawKey = (header: string, secret: string) => grouping(DGI_8000_KEY, header + secret);
const rawPin = (header: string, secret: string) => grouping(DGI_8010_PIN, header + secret);
const SECRET = underDek("a1".repeat(16));

const BAD_GROUPINGS: readonly [string, string, number][] = [
  ["half a header", "70", SW_WRONG_DATA],
  ["a grouping without a length", "7001", SW_WRONG_DATA],
  ["half a long length", "7001FF00", SW_WRONG_DATA],
  ["a grouping that is cut short", ANY.slice(0, -2), SW_WRONG_DATA],
  ["a second grouping that is cut short", `${ANY}7001`, SW_WRONG_DATA],
  ["an unknown grouping", grouping(0x7003, "00"), SW_REFERENCED_DATA_NOT_FOUND],
  ["ACTIVATE with data", grouping(DGI_7FFF_ACTIVATE, "00"), SW_WRONG_DATA],
  ["a file without a template", grouping(DGI_6200_CREATE_FILE, "3F0062"), SW_WRONG_DATA],
  ["a file in no DF", file(0x4444, SMALL), SW_FILE_NOT_FOUND],
  ["a file in an EF", file(BINARY, SMALL), SW_FILE_NOT_FOUND],
  ["transparent data of no byte", transparent(FID_MF, BINARY, 0, ""), SW_WRONG_DATA],
  ["transparent data of no DF", transparent(0x4444, BINARY, 0, "01"), SW_FILE_NOT_FOUND],
  ["transparent data of no EF", transparent(DF, BINARY, 0, "01"), SW_FILE_NOT_FOUND],
  ["transparent data of a DF", transparent(FID_MF, DF, 0, "01"), SW_FILE_NOT_FOUND],
  [
    "transparent data of a record file",
    transparent(FID_MF, RECORDS, 0, "01"),
    SW_COMMAND_INCOMPATIBLE_WITH_FILE,
  ],
  ["transparent data beyond the end", transparent(FID_MF, BINARY, 299, "0102"), SW_WRONG_OFFSET],
  ["an empty record", recordOf(FID_MF, RECORDS, ""), SW_WRONG_DATA],
  ["a record of no EF", recordOf(FID_MF, 0x4444, "01020304"), SW_FILE_NOT_FOUND],
  [
    "a record of a transparent file",
    recordOf(FID_MF, BINARY, "01020304"),
    SW_COMMAND_INCOMPATIBLE_WITH_FILE,
  ],
  ["a record of another length", recordOf(FID_MF, RECORDS, "010203"), SW_WRONG_LENGTH],
  ["a key of seven bytes", grouping(DGI_8000_KEY, "3F000101010310"), SW_WRONG_DATA],
  ["a key reference that cannot be", keyWith({ reference: 0x20 }), SW_WRONG_DATA],
  ["a key of no DF", keyWith({ df: 0x4444 }), SW_FILE_NOT_FOUND],
  ["a key of an EF", keyWith({ df: BINARY }), SW_FILE_NOT_FOUND],
  ["a key without padding", rawKey("3F000101010310", SECRET.slice(2)), SW_WRONG_DATA],
  ["a key of an unknown cipher", keyWith({ cipher: 9 }), SW_WRONG_DATA],
  ["an AES key of 8 bytes", keyWith({ value: "a1".repeat(8) }), SW_WRONG_DATA],
  [
    "an SM4 key of 24 bytes",
    keyWith({ cipher: CIPHER_SM4, value: "a1".repeat(24) }),
    SW_WRONG_DATA,
  ],
  [
    "a TDES key of 32 bytes",
    keyWith({ cipher: CIPHER_TDES, value: "a1".repeat(32) }),
    SW_WRONG_DATA,
  ],
  ["a key of 64 bytes", rawKey("3F000101010340", SECRET.repeat(4)), SW_WRONG_LENGTH],
  ["a key of 48 bytes in one version", rawKey("3F000101010330", SECRET.repeat(3)), SW_WRONG_DATA],
  [
    "a key of 32 bytes in three versions",
    rawKey("3F000101013320", SECRET.repeat(2)),
    SW_WRONG_DATA,
  ],
  ["a key of 16 bytes in two versions", rawKey("3F000101012310", SECRET), SW_WRONG_DATA],
  [
    "a key of 64 bytes in four versions",
    rawKey("3F000101014340", SECRET.repeat(4)),
    SW_WRONG_LENGTH,
  ],
  ["a PIN of five bytes", grouping(DGI_8010_PIN, "3F00000304"), SW_WRONG_DATA],
  ["a PIN reference that cannot be", pinGrouping(FID_MF, 0x10, 3, "31323334"), SW_WRONG_DATA],
  ["a PIN of no DF", pinGrouping(0x4444, 0, 3, "31323334"), SW_FILE_NOT_FOUND],
  ["a PIN without padding", rawPin("3F00000304", "31323334"), SW_WRONG_DATA],
  ["a PIN of no byte", rawPin("3F00000300", SECRET), SW_WRONG_DATA],
  ["a PIN of 17 bytes", pinGrouping(FID_MF, 0, 3, "31".repeat(17)), SW_WRONG_DATA],
  ["a PIN without tries", pinGrouping(FID_MF, 0, 0, "31323334"), SW_WRONG_DATA],
  ["a PIN with 16 tries", pinGrouping(FID_MF, 0, 16, "31323334"), SW_WRONG_DATA],
];

for (const [what, bad, sw] of BAD_GROUPINGS) {
  tests(`STORE DATA refuses ${what} with ${hex16(sw)}, makes nothing of it, and works next`, () => {
    store(bad, sw);
    store(keyGrouping(KEY) + pinGrouping(FID_MF, 0, 3, "31323334"));
    store(file(FID_MF, SMALL), SW_SUCCESS, 1);
    reselect();
    answers(card, readBinary(1, 0, 1), "00");
    refuse(card, readRecord(1, 2), SW_RECORD_NOT_FOUND);
  });
}

tests("STORE DATA refuses a key and a PIN that are there", () => {
  store(keyGrouping(KEY));
  store(keyWith({ value: "EE".repeat(16) }), SW_FILE_EXISTS, 1);
  store(pinGrouping(FID_MF, 0, 3, "31323334"));
  store(pinGrouping(FID_MF, 0, 3, "39393939"), SW_FILE_EXISTS, 1);
  reselect();
  accept(card, apdu(0, INS_VERIFY, 0, 0, "31323334"));
});

tests("STORE DATA refuses a record when the file is full", () => {
  for (let block = 0; block < 2; block++)
    store(recordOf(FID_MF, RECORDS, "01020304"), SW_SUCCESS, block);
  store(recordOf(FID_MF, RECORDS, "05060708"), SW_NOT_ENOUGH_MEMORY, 2);
});

tests("STORE DATA without a secure channel is refused", () => {
  reselect();
  refuse(card, storeData(0, ANY), SW_SECURITY_NOT_SATISFIED);
  answers(card, readBinary(1, 0, 1), "00");
});

tests("ACTIVATE ends personalization for ever", async () => {
  store(`${ACTIVATE}`);
  store(ANY, SW_CONDITIONS_NOT_SATISFIED, 1);
  card.powerOff();
  card.reset();
  reselect();
  channel = await openChannel(card);
  for (const one of [ANY, keyGrouping(KEY), pinGrouping(FID_MF, 0, 3, "3132"), ACTIVATE]) {
    store(one, SW_CONDITIONS_NOT_SATISFIED);
  }
  reselect();
  answers(card, readBinary(1, 0, 1), "00");
});

tests("ACTIVATE ends its block too: what follows is refused and not done", () => {
  store(ACTIVATE + ANY, SW_CONDITIONS_NOT_SATISFIED);
  reselect();
  answers(card, readBinary(1, 0, 1), "00");
});

/** Sweeps one block; `look` says which of two states the card is in. */
function sweep(block: string, look: () => "before" | "after"): void {
  const command = channel.wrap(storeData(0, block));
  const seen = new Set<string>();
  const cuts = everyPowerCut(
    card,
    () => accept(card, command),
    () => {
      reselect();
      seen.add(look());
    },
  );
  assert.ok(cuts > 0, "nothing was written: this test proves nothing");
  assert.equal([...seen].sort(), ["after", "before"]);
}

tests("a key cut anywhere is there and right, or not there and can be stored", () => {
  sweep(keyGrouping(KEY), () => {
    const { sw } = send(card, authenticate(1));
    if (sw === SW_REFERENCED_DATA_NOT_FOUND) return "before";
    assert.is(sw, SW_CONDITIONS_NOT_SATISFIED);
    // A wrong cryptogram is counted by a key that is whole: three tries, AES.
    const challenge = accept(card, apdu(0, INS_GET_CHALLENGE, 0, 0, "", 16));
    refuse(card, apdu(0, INS_EXTERNAL_AUTHENTICATE, 0, 1, challenge), swTriesLeft(2));
    return "after";
  });
});

tests("a PIN cut anywhere is there and right, or not there", () => {
  sweep(pinGrouping(FID_MF, 0, 3, "31323334"), () => {
    const { sw } = send(card, apdu(0, INS_VERIFY, 0, 0));
    if (sw === SW_REFERENCED_DATA_NOT_FOUND) return "before";
    assert.is(sw, swTriesLeft(3));
    accept(card, apdu(0, INS_VERIFY, 0, 0, "31323334"));
    return "after";
  });
});

tests("transparent data cut anywhere are all there or not at all", () => {
  sweep(transparent(FID_MF, BINARY, 50, "AB".repeat(200)), () => {
    const data = [50, 150, 249].map((at) => accept(card, readBinary(1, at, 1))[0]);
    const text = data.map((byte) => hex8(byte!)).join("");
    assert.ok(text === "000000" || text === "ababab", text);
    return text === "000000" ? "before" : "after";
  });
});

tests("a record cut anywhere is there or not", () => {
  sweep(recordOf(FID_MF, RECORDS, "01020304"), () => {
    const { sw } = send(card, readRecord(1, 2));
    if (sw === SW_RECORD_NOT_FOUND) return "before";
    answers(card, readRecord(1, 2), "01020304");
    return "after";
  });
});

tests("ACTIVATE cut anywhere has happened or not", () => {
  sweep(ACTIVATE, () => {
    const { sw } = send(card, storeData(0, ANY));
    if (sw === SW_SECURITY_NOT_SATISFIED) return "before";
    assert.is(sw, SW_CONDITIONS_NOT_SATISFIED);
    return "after";
  });
});

tests.run();
