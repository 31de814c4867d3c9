// STORE DATA and GET DATA of the issuer domain; the historical bytes of the next reset.

import { suite } from "uvu";
import * as assert from "uvu/assert";
import {
  MAX_DATA_OBJECT_BYTES,
  STORE_DATA_BER_TLV,
  STORE_DATA_DGI,
  STORE_DATA_ENCRYPTED,
  STORE_DATA_LAST,
  TAG_5F52_HISTORICAL_BYTES,
  TAG_9F7F_CPLC,
  TAG_42_IIN,
  TAG_45_CIN,
  TAG_66_CARD_DATA,
  TAG_E0_KEY_INFORMATION,
} from "../../../applets/security-domain/spec.ts";
import type { SecureChannel } from "../../../personalization/scp03/secure-channel.ts";
import { INTERFACE_CONTACT, INTERFACE_CONTACTLESS } from "../../../runtime/spec/chip.ts";
import {
  CLA_PROPRIETARY,
  INS_GET_DATA,
  INS_STORE_DATA,
} from "../../../runtime/spec/instructions.ts";
import {
  SW_REFERENCED_DATA_NOT_FOUND,
  SW_SECURITY_NOT_SATISFIED,
  SW_SUCCESS,
  SW_WRONG_DATA,
  SW_WRONG_LENGTH,
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
  grouping,
  hex8,
  hex16,
  openChannel,
  through,
  underDek,
} from "../../helpers/secure-channel.ts";

const card = await domainCard();
const ready = card.snapshot();
const blankAtr = hex(card.reset(INTERFACE_CONTACT));
let channel: SecureChannel;
const tests = suite("data objects of the issuer domain");
tests.before.each(async () => {
  card.restore(ready);
  channel = await openChannel(card);
});

const field = (tag: number, value: string) =>
  (tag > 0xff ? hex16(tag) : hex8(tag)) + hex8(value.length / 2) + value;
const raw = (p1: number, data: string) => apdu(CLA_PROPRIETARY, INS_STORE_DATA, p1, 0, data);
const store = (data: string, sw: number = SW_SUCCESS) =>
  through(card, channel, raw(0x90, data), sw);
const get = (tag: number, cla: number = CLA_PROPRIETARY) =>
  apdu(cla, INS_GET_DATA, tag >> 8, tag & 0xff, "", 0);
const leave = () => card.reset();

const CPLC = "5A".repeat(MAX_DATA_OBJECT_BYTES);
const HISTORICAL = "57462611015746519900000001".slice(0, 26);

tests(
  "STORE DATA keeps each object; GET DATA reads it without a session, in class 00 its value alone",
  () => {
    store(field(TAG_42_IIN, "D156000005"));
    store(field(TAG_45_CIN, "0102030405060708090A0B0C") + field(TAG_9F7F_CPLC, CPLC));
    card.powerOff();
    leave();
    for (const [tag, value] of [
      [TAG_42_IIN, "D156000005"],
      [TAG_45_CIN, "0102030405060708090A0B0C"],
      [TAG_9F7F_CPLC, CPLC],
    ] as const) {
      answers(card, get(tag), field(tag, value));
      answers(card, get(tag, 0x00), value);
    }
  },
);

tests("STORE DATA replaces an object, shorter or longer", () => {
  for (const value of ["01", "0203040506", "07"]) {
    store(field(TAG_42_IIN, value));
    assert.is(hex(through(card, channel, get(TAG_42_IIN))), field(TAG_42_IIN, value));
  }
});

tests("STORE DATA takes the same object twice in a block: the last one counts", () => {
  store(field(TAG_42_IIN, "01") + field(TAG_42_IIN, "0203"));
  leave();
  answers(card, get(TAG_42_IIN), field(TAG_42_IIN, "0203"));
});

tests("the historical bytes are those of the next reset, contact and contactless", () => {
  store(field(TAG_5F52_HISTORICAL_BYTES, HISTORICAL));
  assert.is(hex(card.reset(INTERFACE_CONTACT)), `3b6d0000${HISTORICAL}`);
  assert.ok(hex(card.reset(INTERFACE_CONTACTLESS)).endsWith(HISTORICAL));
  card.powerOff();
  assert.is(hex(card.reset(INTERFACE_CONTACT)), `3b6d0000${HISTORICAL}`);
});

tests("historical bytes may be 1 to 15", async () => {
  for (const length of [1, 15]) {
    store(field(TAG_5F52_HISTORICAL_BYTES, "AB".repeat(length)));
    assert.is(hex(card.reset()), `3b${hex8(0x60 | length)}0000${"ab".repeat(length)}`);
    channel = await openChannel(card);
  }
});

tests("GET DATA gives card data and key information that the domain makes itself", () => {
  leave();
  const oid = "2a864886fc6b";
  const recognition = [
    `0607${oid}01`,
    `600c060a${oid}02020301`,
    `63090607${oid}03`,
    `640b0609${oid}040370`,
  ].join("");
  answers(card, get(TAG_66_CARD_DATA), `6631732f${recognition}`);
  answers(card, get(TAG_E0_KEY_INFORMATION), "e012c00401ff8810c00402ff8810c00403ff8810");
});

tests("GET DATA refuses what is not stored or not known, and data", () => {
  leave();
  for (const tag of [TAG_42_IIN, TAG_9F7F_CPLC, TAG_5F52_HISTORICAL_BYTES, 0x0000, 0x4444]) {
    refuse(card, get(tag), SW_REFERENCED_DATA_NOT_FOUND, hex16(tag));
  }
  refuse(card, apdu(CLA_PROPRIETARY, INS_GET_DATA, 0, 0x66, "00", 0), SW_WRONG_LENGTH);
  accept(card, get(TAG_66_CARD_DATA));
});

const IIN = field(TAG_42_IIN, "01");
const REFUSALS: readonly [string, Uint8Array, number][] = [
  ["both formats", raw(0x98, IIN), SW_WRONG_P1P2],
  ["half of the encryption bits", raw(0xb0, IIN), SW_WRONG_P1P2],
  ["no format", raw(0x80, IIN), SW_WRONG_P1P2],
  ["P1 with other bits", raw(0x92, IIN), SW_WRONG_P1P2],
  ["no data", raw(0x90, ""), SW_WRONG_LENGTH],
  ["a field that is cut short", raw(0x90, IIN.slice(0, -2)), SW_WRONG_DATA],
  ["a second field that is cut short", raw(0x90, `${IIN}45`), SW_WRONG_DATA],
  ["an unknown tag behind a known one", raw(0x90, IIN + field(0x44, "01")), SW_WRONG_DATA],
  ["a tag that the domain makes itself", raw(0x90, field(TAG_66_CARD_DATA, "01")), SW_WRONG_DATA],
  ["an empty object", raw(0x90, field(TAG_42_IIN, "")), SW_WRONG_DATA],
  ["an object of 43 bytes", raw(0x90, field(TAG_45_CIN, "01".repeat(43))), SW_WRONG_DATA],
  [
    "16 historical bytes",
    raw(0x90, IIN + field(TAG_5F52_HISTORICAL_BYTES, "01".repeat(16))),
    SW_WRONG_DATA,
  ],
];

for (const [what, request, sw] of REFUSALS) {
  tests(`STORE DATA refuses ${what} with ${hex16(sw)}, keeps nothing, and works next`, () => {
    through(card, channel, request, sw);
    through(card, channel, get(TAG_42_IIN), SW_REFERENCED_DATA_NOT_FOUND);
    store(IIN);
    assert.is(hex(card.reset(INTERFACE_CONTACT)), blankAtr);
  });
}

// Data groupings, and values under the DEK

const DGI = STORE_DATA_LAST | STORE_DATA_DGI;
const BER = STORE_DATA_LAST | STORE_DATA_BER_TLV;
const grouped = (tag: number, value: string) => grouping(tag, value);
/** A value padded with 80 and zeros, under the DEK. */
const enciphered = (value: string) => underDek(`${value}80`);

tests("STORE DATA takes data groupings: two bytes of name, one of length", () => {
  const block = grouped(TAG_42_IIN, "D156000005") + grouped(TAG_9F7F_CPLC, CPLC);
  through(card, channel, raw(DGI, block));
  leave();
  answers(card, get(TAG_42_IIN), field(TAG_42_IIN, "D156000005"));
  answers(card, get(TAG_9F7F_CPLC), field(TAG_9F7F_CPLC, CPLC));
});

tests("STORE DATA takes a length of three bytes in a grouping", () => {
  through(card, channel, raw(DGI, "0042FF000101"));
  leave();
  answers(card, get(TAG_42_IIN), field(TAG_42_IIN, "01"));
});

for (const [name, format, write] of [
  ["BER-TLV", BER, field],
  ["groupings", DGI, grouped],
] as const) {
  tests(`STORE DATA deciphers each value of a block: ${name}`, () => {
    const sent =
      write(TAG_42_IIN, enciphered("D156000005")) + write(TAG_45_CIN, enciphered("0100"));
    through(card, channel, raw(format | STORE_DATA_ENCRYPTED, sent));
    leave();
    answers(card, get(TAG_42_IIN), field(TAG_42_IIN, "D156000005"));
    answers(card, get(TAG_45_CIN), field(TAG_45_CIN, "0100"));
  });

  const WRONG: readonly [string, string, number][] = [
    ["a value of no whole blocks", "00".repeat(15), SW_WRONG_DATA],
    ["a value without padding", underDek("01".repeat(16)), SW_WRONG_DATA],
    ["padding alone", underDek("80"), SW_WRONG_DATA],
    ["zeros", underDek("00"), SW_WRONG_DATA],
  ];
  for (const [what, value, sw] of WRONG) {
    tests(`STORE DATA refuses ${what} where values are enciphered: ${name}`, () => {
      const request = raw(format | STORE_DATA_ENCRYPTED, write(TAG_42_IIN, value));
      through(card, channel, request, sw);
      through(card, channel, get(TAG_42_IIN), SW_REFERENCED_DATA_NOT_FOUND);
      store(IIN);
    });
  }
}

const WRONG_GROUPINGS: readonly [string, string][] = [
  ["that is cut short", "00420201"],
  ["of two bytes", "0042"],
  ["of a length that is cut short", "0042FF00"],
  ["of an unknown name", "00440101"],
  ["without a value", "004200"],
];
for (const [what, data] of WRONG_GROUPINGS) {
  tests(`STORE DATA refuses a grouping ${what}, behind a good one too, and keeps nothing`, () => {
    through(card, channel, raw(DGI, data), SW_WRONG_DATA);
    through(card, channel, raw(DGI, grouped(TAG_45_CIN, "01") + data), SW_WRONG_DATA);
    through(card, channel, get(TAG_45_CIN), SW_REFERENCED_DATA_NOT_FOUND);
    store(IIN);
  });
}

tests("STORE DATA without a session is refused", () => {
  leave();
  refuse(card, raw(0x90, IIN), SW_SECURITY_NOT_SATISFIED);
  refuse(card, get(TAG_42_IIN), SW_REFERENCED_DATA_NOT_FOUND);
});

for (const first of [true, false]) {
  tests(`a block cut anywhere is stored whole or not at all: ${first ? "new" : "replaced"}`, () => {
    const block = (value: string) =>
      field(TAG_42_IIN, value) +
      field(TAG_9F7F_CPLC, value.repeat(20)) +
      field(TAG_5F52_HISTORICAL_BYTES, value.repeat(6));
    if (!first) store(block("AAAA"));
    const command = channel.wrap(raw(0x90, block("BBBB")));
    const state = () =>
      [
        hex(card.reset(INTERFACE_CONTACT)),
        ...[TAG_42_IIN, TAG_9F7F_CPLC].map((tag) => hex(send(card, get(tag)).data)),
      ].join(" ");
    const seen = new Set<string>();
    const cuts = everyPowerCut(
      card,
      () => accept(card, command),
      () => seen.add(state()),
    );
    assert.ok(cuts > 0, "nothing was written: this test proves nothing");
    assert.is(seen.size, 2, [...seen].join("\n"));
    assert.ok(seen.has(state()), "the state after was never seen");
    for (const one of seen) assert.is(one.includes("bbbb"), one === state());
  });
}

tests.run();
