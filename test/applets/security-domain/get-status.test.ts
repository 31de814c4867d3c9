// GET STATUS: what is on the card, in either format, by kind and by the beginning of an AID, in pages.

import { suite } from "uvu";
import * as assert from "uvu/assert";
import { AID_PKI } from "../../../applets/identity/spec.ts";
import {
  STATUS_NEXT,
  STATUS_TLV_FORMAT,
  TAG_4F_AID,
  TAG_5C_TAGS,
  TAG_9F70_LIFE_CYCLE,
  TAG_84_MODULE,
  TAG_C4_LOAD_FILE,
  TAG_C5_PRIVILEGES,
  TAG_CC_DOMAIN,
  TAG_E3_REGISTRY,
} from "../../../applets/security-domain/spec.ts";
import { AID_SSSE } from "../../../applets/social-security/spec.ts";
import { MAX_INSTANCES } from "../../../runtime/spec/chip.ts";
import {
  STATUS_APPLICATIONS,
  STATUS_ISSUER_DOMAIN,
  STATUS_LOAD_FILES,
  STATUS_LOAD_FILES_AND_MODULES,
  TAG_CF_IMPLICIT_SELECTION,
} from "../../../runtime/spec/content.ts";
import { CLA_PROPRIETARY, INS_GET_STATUS } from "../../../runtime/spec/instructions.ts";
import {
  CARD_OP_READY,
  LIFE_CYCLE_LOADED,
  LIFE_CYCLE_SELECTABLE,
} from "../../../runtime/spec/life-cycle.ts";
import {
  SW_CONDITIONS_NOT_SATISFIED,
  SW_MORE_STATUS,
  SW_REFERENCED_DATA_NOT_FOUND,
  SW_SECURITY_NOT_SATISFIED,
  SW_WRONG_DATA,
  SW_WRONG_LENGTH,
  SW_WRONG_P1P2,
} from "../../../runtime/spec/status-words.ts";
import { hex } from "../../helpers/bytes.ts";
import { apdu, refuse } from "../../helpers/card.ts";
import { hex8, hex16, openChannel, sendThrough } from "../../helpers/secure-channel.ts";
import { AID_FILES, tlv } from "../filesystem/file-tree.ts";
import {
  APPLET_PARAMETERS,
  DOMAIN_MODULE,
  does,
  enter,
  FILES_MODULE,
  getStatus,
  IDENTITY_MODULE,
  ISSUER,
  install,
  installDomain,
  listed,
  load,
  MANAGING_DOMAIN,
  managedCard,
  OTHER_DOMAIN,
  SOCIAL_MODULE,
  SUPPLEMENTARY,
  SUPPLEMENTARY_KEYS,
  TINY,
  TINY_INSTANCE,
  tinyPackage,
} from "./managed-card.ts";

const on = await managedCard();
const { card } = on;
const ready = card.snapshot();
const tests = suite("GET STATUS");
tests.before.each(async () => {
  card.restore(ready);
  on.channel = await openChannel(card);
});

// What the image gives, and what every issuer's domain has.
const ISSUER_PRIVILEGES = "98fc00";

interface Row {
  readonly aid: string;
  readonly state?: number;
  readonly privileges?: string;
  readonly implicit?: number;
  readonly module: string;
  readonly domain?: string;
}
const instanceRow = ({ aid, privileges = "000000", implicit, module, ...row }: Row) =>
  tlv(
    TAG_E3_REGISTRY,
    tlv(TAG_4F_AID, aid) +
      tlv(TAG_9F70_LIFE_CYCLE, hex8(row.state ?? LIFE_CYCLE_SELECTABLE)) +
      tlv(TAG_C5_PRIVILEGES, privileges) +
      (implicit === undefined ? "" : tlv(TAG_CF_IMPLICIT_SELECTION, hex8(implicit))) +
      tlv(TAG_C4_LOAD_FILE, module) +
      tlv(TAG_CC_DOMAIN, row.domain ?? ISSUER),
  ).toLowerCase();
const moduleRow = (aid: string, withModule: boolean, domain = ISSUER) =>
  tlv(
    TAG_E3_REGISTRY,
    tlv(TAG_4F_AID, aid) +
      tlv(TAG_9F70_LIFE_CYCLE, hex8(LIFE_CYCLE_LOADED)) +
      (withModule ? tlv(TAG_84_MODULE, aid) : "") +
      tlv(TAG_CC_DOMAIN, domain),
  ).toLowerCase();

const ISSUER_ROW = instanceRow({
  aid: ISSUER,
  state: CARD_OP_READY,
  privileges: ISSUER_PRIVILEGES,
  module: DOMAIN_MODULE,
});
const FILES_ROW = instanceRow({ aid: AID_FILES, module: FILES_MODULE });
const SOCIAL_ROW = instanceRow({ aid: AID_SSSE, module: SOCIAL_MODULE });
const IDENTITY_ROW = instanceRow({ aid: AID_PKI, module: IDENTITY_MODULE });
const MODULES = [DOMAIN_MODULE, FILES_MODULE, SOCIAL_MODULE, IDENTITY_MODULE];
const answers = (command: Uint8Array, rows: string) => assert.is(does(on, command), rows);

tests("GET STATUS tells the domain, the applications, the load files and their modules", () => {
  answers(getStatus(STATUS_ISSUER_DOMAIN), ISSUER_ROW);
  answers(getStatus(STATUS_APPLICATIONS), FILES_ROW + SOCIAL_ROW + IDENTITY_ROW);
  answers(getStatus(STATUS_LOAD_FILES), MODULES.map((aid) => moduleRow(aid, false)).join(""));
  const withModules = MODULES.map((aid) => moduleRow(aid, true)).join("");
  answers(getStatus(STATUS_LOAD_FILES_AND_MODULES), withModules);
});

tests("GET STATUS without TLV: AID, life cycle and one byte of privileges", () => {
  const plain = (aid: string, state: number, privileges: string) =>
    (hex8(aid.length / 2) + aid + hex8(state) + privileges).toLowerCase();
  answers(getStatus(STATUS_ISSUER_DOMAIN, "", 0), plain(ISSUER, CARD_OP_READY, "98"));
  const applications = [AID_FILES, AID_SSSE, AID_PKI].map((aid) =>
    plain(aid, LIFE_CYCLE_SELECTABLE, "00"),
  );
  answers(getStatus(STATUS_APPLICATIONS, "", 0), applications.join(""));
  const files = MODULES.map((aid) => plain(aid, LIFE_CYCLE_LOADED, "00"));
  answers(getStatus(STATUS_LOAD_FILES, "", 0), files.join(""));
  const modules = MODULES.map((aid) => `${hex8(1)}${hex8(aid.length / 2)}${aid}`.toLowerCase());
  answers(
    getStatus(STATUS_LOAD_FILES_AND_MODULES, "", 0),
    files.map((file, at) => file + modules[at]).join(""),
  );
});

tests(
  "GET STATUS takes the beginning of an AID as the question, but not for the issuer's domain",
  () => {
    answers(getStatus(STATUS_APPLICATIONS, "F0"), FILES_ROW);
    answers(getStatus(STATUS_APPLICATIONS, AID_SSSE), SOCIAL_ROW);
    answers(getStatus(STATUS_LOAD_FILES, SOCIAL_MODULE), moduleRow(SOCIAL_MODULE, false));
    for (const aid of ["A000000151", AID_FILES])
      answers(getStatus(STATUS_ISSUER_DOMAIN, aid), ISSUER_ROW);
    for (const [kind, aid] of [
      [STATUS_APPLICATIONS, "F1"],
      [STATUS_APPLICATIONS, `${AID_FILES}00`],
      [STATUS_APPLICATIONS, ISSUER],
      [STATUS_LOAD_FILES, `${FILES_MODULE}00`],
    ] as const) {
      does(on, getStatus(kind, aid), SW_REFERENCED_DATA_NOT_FOUND);
    }
  },
);

tests(
  "GET STATUS passes over other search criteria and a tag list, which this card does not know",
  () => {
    const data = tlv(TAG_4F_AID, "F0") + tlv(0x90, "01") + tlv(TAG_5C_TAGS, "4F");
    const ask = apdu(
      CLA_PROPRIETARY,
      INS_GET_STATUS,
      STATUS_APPLICATIONS,
      STATUS_TLV_FORMAT,
      data,
      0,
    );
    answers(ask, FILES_ROW);
  },
);

tests("GET STATUS tells implicit selection, and whose an instance and a package are", () => {
  does(on, installDomain(SUPPLEMENTARY, MANAGING_DOMAIN, SUPPLEMENTARY_KEYS));
  load(on, tinyPackage(), { domain: SUPPLEMENTARY });
  const parameters = `EF03CF0141${APPLET_PARAMETERS}`;
  does(on, install({ module: TINY, parameters }));
  answers(
    getStatus(STATUS_APPLICATIONS, TINY),
    instanceRow({ aid: TINY_INSTANCE, implicit: 0x41, module: TINY, domain: SUPPLEMENTARY }),
  );
  answers(getStatus(STATUS_LOAD_FILES_AND_MODULES, TINY), moduleRow(TINY, true, SUPPLEMENTARY));
});

tests("a domain sees itself and what is below it; with Global Registry it sees all", async () => {
  does(on, installDomain(SUPPLEMENTARY, MANAGING_DOMAIN, SUPPLEMENTARY_KEYS));
  does(on, installDomain(OTHER_DOMAIN, "808400"));
  load(on, tinyPackage(), { domain: SUPPLEMENTARY });
  await enter(on, SUPPLEMENTARY, SUPPLEMENTARY_KEYS);
  does(on, install({ module: TINY }));
  assert.equal(listed(on, STATUS_APPLICATIONS), [SUPPLEMENTARY, TINY_INSTANCE]);
  assert.equal(listed(on, STATUS_LOAD_FILES), [TINY]);
  does(on, getStatus(STATUS_ISSUER_DOMAIN), SW_REFERENCED_DATA_NOT_FOUND);
  await enter(on, OTHER_DOMAIN);
  const all = [
    AID_FILES,
    AID_SSSE.toUpperCase(),
    AID_PKI.toUpperCase(),
    SUPPLEMENTARY,
    OTHER_DOMAIN,
    TINY_INSTANCE,
  ];
  assert.equal(listed(on, STATUS_APPLICATIONS), all);
  assert.is(listed(on, STATUS_LOAD_FILES).length, MODULES.length + 1);
  assert.match(does(on, getStatus(STATUS_ISSUER_DOMAIN)), `4f08${ISSUER.toLowerCase()}`);
});

/** As many small instances as the card takes. */
function fill(): string[] {
  const aids = Array.from({ length: MAX_INSTANCES - 4 }, (_, at) => `F05761666572A0${hex8(at)}`);
  for (const aid of aids) does(on, install({ aid: aid.toUpperCase() }));
  return aids.map((aid) => aid.toUpperCase());
}

tests("GET STATUS lists as many as fit, says 6310, and goes on where it left off", () => {
  const made = fill();
  const all = [AID_FILES, AID_SSSE.toUpperCase(), AID_PKI.toUpperCase(), ...made];
  assert.equal(listed(on, STATUS_APPLICATIONS), all);
  const first = sendThrough(card, on.channel, getStatus(STATUS_APPLICATIONS));
  assert.is(first.sw, SW_MORE_STATUS);
  assert.ok(first.data.length <= 230, `${first.data.length} bytes`);
  // In the other format what is left is shorter; nothing is left out or told twice.
  let plain = "";
  for (let p2 = 0; ; p2 = STATUS_NEXT) {
    const { data, sw } = sendThrough(card, on.channel, getStatus(STATUS_APPLICATIONS, "", p2));
    plain += hex(data);
    if (sw !== SW_MORE_STATUS) break;
  }
  const rows = all.map((aid) => `${hex8(aid.length / 2)}${aid}0700`.toLowerCase());
  assert.is(plain, rows.join(""));
});

const NEXT = STATUS_TLV_FORMAT | STATUS_NEXT;

tests(
  "what is next is refused when nothing is: at the start, behind the end, for another kind",
  async () => {
    does(on, getStatus(STATUS_APPLICATIONS, "", NEXT), SW_CONDITIONS_NOT_SATISFIED);
    fill();
    does(on, getStatus(STATUS_APPLICATIONS), SW_MORE_STATUS);
    does(on, getStatus(STATUS_LOAD_FILES, "", NEXT), SW_CONDITIONS_NOT_SATISFIED);
    does(on, getStatus(STATUS_ISSUER_DOMAIN));
    does(on, getStatus(STATUS_APPLICATIONS, "", NEXT), SW_CONDITIONS_NOT_SATISFIED);
    listed(on, STATUS_APPLICATIONS);
    does(on, getStatus(STATUS_APPLICATIONS, "", NEXT), SW_CONDITIONS_NOT_SATISFIED);
    does(on, getStatus(STATUS_ISSUER_DOMAIN, "", NEXT), SW_CONDITIONS_NOT_SATISFIED);
    does(on, getStatus(STATUS_APPLICATIONS), SW_MORE_STATUS);
    await enter(on, ISSUER);
    does(on, getStatus(STATUS_APPLICATIONS, "", NEXT), SW_CONDITIONS_NOT_SATISFIED);
  },
);

const asking = (p1: number, p2: number, data: string) =>
  apdu(CLA_PROPRIETARY, INS_GET_STATUS, p1, p2, data, 0);
const REFUSALS: readonly [string, Uint8Array, number][] = [
  ["another bit of P2", getStatus(STATUS_APPLICATIONS, "", 0x06), SW_WRONG_P1P2],
  ["two kinds at once", getStatus(0xc0), SW_WRONG_P1P2],
  ["no kind", getStatus(0), SW_WRONG_P1P2],
  ["no data", asking(STATUS_APPLICATIONS, STATUS_TLV_FORMAT, ""), SW_WRONG_LENGTH],
  ["one byte", asking(STATUS_APPLICATIONS, STATUS_TLV_FORMAT, "4F"), SW_WRONG_LENGTH],
  ["another tag", asking(STATUS_APPLICATIONS, STATUS_TLV_FORMAT, "4E00"), SW_WRONG_DATA],
  [
    "an AID that is cut short",
    asking(STATUS_APPLICATIONS, STATUS_TLV_FORMAT, "4F02F0"),
    SW_WRONG_DATA,
  ],
];

for (const [what, request, sw] of REFUSALS) {
  tests(`GET STATUS refuses ${what} with ${hex16(sw)}, and works next`, () => {
    does(on, request, sw);
    answers(getStatus(STATUS_ISSUER_DOMAIN), ISSUER_ROW);
  });
}

tests("GET STATUS without a session is refused", () => {
  card.reset();
  refuse(card, getStatus(STATUS_APPLICATIONS), SW_SECURITY_NOT_SATISFIED);
});

tests.run();
