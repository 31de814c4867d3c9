// wafer issue: every mistake in a batch is one line, nothing is half-recorded, the next run goes on,
// and no secret comes out.

import { readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { EmulatedBlanks } from "../../../emulator/command/emulated-blanks.ts";
import { linesOf } from "../../../emulator/command/fail.ts";
import { TransportError } from "../../../emulator/errors.ts";
import type { CardSource } from "../../../personalization/batch/card-source.ts";
import { issueBatch } from "../../../personalization/batch/issue.ts";
import { identityCheckCharacter } from "../../../personalization/identity/identity-number.ts";
import { referenceImage } from "../../helpers/card.ts";
import {
  complete,
  done,
  MASTERS,
  noSurprise,
  PASSPHRASE,
  PRODUCT,
  refused,
  Workshop,
} from "./workshop.ts";

const ROWS = 3;
const issue = suite("wafer issue");
let shop: Workshop;
let good: string;

issue.before(async () => {
  shop = await Workshop.open(ROWS);
  good = shop.text("sample/batch.csv");
});
issue.after(() => shop.close());
issue.before.each(() => {
  rmSync(shop.path("issued"), { recursive: true, force: true });
  shop.write("sample/batch.csv", good);
});

const wafer = (...more: string[]) =>
  shop.wafer([
    ...["issue", "social-security", "sample/batch.csv"],
    ...["--image", "card.wafer", "--keystore", "keystore.json", "-o", "issued", ...more],
  ]);

issue("makes a card for each row and says what was made where", async () => {
  const ran = await wafer();
  assert.match(done(ran), /^3 of 3 cards issued \(3 now\), 0 blanks spoiled$/m);
  assert.match(ran.out, /^report {3}issued\/report.jsonl$/m);
  assert.match(ran.err, /^WARNING: .* PUBLIC transport key/);
  complete(shop, ROWS);
  const before = shop.bytes("issued/cards/W00000003.card");
  const { mode } = statSync(shop.path("issued/cards/W00000003.card"));
  assert.is(mode & 0o777, 0o600, "a card file holds the card's keys");
  const again = JSON.parse(done(await wafer("--json")));
  assert.equal(again, {
    rows: ROWS,
    issued: ROWS,
    issuedNow: 0,
    spoiled: 0,
    complete: true,
    publicTransportKeys: true,
    output: "issued",
  });
  assert.equal(shop.bytes("issued/cards/W00000003.card"), before);
});

/** A mistake: how it gets into the good batch, and the lines it must give. */
const MISTAKES: [what: string, spoil: (batch: string[]) => string[], lines: RegExp[]][] = [
  [
    "an open quotation mark",
    ([head, first, ...rest]) => [head!, `"${first}`, ...rest],
    [
      /^wafer: sample\/batch.csv:\d+: row 1: not CSV from here on: a quotation mark is never closed; .*$/,
    ],
  ],
  [
    "a field too few",
    ([head, first, ...rest]) => [head!, first!.replace(/^[^,]+,/, ""), ...rest],
    [
      /^wafer: sample\/batch.csv:2: row 1: 40 fields; the header has 41: add what is missing, if only a comma$/,
    ],
  ],
  [
    "a wrong check digit",
    ([head, first, ...rest]) => [head!, first!.replace("202211056166", "202211056167"), ...rest],
    [
      /^wafer: sample\/batch.csv:2: row 1, column id_number: check digit is 7; .* demand 6: correct .*$/,
    ],
  ],
  [
    "a character that GB 18030 cannot hold",
    ([head, first, ...rest]) => [head!, first!.replace(/^赵/, "\ue5e5"), ...rest],
    [/^wafer: sample\/batch.csv:2: row 1, column name: character U\+E5E5 cannot be written/],
  ],
  [
    "a name that its field cannot hold",
    ([head, first, ...rest]) => [head!, first!.replace(/^赵/, "赵".repeat(30)), ...rest],
    [
      /row 1, column name: needs \d+ bytes in GB 18030; the card holds 30 and 20 bytes: shorten it$/,
    ],
  ],
  [
    "an unknown column",
    ([head, ...rest]) => [head!.replace("sex", "gender"), ...rest],
    [/batch.csv:1: column gender: unknown column; .* name, /, /batch.csv:1: column sex: missing/],
  ],
  [
    "a person twice",
    (batch) => [...batch, again(batch[1]!)],
    [/^wafer: sample\/batch.csv:5: row 4, column id_number: the same as in row 1; .*$/],
  ],
  [
    "a row twice",
    (batch) => [...batch, batch[1]!],
    [/^wafer: sample\/batch.csv:5: row 4: repeats row 1 \(.*\); remove one of the two$/],
  ],
  [
    "three mistakes in three rows",
    ([head, one, two, three]) => [
      head!,
      one!.replace("2022-11-05", "2022-02-30"),
      two!.replace(",2,01,", ",3,01,"),
      three!.replace("110105,", "999999,"),
    ],
    [/:2: row 1, column birth_date/, /:3: row 2, column sex/, /:4: row 3, column birthplace/],
  ],
  [
    "no row",
    ([head]) => [head!],
    [/^wafer: sample\/batch.csv:1: the file holds no row; write .*$/],
  ],
  ["nothing", () => [], [/^wafer: sample\/batch.csv:1: the file holds no row; write .*$/]],
];

/** The row with another card number and serial. */
function again(row: string): string {
  return row.replace("W00000003,00000001", "W00000046,00000004");
}

for (const [what, spoil, lines] of MISTAKES) {
  issue(`${what}: a line each, no card begun, and the mended batch is issued`, async () => {
    shop.write("sample/batch.csv", `${spoil(good.trim().split("\n")).join("\n")}\n`);
    refused(await wafer(), 1, ...lines);
    assert.not.ok(shop.has("issued"), "a refused batch leaves no folder");
    shop.write("sample/batch.csv", good);
    await shop.issue();
    complete(shop, ROWS);
  });
}

issue("portraits: too large, missing, no JPEG, outside the folder", async () => {
  const portrait = shop.bytes("sample/portraits/00.jpg");
  // A comment segment makes it a good JPEG that is too long.
  const comment = Buffer.concat([Buffer.from("fffe0fff", "hex"), Buffer.alloc(0x0ffd, 0x20)]);
  shop.write(
    "sample/portraits/long.jpg",
    Buffer.concat([portrait.subarray(0, 2), comment, portrait.subarray(2)]),
  );
  shop.write("sample/portraits/text.jpg", "no picture");
  const rows = good.trim().split("\n");
  const [head, ...people] = rows;
  const write = (...names: string[]) => {
    const named = people.map((row, at) => row.replace(/portraits\/[^,]+/, names[at]!));
    shop.write("sample/batch.csv", [head, ...named].join("\n"));
  };
  write("portraits/long.jpg", "portraits/none.jpg", "portraits/text.jpg");
  refused(
    await wafer(),
    1,
    /row 1, column portrait: .*too large: \d+ bytes, and the card holds 4096; make it smaller$/,
    /row 2, column portrait: portraits\/none.jpg: there is no such file; check the name$/,
    /row 3, column portrait: portraits\/text.jpg is not a JPEG file; save it as one$/,
  );
  write("../keystore.json", "/etc/passwd", "portraits/00.jpg");
  refused(await wafer(), 1, /row 1, column portrait: must be/, /row 2, column portrait: must be/);
  assert.not.ok(shop.has("issued/journal.jsonl"));
});

issue("more mistakes than a person reads: twenty, then how many more", async () => {
  const [head, first] = good.split("\n");
  const wrong = first!.replace("202211056166", "202211056167");
  shop.write("sample/batch.csv", [head, ...Array(50).fill(wrong)].join("\n"));
  const ran = await wafer();
  assert.is(ran.exit, 1);
  const lines = ran.err.trim().split("\n");
  assert.is(lines.length, 21);
  assert.match(lines[20]!, /^wafer: sample\/batch.csv: and \d+ more$/);
});

issue(
  "a wrong transport key: the card's cryptogram does not match; one blank spoiled",
  async () => {
    await shop.keystore("wrong.json", { transport: "00112233445566778899AABBCCDDEEFF" });
    const ran = await wafer("--keystore", "wrong.json");
    refused(
      ran,
      1,
      /row 1, card W00000003, blank E00000001: .*0 of 3 cards.* run the same command/,
    );
    assert.equal(shop.files("issued/cards"), []);
    // Other keys are other cards: the journal refuses to go on with them.
    refused(
      await wafer(),
      1,
      /was begun with another key "transport"; use the keystore of that run/,
    );
  },
);

issue("another batch in the same folder is refused, and the first stays as it was", async () => {
  done(await wafer());
  const journal = shop.text("issued/journal.jsonl");
  shop.write("sample/batch.csv", good.split("\n").slice(0, 3).join("\n"));
  refused(await wafer(), 1, /journal.jsonl: belongs to another batch file; use that one/);
  assert.is(shop.text("issued/journal.jsonl"), journal);
});

issue(
  "a card removed in the middle, at any command: one line, and the next run finishes",
  async () => {
    const keystore = await shop.keystore("keystore.json");
    const image = await referenceImage();
    const options = {
      productPath: PRODUCT,
      batchPath: shop.path("sample/batch.csv"),
      keyService: keystore.service(),
      reportPath: shop.path("issued/report.jsonl"),
      journalPath: shop.path("issued/journal.jsonl"),
    };
    let spoiled = 0;
    shop.write("issued/cards/.keep", "");
    for (const at of [0, 1, 2, 5, 9, 14, 22, 31]) {
      const blanks = new EmulatedBlanks(image, shop.path("issued/cards"));
      let count = 0;
      const cards: CardSource = {
        next: async (sequence) => {
          const blank = await blanks.next(sequence);
          const transmit = async (command: Uint8Array) => {
            if (count++ >= at) throw new TransportError("the card is gone");
            return blank.card.transmit(command);
          };
          return { ...blank, card: { ...blank.card, transmit } };
        },
      };
      const error = await issueBatch({ ...options, cards }).then(
        () => assert.unreachable(`command ${at} was never sent`),
        (caught: unknown) => caught,
      );
      spoiled++;
      const lines = await linesOf(error);
      assert.is(lines.length, 1);
      assert.match(
        lines[0]!,
        /^row 1, card W00000003, blank E\d{8}: the card was removed, .*; 0 of 3 cards are issued, .* again/,
      );
      assert.equal(shop.files("issued/cards"), [".keep"]);
    }
    rmSync(shop.path("issued/cards/.keep"));
    assert.match(
      done(await wafer()),
      new RegExp(`3 of 3 cards issued \\(3 now\\), ${spoiled} blanks`),
    );
    complete(shop, ROWS);
  },
);

issue(
  "no key, PIN, passphrase, name or identity number in what is printed or reported",
  async () => {
    const rans = [await wafer("--json"), await wafer()];
    const [, first = ""] = good.split("\n");
    const [name = "", identity = ""] = first.split(",");
    await shop.keystore("wrong.json", { "ssc-rkssse": "00112233445566778899AABBCCDDEEFF" });
    rans.push(
      await shop.wafer(["read", "issued/cards/W00000003.card", "--keystore", "wrong.json"]),
    );
    shop.write("sample/batch.csv", good.replace(identity, `${identity.slice(0, -1)}0`));
    rans.push(await wafer("-o", "elsewhere"));
    const printed = rans.map(({ out, err }) => out + err).join("\n");
    for (const ran of rans) noSurprise(ran);
    const recorded = ["report.jsonl", "journal.jsonl"].map((file) => shop.text(`issued/${file}`));
    const secrets = [
      ...Object.values(MASTERS).map(([, value]) => value),
      "123456",
      PASSPHRASE,
      name,
      identity,
    ];
    for (const text of [printed, ...recorded]) {
      for (const secret of secrets)
        assert.not.ok(text.toUpperCase().includes(secret.toUpperCase()));
    }
    // The search can find: the card file, a chip, does hold its holder's number.
    const cards = join(shop.path("issued"), "cards");
    const chip = readFileSync(join(cards, readdirSync(cards)[0]!), "latin1");
    assert.ok(chip.includes(identity), "the search proves nothing");
    assert.is(identityCheckCharacter(identity.slice(0, 17)), identity[17]);
  },
);

issue.run();
