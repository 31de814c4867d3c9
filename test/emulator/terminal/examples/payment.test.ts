// Purchases and loads with cards that are pulled and cards that lie.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { Desk } from "../../../../emulator/terminal/desk/desk.ts";
import type { Slot } from "../../../../emulator/terminal/desk/slots.ts";
import { CentreLine } from "../../../../emulator/terminal/examples/parts/client.ts";
import { enter, settle } from "../../../../emulator/terminal/examples/parts/clinic-desk.ts";
import { takeFee } from "../../../../emulator/terminal/examples/parts/fee.ts";
import { balancesOf, load, pay } from "../../../../emulator/terminal/examples/parts/payment.ts";
import type { Moment } from "../../../../emulator/terminal/examples/parts/pulled-slot.ts";
import { whoIsIt } from "../../../../emulator/terminal/examples/parts/reader.ts";
import { ReceiptQueue } from "../../../../emulator/terminal/examples/parts/receipt.ts";
import { serve } from "../../../../emulator/terminal/examples/parts/server.ts";
import { Story } from "../../../../emulator/terminal/examples/parts/story.ts";
import {
  INS_CREDIT_FOR_LOAD,
  INS_DEBIT_FOR_PURCHASE,
  INS_GET_TRANSACTION_PROOF,
  INS_INITIALIZE_TRANSACTION,
} from "../../../../runtime/spec/instructions.ts";
import { atDesk, makePlace, rejects, steps } from "./places.ts";

const TIME = "20260601120000";
const SHARES = { account: 10_00, self: 1_00, pool: 0 };
const tests = suite("payments");
const { place, remove } = await makePlace(3);
const served = await serve(await place.centre());
tests.after(async () => {
  await served.close();
  remove();
});
const line = new CentreLine(served.url);
const number = place.rowOf(0).card_number!;
const known = async () => (await place.centre()).book.account(number).onCard;

/** A reader whose line changes a byte of what the card answers to an instruction, counted from 0. */
function lying(slot: Slot, ins: number, at: number): Slot {
  return {
    interface: slot.interface,
    close: () => slot.close(),
    async power() {
      const powered = await slot.power();
      const { card } = powered!;
      return {
        answer: powered!.answer,
        card: {
          reset: () => card.reset(),
          async transmit(command) {
            const response = Uint8Array.from(await card.transmit(command));
            if (command[1] === ins && response.length > at + 2) response[at]! ^= 1;
            return response;
          },
        },
      };
    },
  };
}

tests("a card whose MAC2 is wrong has not paid, as far as the desk knows", async () => {
  await atDesk(place, place.cardFile(0), async ({ slot, terminal, desk }) => {
    const person = await whoIsIt(desk);
    // TAC, then MAC2.
    const liar = { ...terminal, slots: [lying(slot, INS_DEBIT_FOR_PURCHASE, 7)] };
    await rejects(pay(liar, person, SHARES, TIME), /MAC2/);
    slot.pullAt(INS_DEBIT_FOR_PURCHASE, "before it answers");
    // MAC2, then TAC.
    const proven = { ...terminal, slots: [lying(slot, INS_GET_TRANSACTION_PROOF, 3)] };
    await rejects(pay(proven, person, SHARES, TIME), /MAC2/);
  });
});

tests("pulled in any operation of its memory, a card has paid once or not at all", async () => {
  await atDesk(place, place.cardFile(0), async ({ card, slot, terminal, desk }) => {
    const person = await whoIsIt(desk);
    const start = card.snapshot();
    const { account } = await balancesOf(terminal, person);
    const seen: string[] = [];
    // The card's own number of operations, and some more: then it is pulled before it answers.
    for (let operation = 0; operation < 40; operation++) {
      card.restore(start);
      slot.pullAt(INS_DEBIT_FOR_PURCHASE, "while it writes", operation);
      const payment = await pay(terminal, person, SHARES, TIME);
      seen.push(payment?.by ?? "nothing");
      const { account: left } = await balancesOf(terminal, person);
      const paid = payment === undefined ? 0 : SHARES.account;
      assert.is(left, account - paid, `cut at operation ${operation}`);
    }
    const turn = seen.indexOf("proof");
    assert.ok(turn > 1 && seen.slice(turn).every((by) => by === "proof"), seen.join(" "));
    assert.ok(
      seen.slice(0, turn).every((by) => by === "nothing"),
      seen.join(" "),
    );
    card.restore(start);
  });
});

tests(
  "a card that is pulled before it was told to pay is an error, and nothing is in doubt",
  async () => {
    await atDesk(place, place.cardFile(0), async ({ slot, terminal, desk }) => {
      const person = await whoIsIt(desk);
      const before = await balancesOf(terminal, person);
      slot.pullAt(INS_INITIALIZE_TRANSACTION, "before it answers");
      await rejects(pay(terminal, person, SHARES, TIME), /the card was pulled out/);
      assert.equal(await balancesOf(terminal, person), before);
    });
  },
);

for (const [moment, told] of Object.entries<number>({
  "while it writes": 2,
  "before it answers": 1,
})) {
  tests(`a load that is pulled ${moment} comes once, and the centre knows`, async () => {
    await atDesk(place, place.cardFile(1), async (stand) => {
      const queue = new ReceiptQueue(join(place.folder, "queue.jsonl"));
      const office = { line, queue, lostFile: join(place.folder, "lost.txt") };
      const story = new Story();
      const desk = await enter(stand, office, story);
      stand.slot.pullAt(INS_CREDIT_FOR_LOAD, moment as Moment);
      await settle(desk, 40_00, story);
      const loads = story.told.filter(({ step }) => /load/.test(step));
      assert.is(loads.length, told);
      assert.is(steps(story.told, "load")[0]!.after, 140_00);
      // Each of these bills took 40.00, and its receipt still waits.
      const { onCard } = (await place.centre()).book.account(desk.person.cardNumber);
      assert.is(onCard - 40_00 * (await queue.waiting()).length, 100_00);
    });
  });
}

tests("a smaller load after one that never came: the centre knows which one came", async () => {
  await atDesk(place, place.cardFile(1), async ({ slot, terminal, desk }) => {
    const person = await whoIsIt(desk);
    const { book } = await place.centre();
    const before = { ...book.account(person.cardNumber) };
    const { account } = await balancesOf(terminal, person);
    slot.pullAt(INS_CREDIT_FOR_LOAD, "while it writes");
    assert.is(await load(terminal, person, line, 30_00), undefined);
    assert.is(book.account(person.cardNumber).credit, before.credit - 30_00);
    assert.is(await load(terminal, person, line, 5_00), account + 5_00);
    const after = book.account(person.cardNumber);
    assert.equal([after.credit, after.onCard], [before.credit - 5_00, before.onCard + 5_00]);
  });
});

for (const [ins, done] of [
  [INS_CREDIT_FOR_LOAD, "loaded"],
  [INS_DEBIT_FOR_PURCHASE, "paid"],
] as const) {
  tests(`a line that breaks whenever something is ${done} is given up with one line`, async () => {
    await atDesk(place, place.cardFile(1), async (stand) => {
      const { slot, terminal } = stand;
      const breaking: Slot = {
        interface: slot.interface,
        close: () => slot.close(),
        power() {
          slot.pullAt(ins, "while it writes");
          return slot.power();
        },
      };
      const queue = new ReceiptQueue(join(place.folder, `never-${done}.jsonl`));
      const office = { line, queue, lostFile: join(place.folder, "lost.txt") };
      const story = new Story();
      const desk = await enter(stand, office, story);
      const { account } = await balancesOf(terminal, desk.person);
      const broken = { ...desk, stand: { ...stand, terminal: { ...terminal, slots: [breaking] } } };
      const bill = done === "paid" ? 1_00 : account + 1_00;
      const times = new RegExp(`^card W\\w+ was pulled 3 times: nothing was ${done}; leave it in`);
      await rejects(settle(broken, bill, story), times);
      assert.is((await balancesOf(terminal, desk.person)).account, account);
      assert.equal(await queue.waiting(), []);
    });
  });
}

tests("a receipt that the PSAM does not confirm is set aside, not lost", async () => {
  await atDesk(place, place.cardFile(0), async (stand) => {
    const queue = new ReceiptQueue(join(place.folder, "unconfirmed.jsonl"));
    const office = { line, queue, lostFile: join(place.folder, "lost.txt") };
    const story = new Story();
    const desk = await enter(stand, office, story);
    const slots = [lying(stand.slot, INS_DEBIT_FOR_PURCHASE, 7)];
    const terminal = { ...stand.terminal, slots };
    const atLiar = { ...desk, stand: { ...stand, terminal, desk: new Desk(terminal) } };
    await rejects(settle(atLiar, 1_00, story), /pay nothing out: .*MAC2/);
    await rejects(takeFee(atLiar, 2_00, story), /iDoDebit: -2206/);
    assert.equal(await queue.waiting(), []);
    const lines = readFileSync(`${queue.file}.refused`, "utf8").trim().split("\n");
    const aside = lines.map((text) => JSON.parse(text));
    assert.equal(
      aside.map(({ account, self }) => account + self),
      [1_00, 2_00],
    );
    // The TAC is the card's: the centre can tell that it paid.
    for (const { reason: _, ...receipt } of aside) await line.book(receipt);
  });
});

tests("the centre's word is nothing to a card without its MAC2", async () => {
  await atDesk(place, place.cardFile(0), async ({ terminal, desk }) => {
    const person = await whoIsIt(desk);
    const before = await balancesOf(terminal, person);
    const centre = await known();
    const forger = new CentreLine(served.url);
    forger.load = async () => ({ time: TIME, mac2: "00000000" });
    await rejects(load(terminal, person, forger, 1_00), /CREDIT FOR LOAD: card answered 9302/);
    assert.equal(await balancesOf(terminal, person), before);
    assert.is(await known(), centre);
  });
});

tests.run();
