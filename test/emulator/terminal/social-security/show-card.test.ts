// What people see of a card.

import { suite } from "uvu";
import * as assert from "uvu/assert";
import { CARDHOLDER, ISSUANCE } from "../../../../emulator/terminal/social-security/items.ts";
import { showCard } from "../../../../emulator/terminal/social-security/show-card.ts";
import { findFile } from "../../../../personalization/definition/find.ts";
import { socialSecurityCard } from "../../../../personalization/definition/load.ts";
import { bytes } from "../../../helpers/bytes.ts";

const show = suite("a card for people");
const ISSUED = { cardNumber: "W00000003", issueDate: "20260414", expiryDate: "2036" };

show("has a line for each item with both names, values in one column", () => {
  const cardholder = { name: "李·雷", sex: "2", birthDate: "20221105" };
  const text = showCard({
    historicalBytes: bytes("0102"),
    issuance: ISSUED,
    cardholder,
    portrait: new Uint8Array(7),
  });
  const lines = text.split("\n");
  assert.is(lines.length, 8);
  assert.match(text, /^card number 卡号 +W00000003$/m);
  assert.match(text, /^issued 发卡日期 +2026-04-14$/m);
  assert.match(text, /^valid until 卡有效期 +2036$/m);
  assert.match(text, /^name 姓名 +李·雷$/m);
  assert.match(text, /^sex 性别 +2 female 女$/m);
  assert.match(text, /^portrait 数字相片 +7 bytes$/m);
  const columns = lines.map((line) => {
    const [label = ""] = /^.*? {2,}/.exec(line) ?? [];
    return [...label].reduce((sum, character) => sum + (character > "\u2e80" ? 2 : 1), 0);
  });
  assert.equal(new Set(columns), new Set([42]));
});

show("says nothing of what was not read", () => {
  const text = showCard({ historicalBytes: bytes("01"), issuance: ISSUED });
  assert.not.match(text, /portrait|name 姓名/);
});

show("a card cannot steer the terminal that shows it", () => {
  const cardholder = { name: "\x1b[2J\u202eevil\n\u009b0m", sex: "\x1b" };
  const text = showCard({ historicalBytes: bytes("01"), issuance: {}, cardholder });
  assert.not.match(text.replaceAll("\n", ""), /[\p{Cc}\p{Cf}]/u);
  assert.is(text.split("\n").length, 3);
});

show("a date is one by what the definition says, whatever its key", () => {
  const file = findFile(socialSecurityCard(3), "DF02", "EF07");
  const records = [{ from: "20200101", to: "20201231", employer: "20200101" }];
  const files = [{ application: "DF02", file, records }];
  const text = showCard({ historicalBytes: bytes("01"), issuance: {}, files });
  assert.match(text, /就业起始日期 +2020-01-01$/m);
  assert.match(text, /就业终止日期 +2020-12-31$/m);
  assert.match(text, /就业工作单位名称 +20200101$/m);
});

show("every item has a name of its own", () => {
  const items = [...ISSUANCE.items, ...CARDHOLDER.items];
  for (const part of ["tag", "key", "name", "chinese"] as const) {
    assert.is(new Set(items.map((item) => item[part])).size, items.length, part);
  }
});

show.run();
