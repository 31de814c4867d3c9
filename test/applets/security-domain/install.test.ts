// INSTALL and GET STATUS: another instance of a module of the image, and what the card says of itself.

import { suite } from "uvu";
import * as assert from "uvu/assert";
import { FID_MF, FILE_TRANSPARENT } from "../../../applets/filesystem/spec.ts";
import {
  AID_ISSUER_DOMAIN,
  STATUS_TLV_FORMAT,
  TAG_4F_AID,
  TAG_9F70_LIFE_CYCLE,
  TAG_84_MODULE,
  TAG_C4_LOAD_FILE,
  TAG_C5_PRIVILEGES,
  TAG_E3_REGISTRY,
} from "../../../applets/security-domain/spec.ts";
import { AID_SSSE } from "../../../applets/social-security/spec.ts";
import type { SecureChannel } from "../../../personalization/scp03/secure-channel.ts";
import { MAX_INSTANCES } from "../../../runtime/spec/chip.ts";
import {
  INSTALL_AND_MAKE_SELECTABLE,
  STATUS_APPLICATIONS,
  STATUS_ISSUER_DOMAIN,
  STATUS_LOAD_FILES,
  STATUS_LOAD_FILES_AND_MODULES,
  TAG_C9_PARAMETERS,
} from "../../../runtime/spec/content.ts";
import {
  CLA_PROPRIETARY,
  INS_GET_STATUS,
  INS_INSTALL,
  INS_READ_BINARY,
  INS_UPDATE_BINARY,
} from "../../../runtime/spec/instructions.ts";
import { CARD_OP_READY, LIFE_CYCLE_LOADED } from "../../../runtime/spec/life-cycle.ts";
import {
  SW_FILE_NOT_FOUND,
  SW_NAME_EXISTS,
  SW_NOT_ENOUGH_MEMORY,
  SW_REFERENCED_DATA_NOT_FOUND,
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
  domainCard,
  everyPowerCut,
  refuse,
  send,
} from "../../helpers/card.ts";
import {
  ACTIVATE,
  fileGrouping,
  hex8,
  hex16,
  openChannel,
  personalize,
  selectApplication,
  through,
} from "../../helpers/secure-channel.ts";
import { AID_FILES, fcp, tlv } from "../filesystem/file-tree.ts";

const MODULES = ["A0000001515350", "F057616665720001", "F057616665720002"] as const;
const [DOMAIN_MODULE, FILES_MODULE, SOCIAL_MODULE] = MODULES;
const SECOND = "F0576166657202";
const PLAIN = "000000";

const card = await domainCard();
const ready = card.snapshot();
let channel: SecureChannel;
const tests = suite("INSTALL and GET STATUS");
tests.before.each(async () => {
  card.restore(ready);
  channel = await openChannel(card);
});

const lv = (value: string) => hex8(value.length / 2) + value;
interface Fields {
  readonly loadFile?: string;
  readonly module?: string;
  readonly aid?: string;
  readonly privileges?: string;
  readonly parameters?: string;
  readonly token?: string;
}
function fields(change: Fields = {}): string {
  const parameters = lv(change.parameters ?? tlv(TAG_C9_PARAMETERS, ""));
  return [
    lv(change.loadFile ?? FILES_MODULE),
    lv(change.module ?? FILES_MODULE),
    lv(change.aid ?? SECOND),
    lv(change.privileges ?? PLAIN),
    parameters,
    lv(change.token ?? ""),
  ].join("");
}
const install = (data: string, p1: number = INSTALL_AND_MAKE_SELECTABLE, p2 = 0) =>
  apdu(CLA_PROPRIETARY, INS_INSTALL, p1, p2, data, 0);
const status = (p1: number, aid = "", p2: number = STATUS_TLV_FORMAT) =>
  apdu(CLA_PROPRIETARY, INS_GET_STATUS, p1, p2, tlv(TAG_4F_AID, aid), 0);

/** One row of GET STATUS for an instance. */
const instanceRow = (aid: string, lifeCycle: number, privileges: string, module: string) =>
  tlv(
    TAG_E3_REGISTRY,
    tlv(TAG_4F_AID, aid) +
      tlv(TAG_9F70_LIFE_CYCLE, hex8(lifeCycle)) +
      tlv(TAG_C5_PRIVILEGES, privileges) +
      tlv(TAG_C4_LOAD_FILE, module),
  ).toLowerCase();
const moduleRow = (aid: string, withModule: boolean) =>
  tlv(
    TAG_E3_REGISTRY,
    tlv(TAG_4F_AID, aid) +
      tlv(TAG_9F70_LIFE_CYCLE, hex8(LIFE_CYCLE_LOADED)) +
      (withModule ? tlv(TAG_84_MODULE, aid) : ""),
  ).toLowerCase();
/** Application life cycle SELECTABLE. GPC 2.3.1, table 11-4. */
const SELECTABLE = 0x07;
/** Privileges of the domain, the file system and the social security application in the image. */
const [ofDomain, ofFiles, ofSocial] = card.image.manifest.instances.map(({ privileges }) =>
  hex(privileges),
) as [string, string, string];
const DOMAIN_ROW = instanceRow(AID_ISSUER_DOMAIN, CARD_OP_READY, ofDomain, DOMAIN_MODULE);
const FILES_ROW = instanceRow(AID_FILES, SELECTABLE, ofFiles, FILES_MODULE);
const SOCIAL_ROW = instanceRow(AID_SSSE, SELECTABLE, ofSocial, SOCIAL_MODULE);
const SECOND_ROW = instanceRow(SECOND, SELECTABLE, PLAIN, FILES_MODULE);

const answersStatus = (command: Uint8Array, rows: string) =>
  assert.is(hex(through(card, channel, command)), rows);

tests("GET STATUS tells the domain, the applications, the load files and their modules", () => {
  answersStatus(status(STATUS_ISSUER_DOMAIN), DOMAIN_ROW);
  answersStatus(status(STATUS_APPLICATIONS), FILES_ROW + SOCIAL_ROW);
  answersStatus(status(STATUS_LOAD_FILES), MODULES.map((aid) => moduleRow(aid, false)).join(""));
  answersStatus(
    status(STATUS_LOAD_FILES_AND_MODULES),
    MODULES.map((aid) => moduleRow(aid, true)).join(""),
  );
});

tests("GET STATUS takes the beginning of an AID as the question", () => {
  answersStatus(status(STATUS_APPLICATIONS, "F0"), FILES_ROW);
  answersStatus(status(STATUS_APPLICATIONS, AID_SSSE), SOCIAL_ROW);
  answersStatus(status(STATUS_LOAD_FILES, SOCIAL_MODULE), moduleRow(SOCIAL_MODULE, false));
  answersStatus(status(STATUS_ISSUER_DOMAIN, "A000000151"), DOMAIN_ROW);
  through(card, channel, status(STATUS_APPLICATIONS, "F1"), SW_REFERENCED_DATA_NOT_FOUND);
  through(card, channel, status(STATUS_ISSUER_DOMAIN, AID_FILES), SW_REFERENCED_DATA_NOT_FOUND);
  through(
    card,
    channel,
    status(STATUS_LOAD_FILES, `${FILES_MODULE}00`),
    SW_REFERENCED_DATA_NOT_FOUND,
  );
});

const getStatus = (p1: number, p2: number, data: string) =>
  apdu(CLA_PROPRIETARY, INS_GET_STATUS, p1, p2, data, 0);
const STATUS_REFUSALS: readonly [string, Uint8Array, number][] = [
  ["the old format", status(STATUS_APPLICATIONS, "", 0x00), SW_WRONG_P1P2],
  ["the next part of nothing", status(STATUS_APPLICATIONS, "", 0x03), SW_WRONG_P1P2],
  ["two kinds at once", status(0xc0), SW_WRONG_P1P2],
  ["no data", getStatus(STATUS_APPLICATIONS, STATUS_TLV_FORMAT, ""), SW_WRONG_LENGTH],
  ["one byte", getStatus(STATUS_APPLICATIONS, STATUS_TLV_FORMAT, "4F"), SW_WRONG_LENGTH],
  ["another tag", getStatus(STATUS_APPLICATIONS, STATUS_TLV_FORMAT, "4E00"), SW_WRONG_DATA],
  [
    "an AID that is cut short",
    getStatus(STATUS_APPLICATIONS, STATUS_TLV_FORMAT, "4F02F0"),
    SW_WRONG_DATA,
  ],
];

for (const [what, request, sw] of STATUS_REFUSALS) {
  tests(`GET STATUS refuses ${what} with ${hex16(sw)}, and works next`, () => {
    through(card, channel, request, sw);
    answersStatus(status(STATUS_ISSUER_DOMAIN), DOMAIN_ROW);
  });
}

tests("GET STATUS without a session is refused", () => {
  card.reset();
  refuse(card, status(STATUS_APPLICATIONS), SW_SECURITY_NOT_SATISFIED);
});

tests("INSTALL makes a second file system with files of its own", async () => {
  assert.is(hex(through(card, channel, install(fields()))), "00");
  answersStatus(status(STATUS_APPLICATIONS), FILES_ROW + SOCIAL_ROW + SECOND_ROW);
  for (const [aid, value] of [
    [SECOND, "02"],
    [AID_FILES, "01"],
  ] as const) {
    await personalize(card, aid, [
      fileGrouping(FID_MF, fcp({ type: FILE_TRANSPARENT, fid: 0x2f01, size: 1, sfi: 1 })),
      ACTIVATE,
    ]);
    accept(card, selectApplication(aid));
    accept(card, apdu(0, INS_UPDATE_BINARY, 0x81, 0, value));
  }
  card.powerOff();
  card.reset();
  for (const [aid, value] of [
    [SECOND, "02"],
    [AID_FILES, "01"],
  ] as const) {
    accept(card, selectApplication(aid));
    answers(card, apdu(0, INS_READ_BINARY, 0x81, 0, "", 0), value);
  }
});

tests("INSTALL hands the parameters to the applet and takes one byte of privileges", () => {
  const name = "D1560000059901";
  const parameters = tlv(TAG_C9_PARAMETERS, name);
  const social = { loadFile: SOCIAL_MODULE, module: SOCIAL_MODULE, aid: name, privileges: "00" };
  through(card, channel, install(fields({ ...social, parameters })));
  answers(card, selectApplication(name), `6f11 8407${name} a506 9f0c03860103`);
});

tests("INSTALL takes an empty load file AID and a missing token", () => {
  through(card, channel, install(fields({ loadFile: "" }).slice(0, -2)));
  accept(card, selectApplication(SECOND));
});

const REFUSALS: readonly [string, Uint8Array, number][] = [
  ["another kind of INSTALL", install(fields(), 0x04), SW_WRONG_P1P2],
  ["P2", install(fields(), INSTALL_AND_MAKE_SELECTABLE, 1), SW_WRONG_P1P2],
  ["no data", install(""), SW_WRONG_LENGTH],
  ["five bytes", install("0000000000"), SW_WRONG_LENGTH],
  ["a field that is cut short", install(fields().slice(0, -4)), SW_WRONG_DATA],
  ["a seventh field", install(`${fields()}00`), SW_WRONG_DATA],
  ["no parameters", install(fields({ parameters: "" })), SW_WRONG_DATA],
  ["parameters of another tag", install(fields({ parameters: "EF00" })), SW_WRONG_DATA],
  ["parameters of a wrong length", install(fields({ parameters: "C90200" })), SW_WRONG_DATA],
  [
    "an unknown module",
    install(fields({ module: "F057616665720003" })),
    SW_REFERENCED_DATA_NOT_FOUND,
  ],
  [
    "a module of another load file",
    install(fields({ loadFile: SOCIAL_MODULE })),
    SW_REFERENCED_DATA_NOT_FOUND,
  ],
  ["no privileges", install(fields({ privileges: "" })), SW_WRONG_LENGTH],
  ["the privilege of a domain", install(fields({ privileges: "80" })), SW_WRONG_DATA],
  ["an AID of 4 bytes", install(fields({ aid: "F0576166" })), SW_WRONG_DATA],
  ["an AID of 17 bytes", install(fields({ aid: "F0".repeat(17) })), SW_WRONG_DATA],
  ["an AID that is taken", install(fields({ aid: AID_FILES })), SW_NAME_EXISTS],
  ["the AID of the domain", install(fields({ aid: AID_ISSUER_DOMAIN })), SW_NAME_EXISTS],
  [
    "parameters that the applet refuses",
    install(fields({ loadFile: SOCIAL_MODULE, module: SOCIAL_MODULE })),
    SW_WRONG_DATA,
  ],
];

for (const [what, request, sw] of REFUSALS) {
  tests(`INSTALL refuses ${what} with ${hex16(sw)}, leaves nothing, and works next`, () => {
    through(card, channel, request, sw);
    answersStatus(status(STATUS_APPLICATIONS), FILES_ROW + SOCIAL_ROW);
    through(card, channel, install(fields()));
    accept(card, selectApplication(SECOND));
  });
}

tests("INSTALL without a session is refused", () => {
  card.reset();
  refuse(card, install(fields()), SW_SECURITY_NOT_SATISFIED);
  refuse(card, selectApplication(SECOND), SW_FILE_NOT_FOUND);
});

tests("INSTALL fills the card with instances and refuses the next", () => {
  for (let i = 4; i <= MAX_INSTANCES; i++) {
    through(
      card,
      channel,
      install(fields({ aid: `F05761666572A0${hex8(i)}` })),
      SW_SUCCESS,
      `${i}`,
    );
  }
  through(card, channel, install(fields()), SW_NOT_ENOUGH_MEMORY);
  answersStatus(status(STATUS_ISSUER_DOMAIN), DOMAIN_ROW);
  accept(card, selectApplication(`F05761666572A0${hex8(MAX_INSTANCES)}`));
});

tests("INSTALL cut anywhere leaves nothing or a whole instance", async () => {
  const command = channel.wrap(install(fields()));
  const start = card.snapshot();
  const seen = { nothing: 0, whole: 0 };
  const cuts = everyPowerCut(
    card,
    () => accept(card, command),
    (cut) => {
      const { sw } = send(card, selectApplication(SECOND));
      assert.ok(sw === SW_FILE_NOT_FOUND || sw === SW_SUCCESS, `${cut}: ${hex16(sw)}`);
      if (sw === SW_SUCCESS) seen.whole++;
      else seen.nothing++;
      accept(card, selectApplication(AID_FILES));
      accept(card, selectApplication(AID_SSSE));
    },
  );
  assert.ok(cuts > 0 && seen.nothing > 0 && seen.whole > 0, JSON.stringify(seen));
  for (let cut = 0; cut < cuts; cut++) {
    card.restore(start);
    card.cutPower(cut, "erased");
    assert.throws(() => accept(card, command), /power was cut/);
    card.reset();
    channel = await openChannel(card);
    const rows = hex(through(card, channel, status(STATUS_APPLICATIONS)));
    if (rows === FILES_ROW + SOCIAL_ROW) through(card, channel, install(fields()));
    else assert.is(rows, FILES_ROW + SOCIAL_ROW + SECOND_ROW);
    await personalize(card, SECOND, [
      fileGrouping(FID_MF, fcp({ type: FILE_TRANSPARENT, fid: 0x2f01, size: 1, sfi: 1 })),
    ]);
  }
});

tests.run();
