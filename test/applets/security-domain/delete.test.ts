// DELETE: applications, packages with what came from them, key sets. GPC 2.3.1, 9.5 and 11.2.

import { suite } from "uvu";
import * as assert from "uvu/assert";
import { FID_MF, FILE_TRANSPARENT } from "../../../applets/filesystem/spec.ts";
import {
  DELETE_RELATED,
  TAG_4F_AID,
  TAG_D0_KEY_IDENTIFIER,
  TAG_D2_KEY_VERSION,
} from "../../../applets/security-domain/spec.ts";
import { CARD_OBJECT_CREATE, CARD_OBJECT_SIZE } from "../../../runtime/spec/card-api.ts";
import { STATUS_APPLICATIONS, STATUS_LOAD_FILES } from "../../../runtime/spec/content.ts";
import {
  CLA_PROPRIETARY,
  INS_DELETE,
  INS_INITIALIZE_UPDATE,
  INS_MANAGE_CHANNEL,
  INS_SELECT,
} from "../../../runtime/spec/instructions.ts";
import {
  SW_CONDITIONS_NOT_SATISFIED,
  SW_FILE_NOT_FOUND,
  SW_REFERENCED_DATA_NOT_FOUND,
  SW_SECURITY_NOT_SATISFIED,
  SW_SUCCESS,
  SW_WRONG_DATA,
  SW_WRONG_LENGTH,
  SW_WRONG_P1P2,
} from "../../../runtime/spec/status-words.ts";
import { accept, apdu, everyPowerCut, refuse, send } from "../../helpers/card.ts";
import {
  ACTIVATE,
  fileGrouping,
  hex8,
  hex16,
  personalize,
  selectApplication,
} from "../../helpers/secure-channel.ts";
import { ask } from "../../runtime/probe.ts";
import { AID_FILES, fcp, tlv } from "../filesystem/file-tree.ts";
import {
  deleteCommand,
  does,
  enter,
  FILES_MODULE,
  ISSUER,
  install,
  installDomain,
  listed,
  load,
  MANAGING_DOMAIN,
  managedCard,
  PROBE,
  PROBE_INSTANCE,
  probePackage,
  SUPPLEMENTARY,
  SUPPLEMENTARY_KEYS,
  TINY,
  TINY_INSTANCE,
  tinyPackage,
} from "./managed-card.ts";

const on = await managedCard();
const { card } = on;
load(on, await probePackage());
does(on, install({ module: PROBE, aid: PROBE_INSTANCE }));
const ready = card.snapshot();
const tests = suite("DELETE");
tests.before.each(async () => {
  card.restore(ready);
  await enter(on, ISSUER);
});

const SECOND = `${PROBE}02`;
const OF_IMAGE = listed(on, STATUS_APPLICATIONS).filter((aid) => aid !== PROBE_INSTANCE);
const deleteKeys = (data: string) => apdu(CLA_PROPRIETARY, INS_DELETE, 0, 0, data, 0);

tests(
  "an application goes, with all that it kept; its name and number are free again",
  async () => {
    accept(card, selectApplication(PROBE_INSTANCE));
    assert.is(ask(card, CARD_OBJECT_CREATE, 1, 32), SW_SUCCESS);
    await enter(on, ISSUER);
    assert.is(does(on, deleteCommand(PROBE_INSTANCE)), "00");
    refuse(card, selectApplication(PROBE_INSTANCE), SW_FILE_NOT_FOUND);
    await enter(on, ISSUER);
    does(on, install({ module: PROBE, aid: PROBE_INSTANCE }));
    accept(card, selectApplication(PROBE_INSTANCE));
    assert.is(ask(card, CARD_OBJECT_SIZE, 1), -1, "an object of the one before");
    assert.is(ask(card, CARD_OBJECT_CREATE, 1, 8), SW_SUCCESS);
  },
);

tests("a file system goes with its files; another under its number has none", async () => {
  const file = fileGrouping(FID_MF, fcp({ type: FILE_TRANSPARENT, fid: 0x2f01, size: 1, sfi: 1 }));
  await personalize(card, AID_FILES, [file, ACTIVATE]);
  await enter(on, ISSUER);
  does(on, deleteCommand(AID_FILES));
  does(on, install({ module: FILES_MODULE, aid: AID_FILES }));
  // With the file of the one before, this would be refused: it exists.
  await personalize(card, AID_FILES, [file, ACTIVATE]);
});

tests("what is deleted stays deleted after a power cut", () => {
  does(on, deleteCommand(PROBE_INSTANCE));
  does(on, deleteCommand(PROBE));
  card.powerOff();
  card.reset();
  refuse(card, selectApplication(PROBE_INSTANCE), SW_FILE_NOT_FOUND);
});

tests("a package goes alone only when nothing runs from it; else with what is related", () => {
  does(on, install({ module: PROBE, aid: SECOND }));
  does(on, deleteCommand(PROBE), SW_CONDITIONS_NOT_SATISFIED);
  assert.ok(listed(on, STATUS_APPLICATIONS).includes(SECOND));
  does(on, deleteCommand(PROBE, DELETE_RELATED));
  assert.equal(listed(on, STATUS_APPLICATIONS), OF_IMAGE);
  assert.not.ok(listed(on, STATUS_LOAD_FILES).includes(PROBE));
  does(on, deleteCommand(PROBE, DELETE_RELATED), SW_REFERENCED_DATA_NOT_FOUND);
  load(on, tinyPackage());
  does(on, deleteCommand(TINY));
});

tests("an application deleted with what is related is just deleted", () => {
  does(on, deleteCommand(PROBE_INSTANCE, DELETE_RELATED));
  assert.ok(listed(on, STATUS_LOAD_FILES).includes(PROBE));
});

tests("an application that is selected on a channel is not deleted, nor its package", () => {
  accept(card, apdu(0, INS_MANAGE_CHANNEL, 0, 0, "", 1));
  accept(card, apdu(1, INS_SELECT, 4, 0, PROBE_INSTANCE, 0));
  does(on, deleteCommand(PROBE_INSTANCE), SW_CONDITIONS_NOT_SATISFIED);
  does(on, deleteCommand(PROBE, DELETE_RELATED), SW_CONDITIONS_NOT_SATISFIED);
  accept(card, apdu(0, INS_MANAGE_CHANNEL, 0x80, 1));
  assert.ok(listed(on, STATUS_APPLICATIONS).includes(PROBE_INSTANCE));
});

tests(
  "a domain goes when nothing is below it any more, neither application nor package",
  async () => {
    does(on, installDomain(SUPPLEMENTARY, MANAGING_DOMAIN, SUPPLEMENTARY_KEYS));
    load(on, tinyPackage(), { domain: SUPPLEMENTARY });
    does(on, install({ module: TINY }));
    does(on, deleteCommand(SUPPLEMENTARY), SW_CONDITIONS_NOT_SATISFIED);
    does(on, deleteCommand(TINY_INSTANCE));
    does(on, deleteCommand(SUPPLEMENTARY), SW_CONDITIONS_NOT_SATISFIED);
    does(on, deleteCommand(TINY));
    does(on, deleteCommand(SUPPLEMENTARY));
    // One of the same name has none of its keys.
    does(on, installDomain(SUPPLEMENTARY, MANAGING_DOMAIN));
    accept(card, selectApplication(SUPPLEMENTARY));
    const initialize = apdu(
      CLA_PROPRIETARY,
      INS_INITIALIZE_UPDATE,
      SUPPLEMENTARY_KEYS.version,
      0,
      "0102030405060708",
      0,
    );
    refuse(card, initialize, SW_REFERENCED_DATA_NOT_FOUND);
  },
);

const REFUSALS: readonly [string, Uint8Array, number][] = [
  [
    "P1 of a chain",
    apdu(CLA_PROPRIETARY, INS_DELETE, 0x80, 0, tlv(TAG_4F_AID, PROBE), 0),
    SW_WRONG_P1P2,
  ],
  ["bits of P2", deleteCommand(PROBE_INSTANCE, 0x01), SW_WRONG_P1P2],
  ["no data", deleteKeys(""), SW_WRONG_LENGTH],
  ["two bytes", deleteKeys("4F00"), SW_WRONG_LENGTH],
  ["an AID that is cut short", deleteKeys("4F05F0706F62"), SW_WRONG_DATA],
  ["neither AID nor key", deleteKeys("900101"), SW_WRONG_DATA],
  [
    "a token that nobody needs",
    deleteKeys(`${tlv(TAG_4F_AID, PROBE_INSTANCE)}9E0101`),
    SW_WRONG_DATA,
  ],
  ["an unknown AID", deleteCommand("F012345678"), SW_REFERENCED_DATA_NOT_FOUND],
  [
    "the beginning of an AID",
    deleteCommand(PROBE_INSTANCE.slice(0, -4)),
    SW_REFERENCED_DATA_NOT_FOUND,
  ],
  ["the issuer's domain", deleteCommand(ISSUER), SW_CONDITIONS_NOT_SATISFIED],
  ["a module of the image", deleteCommand(FILES_MODULE), SW_CONDITIONS_NOT_SATISFIED],
  [
    "a module of the image with all that is related",
    deleteCommand(FILES_MODULE, DELETE_RELATED),
    SW_CONDITIONS_NOT_SATISFIED,
  ],
  [
    "the only key set of the issuer's domain",
    deleteKeys(tlv(TAG_D2_KEY_VERSION, "FF")),
    SW_CONDITIONS_NOT_SATISFIED,
  ],
  [
    "an unknown key version",
    deleteKeys(tlv(TAG_D2_KEY_VERSION, "30")),
    SW_REFERENCED_DATA_NOT_FOUND,
  ],
  [
    "one key of a set",
    deleteKeys(tlv(TAG_D0_KEY_IDENTIFIER, "01") + tlv(TAG_D2_KEY_VERSION, "FF")),
    SW_WRONG_DATA,
  ],
  ["a key version of two bytes", deleteKeys(tlv(TAG_D2_KEY_VERSION, "00FF")), SW_WRONG_DATA],
];

for (const [what, request, sw] of REFUSALS) {
  tests(`DELETE refuses ${what} with ${hex16(sw)}, deletes nothing, and works next`, () => {
    if (what === "the beginning of an AID")
      does(on, install({ module: PROBE, aid: `${PROBE}0303` }));
    does(on, request, sw);
    const there = listed(on, STATUS_APPLICATIONS);
    assert.equal(there.slice(0, OF_IMAGE.length + 1), [...OF_IMAGE, PROBE_INSTANCE]);
    does(on, deleteCommand(PROBE_INSTANCE));
  });
}

tests("DELETE without a session is refused", () => {
  card.reset();
  refuse(card, deleteCommand(PROBE_INSTANCE), SW_SECURITY_NOT_SATISFIED);
  accept(card, selectApplication(PROBE_INSTANCE));
});

tests("a domain deletes its key sets; without any, those above open its channel", async () => {
  does(on, installDomain(SUPPLEMENTARY, MANAGING_DOMAIN, SUPPLEMENTARY_KEYS));
  await enter(on, SUPPLEMENTARY, SUPPLEMENTARY_KEYS);
  does(on, deleteKeys(tlv(TAG_D2_KEY_VERSION, hex8(SUPPLEMENTARY_KEYS.version))));
  await enter(on, SUPPLEMENTARY);
  does(on, install({ module: FILES_MODULE }));
});

tests("deleting a package with its instances, cut anywhere, deletes all or nothing", () => {
  does(on, install({ module: PROBE, aid: SECOND }));
  const command = on.channel.wrap(deleteCommand(PROBE, DELETE_RELATED));
  const seen = { there: 0, gone: 0 };
  const cuts = everyPowerCut(
    card,
    () => accept(card, command),
    (cut) => {
      const words = [PROBE_INSTANCE, SECOND].map((aid) => send(card, selectApplication(aid)).sw);
      const [sw] = words;
      // A probe that is selected takes the name of none for a command of its own.
      const gone = sw === SW_FILE_NOT_FOUND;
      assert.is(words[1] === SW_FILE_NOT_FOUND, gone, `${cut}: ${words.map(hex16)}`);
      if (gone) seen.gone++;
      else seen.there++;
      accept(card, selectApplication(AID_FILES));
    },
  );
  assert.ok(cuts > 0 && seen.there > 0 && seen.gone > 0, JSON.stringify(seen));
});

tests.run();
