// Updates of class 04, with a MAC under the STK of the DF: each byte counts; refusals; power cuts.

import { suite } from "uvu";
import * as assert from "uvu/assert";
import { FID_MF, FILE_DF, FILE_TRANSPARENT } from "../../../applets/filesystem/spec.ts";
import {
  AID_SSSE,
  CLA_UPDATE_WITH_MAC,
  MAC_BYTES,
  SW_TLV_WRONG,
} from "../../../applets/social-security/spec.ts";
import {
  INS_READ_BINARY,
  INS_READ_RECORD,
  INS_UPDATE_BINARY,
  INS_UPDATE_RECORD,
  INS_VERIFY,
} from "../../../runtime/spec/instructions.ts";
import {
  SW_FILE_NOT_FOUND,
  SW_INS_NOT_SUPPORTED,
  SW_REFERENCE_DATA_NOT_USABLE,
  SW_REFERENCED_DATA_NOT_FOUND,
  SW_SECURE_MESSAGING_WRONG,
  SW_SECURITY_NOT_SATISFIED,
  SW_SUCCESS,
  SW_WRONG_LENGTH,
  SW_WRONG_OFFSET,
} from "../../../runtime/spec/status-words.ts";
import { hex } from "../../helpers/bytes.ts";
import { accept, answers, apdu, everyPowerCut, refuse, send } from "../../helpers/card.ts";
import { fileGrouping, hex16, selectApplication } from "../../helpers/secure-channel.ts";
import { fcp } from "../filesystem/file-tree.ts";
import { type Header, Terminal } from "./card-terminal.ts";
import { FAMILIES } from "./family.ts";
import {
  BINARY,
  CYCLIC,
  CYCLIC_RECORDS,
  DF_FREE,
  fullCard,
  ROOT_FREE,
  ROOT_GUARDED,
  STK,
  STK_FREE,
  STK_GUARDED,
  UK_FREE,
  UKSSSE,
  VARIABLE,
  VARIABLE_RECORDS,
} from "./full-card.ts";

const tests = suite("updates with a MAC");
const NUMBER = 4;
const PREVIOUS = 3;
const TO_LAST = 5;
const binary = (offset: number, sfi: number = BINARY.sfi): Header => [
  ...([CLA_UPDATE_WITH_MAC, INS_UPDATE_BINARY] as const),
  ...([0x80 | sfi, offset] as const),
];
const record = (p1: number, how: number, sfi: number = VARIABLE.sfi): Header => [
  ...([CLA_UPDATE_WITH_MAC, INS_UPDATE_RECORD] as const),
  ...([p1, (sfi << 3) | how] as const),
];
const readBinary = (sfi: number = BINARY.sfi) => apdu(0, INS_READ_BINARY, 0x80 | sfi, 0, "", 0);
const readRecords = (sfi: number) => apdu(0, INS_READ_RECORD, 1, (sfi << 3) | TO_LAST, "", 0);
/** A DF without a maintenance key. */
const DF_KEYLESS = 0xdf07;

for (const family of FAMILIES) {
  const card = await fullCard(family, [
    fileGrouping(FID_MF, fcp({ type: FILE_DF, fid: DF_KEYLESS })),
    fileGrouping(DF_KEYLESS, fcp({ type: FILE_TRANSPARENT, fid: 0xef07, size: 32, sfi: 7 })),
  ]);
  const terminal = new Terminal(card, family);
  terminal.selectDf(DF_FREE);
  const ready = card.snapshot();
  const test = (name: string, run: () => void) =>
    tests(`${family.name}: ${name}`, () => {
      card.restore(ready);
      run();
    });
  const state = () =>
    [readBinary(), readRecords(VARIABLE.sfi), readRecords(CYCLIC.sfi)]
      .map((command) => hex(accept(card, command)))
      .join("|");

  test("records and bytes change as without a MAC, of any length", () => {
    accept(card, terminal.withMac(STK_FREE, record(2, NUMBER), "0B051122334455"));
    accept(card, terminal.withMac(STK_FREE, record(5, NUMBER), "0D00"));
    const [first, , third, fourth] = VARIABLE_RECORDS;
    answers(card, readRecords(VARIABLE.sfi), `${first}0B051122334455${third}${fourth}0D00`);
    accept(card, terminal.withMac(STK_FREE, record(0, PREVIOUS, CYCLIC.sfi), "01020304"));
    answers(card, readRecords(CYCLIC.sfi), `01020304${CYCLIC_RECORDS.join("")}`);
    for (let length = 1; length <= BINARY.bytes; length++) {
      const data = length.toString(16).padStart(2, "0").repeat(length);
      accept(card, terminal.withMac(STK_FREE, binary(0), data));
      assert.is(hex(accept(card, readBinary())).slice(0, 2 * length), data);
    }
  });

  test("the environment has an STK of its own", () => {
    terminal.selectDf(FID_MF);
    accept(card, terminal.withMac(STK, binary(0, ROOT_FREE.sfi), "AABB"));
    refuse(
      card,
      terminal.withMac(STK_FREE, binary(0, ROOT_FREE.sfi), "CC"),
      SW_SECURE_MESSAGING_WRONG,
    );
    assert.is(hex(accept(card, readBinary(ROOT_FREE.sfi))).slice(0, 4), "aabb");
    terminal.selectDf(DF_FREE);
    for (const key of [STK, STK_GUARDED, UK_FREE]) {
      refuse(card, terminal.withMac(key, binary(0), "CC"), SW_SECURE_MESSAGING_WRONG);
    }
    accept(card, terminal.withMac(STK_FREE, binary(0), "CC"));
  });

  test("a challenge of 4 bytes does as well", () => {
    accept(card, terminal.sealed(terminal.session(STK_FREE, 4), binary(0), "AA"));
  });

  test("one of 16 bytes is a block of SM4 and none of TDES", () => {
    terminal.challenge(16);
    const sw = family.block === 16 ? SW_SECURE_MESSAGING_WRONG : SW_REFERENCE_DATA_NOT_USABLE;
    refuse(card, apdu(...binary(0), "AA00000000"), sw);
    if (family.block < 16) return;
    accept(card, terminal.sealed(terminal.session(STK_FREE, 16), binary(0), "AA"));
  });

  for (const [what, header, data] of [
    ["a record", record(2, NUMBER), "0B051122334455"],
    ["bytes", binary(3), "112233445566778899AABBCCDDEEFF0011223344"],
  ] as const) {
    test(`${what}: no byte of header, data or MAC may change`, () => {
      const before = state();
      const command = terminal.withMac(STK_FREE, header, data);
      const asked = card.snapshot();
      // The class decides what is checked, INS what is there; Lc is what came.
      const places = [2, 3, ...Array.from({ length: command.length - 5 }, (_, i) => 5 + i)];
      for (const at of places) {
        for (const bit of [0x01, 0x80]) {
          card.restore(asked);
          const changed = Uint8Array.from(command);
          changed[at]! ^= bit;
          refuse(card, changed, SW_SECURE_MESSAGING_WRONG, `byte ${at}`);
          assert.is(state(), before);
        }
      }
      card.restore(asked);
      accept(card, command);
    });
  }

  test("Lc and INS count: a byte fewer, one more, the other instruction", () => {
    const command = terminal.withMac(STK_FREE, binary(0), "112233");
    const asked = card.snapshot();
    const mac = hex(command).slice(-2 * MAC_BYTES);
    for (const other of [
      apdu(...binary(0), `1122${mac}`),
      apdu(...binary(0), `11223300${mac}`),
      apdu(...binary(0), `1122330000${mac}`),
      apdu(CLA_UPDATE_WITH_MAC, INS_UPDATE_RECORD, 0x80 | BINARY.sfi, 0, `112233${mac}`),
    ]) {
      card.restore(asked);
      refuse(card, other, SW_SECURE_MESSAGING_WRONG);
    }
    card.restore(asked);
    accept(card, command);
  });

  test("a challenge is good for one command, right or wrong", () => {
    const command = terminal.withMac(STK_FREE, binary(0), "AA");
    accept(card, command);
    refuse(card, command, SW_REFERENCE_DATA_NOT_USABLE);
    const next = terminal.withMac(STK_FREE, binary(0), "BB");
    refuse(card, apdu(...binary(0), "BB00000000"), SW_SECURE_MESSAGING_WRONG);
    refuse(card, next, SW_REFERENCE_DATA_NOT_USABLE);
    terminal.challenge();
    refuse(card, next, SW_SECURE_MESSAGING_WRONG);
  });

  test("a challenge of before the DF was changed is none", () => {
    const command = terminal.withMac(STK_FREE, binary(0), "AA");
    terminal.selectDf(FID_MF);
    terminal.selectDf(DF_FREE);
    refuse(card, command, SW_REFERENCE_DATA_NOT_USABLE);
  });

  const refusals: readonly [string, () => Uint8Array, number][] = [
    [
      "READ with a MAC",
      () => terminal.withMac(STK_FREE, [4, INS_READ_BINARY, 0x87, 0]),
      SW_INS_NOT_SUPPORTED,
    ],
    [
      "VERIFY with a MAC",
      () => terminal.withMac(STK_FREE, [4, INS_VERIFY, 0, 0], "123456"),
      SW_INS_NOT_SUPPORTED,
    ],
    ["no data at all", () => apdu(...binary(0)), SW_WRONG_LENGTH],
    ["three bytes", () => apdu(...binary(0), "000000"), SW_WRONG_LENGTH],
    ["no challenge", () => apdu(...binary(0), "AA00000000"), SW_REFERENCE_DATA_NOT_USABLE],
    ["a MAC and nothing to write", () => terminal.withMac(STK_FREE, binary(0)), SW_WRONG_LENGTH],
    [
      "a right MAC for no file",
      () => terminal.withMac(STK_FREE, binary(0, 9), "AA"),
      SW_FILE_NOT_FOUND,
    ],
    [
      "a right MAC beyond the end",
      () => terminal.withMac(STK_FREE, binary(31), "AABB"),
      SW_WRONG_OFFSET,
    ],
    [
      "a right MAC over a lying TLV",
      () => terminal.withMac(STK_FREE, record(2, NUMBER), "0B02"),
      SW_TLV_WRONG,
    ],
    [
      "a wrong MAC over a lying TLV",
      () => terminal.withMac(STK, record(2, NUMBER), "0B02"),
      SW_SECURE_MESSAGING_WRONG,
    ],
  ];
  for (const [what, build, sw] of refusals) {
    test(`${what} is refused with ${hex16(sw)}, changes nothing, and the next works`, () => {
      const before = state();
      refuse(card, build(), sw);
      assert.is(state(), before);
      accept(card, terminal.withMac(STK_FREE, binary(0), "AA"));
    });
  }

  test("a DF without a maintenance key takes none", () => {
    terminal.selectDf(DF_KEYLESS);
    refuse(card, terminal.withMac(STK, binary(0), "AA"), SW_REFERENCED_DATA_NOT_FOUND);
    accept(card, apdu(0, INS_UPDATE_BINARY, 0x87, 0, "AA"));
  });

  test("a MAC proves no key: the file's condition holds", () => {
    accept(card, selectApplication(AID_SSSE));
    const build = () => terminal.withMac(STK, record(1, NUMBER, ROOT_GUARDED.sfi), "08024321");
    refuse(card, build(), SW_SECURITY_NOT_SATISFIED);
    terminal.prove(UKSSSE);
    accept(card, build());
  });

  test("wrong MACs do not block the key", () => {
    for (let i = 0; i < 20; i++) {
      terminal.challenge();
      refuse(card, apdu(...binary(0), "AA00000000"), SW_SECURE_MESSAGING_WRONG);
    }
    accept(card, terminal.withMac(STK_FREE, binary(0), "AA"));
  });

  for (const [what, header, data] of [
    ["bytes", binary(3), "1122334455667788"],
    ["a record", record(2, NUMBER), "0B051122334455"],
    ["a record that is added", record(5, NUMBER), "0D051122334455"],
    ["the newest of a cyclic file", record(0, PREVIOUS, CYCLIC.sfi), "01020304"],
  ] as const) {
    test(`cut anywhere, ${what} with a MAC is old or new`, () => {
      const old = state();
      const command = terminal.withMac(STK_FREE, header, data);
      const seen = new Set<string>();
      const cuts = everyPowerCut(
        card,
        () => accept(card, command),
        () => {
          terminal.start();
          terminal.selectDf(DF_FREE);
          seen.add(state());
        },
      );
      const done = state();
      assert.ok(cuts > 0 && done !== old, "nothing was written: this test proves nothing");
      assert.equal([...seen].sort(), [old, done].sort());
    });
  }
}

tests("a MAC of one generation is none of the other", async () => {
  const [tdes, sm4] = FAMILIES as [(typeof FAMILIES)[0], (typeof FAMILIES)[0]];
  const card = await fullCard(tdes);
  const right = new Terminal(card, tdes);
  const wrong = new Terminal(card, sm4);
  right.selectDf(DF_FREE);
  assert.is(send(card, right.withMac(STK_FREE, binary(0), "AA")).sw, SW_SUCCESS);
  refuse(card, wrong.withMac(STK_FREE, binary(0), "BB"), SW_SECURE_MESSAGING_WRONG);
});

tests.run();
