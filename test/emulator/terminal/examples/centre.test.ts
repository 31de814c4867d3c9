// The insurance centre: its book under receipts and loads that are forged, old or twice; and hostile requests.

import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import {
  TRANSACTION_LOAD,
  TRANSACTION_PURCHASE,
} from "../../../../applets/social-security/spec.ts";
import { masterNames } from "../../../../emulator/command/desk-stand.ts";
import { KeyServiceSecurity } from "../../../../emulator/terminal/desk/key-service-security.ts";
import { noPurchases } from "../../../../emulator/terminal/desk/next-sequence.ts";
import { amountBytes } from "../../../../emulator/terminal/desk/parameters.ts";
import { type Account, Book } from "../../../../emulator/terminal/examples/parts/book.ts";
import { Centre, type LoadRequest } from "../../../../emulator/terminal/examples/parts/centre.ts";
import { CentreLine } from "../../../../emulator/terminal/examples/parts/client.ts";
import type { LoadReceipt, Receipt } from "../../../../emulator/terminal/examples/parts/receipt.ts";
import { serve } from "../../../../emulator/terminal/examples/parts/server.ts";
import { sharesOf } from "../../../../emulator/terminal/examples/parts/tariff.ts";
import { bytes, concat, hex } from "../../../../personalization/bytes.ts";
import { findKey } from "../../../../personalization/definition/find.ts";
import { socialSecurityCard } from "../../../../personalization/definition/load.ts";
import { SoftwareKeyService } from "../../../../personalization/keys/software-key-service.ts";
import { rejects } from "./places.ts";

const CARD = "W00000003";
const NEW_CARD = "W00000011";
const TERMINAL = "310100000017";
const NOW = new Date(2026, 5, 1, 12, 0, 0);
const ACCOUNT: Account = {
  ...{ card: CARD, generation: 3, region: "310100", factor: "5746310000000001", category: "11" },
  ...{ credit: 500_00, onCard: 60_00, pool: 0 },
};
const service = new SoftwareKeyService(
  ["ssc-dtk", "ssc-dlk"].map((name, at) => {
    return { name, kind: "sm4" as const, value: new Uint8Array(16).fill(at + 1) };
  }),
);
const keys = new KeyServiceSecurity({
  ...{ service, masterName: masterNames(), nextSequence: noPurchases },
});
const keyed = { algorithm: "sm4", region: ACCOUNT.region, factor: bytes(ACCOUNT.factor) } as const;
const key = (name: string) => findKey(socialSecurityCard(3), "DF04", name);

/** A receipt as the card's key makes it. */
async function receiptOf(changes: Partial<Receipt> = {}): Promise<Receipt> {
  const receipt = {
    ...{ card: CARD, account: 10_00, self: 5_00, pool: 0, terminal: TERMINAL },
    ...{ number: "00000001", time: "20260601110000", ...changes },
  };
  const amounts = [receipt.account, receipt.self, receipt.pool].map(amountBytes);
  const rest = [receipt.terminal, receipt.number, receipt.time].map((text) => bytes(text));
  const message = concat(...amounts, Uint8Array.of(TRANSACTION_PURCHASE), ...rest);
  const tac = hex(await keys.transactionCode(keyed, key("DTK"), 1, message));
  return { tac, ...receipt };
}

/** INITIALIZE FOR LOAD as the card answers it. */
async function loadOf(changes: Partial<LoadRequest> = {}): Promise<LoadRequest> {
  const request = {
    ...{ card: CARD, amount: 40_00, terminal: TERMINAL, balance: hex(amountBytes(60_00)) },
    ...{ number: "0000", keyVersion: 1, random: "01020304", ...changes },
  };
  const load = {
    ...{ key: key("DLK"), keyVersion: 1, random: bytes(request.random) },
    ...{ balance: bytes(request.balance), amount: amountBytes(request.amount) },
    ...{ cardSequence: bytes(request.number), terminal: bytes(request.terminal) },
  };
  const { mac1 } = await keys.loadMacs(keyed, load, bytes("20260601120000"));
  return { mac1: hex(mac1), ...request };
}

/** What the card proves of a load that came. */
async function loadedOf(changes: Partial<LoadReceipt> = {}): Promise<LoadReceipt> {
  const receipt = {
    ...{ card: CARD, amount: 40_00, balance: 100_00, number: "0000", terminal: TERMINAL },
    ...{ time: "20260601120000", ...changes },
  };
  const rest = [receipt.terminal, receipt.time].map((text) => bytes(text));
  const before = concat(amountBytes(receipt.balance), bytes(receipt.number));
  const what = concat(amountBytes(receipt.amount), Uint8Array.of(TRANSACTION_LOAD), ...rest);
  const tac = hex(await keys.transactionCode(keyed, key("DTK"), 1, concat(before, what)));
  return { tac, ...receipt };
}

const folder = mkdtempSync(join(tmpdir(), "wafer-centre-"));
let books = 0;
async function makeCentre(changes: Partial<Account> = {}): Promise<Centre> {
  const book = await Book.open(join(folder, `book-${books++}.json`));
  await book.open({ ...ACCOUNT, ...changes });
  return new Centre(book, keys, () => NOW);
}

const tests = suite("the insurance centre");
tests.after(() => rmSync(folder, { recursive: true }));

const money = (centre: Centre, card = CARD) => {
  const { credit, onCard, pool } = centre.book.account(card);
  return [credit, onCard, pool];
};

tests("shares: the fund's part, then the account as far as it goes, then the person", () => {
  assert.equal(sharesOf(320_00, "11", 560_00), { account: 131_00, self: 0, pool: 189_00 });
  assert.equal(sharesOf(320_00, "21", 10_00), { account: 10_00, self: 80_50, pool: 229_50 });
  assert.equal(sharesOf(49_99, "11", 0), { account: 0, self: 49_99, pool: 0 });
  assert.equal(sharesOf(50_03, "99", 100), { account: 100, self: 49_02, pool: 1 });
});

tests("a receipt is booked once, also when it comes twice at the same time", async () => {
  const centre = await makeCentre();
  const receipt = await receiptOf();
  const both = await Promise.allSettled([centre.bookReceipt(receipt), centre.bookReceipt(receipt)]);
  assert.equal(both.map(({ status }) => status).sort(), ["fulfilled", "rejected"]);
  assert.equal(money(centre), [500_00, 50_00, 0]);
  await rejects(centre.bookReceipt(receipt), /was booked before/);
  const kept = await Book.open(centre.book.file);
  await rejects(new Centre(kept, keys).bookReceipt(receipt), /was booked before/);
});

for (const [what, changes] of Object.entries<Partial<Receipt>>({
  account: { account: 10_01 },
  person: { self: 0 },
  fund: { pool: 1 },
  terminal: { terminal: "310100000018" },
  number: { number: "00000002" },
  time: { time: "20260601110001" },
  TAC: { tac: "00000000" },
})) {
  tests(`a receipt with another ${what} than the card's TAC covers is refused`, async () => {
    const centre = await makeCentre();
    const forged = { ...(await receiptOf()), ...changes };
    await rejects(centre.bookReceipt(forged), /the TAC is not that of card W00000003/);
    assert.equal(money(centre), [500_00, 60_00, 0]);
  });
}

tests("a receipt of another card is not this card's", async () => {
  const centre = await makeCentre();
  await centre.book.open({ ...ACCOUNT, card: NEW_CARD, factor: "5746310000000002" });
  await rejects(
    centre.bookReceipt({ ...(await receiptOf()), card: NEW_CARD }),
    /the TAC is not that of card W00000011/,
  );
  await rejects(centre.bookReceipt(await receiptOf({ card: "X00000000" })), /is not known here/);
});

tests("the fund pays by the tariff, whatever card and clinic agree on", async () => {
  const centre = await makeCentre();
  const generous = await receiptOf({ account: 0, self: 100_00, pool: 220_00 });
  await rejects(centre.bookReceipt(generous), /the fund pays less of such a bill/);
  await centre.bookReceipt(await receiptOf({ account: 0, self: 131_00, pool: 189_00 }));
  assert.equal(money(centre), [500_00, 60_00, 189_00]);
});

tests("a load is granted once, and only to the card", async () => {
  const centre = await makeCentre();
  const { time, mac2 } = await centre.load(await loadOf());
  assert.is(time, "20260601120000");
  assert.match(mac2, /^[0-9A-F]{8}$/);
  assert.equal(money(centre), [460_00, 100_00, 0]);
  const forged = { ...(await loadOf({ number: "0001" })), amount: 50_00 };
  await rejects(centre.load(forged), /did not prove itself \(MAC1\)/);
  const richer = { ...(await loadOf({ number: "0001" })), balance: "00000000" };
  await rejects(centre.load(richer), /did not prove itself \(MAC1\)/);
  assert.equal(money(centre), [460_00, 100_00, 0]);
});

tests(
  "under one number of the card the largest load is held, in whatever order they come",
  async () => {
    for (const amounts of [
      [40_00, 30_00, 1],
      [1, 30_00, 40_00],
      [40_00, 1, 40_00],
    ]) {
      const centre = await makeCentre();
      for (const amount of amounts) await centre.load(await loadOf({ amount }));
      assert.equal(money(centre), [460_00, 100_00, 0], String(amounts));
    }
  },
);

tests("an older request makes no money of a load that came", async () => {
  const centre = await makeCentre({ credit: 500_00, onCard: 0 });
  const never = await loadOf({ amount: 1 });
  await centre.load(await loadOf({ amount: 500_00, random: "11121314" }));
  await centre.load(never);
  assert.equal(money(centre), [0, 500_00, 0]);
  await centre.loaded(await loadedOf({ amount: 500_00 }));
  await rejects(centre.load(never), /this load is over/);
  await rejects(centre.load(await loadOf({ number: "0001", amount: 1 })), /has only 0.00 left/);
  await rejects(centre.load(never), /this load is over/);
  assert.equal(money(centre), [0, 500_00, 0]);
});

tests("a higher number tells that the load before came", async () => {
  const centre = await makeCentre();
  await centre.load(await loadOf());
  await centre.load(await loadOf({ number: "0001" }));
  assert.equal(money(centre), [420_00, 140_00, 0]);
  await rejects(centre.load(await loadOf()), /this load is over/);
  await rejects(centre.loaded(await loadedOf({ amount: 1 })), /this load is over/);
  assert.equal(money(centre), [420_00, 140_00, 0]);
});

tests("the card's TAC tells which load came: what was held beyond goes back, once", async () => {
  const centre = await makeCentre();
  await centre.load(await loadOf());
  await centre.load(await loadOf({ amount: 30_00, random: "11121314" }));
  const came = await loadedOf({ amount: 30_00, balance: 90_00 });
  for (const forged of [
    { amount: 1 },
    { number: "0001" },
    { balance: 0 },
    { time: "2".repeat(14) },
  ]) {
    await rejects(centre.loaded({ ...came, ...forged }), /the TAC of the load is not that of card/);
  }
  await rejects(centre.loaded(await loadedOf({ amount: 40_01 })), /this load is over/);
  assert.equal(money(centre), [460_00, 100_00, 0]);
  assert.equal(await centre.loaded(came), { loaded: 30_00 });
  assert.equal(money(centre), [470_00, 90_00, 0]);
  await rejects(centre.loaded(came), /this load is over/);
  assert.equal(money(centre), [470_00, 90_00, 0]);
});

tests("a load that nobody told of is offered again", async () => {
  const centre = await makeCentre({ onCard: 0 });
  await centre.load(await loadOf({ amount: 500_00 }));
  const { load, account } = centre.settle({ card: CARD, bill: 40_00, balance: 0 });
  assert.equal([load, account], [140_00, 40_00]);
  await centre.load(await loadOf({ amount: load }));
  await centre.loaded(await loadedOf({ amount: load, balance: load }));
  assert.equal(money(centre), [360_00, 140_00, 0]);
});

tests("more than the account has is not loaded", async () => {
  const centre = await makeCentre();
  await rejects(centre.load(await loadOf({ amount: 500_01 })), /has only 500.00 left/);
  assert.equal(money(centre), [500_00, 60_00, 0]);
  await centre.load(await loadOf({ amount: 500_00 }));
  assert.equal(money(centre), [0, 560_00, 0]);
});

tests("a lost card is not served, and what it pays afterwards is not booked", async () => {
  const centre = await makeCentre();
  const before = await receiptOf();
  await centre.bookReceipt(before);
  assert.equal(await centre.reportLost(CARD), { lost: "20260601120000" });
  const refused = /card W00000003 was reported lost/;
  assert.throws(() => centre.settle({ card: CARD, bill: 1, balance: 0 }), refused);
  await rejects(centre.load(await loadOf()), refused);
  const late = await receiptOf({ number: "00000002", time: "20260601120001" });
  await rejects(centre.bookReceipt(late), /was reported lost before/);
  await rejects(centre.bookHeld(TERMINAL, "00000002"), /is not held/);
  await rejects(centre.bookReceipt(before), /was booked before/);
  assert.equal(money(centre), [500_00, 50_00, 0]);
});

tests("a receipt of a lost card that says it is from before is held for a person", async () => {
  const centre = await makeCentre();
  await centre.reportLost(CARD);
  const told = await receiptOf();
  const other = await receiptOf({ account: 11_00 });
  for (const receipt of [told, told, other]) {
    await rejects(centre.bookReceipt(receipt), /nothing proves .* held until a person decides/);
  }
  assert.equal(money(centre), [500_00, 60_00, 0]);
  const kept = new Centre(await Book.open(centre.book.file), keys);
  assert.equal(await kept.bookHeld(TERMINAL, "00000001"), { booked: `${TERMINAL}-00000001` });
  assert.equal(money(kept), [500_00, 50_00, 0]);
  await rejects(kept.bookHeld(TERMINAL, "00000001"), /is not held/);
  await rejects(kept.bookReceipt(told), /was booked before/);
});

tests("a replacement takes the account over, once, and pays what a person decides", async () => {
  const centre = await makeCentre();
  const made = { card: NEW_CARD, factor: "5746310000000002" };
  await rejects(centre.replace(CARD, made), /is in use; report it lost first/);
  await centre.reportLost(CARD);
  await centre.replace(CARD, made);
  assert.equal(money(centre, NEW_CARD), [500_00, 60_00, 0]);
  assert.equal(money(centre), [0, 0, 0]);
  assert.throws(() => centre.carryOver(CARD), /was replaced by W00000011/);
  await rejects(centre.bookReceipt(await receiptOf()), /until a person decides/);
  assert.equal(money(centre, NEW_CARD), [500_00, 60_00, 0]);
  await centre.bookHeld(TERMINAL, "00000001");
  assert.equal(money(centre, NEW_CARD), [490_00, 60_00, 0]);
  assert.equal(centre.settle({ card: NEW_CARD, bill: 20_00, balance: 60_00 }).account, 20_00);
});

tests("hostile requests: one clear line each, and nothing changes", async () => {
  const centre = await makeCentre();
  const served = await serve(centre);
  const before = readFileSync(centre.book.file, "utf8");
  const receipt = await receiptOf();
  const post = (path: string, body: string, method = "POST") =>
    fetch(served.url + path, { method, ...(method === "GET" ? {} : { body }) });
  const cases: [Promise<Response>, number, RegExp][] = [
    [post("/receipts", "{"), 400, /no JSON/],
    [post("/receipts", ""), 400, /the request is missing/],
    [post("/receipts", "null"), 400, /the request is missing/],
    [post("/receipts", "[1]"), 400, /missing, unknown or malformed/],
    [post("/receipts", JSON.stringify({ ...receipt, account: -1 })), 400, /^account is/],
    [post("/receipts", JSON.stringify({ ...receipt, account: 1.5 })), 400, /^account is/],
    [post("/receipts", JSON.stringify({ ...receipt, account: 2 ** 32 })), 400, /^account is/],
    [post("/receipts", JSON.stringify({ ...receipt, tac: "x" })), 400, /^tac is/],
    [post("/receipts", JSON.stringify({ ...receipt, more: 1 })), 400, /^more is/],
    [post("/receipts", JSON.stringify({ ...receipt, tac: "00000000" })), 422, /the TAC/],
    [post("/lost", '{"card":"__proto__"}'), 400, /^card is/],
    [post("/lost", '{"card":"ABCDEFGHI"}'), 404, /is not known here/],
    [post("/settlements", '{"card":"W00000003","bill":1e999,"balance":0}'), 400, /^bill is/],
    [post("/loads", JSON.stringify({ ...(await loadOf()), amount: 0 })), 400, /^amount is/],
    [post("/loads", JSON.stringify({ ...(await loadOf()), mac1: "00000000" })), 422, /MAC1/],
    [post("/lost", "x".repeat(5000)), 413, /at most 4096 bytes/],
    [post("/lost", "", "DELETE"), 405, /\/lost takes GET, POST/],
    [post("/receipts", "", "GET"), 405, /takes POST/],
    [post("/__proto__", "{}"), 404, /there is/],
    [post("/lost?x=1", "{}"), 404, /there is/],
  ];
  try {
    for (const [answer, status, reason] of cases) {
      const response = await answer;
      const { refused } = (await response.json()) as { refused: string };
      assert.is(response.status, status, refused);
      assert.match(refused, reason);
      assert.not.match(refused, /\n/);
    }
    assert.is(readFileSync(centre.book.file, "utf8"), before);
    assert.equal(await new CentreLine(served.url).lost(), []);
    assert.equal(await new CentreLine(served.url).book(receipt), {
      booked: `${TERMINAL}-00000001`,
    });
  } finally {
    await served.close();
  }
  await rejects(new CentreLine(served.url).lost(), /no insurance centre answers there/);
});

/** What stands at the address instead of a centre, and what the desk makes of it. */
const NO_CENTRES: [status: number, body: string, reason: RegExp][] = [
  [200, "<html>", /answers 200: it is no centre$/],
  [200, '{"account":1,"self":-1,"pool":0,"load":0}', /answers 200: it is no centre$/],
  [200, '{"refused":"\\u001b[2Jgo away"}', /^\ufffd\[2Jgo away$/],
  [500, "{}", /answers 500: it is no centre$/],
];
for (const [status, body, reason] of NO_CENTRES) {
  tests(`a desk takes no nonsense from a centre: ${status} ${body}`, async () => {
    const server = createServer((_, response) => response.writeHead(status).end(body));
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const line = new CentreLine(`http://127.0.0.1:${port}`);
    await rejects(line.settle({ card: CARD, bill: 1, balance: 0 }), reason);
    server.closeAllConnections();
    server.close();
  });
}

tests("a port that is taken is named", async () => {
  const centre = await makeCentre();
  const served = await serve(centre);
  await rejects(serve(centre, Number(new URL(served.url).port)), /EADDRINUSE/);
  await served.close();
});

tests("a book that is none is named", async () => {
  const file = join(folder, "README");
  await rejects(Book.open(folder), /EISDIR/);
  writeFileSync(file, "not a book");
  await rejects(Book.open(file), /is no book of a centre/);
});

tests.run();
