// INSTALL [for install and make selectable]: another instance of a module of the image.

import { suite } from "uvu";
import * as assert from "uvu/assert";
import { FID_MF, FILE_TRANSPARENT } from "../../../applets/filesystem/spec.ts";
import { AID_PKI } from "../../../applets/identity/spec.ts";
import { AID_ISSUER_DOMAIN } from "../../../applets/security-domain/spec.ts";
import { AID_SSSE } from "../../../applets/social-security/spec.ts";
import type { SecureChannel } from "../../../personalization/scp03/secure-channel.ts";
import { MAX_INSTANCES } from "../../../runtime/spec/chip.ts";
import {
  INSTALL_AND_MAKE_SELECTABLE,
  STATUS_APPLICATIONS,
  TAG_C9_PARAMETERS,
} from "../../../runtime/spec/content.ts";
import {
  CLA_PROPRIETARY,
  INS_INSTALL,
  INS_READ_BINARY,
  INS_UPDATE_BINARY,
} from "../../../runtime/spec/instructions.ts";
import {
  SW_FILE_NOT_FOUND,
  SW_NAME_EXISTS,
  SW_NOT_ENOUGH_MEMORY,
  SW_REFERENCED_DATA_NOT_FOUND,
  SW_SECURITY_NOT_SATISFIED,
  SW_SUCCESS,
  SW_WRONG_DATA,
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
import { listed } from "./managed-card.ts";

const MODULES = ["A0000001515350", "F057616665720001", "F057616665720002"] as const;
const [_DOMAIN_MODULE, FILES_MODULE, SOCIAL_MODULE] = MODULES;
const SECOND = "F0576166657202";
const PLAIN = "000000";

const card = await domainCard();
const ready = card.snapshot();
let channel: SecureChannel;
const tests = suite("INSTALL");
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
const applications = () => listed({ card, channel }, STATUS_APPLICATIONS);
const OF_IMAGE = [AID_FILES, AID_SSSE.toUpperCase(), AID_PKI.toUpperCase()];

tests("INSTALL makes a second file system with files of its own", async () => {
  assert.is(hex(through(card, channel, install(fields()))), "00");
  assert.equal(applications(), [...OF_IMAGE, SECOND]);
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
  ["a form of no name", install(fields(), 0x03), SW_WRONG_P1P2],
  ["one of several commands", install(fields(), 0x8c), SW_WRONG_P1P2],
  ["P2", install(fields(), INSTALL_AND_MAKE_SELECTABLE, 1), SW_WRONG_P1P2],
  ["no data", install(""), SW_WRONG_DATA],
  ["five bytes", install("0000000000"), SW_REFERENCED_DATA_NOT_FOUND],
  ["four fields", install("00000000"), SW_WRONG_DATA],
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
  ["no privileges", install(fields({ privileges: "" })), SW_WRONG_DATA],
  ["the privilege of a domain", install(fields({ privileges: "80" })), SW_WRONG_DATA],
  ["an AID of 4 bytes", install(fields({ aid: "F0576166" })), SW_WRONG_DATA],
  ["an AID of 17 bytes", install(fields({ aid: "F0".repeat(17) })), SW_WRONG_DATA],
  ["an AID that is taken", install(fields({ aid: AID_FILES })), SW_NAME_EXISTS],
  ["the AID of a load file", install(fields({ aid: SOCIAL_MODULE })), SW_NAME_EXISTS],
  ["a token that nobody needs", install(fields({ token: "00" })), SW_WRONG_DATA],
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
    assert.equal(applications(), OF_IMAGE);
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
  for (let i = 5; i <= MAX_INSTANCES; i++) {
    through(
      card,
      channel,
      install(fields({ aid: `F05761666572A0${hex8(i)}` })),
      SW_SUCCESS,
      `${i}`,
    );
  }
  through(card, channel, install(fields()), SW_NOT_ENOUGH_MEMORY);
  assert.is(applications().length, MAX_INSTANCES - 1);
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
    const there = applications();
    if (there.length === OF_IMAGE.length) through(card, channel, install(fields()));
    else assert.equal(there, [...OF_IMAGE, SECOND]);
    await personalize(card, SECOND, [
      fileGrouping(FID_MF, fcp({ type: FILE_TRANSPARENT, fid: 0x2f01, size: 1, sfi: 1 })),
    ]);
  }
});

tests.run();
