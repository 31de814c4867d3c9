// INSTALL in its other forms and with its options: in two steps, combined with a load, for
// personalization, with a share of the store, selected implicitly, with long parameters.

import { suite } from "uvu";
import * as assert from "uvu/assert";
import {
  DGI_7FFF_ACTIVATE,
  FID_MF,
  FILE_TRANSPARENT,
  STORE_DATA_FORMAT_DGI,
} from "../../../applets/filesystem/spec.ts";
import {
  INSTALL_COMBINED_FIRST,
  INSTALL_COMBINED_LAST,
  TAG_42_IIN,
} from "../../../applets/security-domain/spec.ts";
import {
  CARD_COMMAND_READ,
  CARD_LIFE_CYCLE,
  CARD_OBJECT_CREATE,
  CARD_OBJECT_SIZE,
} from "../../../runtime/spec/card-api.ts";
import { INTERFACE_CONTACT, INTERFACE_CONTACTLESS } from "../../../runtime/spec/chip.ts";
import {
  INSTALL_AND_MAKE_SELECTABLE,
  INSTALL_FOR_INSTALL,
  INSTALL_FOR_LOAD,
  INSTALL_FOR_MAKE_SELECTABLE,
  INSTALL_FOR_PERSONALIZATION,
  INSTALL_FOR_REGISTRY_UPDATE,
  STATUS_APPLICATIONS,
  STATUS_LOAD_FILES,
  TAG_C9_PARAMETERS,
} from "../../../runtime/spec/content.ts";
import {
  CLA_PROPRIETARY,
  INS_GET_DATA,
  INS_MANAGE_CHANNEL,
  INS_READ_BINARY,
  INS_STORE_DATA,
} from "../../../runtime/spec/instructions.ts";
import { LIFE_CYCLE_LOCKED, LIFE_CYCLE_SELECTABLE } from "../../../runtime/spec/life-cycle.ts";
import {
  SW_CONDITIONS_NOT_SATISFIED,
  SW_FILE_NOT_FOUND,
  SW_NOT_ENOUGH_MEMORY,
  SW_REFERENCED_DATA_NOT_FOUND,
  SW_SUCCESS,
  SW_WRONG_DATA,
  SW_WRONG_P1P2,
} from "../../../runtime/spec/status-words.ts";
import { hex } from "../../helpers/bytes.ts";
import { accept, answers, apdu, refuse, send } from "../../helpers/card.ts";
import {
  fileGrouping,
  grouping,
  hex16,
  selectApplication,
  storeData,
} from "../../helpers/secure-channel.ts";
import { ask, script } from "../../runtime/probe.ts";
import { AID_FILES, fcp, tlv } from "../filesystem/file-tree.ts";
import {
  APPLET_PARAMETERS,
  about,
  blocks,
  deleteCommand,
  does,
  enter,
  extradition,
  fields,
  ISSUER,
  install,
  installCommand,
  installDomain,
  listed,
  load,
  lv,
  managedCard,
  OTHER_DOMAIN,
  PROBE,
  PROBE_INSTANCE,
  probePackage,
  SECURITY_DOMAIN,
  SUPPLEMENTARY,
  SUPPLEMENTARY_KEYS,
  setStatus,
  TINY,
  TINY_INSTANCE,
  tinyPackage,
} from "./managed-card.ts";

const on = await managedCard();
const { card } = on;
load(on, await probePackage());
const ready = card.snapshot();
const tests = suite("INSTALL with options");
tests.before.each(async () => {
  card.restore(ready);
  await enter(on, ISSUER);
});

const system = (value: string) => `EF${lv(value)}`;
const probe = { module: PROBE, aid: PROBE_INSTANCE };
const makeSelectable = (aid: string, given = {}) =>
  about(INSTALL_FOR_MAKE_SELECTABLE, aid, { privileges: "00", ...given });

// In two steps

tests("what is installed only is not selected until it is made selectable, and that once", () => {
  does(on, install(probe, INSTALL_FOR_INSTALL));
  refuse(card, selectApplication(PROBE_INSTANCE), SW_FILE_NOT_FOUND);
});

tests("what was made selectable is selected, in the state SELECTABLE", () => {
  does(on, install(probe, INSTALL_FOR_INSTALL));
  does(on, makeSelectable("F012345678"), SW_REFERENCED_DATA_NOT_FOUND);
  does(on, makeSelectable(PROBE_INSTANCE));
  does(on, makeSelectable(PROBE_INSTANCE), SW_CONDITIONS_NOT_SATISFIED);
  accept(card, selectApplication(PROBE_INSTANCE));
  assert.is(ask(card, CARD_LIFE_CYCLE), LIFE_CYCLE_SELECTABLE);
});

tests(
  "card reset comes with selectability: not before, and making selectable gives no more",
  () => {
    const privileges = "040000";
    does(on, install({ ...probe, privileges }, INSTALL_FOR_INSTALL), SW_WRONG_DATA);
    does(on, install(probe, INSTALL_FOR_INSTALL));
    does(on, makeSelectable(PROBE_INSTANCE, { privileges: "140200" }));
    assert.equal(listed(on, STATUS_APPLICATIONS).slice(3), [PROBE_INSTANCE]);
    card.reset();
    assert.is(ask(card, CARD_LIFE_CYCLE), LIFE_CYCLE_SELECTABLE, "selected at reset");
  },
);

// Combined with a load

tests("load, install and make selectable in one go: two INSTALL around LOAD", () => {
  const combined = INSTALL_FOR_LOAD | INSTALL_AND_MAKE_SELECTABLE;
  const first = [TINY, "", "", "", ""].map(lv).join("");
  const last = fields({ module: TINY });
  for (const p2 of [0x00, 0x02, 0x81]) does(on, installCommand(combined, first, p2), SW_WRONG_P1P2);
  does(on, installCommand(combined, first, INSTALL_COMBINED_FIRST));
  for (const block of blocks(tinyPackage().bytes, 50)) does(on, block);
  does(on, installCommand(combined, last, INSTALL_COMBINED_LAST));
  accept(card, selectApplication(TINY_INSTANCE));
});

// Parameters

tests("an applet gets parameters longer than 127 bytes, with lengths of two bytes", () => {
  // The probe runs them as a script while it is installed: it reads a byte far behind the calls.
  const parameters = "5A".repeat(150);
  const calls = hex(
    script([
      [CARD_OBJECT_CREATE, 1, 40],
      [CARD_COMMAND_READ, 100, 0, 1],
    ]),
  );
  const filled = calls + parameters;
  does(on, install({ ...probe, parameters: `C9${lv(filled)}` }));
  accept(card, selectApplication(PROBE_INSTANCE));
  assert.is(ask(card, CARD_OBJECT_SIZE, 1), 40);
});

const WRONG_PARAMETERS: readonly [string, string][] = [
  ["none", ""],
  ["system parameters alone", "EF00"],
  ["a length that runs out", "C902FF"],
  ["a length of three bytes", "C983000000"],
  ["system parameters that are cut short", `EF02C802${APPLET_PARAMETERS}`],
  ["a quota of three bytes", `EF05C803000100${APPLET_PARAMETERS}`],
  ["implicit selection in two bytes", `EF04CF020140${APPLET_PARAMETERS}`],
];
for (const [what, parameters] of WRONG_PARAMETERS) {
  tests(`parameters are refused: ${what}`, () => {
    does(on, install({ ...probe, parameters }), SW_WRONG_DATA);
    does(on, install(probe));
  });
}

// A share of the store

tests("an instance takes no more of the store than INSTALL gave it", () => {
  // 250 bytes are three chunks of 100.
  does(on, install({ ...probe, parameters: system("C80200FA") + APPLET_PARAMETERS }));
  const refused = `${PROBE}02`;
  const tooMuch = tlv(TAG_C9_PARAMETERS, hex(script([[CARD_OBJECT_CREATE, 1, 301]])));
  const given = { module: PROBE, aid: refused, parameters: system("C804000000FA") + tooMuch };
  does(on, install(given), SW_NOT_ENOUGH_MEMORY);
  refuse(card, selectApplication(refused), SW_FILE_NOT_FOUND);
  accept(card, selectApplication(PROBE_INSTANCE));
  assert.is(ask(card, CARD_OBJECT_CREATE, 1, 200), SW_SUCCESS);
  assert.is(ask(card, CARD_OBJECT_CREATE, 2, 101), SW_NOT_ENOUGH_MEMORY);
  assert.is(ask(card, CARD_OBJECT_CREATE, 2, 100), SW_SUCCESS);
  assert.is(ask(card, CARD_OBJECT_CREATE, 3, 1), SW_NOT_ENOUGH_MEMORY);
});

// Selected without being named

/** Implicit selection parameter. GPC 2.3.1, table 11-15. */
const CONTACTLESS = 0x80;
const CONTACT = 0x40;
const implicitly = (value: number) => system(`CF01${value.toString(16).padStart(2, "0")}`);

/** What is selected after a reset, or on channel 1 once it is open: an instance, or the issuer's domain. */
function selectedOn(line: number, channel: number): string {
  card.reset(line);
  if (channel > 0) accept(card, apdu(0, INS_MANAGE_CHANNEL, 0, 0, "", 1));
  const { sw } = send(card, apdu(CLA_PROPRIETARY | channel, INS_GET_DATA, 0, 0x66, "", 0));
  const domain = sw === SW_SUCCESS;
  return domain ? "domain" : "instance";
}

for (const [value, contact, contactless, first] of [
  [CONTACT, "instance", "domain", "domain"],
  [CONTACTLESS, "domain", "instance", "domain"],
  [CONTACT | CONTACTLESS, "instance", "instance", "domain"],
  [CONTACT | 1, "domain", "domain", "instance"],
  [0x00, "domain", "domain", "domain"],
  [0x01, "domain", "domain", "domain"],
] as const) {
  const name = hex16(value).slice(2);
  tests(`implicit selection ${name}: at reset by contact, contactless, and on channel 1`, () => {
    does(
      on,
      install({
        module: "F057616665720001",
        aid: TINY_INSTANCE,
        parameters: implicitly(value) + APPLET_PARAMETERS,
      }),
    );
    assert.is(selectedOn(INTERFACE_CONTACT, 0), contact);
    assert.is(selectedOn(INTERFACE_CONTACTLESS, 0), contactless);
    assert.is(selectedOn(INTERFACE_CONTACT, 1), first);
  });
}

tests(
  "a place to be selected implicitly has one holder; it may change, and its end frees it",
  () => {
    const parameters = implicitly(CONTACT) + APPLET_PARAMETERS;
    does(on, install({ aid: TINY_INSTANCE, parameters }));
    does(on, install({ ...probe, parameters }), SW_WRONG_DATA);
    const both = implicitly(CONTACT | CONTACTLESS) + APPLET_PARAMETERS;
    does(on, install({ ...probe, parameters: both }), SW_WRONG_DATA);
    does(on, install({ ...probe, parameters: implicitly(CONTACT | 1) + APPLET_PARAMETERS }));
    const move = (aid: string, value: number, sw: number = SW_SUCCESS) =>
      does(on, about(INSTALL_FOR_REGISTRY_UPDATE, aid, { parameters: implicitly(value) }), sw);
    move(PROBE_INSTANCE, CONTACT, SW_WRONG_DATA);
    move(TINY_INSTANCE, 0);
    move(PROBE_INSTANCE, CONTACT);
    does(on, deleteCommand(PROBE_INSTANCE));
    move(TINY_INSTANCE, CONTACT);
    does(on, setStatus(STATUS_APPLICATIONS, LIFE_CYCLE_LOCKED, TINY_INSTANCE));
    assert.is(selectedOn(INTERFACE_CONTACT, 0), "domain", "a locked one is not selected");
  },
);

// For personalization

const forPersonalization = (aid: string) => about(INSTALL_FOR_PERSONALIZATION, aid);
const MADE = fileGrouping(FID_MF, fcp({ type: FILE_TRANSPARENT, fid: 0x2f01, size: 4, sfi: 1 }));

/** Whether the file system is personalized: its file can be read. */
function fileIsThere(): boolean {
  accept(card, selectApplication(AID_FILES));
  return send(card, apdu(0, INS_READ_BINARY, 0x81, 0, "", 0)).sw === SW_SUCCESS;
}

tests("STORE DATA goes through the domain to its application, to the last block", () => {
  does(on, forPersonalization(AID_FILES));
  does(on, storeData(0, MADE, false));
  does(on, storeData(1, grouping(DGI_7FFF_ACTIVATE, "")));
  // The next is for the domain again.
  does(on, apdu(CLA_PROPRIETARY, INS_STORE_DATA, 0x90, 0, tlv(TAG_42_IIN, "0102")));
  assert.ok(fileIsThere());
  accept(card, selectApplication(ISSUER));
  answers(card, apdu(CLA_PROPRIETARY, INS_GET_DATA, 0, TAG_42_IIN, "", 0), "42020102");
});

tests("an application's refusal of STORE DATA is answered as it is", () => {
  does(on, forPersonalization(AID_FILES));
  does(on, storeData(0, grouping(0x1234, "00"), false), SW_REFERENCED_DATA_NOT_FOUND);
  does(on, storeData(0, MADE));
});

tests("INSTALL of another thing ends a personalization", () => {
  does(on, forPersonalization(AID_FILES));
  does(on, install(probe));
  const groupings = apdu(CLA_PROPRIETARY, INS_STORE_DATA, STORE_DATA_FORMAT_DGI | 0x80, 0, MADE);
  does(on, groupings, SW_WRONG_DATA, "the domain keeps no files");
  assert.not.ok(fileIsThere());
});

tests(
  "a domain personalizes what is its own alone, with Trusted Path, and not what is locked",
  async () => {
    does(on, installDomain(SUPPLEMENTARY, SECURITY_DOMAIN, SUPPLEMENTARY_KEYS));
    does(on, installDomain(OTHER_DOMAIN, "800000"));
    does(on, extradition(AID_FILES, SUPPLEMENTARY));
    does(on, forPersonalization(AID_FILES), SW_REFERENCED_DATA_NOT_FOUND);
    does(on, forPersonalization(ISSUER), SW_REFERENCED_DATA_NOT_FOUND);
    does(on, forPersonalization("F012345678"), SW_REFERENCED_DATA_NOT_FOUND);
    does(on, setStatus(STATUS_APPLICATIONS, LIFE_CYCLE_LOCKED, AID_FILES));
    await enter(on, SUPPLEMENTARY, SUPPLEMENTARY_KEYS);
    does(on, forPersonalization(AID_FILES), SW_REFERENCED_DATA_NOT_FOUND);
    does(on, setStatus(STATUS_APPLICATIONS, 0, AID_FILES));
    does(on, forPersonalization(AID_FILES));
    does(on, storeData(0, MADE, false));
    does(on, storeData(1, grouping(DGI_7FFF_ACTIVATE, "")));
    assert.ok(fileIsThere());
    await enter(on, ISSUER);
    does(on, extradition(AID_FILES, OTHER_DOMAIN));
    await enter(on, OTHER_DOMAIN);
    does(on, forPersonalization(AID_FILES), SW_REFERENCED_DATA_NOT_FOUND, "no Trusted Path");
  },
);

tests("an instance that is deleted while it is personalized gets no more", () => {
  does(on, forPersonalization(AID_FILES));
  does(on, deleteCommand(AID_FILES));
  does(on, storeData(0, MADE), SW_CONDITIONS_NOT_SATISFIED);
  assert.ok(listed(on, STATUS_LOAD_FILES).includes(PROBE));
});

tests.run();
