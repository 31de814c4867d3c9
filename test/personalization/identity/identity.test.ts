// Numbers, dates and codes of a person: the valid ones and each way to be wrong.

import { suite } from "uvu";
import * as assert from "uvu/assert";
import { FieldError } from "../../../personalization/errors.ts";
import {
  cardNumberCheckCharacter,
  checkCardNumber,
  packCardNumber,
} from "../../../personalization/identity/card-number.ts";
import { dayNumber, dayOfYear, parseDate } from "../../../personalization/identity/dates.ts";
import { checkEthnicGroup } from "../../../personalization/identity/ethnic-group.ts";
import {
  identityCheckCharacter,
  packIdentityNumber,
  parseIdentityNumber,
} from "../../../personalization/identity/identity-number.ts";
import { checkRegion } from "../../../personalization/identity/region.ts";
import { thrown } from "../helpers/rejection.ts";

const identity = suite("identity");

identity("GB 11643: the examples of the standard", () => {
  assert.is(identityCheckCharacter("11010519491231002"), "X");
  assert.equal(parseIdentityNumber("11010519491231002X"), {
    region: "110105",
    birthDate: "19491231",
    sex: "2",
  });
  assert.equal(parseIdentityNumber("440524188001010014").sex, "1");
});

identity(
  "GB 11643: every other check character is refused, without the number in the message",
  () => {
    for (const check of "0123456789") {
      const error = thrown(() => parseIdentityNumber(`11010519491231002${check}`));
      assert.instance(error, FieldError);
      assert.is(
        error.message,
        `check digit is ${check}; the other 17 digits demand X: correct the mistyped one`,
      );
    }
  },
);

identity("GB 11643: wrong shape, region and birth date are refused", () => {
  const withCheck = (digits: string) => digits + identityCheckCharacter(digits);
  for (const text of ["", "11010519491231002x", "1101051949123100", `${"1".repeat(18)}1`]) {
    assert.match(thrown(() => parseIdentityNumber(text)).message, /its 17 digits/);
  }
  assert.match(thrown(() => parseIdentityNumber(withCheck("99010519491231002"))).message, /region/);
  assert.match(
    thrown(() => parseIdentityNumber(withCheck("11010519490230002"))).message,
    /birth date inside/,
  );
});

identity("packing gives one number below 2^53 for each identity and card number", () => {
  const numbers = [
    "110105194912310029",
    "11010519491231003X",
    "110105195001010020",
    "110106194912310020",
    "820000299912319999",
  ].map(packIdentityNumber);
  assert.is(new Set(numbers).size, numbers.length);
  assert.ok(numbers.every(Number.isSafeInteger));
  assert.ok(Number.isSafeInteger(packCardNumber("ZZZZZZZZ0")));
  assert.is.not(packCardNumber("D2143569X"), packCardNumber("D2143568X"));
});

identity("card number: the standard's example", () => {
  assert.is(cardNumberCheckCharacter("D2143569"), "X");
  assert.is(checkCardNumber("D2143569X"), "D2143569X");
  assert.is(
    thrown(() => checkCardNumber("D21435690")).message,
    "check digit of card number D21435690 is 0; the others demand X: correct the mistyped one",
  );
  for (const text of ["d2143569X", "D214356X", "D2143569-X"]) {
    assert.instance(
      thrown(() => checkCardNumber(text)),
      FieldError,
    );
  }
});

identity("dates: both forms, leap days, and days that do not exist", () => {
  assert.is(parseDate("2024-02-29"), "20240229");
  assert.is(parseDate("20001231"), "20001231");
  for (const text of [
    "2023-02-29",
    "2024-02-30",
    "20240431",
    "2024-13-01",
    "2024-00-10",
    "1900-02-29",
  ]) {
    assert.match(thrown(() => parseDate(text)).message, /does not exist/);
  }
  for (const text of ["2024-0229", "2月30日", "24-02-29", "", "2024/02/28"]) {
    assert.match(thrown(() => parseDate(text)).message, /is no date; write it as YYYY-MM-DD/);
  }
  assert.is(dayNumber("18000102"), 1);
  assert.is(dayOfYear("20241231"), "4366");
  assert.is(dayOfYear("20250101"), "5001");
});

identity("regions and ethnic groups", () => {
  assert.is(checkRegion("510104"), "510104");
  for (const text of ["5101", "990104", "51010a"]) {
    assert.instance(
      thrown(() => checkRegion(text)),
      FieldError,
    );
  }
  for (const text of ["01", "56", "99"]) assert.is(checkEthnicGroup(text), text);
  for (const text of ["00", "57", "98", "1", "001", "汉"]) {
    assert.instance(
      thrown(() => checkEthnicGroup(text)),
      FieldError,
    );
  }
});

identity.run();
