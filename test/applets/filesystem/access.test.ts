// Access conditions: each mode in each state, local and root references, and when a proof ends.

import { createCipheriv } from "node:crypto";
import { suite } from "uvu";
import {
  ACCESS_FREE,
  ACCESS_KEY,
  ACCESS_NEVER,
  ACCESS_PIN,
  ACCESS_PIN_AND_KEY,
  ACCESS_PIN_OR_KEY,
  DGI_7002_RECORD,
  FID_MF,
  FILE_DF,
  FILE_LINEAR_VARIABLE,
} from "../../../applets/filesystem/spec.ts";
import { KEY_USE_ENCRYPT } from "../../../runtime/spec/card-api.ts";
import {
  INS_APPEND_RECORD,
  INS_EXTERNAL_AUTHENTICATE,
  INS_GET_CHALLENGE,
  INS_READ_RECORD,
  INS_UPDATE_RECORD,
  INS_VERIFY,
} from "../../../runtime/spec/instructions.ts";
import { SW_SECURITY_NOT_SATISFIED, SW_SUCCESS } from "../../../runtime/spec/status-words.ts";
import { bytes } from "../../helpers/bytes.ts";
import { accept, apdu, checkStatus, send } from "../../helpers/card.ts";
import {
  fileGrouping,
  grouping,
  hex16,
  keyGrouping,
  pinGrouping,
  selectApplication,
} from "../../helpers/secure-channel.ts";
import {
  AES_KEY,
  AID_FILES,
  cardWithFiles,
  condition,
  DF_KEY,
  DF_PIN,
  FID_DF,
  FID_OTHER_DF,
  fcp,
  ROOT_PIN,
  selectFid,
} from "./file-tree.ts";

const MODES = [
  ["free", ACCESS_FREE, () => true],
  ["PIN", ACCESS_PIN, (pin: boolean) => pin],
  ["key", ACCESS_KEY, (_: boolean, key: boolean) => key],
  ["PIN or key", ACCESS_PIN_OR_KEY, (pin: boolean, key: boolean) => pin || key],
  ["PIN and key", ACCESS_PIN_AND_KEY, (pin: boolean, key: boolean) => pin && key],
  ["never", ACCESS_NEVER, () => false],
] as const;

const LOCAL = 0x80;
const INNER_DF = 0x5003;
/** EFs in the DF: FID 6100 + SFI; the first six with root references, then six with local ones. */
const modeFiles = MODES.flatMap(([, mode], i) =>
  [0, LOCAL].map((local) => ({
    type: FILE_LINEAR_VARIABLE,
    fid: 0x6100 + sfiOf(i, local),
    records: [4, 250] as const,
    sfi: sfiOf(i, local),
    access: condition(mode, local, local | 1).repeat(3),
  })),
);

function sfiOf(mode: number, local: number): number {
  return 2 + mode + (local ? MODES.length : 0);
}

/** Read asks for the PIN, update for the key, append is for nobody. */
const MIXED = 20;
const mixed = {
  type: FILE_LINEAR_VARIABLE,
  fid: 0x6100 + MIXED,
  records: [4, 3],
  sfi: MIXED,
  access: condition(ACCESS_PIN, 0, 0) + condition(ACCESS_KEY, 0, 1) + condition(ACCESS_NEVER),
} as const;

const OTHER_KEY = { ...DF_KEY, value: "d2".repeat(16) };
const withRecord = (fid: number) => grouping(DGI_7002_RECORD, `${hex16(FID_DF)}${hex16(fid)}0A0B`);
const card = await cardWithFiles([
  ...modeFiles.map((file) => fileGrouping(FID_DF, fcp(file))),
  ...modeFiles.map((file) => withRecord(file.fid)),
  fileGrouping(FID_DF, fcp(mixed)),
  withRecord(mixed.fid),
  // The other DF has a local PIN and key of the same numbers, and a file that asks for them.
  pinGrouping(FID_OTHER_DF, LOCAL, 3, "373737"),
  keyGrouping({ df: FID_OTHER_DF, uses: KEY_USE_ENCRYPT, tries: 3, ...OTHER_KEY }),
  fileGrouping(
    FID_OTHER_DF,
    fcp({
      ...mixed,
      fid: 0x6102,
      sfi: 2,
      access: condition(ACCESS_PIN_OR_KEY, LOCAL, 0x81).repeat(3),
    }),
  ),
  grouping(DGI_7002_RECORD, `${hex16(FID_OTHER_DF)}61020A0B`),
  fileGrouping(FID_MF, fcp({ type: FILE_DF, fid: INNER_DF })),
]);
accept(card, selectFid(FID_DF));
const inDf = card.snapshot();
const tests = suite("access conditions");
tests.before.each(() => card.restore(inDf));

const verify = (pin: string, reference = 0) => accept(card, apdu(0, INS_VERIFY, 0, reference, pin));

function authenticate({ reference, value }: { reference: number; value: string }): void {
  const challenge = accept(card, apdu(0, INS_GET_CHALLENGE, 0, 0, "", 16));
  const cipher = createCipheriv("aes-128-ecb", bytes(value), null).setAutoPadding(false);
  accept(card, apdu(0, INS_EXTERNAL_AUTHENTICATE, 0, reference, cipher.update(challenge)));
}

const read = (sfi: number) => apdu(0, INS_READ_RECORD, 1, (sfi << 3) | 4, "", 0);
const update = (sfi: number) => apdu(0, INS_UPDATE_RECORD, 1, (sfi << 3) | 4, "0A0C");
const append = (sfi: number) => apdu(0, INS_APPEND_RECORD, 0, sfi << 3, "0A0D");

function expect(command: Uint8Array, allowed: boolean, what: string): void {
  const sw = allowed ? SW_SUCCESS : SW_SECURITY_NOT_SATISFIED;
  checkStatus(card, send(card, command), sw, what);
}

const STATES = [
  ["nothing proven", false, false],
  ["the PIN verified", true, false],
  ["the key authenticated", false, true],
  ["both proven", true, true],
] as const;

for (const local of [0, LOCAL]) {
  for (const [state, pin, key] of STATES) {
    tests(
      `with ${state} (${local ? "local" : "root"} references) each mode allows what it says`,
      () => {
        if (pin) verify(local ? DF_PIN : ROOT_PIN, local);
        if (key) authenticate(local ? DF_KEY : AES_KEY);
        MODES.forEach(([mode, , holds], i) => {
          for (const command of [read, update, append]) {
            expect(command(sfiOf(i, local)), holds(pin, key), `${mode}, ${command.name}`);
          }
        });
      },
    );
  }
}

tests("what is proven to the root's PIN and key opens nothing that asks for local ones", () => {
  verify(ROOT_PIN);
  authenticate(AES_KEY);
  MODES.forEach(([mode], i) => {
    expect(read(sfiOf(i, LOCAL)), mode === "free", mode);
  });
});

tests("what is proven to local PIN and key opens nothing that asks for the root's", () => {
  verify(DF_PIN, LOCAL);
  authenticate(DF_KEY);
  MODES.forEach(([mode], i) => {
    expect(read(sfiOf(i, 0)), mode === "free", mode);
  });
});

tests("read, update and append each have their own condition", () => {
  verify(ROOT_PIN);
  expect(read(MIXED), true, "read");
  expect(update(MIXED), false, "update");
  expect(append(MIXED), false, "append");
  accept(card, selectApplication(AID_FILES));
  accept(card, selectFid(FID_DF));
  authenticate(AES_KEY);
  expect(read(MIXED), false, "read");
  expect(update(MIXED), true, "update");
  expect(append(MIXED), false, "append");
});

const PIN_OR_KEY_LOCAL = sfiOf(3, LOCAL);
const PIN_OR_KEY_ROOT = sfiOf(3, 0);
const ENDS: readonly [string, () => void][] = [
  ["SELECT of the application", () => accept(card, selectApplication(AID_FILES))],
  [
    "SELECT of another application",
    () => {
      accept(card, selectApplication("A000000151000000"));
      accept(card, selectApplication(AID_FILES));
    },
  ],
  [
    "a warm reset",
    () => {
      card.reset();
      accept(card, selectApplication(AID_FILES));
    },
  ],
  [
    "power off",
    () => {
      card.powerOff();
      card.reset();
      accept(card, selectApplication(AID_FILES));
    },
  ],
];

for (const [what, end] of ENDS) {
  tests(`${what} ends what was proven, root and local`, () => {
    verify(ROOT_PIN);
    authenticate(AES_KEY);
    verify(DF_PIN, LOCAL);
    authenticate(DF_KEY);
    expect(read(PIN_OR_KEY_ROOT), true, "before");
    expect(read(PIN_OR_KEY_LOCAL), true, "before");
    end();
    accept(card, selectFid(FID_DF));
    expect(read(PIN_OR_KEY_ROOT), false, "root");
    expect(read(PIN_OR_KEY_LOCAL), false, "local");
  });
}

tests("leaving a DF ends what was proven to its own PIN and key, not to the root's", () => {
  for (const prove of [() => verify(DF_PIN, LOCAL), () => authenticate(DF_KEY)]) {
    card.restore(inDf);
    verify(ROOT_PIN);
    prove();
    expect(read(PIN_OR_KEY_LOCAL), true, "before");
    accept(card, selectFid(FID_MF));
    accept(card, selectFid(FID_DF));
    expect(read(PIN_OR_KEY_LOCAL), false, "local");
    expect(read(PIN_OR_KEY_ROOT), true, "root");
  }
});

tests("selecting the same DF or an EF in it keeps what was proven", () => {
  verify(DF_PIN, LOCAL);
  accept(card, selectFid(FID_DF));
  accept(card, selectFid(0x6100 + PIN_OR_KEY_LOCAL));
  expect(read(PIN_OR_KEY_LOCAL), true, "same DF");
});

tests("a SELECT that fails keeps what was proven", () => {
  verify(DF_PIN, LOCAL);
  send(card, selectFid(0x4444));
  expect(read(PIN_OR_KEY_LOCAL), true, "same DF");
});

tests("what was proven in one DF opens nothing in another that has the same references", () => {
  verify(DF_PIN, LOCAL);
  authenticate(DF_KEY);
  accept(card, selectFid(FID_OTHER_DF));
  expect(read(2), false, "other DF");
  authenticate(OTHER_KEY);
  expect(read(2), true, "other DF, its own key");
  accept(card, selectFid(FID_DF));
  expect(read(PIN_OR_KEY_LOCAL), false, "back");
});

tests.run();
