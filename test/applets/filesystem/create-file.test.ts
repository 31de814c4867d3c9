// CREATE FILE, as a command and as a data grouping: what is made, what is refused, all or nothing.

import { suite } from "uvu";
import * as assert from "uvu/assert";
import {
  ACCESS_FREE,
  DATA_CODING,
  DGI_6200_CREATE_FILE,
  FID_MF,
  FID_RESERVED,
  FID_RESERVED_CURRENT,
  FILE_CYCLIC,
  FILE_DF,
  FILE_LINEAR_FIXED,
  FILE_LINEAR_VARIABLE,
  FILE_TRANSPARENT,
  MAX_FILES,
  MAX_RECORD_BYTES,
  TAG_62_FCP,
  TAG_80_SIZE,
  TAG_82_FILE_DESCRIPTOR,
  TAG_83_FILE_IDENTIFIER,
  TAG_84_DF_NAME,
  TAG_86_SECURITY_ATTRIBUTE,
  TAG_88_SHORT_IDENTIFIER,
} from "../../../applets/filesystem/spec.ts";
import type { SecureChannel } from "../../../personalization/scp03/secure-channel.ts";
import {
  CLA_PROPRIETARY,
  INS_APPEND_RECORD,
  INS_CREATE_FILE,
  INS_READ_BINARY,
  INS_READ_RECORD,
  INS_SELECT,
  INS_UPDATE_BINARY,
} from "../../../runtime/spec/instructions.ts";
import {
  SW_CONDITIONS_NOT_SATISFIED,
  SW_FILE_EXISTS,
  SW_FILE_NOT_FOUND,
  SW_NAME_EXISTS,
  SW_NOT_ENOUGH_MEMORY,
  SW_SECURITY_NOT_SATISFIED,
  SW_SUCCESS,
  SW_WRONG_DATA,
  SW_WRONG_LENGTH,
  SW_WRONG_P1P2,
} from "../../../runtime/spec/status-words.ts";
import { hex } from "../../helpers/bytes.ts";
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
  openChannel,
  personalize,
  selectApplication,
  storeData,
  through,
} from "../../helpers/secure-channel.ts";
import {
  AID_FILES,
  condition,
  DF_NAME,
  FID_BINARY,
  FID_DF,
  FID_OTHER_DF,
  type FileToMake,
  FREE,
  fcp,
  P1_PATH_FROM_MF,
  selectFid,
  tlv,
} from "./file-tree.ts";

const card = await freshCard();
/** A file system that is still being made. A channel counts its commands: each test opens its own. */
let channel: SecureChannel = await personalize(card, AID_FILES, [
  fileGrouping(FID_MF, fcp({ type: FILE_TRANSPARENT, fid: FID_BINARY, size: 4, sfi: 1 })),
  fileGrouping(FID_MF, fcp({ type: FILE_DF, fid: FID_DF, name: DF_NAME })),
]);
const ready = card.snapshot();
const tests = suite("CREATE FILE");

const inChannel = (plain: Uint8Array, sw: number = SW_SUCCESS, what = "") =>
  through(card, channel, plain, sw, what);
const create = (template: string) => apdu(CLA_PROPRIETARY, INS_CREATE_FILE, 0, 0, template);

tests.before.each(async () => {
  card.restore(ready);
  accept(card, selectApplication(AID_FILES));
  channel = await openChannel(card);
});

const SMALL = { type: FILE_TRANSPARENT, fid: 0x2f10, size: 4 } as const;

tests("CREATE FILE makes each kind of file, which holds what it should", () => {
  inChannel(create(fcp({ type: FILE_TRANSPARENT, fid: 0x2f10, size: 300, sfi: 10 })));
  inChannel(create(fcp({ type: FILE_LINEAR_FIXED, fid: 0x2f11, records: [3, 2], sfi: 11 })));
  inChannel(create(fcp({ type: FILE_LINEAR_VARIABLE, fid: 0x2f12, records: [254, 2], sfi: 12 })));
  inChannel(create(fcp({ type: FILE_CYCLIC, fid: 0x2f13, records: [1, 254], sfi: 13 })));
  inChannel(create(fcp({ type: FILE_DF, fid: 0x5010, name: "F0" })));
  accept(card, selectApplication(AID_FILES));
  accept(card, apdu(0, INS_UPDATE_BINARY, 0x8a, 255, "01".repeat(45)));
  answers(card, apdu(0, INS_READ_BINARY, 0x8a, 250, "", 0), `${"00".repeat(5)}${"01".repeat(45)}`);
  for (const [sfi, data] of [
    [11, "010203"],
    [12, "0C".repeat(MAX_RECORD_BYTES)],
    [13, "13"],
  ] as const) {
    accept(card, apdu(0, INS_APPEND_RECORD, 0, sfi << 3, data));
    answers(card, apdu(0, INS_READ_RECORD, 1, (sfi << 3) | 4, "", 0), data);
  }
  accept(card, selectFid(0x5010));
});

tests("CREATE FILE in a selected DF nests; its path leads there", async () => {
  inChannel(selectFid(FID_DF));
  inChannel(create(fcp({ type: FILE_DF, fid: 0x7f01 })));
  inChannel(selectFid(0x7f01));
  inChannel(create(fcp({ type: FILE_TRANSPARENT, fid: FID_BINARY, size: 2, sfi: 1 })));
  accept(card, selectApplication(AID_FILES));
  const path = [FID_DF, 0x7f01, FID_BINARY].map(hex16).join("");
  accept(card, apdu(0, INS_SELECT, P1_PATH_FROM_MF, 0x0c, path));
  answers(card, apdu(0, INS_READ_BINARY, 0, 0, "", 0), "0000");
});

tests("CREATE FILE allows the same identifiers in another DF", () => {
  const same = fcp({ type: FILE_TRANSPARENT, fid: FID_BINARY, size: 4, sfi: 1 });
  inChannel(storeData(0, fileGrouping(FID_DF, same)));
});

tests("CREATE FILE takes a file of the greatest size that an object has, and no larger", () => {
  inChannel(create(fcp({ ...SMALL, size: 25_001 })), SW_NOT_ENOUGH_MEMORY);
  inChannel(create(fcp({ ...SMALL, size: 25_000 })));
  const records = { type: FILE_LINEAR_FIXED, fid: 0x2f11, records: [254, 254] } as const;
  inChannel(create(fcp(records)), SW_NOT_ENOUGH_MEMORY);
});

tests("CREATE FILE refuses a file when the store is full, and smaller ones still fit", () => {
  let made = 0;
  for (; made < MAX_FILES; made++) {
    const command = create(fcp({ ...SMALL, fid: 0x3000 + made, size: 20_000 }));
    const { sw } = channel.unwrap(send(card, channel.wrap(command)));
    if (sw !== SW_SUCCESS) {
      assert.is(sw, SW_NOT_ENOUGH_MEMORY);
      break;
    }
  }
  assert.ok(made >= 2 && made < 8, `${made} files of 20,000 bytes in 128 KiB`);
  inChannel(create(fcp(SMALL)));
  accept(card, selectFidAfterReset(0x2f10));
});

function selectFidAfterReset(fid: number): Uint8Array {
  card.powerOff();
  card.reset();
  accept(card, selectApplication(AID_FILES));
  return selectFid(fid);
}

tests("CREATE FILE fills the table of 64 files and refuses the next", () => {
  // Root, EF and DF are there.
  for (let i = 3; i < MAX_FILES; i++) {
    inChannel(create(fcp({ ...SMALL, fid: 0x3000 + i, size: 1 })), SW_SUCCESS, `file ${i}`);
  }
  inChannel(create(fcp({ ...SMALL, size: 1 })), SW_NOT_ENOUGH_MEMORY);
  inChannel(create(fcp({ type: FILE_DF, fid: 0x5010, name: "F0AA" })), SW_NOT_ENOUGH_MEMORY);
  accept(card, selectFidAfterReset(0x3000 + MAX_FILES - 1));
  accept(card, selectFid(0x3003));
  refuse(card, selectFid(0x2f10), SW_FILE_NOT_FOUND);
});

// Fields of a template, to leave out or spoil one by one.
const descriptor = (value: string) => tlv(TAG_82_FILE_DESCRIPTOR, value);
const identifier = (value: string) => tlv(TAG_83_FILE_IDENTIFIER, value);
const size = (value: string) => tlv(TAG_80_SIZE, value);
const access = (value: string) => tlv(TAG_86_SECURITY_ATTRIBUTE, value);
const template = (...fields: string[]) => tlv(TAG_62_FCP, fields.join(""));
const record = (type: number, longest: number, count: number, coding: number = DATA_CODING) =>
  descriptor(hex8(type) + hex8(coding) + hex16(longest) + hex8(count));

const EF = descriptor(hex8(FILE_TRANSPARENT));
const DF = descriptor(hex8(FILE_DF));
const FID = identifier("2F10");
const SIZE = size("0004");
const ACCESS = access(FREE);

const BAD_TEMPLATES: readonly [string, string, number][] = [
  ["another tag than 62", tlv(0x6f, EF + FID + SIZE + ACCESS), SW_WRONG_DATA],
  [
    "a template that is cut short",
    `${template(EF, FID, SIZE, ACCESS).slice(0, -2)}`,
    SW_WRONG_DATA,
  ],
  ["bytes behind the template", `${template(EF, FID, SIZE, ACCESS)}00`, SW_WRONG_DATA],
  ["no file descriptor", template(FID, SIZE, ACCESS), SW_WRONG_DATA],
  ["an empty file descriptor", template(descriptor(""), FID, SIZE, ACCESS), SW_WRONG_DATA],
  ["an unknown kind of file", template(descriptor("09"), FID, SIZE, ACCESS), SW_WRONG_DATA],
  ["a transparent file without a size", template(EF, FID, ACCESS), SW_WRONG_DATA],
  ["a size of one byte", template(EF, FID, size("04"), ACCESS), SW_WRONG_DATA],
  ["a size of zero", template(EF, FID, size("0000"), ACCESS), SW_WRONG_DATA],
  ["a record file without lengths", template(descriptor("0221"), FID, ACCESS), SW_WRONG_DATA],
  ["records of no length", template(record(FILE_CYCLIC, 0, 3), FID, ACCESS), SW_WRONG_DATA],
  ["records of 255 bytes", template(record(FILE_LINEAR_FIXED, 255, 3), FID, ACCESS), SW_WRONG_DATA],
  ["no records", template(record(FILE_LINEAR_VARIABLE, 4, 0), FID, ACCESS), SW_WRONG_DATA],
  ["255 records", template(record(FILE_LINEAR_FIXED, 4, 255), FID, ACCESS), SW_WRONG_DATA],
  ["no file identifier", template(EF, SIZE, ACCESS), SW_WRONG_DATA],
  ["a file identifier of one byte", template(EF, identifier("2F"), SIZE, ACCESS), SW_WRONG_DATA],
  ...[FID_MF, FID_RESERVED_CURRENT, FID_RESERVED].map((fid): [string, string, number] => [
    `the reserved identifier ${hex16(fid)}`,
    template(EF, identifier(hex16(fid)), SIZE, ACCESS),
    SW_WRONG_DATA,
  ]),
  ...["0850", "09", "F8", ""].map((value): [string, string, number] => [
    `the short identifier field "${value}"`,
    template(EF, FID, SIZE, ACCESS, tlv(TAG_88_SHORT_IDENTIFIER, value)),
    SW_WRONG_DATA,
  ]),
  [
    "a short identifier of a DF",
    template(DF, FID, ACCESS, tlv(TAG_88_SHORT_IDENTIFIER, "10")),
    SW_WRONG_DATA,
  ],
  ["no access conditions", template(EF, FID, SIZE), SW_WRONG_DATA],
  ["access conditions of 8 bytes", template(EF, FID, SIZE, access(FREE.slice(2))), SW_WRONG_DATA],
  ["access conditions of 10 bytes", template(EF, FID, SIZE, access(`${FREE}00`)), SW_WRONG_DATA],
  ...[0, 1, 2].map((which): [string, string, number] => {
    const three = [0, 1, 2].map((i) => condition(i === which ? 5 : ACCESS_FREE)).join("");
    return [
      `an unknown mode in condition ${which}`,
      template(EF, FID, SIZE, access(three)),
      SW_WRONG_DATA,
    ];
  }),
  [
    "a condition with a PIN reference that cannot be",
    template(EF, FID, SIZE, access(condition(1, 0x10) + FREE.slice(6))),
    SW_WRONG_DATA,
  ],
  [
    "a condition with a key reference that cannot be",
    template(EF, FID, SIZE, access(FREE.slice(6) + condition(2, 0, 0x20))),
    SW_WRONG_DATA,
  ],
  ["a name of an EF", template(EF, FID, SIZE, ACCESS, tlv(TAG_84_DF_NAME, "F0")), SW_WRONG_DATA],
  ["an empty DF name", template(DF, FID, ACCESS, tlv(TAG_84_DF_NAME, "")), SW_WRONG_DATA],
  [
    "a DF name of 17 bytes",
    template(DF, FID, ACCESS, tlv(TAG_84_DF_NAME, "F0".repeat(17))),
    SW_WRONG_DATA,
  ],
  ["an identifier that is taken", fcp({ ...SMALL, fid: FID_BINARY }), SW_FILE_EXISTS],
  ["the identifier of a DF", fcp({ ...SMALL, fid: FID_DF }), SW_FILE_EXISTS],
  ["a short identifier that is taken", fcp({ ...SMALL, sfi: 1 }), SW_FILE_EXISTS],
  [
    "a DF name that is taken",
    fcp({ type: FILE_DF, fid: FID_OTHER_DF, name: DF_NAME }),
    SW_NAME_EXISTS,
  ],
];

for (const [what, bad, sw] of BAD_TEMPLATES) {
  tests(`CREATE FILE refuses ${what} with ${hex16(sw)}, and works next`, () => {
    inChannel(create(bad), sw);
    inChannel(storeData(0, grouping(DGI_6200_CREATE_FILE, hex16(FID_MF) + bad)), sw);
    inChannel(create(fcp(SMALL)));
    accept(card, selectApplication(AID_FILES));
    accept(card, selectFid(0x2f10));
  });
}

const GOOD = fcp(SMALL);
const REFUSALS: readonly [string, Uint8Array, number][] = [
  ["P1", apdu(CLA_PROPRIETARY, INS_CREATE_FILE, 1, 0, GOOD), SW_WRONG_P1P2],
  ["P2", apdu(CLA_PROPRIETARY, INS_CREATE_FILE, 0, 1, GOOD), SW_WRONG_P1P2],
  ["no data", apdu(CLA_PROPRIETARY, INS_CREATE_FILE, 0, 0), SW_WRONG_LENGTH],
];

for (const [what, request, sw] of REFUSALS) {
  tests(`CREATE FILE refuses ${what} with ${hex16(sw)}, and works next`, () => {
    inChannel(request, sw);
    inChannel(create(GOOD));
  });
}

tests("CREATE FILE with more data than a template can have is refused", () => {
  const long = apdu(0x00, INS_CREATE_FILE, 0, 0, "62".repeat(257));
  accept(card, selectApplication(AID_FILES));
  refuse(card, long, SW_WRONG_LENGTH);
});

tests("CREATE FILE without a secure channel, or in one without a MAC, is refused", async () => {
  accept(card, selectApplication(AID_FILES));
  refuse(card, create(GOOD), SW_SECURITY_NOT_SATISFIED);
  refuse(card, apdu(0x00, INS_CREATE_FILE, 0, 0, GOOD), SW_SECURITY_NOT_SATISFIED);
  refuse(card, selectFid(0x2f10), SW_FILE_NOT_FOUND);
});

tests("CREATE FILE inside an interindustry class works through the channel as well", () => {
  inChannel(apdu(0x00, INS_CREATE_FILE, 0, 0, GOOD));
});

tests("CREATE FILE after ACTIVATE is refused for ever", async () => {
  inChannel(storeData(0, ACTIVATE));
  inChannel(create(GOOD), SW_CONDITIONS_NOT_SATISFIED);
  card.powerOff();
  card.reset();
  accept(card, selectApplication(AID_FILES));
  refuse(card, create(GOOD), SW_CONDITIONS_NOT_SATISFIED);
  through(card, await openChannel(card), create(GOOD), SW_CONDITIONS_NOT_SATISFIED);
});

for (const [what, file] of [
  ["a small EF", { type: FILE_TRANSPARENT, fid: 0x2f10, size: 4, sfi: 2 }],
  ["a large EF", { type: FILE_TRANSPARENT, fid: 0x2f10, size: 3000, sfi: 2 }],
  ["a record EF", { type: FILE_CYCLIC, fid: 0x2f10, records: [20, 9], sfi: 2 }],
  ["a DF with a name", { type: FILE_DF, fid: 0x2f10, name: "F0ABCDEF" }],
] as const) {
  tests(`CREATE FILE cut anywhere makes the whole file or none: ${what}`, async () => {
    const command = channel.wrap(create(fcp(file)));
    let [none, whole] = [0, 0];
    const cuts = everyPowerCut(
      card,
      () => accept(card, command),
      () => {
        accept(card, selectApplication(AID_FILES));
        const { sw, data } = send(card, apdu(0, INS_SELECT, 0, 0x04, "2F10", 0));
        if (sw === SW_FILE_NOT_FOUND) none++;
        else {
          assert.is(sw, SW_SUCCESS);
          assert.ok(hex(data).includes("83022f10"));
          whole++;
          useFile(file);
        }
      },
    );
    assert.ok(cuts > 0 && none > 0 && whole > 0, `${none} none, ${whole} whole of ${cuts}`);
  });
}

function useFile(file: FileToMake): void {
  if (file.type === FILE_DF) accept(card, apdu(0, INS_SELECT, 0x04, 0x0c, "F0ABCDEF"));
  else if (file.size === undefined) accept(card, apdu(0, INS_APPEND_RECORD, 0, 0, "77".repeat(20)));
  else {
    accept(card, apdu(0, INS_UPDATE_BINARY, (file.size - 1) >> 8, (file.size - 1) & 0xff, "77"));
  }
}

tests("a file that was cut off can be made again", async () => {
  const command = channel.wrap(create(fcp(SMALL)));
  card.cutPower(1);
  assert.throws(() => accept(card, command), /power was cut/);
  card.reset();
  accept(card, selectApplication(AID_FILES));
  refuse(card, selectFid(SMALL.fid), SW_FILE_NOT_FOUND);
  through(card, await openChannel(card), create(fcp(SMALL)));
});

tests.run();
