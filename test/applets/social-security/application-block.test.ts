// APPLICATION BLOCK: a DF ends for good, the others go on; refusals in their order; power cuts.

import { suite } from "uvu";
import * as assert from "uvu/assert";
import { FID_MF, FILE_DF, FILE_TRANSPARENT } from "../../../applets/filesystem/spec.ts";
import {
  AID_SSSE,
  CLA_MAINTENANCE,
  CLA_UPDATE_WITH_MAC,
  SW_APPLICATION_BLOCKED,
} from "../../../applets/social-security/spec.ts";
import {
  CLA_PROPRIETARY,
  INS_APPLICATION_BLOCK,
  INS_CHANGE_PIN,
  INS_EXTERNAL_AUTHENTICATE,
  INS_GET_CHALLENGE,
  INS_INTERNAL_AUTHENTICATE,
  INS_READ_BINARY,
  INS_READ_RECORD,
  INS_SELECT,
  INS_UPDATE_BINARY,
  INS_VERIFY,
} from "../../../runtime/spec/instructions.ts";
import {
  SW_CONDITIONS_NOT_SATISFIED,
  SW_REFERENCE_DATA_NOT_USABLE,
  SW_REFERENCED_DATA_NOT_FOUND,
  SW_SECURE_MESSAGING_WRONG,
  SW_SECURITY_NOT_SATISFIED,
  SW_SUCCESS,
  SW_WRONG_LENGTH,
  SW_WRONG_P1P2,
} from "../../../runtime/spec/status-words.ts";
import { accept, answers, apdu, everyPowerCut, refuse, send } from "../../helpers/card.ts";
import { fileGrouping, hex16, selectApplication } from "../../helpers/secure-channel.ts";
import { fcp } from "../filesystem/file-tree.ts";
import { type Header, Terminal } from "./card-terminal.ts";
import { FAMILIES } from "./family.ts";
import {
  BK,
  DF_FREE,
  DF_FREE_NAME,
  DF_GUARDED,
  DF_GUARDED_NAME,
  fullCard,
  GUARDED,
  LK_GUARDED,
  PIN,
  RK_GUARDED,
  RKSSSE,
  STK,
  STK_GUARDED,
} from "./full-card.ts";

const tests = suite("APPLICATION BLOCK");
const BLOCK: Header = [CLA_MAINTENANCE, INS_APPLICATION_BLOCK, 0, 1];
const select = (fid: number, p1 = 0, p2 = 0) => apdu(0, INS_SELECT, p1, p2, hex16(fid), 0);
const readFree = apdu(0, INS_READ_BINARY, 0x80 | GUARDED.free.sfi, 0, "", 4);
const NO_MAC = "00000000";
/** A DF beside, with the key of another one's number as its condition, and none of its own. */
const DF_OPEN = 0xdf07;

for (const family of FAMILIES) {
  const card = await fullCard(family, [
    fileGrouping(FID_MF, fcp({ type: FILE_DF, fid: DF_OPEN })),
    fileGrouping(DF_OPEN, fcp({ type: FILE_TRANSPARENT, fid: 0xef05, size: 2, sfi: 5 })),
  ]);
  const terminal = new Terminal(card, family);
  const ready = card.snapshot();
  const test = (name: string, run: () => void) =>
    tests(`${family.name}: ${name}`, () => {
      card.restore(ready);
      run();
    });
  const block = () => {
    terminal.selectDf(DF_GUARDED);
    terminal.prove(LK_GUARDED);
    accept(card, terminal.withMac(STK_GUARDED, BLOCK));
  };
  const selections: readonly Uint8Array[] = [
    select(DF_GUARDED),
    select(DF_GUARDED, 1),
    selectApplication(DF_GUARDED_NAME),
    apdu(0, INS_SELECT, 8, 0, hex16(DF_GUARDED), 0),
    apdu(0, INS_SELECT, 8, 0, hex16(DF_GUARDED) + hex16(0xef00 | GUARDED.free.sfi), 0),
  ];
  const everything: readonly Uint8Array[] = [
    readFree,
    apdu(0, INS_READ_RECORD, 1, 4, "", 4),
    apdu(0, INS_UPDATE_BINARY, 0x80 | GUARDED.free.sfi, 0, "11"),
    apdu(CLA_UPDATE_WITH_MAC, INS_UPDATE_BINARY, 0x81, 0, `11${NO_MAC}`),
    apdu(0, INS_VERIFY, 0, 0, PIN),
    apdu(0, INS_GET_CHALLENGE, 0, 0, "", 8),
    apdu(0, INS_INTERNAL_AUTHENTICATE, 0, 0, "00".repeat(16), 8),
    apdu(0, INS_EXTERNAL_AUTHENTICATE, 0, RKSSSE.reference, "00".repeat(16)),
    apdu(CLA_PROPRIETARY, INS_CHANGE_PIN, 1, 0, `${PIN}FF${PIN}`),
    apdu(...BLOCK, NO_MAC),
    apdu(0xa0, 0xfc, 0, 0),
  ];

  test("nothing in the DF answers any more, not even to SELECT of it or of a file in it", () => {
    block();
    for (const command of everything) refuse(card, command, SW_APPLICATION_BLOCKED);
    for (const command of selections) {
      accept(card, selectApplication(AID_SSSE));
      refuse(card, command, SW_APPLICATION_BLOCKED);
      refuse(card, readFree, SW_APPLICATION_BLOCKED);
    }
  });

  test("it holds after the power was off", () => {
    block();
    for (const command of selections) {
      terminal.start();
      refuse(card, command, SW_APPLICATION_BLOCKED);
    }
  });

  test("the environment and the other DFs go on", () => {
    block();
    answers(card, select(DF_FREE), `6F08 8406 ${DF_FREE_NAME}`);
    terminal.selectDf(FID_MF);
    accept(card, apdu(0, INS_VERIFY, 0, 0, PIN));
    terminal.prove(RKSSSE);
    refuse(card, select(DF_GUARDED), SW_APPLICATION_BLOCKED);
    answers(card, selectApplication(DF_FREE_NAME), `6F08 8406 ${DF_FREE_NAME}`);
    terminal.start();
    terminal.selectDf(DF_FREE);
  });

  const refusals: readonly [string, () => Uint8Array, number][] = [
    ["P1", () => terminal.withMac(STK_GUARDED, [BLOCK[0], BLOCK[1], 1, 1]), SW_WRONG_P1P2],
    ["P2 00", () => terminal.withMac(STK_GUARDED, [BLOCK[0], BLOCK[1], 0, 0]), SW_WRONG_P1P2],
    ["P2 02", () => terminal.withMac(STK_GUARDED, [BLOCK[0], BLOCK[1], 0, 2]), SW_WRONG_P1P2],
    ["no MAC", () => apdu(...BLOCK), SW_WRONG_LENGTH],
    ["a MAC of three bytes", () => apdu(...BLOCK, "000000"), SW_WRONG_LENGTH],
    ["data", () => terminal.withMac(STK_GUARDED, BLOCK, "00"), SW_WRONG_LENGTH],
    ["no challenge", () => apdu(...BLOCK, NO_MAC), SW_REFERENCE_DATA_NOT_USABLE],
    ["the root's key", () => terminal.withMac(STK, BLOCK), SW_SECURE_MESSAGING_WRONG],
    ["the proven key", () => terminal.withMac(LK_GUARDED, BLOCK), SW_SECURE_MESSAGING_WRONG],
  ];
  for (const [what, build, sw] of refusals) {
    test(`${what} is refused with ${hex16(sw)}, blocks nothing, and the next works`, () => {
      terminal.selectDf(DF_GUARDED);
      terminal.prove(LK_GUARDED);
      refuse(card, build(), sw);
      accept(card, readFree);
      accept(card, terminal.withMac(STK_GUARDED, BLOCK));
      refuse(card, readFree, SW_APPLICATION_BLOCKED);
    });
  }

  test("the environment itself has no such key", () => {
    terminal.prove(BK);
    refuse(card, terminal.withMac(STK, BLOCK), SW_CONDITIONS_NOT_SATISFIED);
    terminal.start();
  });

  test("other proofs are none: no key, another, the PIN, one from before the DF was left", () => {
    for (const prove of [
      () => {},
      () => terminal.prove(BK),
      () => terminal.prove(RK_GUARDED),
      () => accept(card, apdu(0, INS_VERIFY, 0, 0, PIN)),
      () => {
        terminal.prove(LK_GUARDED);
        terminal.selectDf(DF_FREE);
        terminal.selectDf(DF_GUARDED);
      },
    ]) {
      card.restore(ready);
      terminal.selectDf(DF_GUARDED);
      prove();
      refuse(card, terminal.withMac(STK_GUARDED, BLOCK), SW_SECURITY_NOT_SATISFIED);
      accept(card, readFree);
    }
  });

  test("a DF that may never be blocked, or has no key for the MAC, is not", () => {
    terminal.selectDf(DF_FREE);
    refuse(card, terminal.withMac(STK, BLOCK), SW_SECURITY_NOT_SATISFIED);
    terminal.selectDf(DF_OPEN);
    const { sw } = send(card, terminal.withMac(STK, BLOCK));
    assert.is(sw, SW_REFERENCED_DATA_NOT_FOUND);
    accept(card, apdu(0, INS_READ_BINARY, 0x85, 0, "", 2));
  });

  test("wrong MACs do not block the keys", () => {
    terminal.selectDf(DF_GUARDED);
    terminal.prove(LK_GUARDED);
    for (let i = 0; i < 20; i++) {
      terminal.challenge();
      refuse(card, apdu(...BLOCK, NO_MAC), SW_SECURE_MESSAGING_WRONG);
    }
    accept(card, terminal.withMac(STK_GUARDED, BLOCK));
  });

  test("cut anywhere, the DF is blocked or as it was, all of it", () => {
    terminal.selectDf(DF_GUARDED);
    terminal.prove(LK_GUARDED);
    const command = terminal.withMac(STK_GUARDED, BLOCK);
    const seen = new Set<boolean>();
    const cuts = everyPowerCut(
      card,
      () => accept(card, command),
      (cut) => {
        accept(card, selectApplication(AID_SSSE));
        const blocked = send(card, select(DF_GUARDED)).sw === SW_APPLICATION_BLOCKED;
        for (const file of blocked ? [] : Object.values(GUARDED)) {
          const { sw } = send(card, apdu(0, INS_READ_BINARY, 0x80 | file.sfi, 0, "", 4));
          assert.is(sw, file === GUARDED.free ? SW_SUCCESS : SW_SECURITY_NOT_SATISFIED, cut);
        }
        terminal.selectDf(DF_FREE);
        seen.add(blocked);
      },
    );
    assert.ok(cuts > 0, "nothing was written: this test proves nothing");
    assert.is(seen.size, 2, "the cuts did not reach both sides of the write");
    refuse(card, readFree, SW_APPLICATION_BLOCKED);
  });
}

tests.run();
