// The texts that go into the reader interface: addresses, data, card and pay information; and its codes.

import { suite } from "uvu";
import * as assert from "uvu/assert";
import {
  CODE_SUCCESS,
  HSM_CODES,
  listedCodes,
  meaningOf,
} from "../../../../emulator/terminal/desk/codes.ts";
import {
  parseFileAddresses,
  parseWriteData,
  writeOutput,
} from "../../../../emulator/terminal/desk/file-address.ts";
import {
  parseAuthType,
  parseCardInfo,
  parsePayInfo,
  parseType,
  showAmount,
} from "../../../../emulator/terminal/desk/parameters.ts";
import { asDeskError, DeskError, settle } from "../../../../emulator/terminal/desk/result.ts";
import { decodeValue, encodeValue } from "../../../../emulator/terminal/desk/values.ts";
import { StatusWordError, TransportError } from "../../../../personalization/errors.ts";
import { SW_FILE_NOT_FOUND } from "../../../../runtime/spec/status-words.ts";
import { bytes, hex } from "../../../helpers/bytes.ts";

const tests = suite("texts of the reader interface");

const refused = (work: () => unknown, code = -23): void => {
  assert.throws(work, (error: unknown) => error instanceof DeskError && error.code === code);
};

tests("addresses name files, items, and which of several", () => {
  const addresses = parseFileAddresses("DF01EF0A|37|$DF01EF15|2A|40:2|$SSSEEF08|$DF02EF07$");
  assert.equal(
    addresses.map(({ application, file }) => `${application} ${file}`),
    ["DF01 EF0A", "DF01 EF15", "SSSE EF08", "DF02 EF07"],
  );
  assert.equal(
    addresses.map(({ items }) => items.map(({ name, occurrence }) => [name, occurrence])),
    [
      [["37", undefined]],
      [
        ["2A", undefined],
        ["40", 2],
      ],
      [],
      [],
    ],
  );
  assert.equal(parseFileAddresses("DF02EF07|12|$")[0]!.items[0]!.name, "12");
  assert.is(parseFileAddresses("df01ef0a|4e|$")[0]!.items[0]!.name, "4E");
  assert.is(writeOutput(addresses[0]!, ["CHN"]), "DF01EF0A|CHN|$");
});

const BAD_ADDRESSES = [
  "",
  "$",
  "DF01EF0A|37|",
  "DF01EF0A|37$",
  "DF01EF0A|37|$DF01",
  "DF01EF0A|37|$$",
  "|37|$",
  "DF01|37|$",
  "EF0A|37|$",
  "DF1EF0A|37|$",
  "DF01EF0A37|$",
  "XXXXEF05|37|$",
  "DF01EF0A|G7|$",
  "DF01EF0A||$",
  "DF01EF0A|37:0|$",
  "DF01EF0A|37:|$",
  "DF01EF0A|37:-1|$",
  "DF01EF0A|37:1:1|$",
  "DF01EF0A|1234|$",
  " DF01EF0A|37|$",
  "DF01EF0A|37|\n$",
  `${"DF01EF0A|37|$".repeat(80)}`,
];
for (const text of BAD_ADDRESSES) {
  tests(`refuses ${JSON.stringify(text.slice(0, 30))} as addresses`, () => {
    refused(() => parseFileAddresses(text));
  });
}

tests("data stand where the addresses have items", () => {
  const addresses = parseFileAddresses("DF01EF0A|37|38|$DF02EF07|$");
  const values = parseWriteData("DF01EF0A|CHN||$DF02EF07|a^b^|$", addresses);
  assert.equal(values, [["CHN", ""], ["a^b^"]]);
  for (const text of [
    "",
    "DF01EF0A|CHN|13|$",
    "DF01EF0A|CHN|$DF02EF07|a|$",
    "DF01EF0B|CHN|13|$DF02EF07|a|$",
    "DF01EF0A|CHN|13|$DF02EF07|a|b|$",
    "DF01EF0A|CHN|13|$DF02EF07$",
    "DF01EF0A|CHN|13|$DF02EF07|a|",
  ]) {
    refused(() => parseWriteData(text, addresses));
  }
});

tests("values are padded as the card has them, and come back without", () => {
  const back = (type: "cn" | "an" | "b", text: string, length: number) => {
    const value = encodeValue(type, text, length);
    assert.is(value.length, length);
    return [hex(value).toUpperCase(), decodeValue(type, value)];
  };
  assert.equal(back("cn", "20260101", 5), ["20260101FF", "20260101"]);
  assert.equal(back("cn", "123", 3), ["123FFF", "123"]);
  assert.equal(back("an", "李雷", 6), ["C0EEC0D70000", "李雷"]);
  assert.equal(back("b", "0a0B", 3), ["0A0B00", "0A0B00"]);
  refused(() => encodeValue("cn", "12A", 4), -41);
  refused(() => encodeValue("an", "a|b", 4), -41);
  refused(() => encodeValue("an", "\u0007", 4), -41);
  refused(() => encodeValue("an", "李雷雷", 5), -42);
  refused(() => encodeValue("cn", "123456789", 4), -42);
  refused(() => encodeValue("b", "123", 4), -42);
  refused(() => encodeValue("b", "XY", 4), -41);
});

tests("digits lose their filling, an identifier nothing", () => {
  const shown = (value: string) => decodeValue("cn", bytes(value));
  assert.equal(["2026FFFF", "1234567F", "3601EE", "FFFF"].map(shown), [
    "2026",
    "1234567",
    "3601",
    "",
  ]);
  const identifier = "639900D15600000500BF7C7A48FB49FF";
  assert.is(shown(identifier), identifier);
});

tests("which card, how, which interface", () => {
  const identifier = "639900D15600000500BF7C7A48FB4966";
  const info = parseCardInfo(`${identifier.toLowerCase()}|X00000019|`);
  assert.equal(info, { identifier, cardNumber: "X00000019" });
  for (const text of ["", "|", "||", `${identifier}|`, `${identifier}||`, `${identifier}0|X|`]) {
    refused(() => parseCardInfo(text));
  }
  assert.equal([1, 2].map(parseAuthType), ["pin", "key"]);
  for (const auth of [0, 3, Number.NaN]) refused(() => parseAuthType(auth));
  assert.equal(parseType(4), ["contactless", "contact"]);
});

tests("amounts and times", () => {
  const { total, accountAndPool, time } = parsePayInfo("42949672.94|0.5|20240229235959|");
  assert.equal([total, accountAndPool], [4294967294, 50]);
  assert.is(hex(time), "20240229235959");
  for (const text of [
    "42949672.95|0|20240101000000|",
    "1|2|20240101000000|",
    "1.234|0|20240101000000|",
    "-1|0|20240101000000|",
    "1,0|0|20240101000000|",
    "1|0|20230229000000|",
    "1|0|20240101240000|",
    "1|0|2024010100000|",
    "1|0|20240001000000|",
    "1|0|20240100000000|",
    "1|0|00000229000000|",
    "1|0|19991231235959|",
    "0|0|20240101000000|",
    "0.00|0|20240101000000|",
    "1|0|",
    "1|0|20240101000000",
  ]) {
    refused(() => parsePayInfo(text));
  }
  assert.equal([0, 5, 1234, 4294967294].map(showAmount), ["0.00", "0.05", "12.34", "42949672.94"]);
});

tests("each code has a meaning in both languages, and five lead to the HSM", () => {
  const codes = listedCodes();
  assert.ok(codes.length > 45, `${codes.length} codes`);
  for (const code of codes) {
    const { chinese, english } = meaningOf(code);
    assert.match(chinese, /\p{Script=Han}/u);
    assert.match(english, /[a-z]/);
    assert.is.not(chinese, meaningOf(-99999).chinese);
  }
  assert.equal(
    [...HSM_CODES].sort((a, b) => b - a),
    [-24, -2201, -2202, -2203, -27272],
  );
  assert.match(meaningOf(-25537).english, /1 tries are left/);
});

tests("errors of known parties are codes, others are thrown on", async () => {
  assert.is(asDeskError(new StatusWordError("SELECT", SW_FILE_NOT_FOUND)).code, -27266);
  assert.is(asDeskError(new TransportError("gone")).code, -4);
  assert.equal(await settle(async () => "all"), { code: CODE_SUCCESS, output: "all" });
  const bug = await settle(async () => {
    throw new TypeError("a bug");
  }).catch((error: Error) => error);
  assert.instance(bug, TypeError);
});

tests.run();
