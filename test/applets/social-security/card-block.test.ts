// CARD BLOCK: the whole card ends for good; refusals in their order; power cuts.

import { suite } from "uvu";
import * as assert from "uvu/assert";
import { FID_MF } from "../../../applets/filesystem/spec.ts";
import { AID_SSSE, CLA_MAINTENANCE } from "../../../applets/social-security/spec.ts";
import { INTERFACE_CONTACTLESS } from "../../../runtime/spec/chip.ts";
import {
  INS_CARD_BLOCK,
  INS_GET_CHALLENGE,
  INS_READ_BINARY,
  INS_SELECT,
  INS_VERIFY,
} from "../../../runtime/spec/instructions.ts";
import {
  SW_FUNCTION_NOT_SUPPORTED,
  SW_REFERENCE_DATA_NOT_USABLE,
  SW_SECURE_MESSAGING_WRONG,
  SW_SECURITY_NOT_SATISFIED,
  SW_WRONG_LENGTH,
  SW_WRONG_P1P2,
} from "../../../runtime/spec/status-words.ts";
import { accept, apdu, everyPowerCut, refuse, send } from "../../helpers/card.ts";
import { hex16, selectApplication } from "../../helpers/secure-channel.ts";
import { AID_FILES } from "../filesystem/file-tree.ts";
import { type Header, Terminal } from "./card-terminal.ts";
import { FAMILIES } from "./family.ts";
import {
  BK,
  DF_FREE,
  DF_GUARDED,
  fullCard,
  LK_GUARDED,
  PIN,
  PUK,
  ROOT_FREE,
  STK,
  STK_FREE,
} from "./full-card.ts";

const tests = suite("CARD BLOCK");
const BLOCK: Header = [CLA_MAINTENANCE, INS_CARD_BLOCK, 0, 0];
const readFree = apdu(0, INS_READ_BINARY, 0x80 | ROOT_FREE.sfi, 0, "", 4);
const NO_MAC = "00000000";
const EVERYTHING: readonly Uint8Array[] = [
  readFree,
  selectApplication(AID_SSSE),
  selectApplication(AID_FILES),
  apdu(0, INS_SELECT, 0, 0, hex16(DF_FREE), 0),
  apdu(0, INS_VERIFY, 0, 0, PIN),
  apdu(0, INS_GET_CHALLENGE, 0, 0, "", 8),
  apdu(...BLOCK, NO_MAC),
  apdu(0, 0xfc, 0, 0),
];

for (const family of FAMILIES) {
  const card = await fullCard(family);
  const terminal = new Terminal(card, family);
  const ready = card.snapshot();
  const test = (name: string, run: () => void) =>
    tests(`${family.name}: ${name}`, () => {
      card.restore(ready);
      run();
    });
  const allRefused = () => {
    for (const command of EVERYTHING) refuse(card, command, SW_FUNCTION_NOT_SUPPORTED);
  };

  for (const where of [FID_MF, DF_FREE]) {
    test(`in ${hex16(where)}: nothing on the card answers, at once and after the power was off`, () => {
      terminal.selectDf(where);
      terminal.prove(BK);
      accept(card, terminal.withMac(STK, BLOCK));
      allRefused();
      card.powerOff();
      card.reset();
      allRefused();
      card.powerOff();
      card.reset(INTERFACE_CONTACTLESS);
      allRefused();
    });
  }

  const refusals: readonly [string, () => Uint8Array, number][] = [
    ["P1", () => terminal.withMac(STK, [BLOCK[0], BLOCK[1], 1, 0]), SW_WRONG_P1P2],
    ["P2", () => terminal.withMac(STK, [BLOCK[0], BLOCK[1], 0, 1]), SW_WRONG_P1P2],
    ["no MAC", () => apdu(...BLOCK), SW_WRONG_LENGTH],
    ["data", () => terminal.withMac(STK, BLOCK, "00"), SW_WRONG_LENGTH],
    ["no challenge", () => apdu(...BLOCK, NO_MAC), SW_REFERENCE_DATA_NOT_USABLE],
    ["the proven key", () => terminal.withMac(BK, BLOCK), SW_SECURE_MESSAGING_WRONG],
    ["a DF's key", () => terminal.withMac(STK_FREE, BLOCK), SW_SECURE_MESSAGING_WRONG],
  ];
  for (const [what, build, sw] of refusals) {
    test(`${what} is refused with ${hex16(sw)}, blocks nothing, and the next works`, () => {
      terminal.prove(BK);
      refuse(card, build(), sw);
      accept(card, readFree);
      accept(card, terminal.withMac(STK, BLOCK));
      allRefused();
    });
  }

  test("other proofs are none: no key, PUK, LK, the PIN, BK before another SELECT", () => {
    for (const prove of [
      () => {},
      () => terminal.prove(PUK),
      () => {
        terminal.selectDf(DF_GUARDED);
        terminal.prove(LK_GUARDED);
      },
      () => accept(card, apdu(0, INS_VERIFY, 0, 0, PIN)),
      () => {
        terminal.prove(BK);
        accept(card, selectApplication(AID_SSSE));
      },
    ]) {
      card.restore(ready);
      prove();
      refuse(card, terminal.withMac(STK, BLOCK), SW_SECURITY_NOT_SATISFIED);
      accept(card, selectApplication(AID_SSSE));
    }
  });

  test("wrong MACs do not block the keys", () => {
    terminal.prove(BK);
    for (let i = 0; i < 20; i++) {
      terminal.challenge();
      refuse(card, apdu(...BLOCK, NO_MAC), SW_SECURE_MESSAGING_WRONG);
    }
    accept(card, terminal.withMac(STK, BLOCK));
  });

  test("cut anywhere, the card is blocked or as it was", () => {
    terminal.prove(BK);
    const command = terminal.withMac(STK, BLOCK);
    const seen = new Set<boolean>();
    const cuts = everyPowerCut(
      card,
      () => accept(card, command),
      () => {
        const blocked = send(card, selectApplication(AID_SSSE)).sw === SW_FUNCTION_NOT_SUPPORTED;
        if (blocked) allRefused();
        else accept(card, readFree);
        seen.add(blocked);
      },
    );
    assert.ok(cuts > 0, "nothing was written: this test proves nothing");
    assert.is(seen.size, 2, "the cuts did not reach both sides of the write");
    allRefused();
  });
}

tests.run();
