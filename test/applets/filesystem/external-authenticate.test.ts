// EXTERNAL AUTHENTICATE of a file system: the last challenge enciphered under a key of any cipher.

import { createCipheriv } from "node:crypto";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { ACCESS_KEY, FID_MF, FILE_TRANSPARENT } from "../../../applets/filesystem/spec.ts";
import { KEY_USE_DECRYPT, KEY_USE_ENCRYPT } from "../../../runtime/spec/card-api.ts";
import { CIPHER_AES } from "../../../runtime/spec/chip.ts";
import {
  INS_EXTERNAL_AUTHENTICATE,
  INS_GET_CHALLENGE,
  INS_READ_BINARY,
} from "../../../runtime/spec/instructions.ts";
import {
  SW_AUTHENTICATION_BLOCKED,
  SW_CONDITIONS_NOT_SATISFIED,
  SW_FILE_NOT_FOUND,
  SW_REFERENCED_DATA_NOT_FOUND,
  SW_SECURITY_NOT_SATISFIED,
  SW_WRONG_LENGTH,
  SW_WRONG_P1P2,
  swTriesLeft,
} from "../../../runtime/spec/status-words.ts";
import { bytes, hex } from "../../helpers/bytes.ts";
import { accept, apdu, everyPowerCut, refuse } from "../../helpers/card.ts";
import {
  fileGrouping,
  hex16,
  keyGrouping,
  selectApplication,
} from "../../helpers/secure-channel.ts";
import {
  AES_KEY,
  AID_FILES,
  cardWithFiles,
  condition,
  DF_KEY,
  FID_DF,
  FID_OTHER_DF,
  fcp,
  SM4_KEY,
  selectFid,
  TDES_KEY,
} from "./file-tree.ts";

const SFI_PROTECTED = 9;
const FREE_KEY = 0x05;
const DECRYPT_KEY = 0x06;
const access = condition(ACCESS_KEY, 0, AES_KEY.reference).repeat(3);
const key = { df: FID_MF, cipher: CIPHER_AES, value: AES_KEY.value } as const;
const card = await cardWithFiles([
  fileGrouping(
    FID_MF,
    fcp({ type: FILE_TRANSPARENT, fid: 0x2f20, size: 1, sfi: SFI_PROTECTED, access }),
  ),
  keyGrouping({ ...key, reference: FREE_KEY, uses: KEY_USE_ENCRYPT, tries: 0 }),
  keyGrouping({ ...key, reference: DECRYPT_KEY, uses: KEY_USE_DECRYPT, tries: 3 }),
]);
const ready = card.snapshot();
const tests = suite("EXTERNAL AUTHENTICATE of a file system");
tests.before.each(() => card.restore(ready));

const challenge = (length: number) =>
  hex(accept(card, apdu(0, INS_GET_CHALLENGE, 0, 0, "", length)));
const authenticate = (reference: number, data: string) =>
  apdu(0, INS_EXTERNAL_AUTHENTICATE, 0, reference, data);
const readProtected = apdu(0, INS_READ_BINARY, 0x80 | SFI_PROTECTED, 0, "", 0);

function encipher(cipher: string, value: string, data: string): string {
  const run = createCipheriv(cipher, bytes(value), null);
  run.setAutoPadding(false);
  return hex(Buffer.concat([run.update(bytes(data)), run.final()]));
}
const withAes = (data: string, value: string = AES_KEY.value) =>
  encipher("aes-128-ecb", value, data);

for (const [what, { reference, value }, cipher, length] of [
  ["AES", AES_KEY, "aes-128-ecb", 16],
  ["SM4", SM4_KEY, "sm4-ecb", 16],
  ["TDES, 8 bytes", TDES_KEY, "des-ede-ecb", 8],
  ["TDES, 16 bytes", TDES_KEY, "des-ede-ecb", 16],
] as const) {
  tests(`EXTERNAL AUTHENTICATE accepts the challenge under a key of ${what}`, () => {
    accept(card, authenticate(reference, encipher(cipher, value, challenge(length))));
  });
}

tests("EXTERNAL AUTHENTICATE opens what asks for the key", () => {
  refuse(card, readProtected, SW_SECURITY_NOT_SATISFIED);
  accept(card, authenticate(AES_KEY.reference, withAes(challenge(16))));
  accept(card, readProtected);
});

tests("a challenge serves one attempt, right or wrong", () => {
  const right = withAes(challenge(16));
  accept(card, authenticate(AES_KEY.reference, right));
  refuse(card, authenticate(AES_KEY.reference, right), SW_CONDITIONS_NOT_SATISFIED);
  const next = withAes(challenge(16));
  refuse(card, authenticate(AES_KEY.reference, "00".repeat(16)), swTriesLeft(2));
  refuse(card, authenticate(AES_KEY.reference, next), SW_CONDITIONS_NOT_SATISFIED);
});

tests("only the last challenge counts", () => {
  const old = withAes(challenge(16));
  challenge(16);
  refuse(card, authenticate(AES_KEY.reference, old), swTriesLeft(2));
});

tests("a wrong attempt counts down to blocked, the right one gives the tries back", () => {
  const wrong = (sw: number) => {
    challenge(16);
    refuse(card, authenticate(AES_KEY.reference, "00".repeat(16)), sw);
  };
  wrong(swTriesLeft(2));
  wrong(swTriesLeft(1));
  accept(card, authenticate(AES_KEY.reference, withAes(challenge(16))));
  wrong(swTriesLeft(2));
  wrong(swTriesLeft(1));
  wrong(swTriesLeft(0));
  refuse(card, authenticate(AES_KEY.reference, withAes(challenge(16))), SW_AUTHENTICATION_BLOCKED);
  refuse(card, readProtected, SW_SECURITY_NOT_SATISFIED);
  card.powerOff();
  card.reset();
  accept(card, selectApplication(AID_FILES));
  refuse(card, authenticate(AES_KEY.reference, withAes(challenge(16))), SW_AUTHENTICATION_BLOCKED);
  // The others have their own tries.
  accept(card, authenticate(SM4_KEY.reference, encipher("sm4-ecb", SM4_KEY.value, challenge(16))));
});

tests("a wrong attempt takes back what the right one opened", () => {
  accept(card, authenticate(AES_KEY.reference, withAes(challenge(16))));
  challenge(16);
  refuse(card, authenticate(AES_KEY.reference, "00".repeat(16)), swTriesLeft(2));
  refuse(card, readProtected, SW_SECURITY_NOT_SATISFIED);
});

tests("a key without a limit of tries never blocks", () => {
  for (let i = 0; i < 40; i++) {
    challenge(16);
    refuse(card, authenticate(FREE_KEY, "00".repeat(16)), swTriesLeft(15));
  }
  accept(card, authenticate(FREE_KEY, withAes(challenge(16))));
});

tests("EXTERNAL AUTHENTICATE that the key cannot do spends no try", () => {
  refuse(card, authenticate(AES_KEY.reference, `${challenge(8)}`), SW_WRONG_LENGTH);
  challenge(16);
  refuse(card, authenticate(AES_KEY.reference, ANY), swTriesLeft(2));
});

tests("a key that may only decrypt authenticates nobody", () => {
  refuse(card, authenticate(DECRYPT_KEY, withAes(challenge(16))), SW_CONDITIONS_NOT_SATISFIED);
});

tests("a local key is for its DF", () => {
  refuse(card, authenticate(DF_KEY.reference, "00".repeat(16)), SW_CONDITIONS_NOT_SATISFIED);
  accept(card, selectFid(FID_DF));
  refuse(card, authenticate(DF_KEY.reference, withAes(challenge(16))), swTriesLeft(2));
  accept(card, authenticate(DF_KEY.reference, withAes(challenge(16), DF_KEY.value)));
  refuse(card, readProtected, SW_FILE_NOT_FOUND);
  accept(card, selectFid(FID_OTHER_DF));
  refuse(
    card,
    authenticate(DF_KEY.reference, withAes(challenge(16), DF_KEY.value)),
    SW_REFERENCED_DATA_NOT_FOUND,
  );
});

const ANY = "00".repeat(16);
const REFUSALS: readonly [string, Uint8Array, number][] = [
  ["P1 other than 00", apdu(0, INS_EXTERNAL_AUTHENTICATE, 1, 1, ANY), SW_WRONG_P1P2],
  ["a reference that cannot be", authenticate(0x20, ANY), SW_WRONG_P1P2],
  ["a local reference that cannot be", authenticate(0xc1, ANY), SW_WRONG_P1P2],
  ["no data", authenticate(1, ""), SW_WRONG_LENGTH],
  ["15 bytes", authenticate(1, "00".repeat(15)), SW_WRONG_LENGTH],
  ["a reference of no key", authenticate(0x1e, ANY), SW_REFERENCED_DATA_NOT_FOUND],
  ["8 bytes for a challenge of 16", authenticate(1, "00".repeat(8)), SW_CONDITIONS_NOT_SATISFIED],
];

for (const [what, request, sw] of REFUSALS) {
  tests(
    `EXTERNAL AUTHENTICATE refuses ${what} with ${hex16(sw)}, spends no try, and works next`,
    () => {
      const right = withAes(challenge(16));
      refuse(card, request, sw);
      accept(card, authenticate(AES_KEY.reference, right));
    },
  );
}

tests("EXTERNAL AUTHENTICATE without a challenge is refused", () => {
  refuse(card, authenticate(AES_KEY.reference, ANY), SW_CONDITIONS_NOT_SATISFIED);
});

tests("a challenge is gone after another SELECT of the application", () => {
  const right = withAes(challenge(16));
  accept(card, selectApplication(AID_FILES));
  refuse(card, authenticate(AES_KEY.reference, right), SW_CONDITIONS_NOT_SATISFIED);
});

/** Tries that the key has left: a wrong attempt tells. */
function triesLeft(): number {
  accept(card, selectApplication(AID_FILES));
  challenge(16);
  const before = card.snapshot();
  const response = card.exchange(authenticate(AES_KEY.reference, ANY));
  card.restore(before);
  return (response[1]! & 15) + 1;
}

for (const right of [true, false]) {
  tests(
    `a ${right ? "right" : "wrong"} attempt, cut anywhere, leaves the tries or one less`,
    () => {
      refuse(card, readProtected, SW_SECURITY_NOT_SATISFIED);
      const given = challenge(16);
      const answer = right ? withAes(given) : ANY;
      const command = authenticate(AES_KEY.reference, answer);
      const start = card.snapshot();
      const tries = new Set<number>();
      const cuts = everyPowerCut(
        card,
        () => card.exchange(command),
        () => tries.add(triesLeft()),
      );
      assert.ok(cuts > 0, "nothing was written: this test proves nothing");
      assert.equal([...tries].sort(), [2, 3]);
      card.restore(start);
      card.exchange(command);
      assert.is(triesLeft(), right ? 3 : 2);
    },
  );
}

tests.run();
