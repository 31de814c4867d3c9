// VERIFY: right and wrong PIN, tries, questions, local PINs; a try is spent before the comparison.

import { suite } from "uvu";
import * as assert from "uvu/assert";
import { ACCESS_PIN, FID_MF, FILE_TRANSPARENT } from "../../../applets/filesystem/spec.ts";
import { INS_READ_BINARY, INS_VERIFY } from "../../../runtime/spec/instructions.ts";
import {
  SW_AUTHENTICATION_BLOCKED,
  SW_REFERENCED_DATA_NOT_FOUND,
  SW_SECURITY_NOT_SATISFIED,
  SW_WRONG_LENGTH,
  SW_WRONG_P1P2,
  swTriesLeft,
} from "../../../runtime/spec/status-words.ts";
import { accept, apdu, everyPowerCut, refuse, send } from "../../helpers/card.ts";
import { fileGrouping, hex16, selectApplication } from "../../helpers/secure-channel.ts";
import {
  AID_FILES,
  cardWithFiles,
  condition,
  DF_PIN,
  FID_DF,
  FID_OTHER_DF,
  fcp,
  PIN_TRIES,
  ROOT_PIN,
  selectFid,
} from "./file-tree.ts";

const SFI_PROTECTED = 9;
const WRONG = "39393939";
const LOCAL = 0x80;
const access = condition(ACCESS_PIN).repeat(3);
const card = await cardWithFiles([
  fileGrouping(
    FID_MF,
    fcp({ type: FILE_TRANSPARENT, fid: 0x2f20, size: 1, sfi: SFI_PROTECTED, access }),
  ),
]);
const ready = card.snapshot();
const tests = suite("VERIFY");
tests.before.each(() => card.restore(ready));

const verify = (pin: string, reference = 0) => apdu(0, INS_VERIFY, 0, reference, pin);
const readProtected = apdu(0, INS_READ_BINARY, 0x80 | SFI_PROTECTED, 0, "", 0);

tests("VERIFY of the right PIN opens what asks for it", () => {
  refuse(card, readProtected, SW_SECURITY_NOT_SATISFIED);
  accept(card, verify(ROOT_PIN));
  accept(card, readProtected);
  accept(card, verify(""));
});

tests("VERIFY without data tells the tries that are left", () => {
  refuse(card, verify(""), swTriesLeft(3));
  refuse(card, verify(WRONG), swTriesLeft(2));
  refuse(card, verify(""), swTriesLeft(2));
});

tests("VERIFY counts wrong PINs down to blocked; the right PIN then no longer helps", () => {
  for (const sw of [swTriesLeft(2), swTriesLeft(1), swTriesLeft(0)]) {
    refuse(card, verify(WRONG), sw);
  }
  refuse(card, verify(ROOT_PIN), SW_AUTHENTICATION_BLOCKED);
  refuse(card, verify(""), SW_AUTHENTICATION_BLOCKED);
  refuse(card, readProtected, SW_SECURITY_NOT_SATISFIED);
  card.powerOff();
  card.reset();
  accept(card, selectApplication(AID_FILES));
  refuse(card, verify(ROOT_PIN), SW_AUTHENTICATION_BLOCKED);
});

tests("VERIFY of the right PIN gives all tries back", () => {
  refuse(card, verify(WRONG), swTriesLeft(2));
  refuse(card, verify(WRONG), swTriesLeft(1));
  accept(card, verify(ROOT_PIN));
  card.reset();
  accept(card, selectApplication(AID_FILES));
  refuse(card, verify(""), swTriesLeft(PIN_TRIES));
});

tests("VERIFY of a wrong PIN takes back what the right one opened", () => {
  accept(card, verify(ROOT_PIN));
  refuse(card, verify(WRONG), swTriesLeft(2));
  refuse(card, readProtected, SW_SECURITY_NOT_SATISFIED);
});

tests("VERIFY compares the length too", () => {
  for (const almost of [ROOT_PIN.slice(0, -2), `${ROOT_PIN}00`, `${ROOT_PIN}FF`]) {
    card.restore(ready);
    refuse(card, verify(almost), swTriesLeft(2), almost);
  }
});

tests("VERIFY of a local PIN is for its DF: another DF has none, the root's own is another", () => {
  refuse(card, verify(DF_PIN), swTriesLeft(2));
  accept(card, selectFid(FID_DF));
  refuse(card, verify(ROOT_PIN, LOCAL), swTriesLeft(2));
  accept(card, verify(DF_PIN, LOCAL));
  accept(card, verify("", LOCAL));
  accept(card, verify(ROOT_PIN));
  accept(card, selectFid(FID_OTHER_DF));
  refuse(card, verify(DF_PIN, LOCAL), SW_REFERENCED_DATA_NOT_FOUND);
  accept(card, verify(""));
});

const REFUSALS: readonly [string, Uint8Array, number][] = [
  ["P1 other than 00", apdu(0, INS_VERIFY, 1, 0, ROOT_PIN), SW_WRONG_P1P2],
  ["a reference that cannot be", verify(ROOT_PIN, 0x10), SW_WRONG_P1P2],
  ["a local reference that cannot be", verify(ROOT_PIN, 0xc0), SW_WRONG_P1P2],
  ["a PIN of 17 bytes", verify("31".repeat(17)), SW_WRONG_LENGTH],
  ["a reference of no PIN", verify(ROOT_PIN, 0x01), SW_REFERENCED_DATA_NOT_FOUND],
];

for (const [what, request, sw] of REFUSALS) {
  tests(`VERIFY refuses ${what} with ${hex16(sw)}, spends no try, and works next`, () => {
    refuse(card, request, sw);
    refuse(card, verify(""), swTriesLeft(PIN_TRIES));
    accept(card, verify(ROOT_PIN));
  });
}

tests("what VERIFY proved is gone after deselection and after reset", () => {
  accept(card, verify(ROOT_PIN));
  accept(card, selectApplication(AID_FILES));
  refuse(card, readProtected, SW_SECURITY_NOT_SATISFIED);
  accept(card, verify(ROOT_PIN));
  card.reset();
  accept(card, selectApplication(AID_FILES));
  refuse(card, readProtected, SW_SECURITY_NOT_SATISFIED);
});

function triesLeft(): number {
  accept(card, selectApplication(AID_FILES));
  const { sw } = send(card, verify(""));
  if (sw === SW_AUTHENTICATION_BLOCKED) return 0;
  assert.is(sw & 0xfff0, swTriesLeft(0));
  return sw & 15;
}

/** The numbers of tries that a command leaves, cut before each memory operation. */
function triesAfterCuts(command: Uint8Array): { tries: Set<number>; first: number; cuts: number } {
  const tries = new Set<number>();
  let first = -1;
  const cuts = everyPowerCut(
    card,
    () => send(card, command),
    (cut) => {
      const left = triesLeft();
      tries.add(left);
      // The first memory operation has been done, the second has not.
      if (cut.startsWith("power cut at operation 1, old")) first = left;
    },
  );
  return { tries, first, cuts };
}

tests("VERIFY of a wrong PIN, cut anywhere, leaves the tries as before or one less", () => {
  const { tries, cuts } = triesAfterCuts(verify(WRONG));
  assert.ok(cuts > 0, "nothing was written: this test proves nothing");
  assert.equal([...tries].sort(), [2, 3]);
  assert.is(triesLeft(), 2);
});

tests("VERIFY of the right PIN, cut anywhere, leaves the tries as before or one less", () => {
  const { tries } = triesAfterCuts(verify(ROOT_PIN));
  assert.equal([...tries].sort(), [2, 3]);
  assert.is(triesLeft(), 3);
});

tests("VERIFY of the last try, cut anywhere, never gives more than that one", () => {
  refuse(card, verify(WRONG), swTriesLeft(2));
  refuse(card, verify(WRONG), swTriesLeft(1));
  const { tries } = triesAfterCuts(verify(WRONG));
  assert.equal([...tries].sort(), [0, 1]);
});

tests("VERIFY spends the try before it knows whether the PIN is right", () => {
  // The same writes come first, and after them the try is spent, for a right and for a wrong PIN.
  const spentAt = [ROOT_PIN, WRONG].map((pin) => {
    for (let cut = 0; ; cut++) {
      card.restore(ready);
      card.cutPower(cut);
      let lost = false;
      try {
        send(card, verify(pin));
      } catch {
        lost = true;
      }
      card.cutPower(undefined);
      card.reset();
      if (triesLeft() === 2) return lost ? cut : -1;
      if (!lost) return undefined;
    }
  });
  assert.type(spentAt[0], "number");
  assert.ok(spentAt[0]! > 0, "a right PIN is compared before its try is spent");
});

tests.run();
