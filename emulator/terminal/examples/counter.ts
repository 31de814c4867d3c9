// A service counter: registers work, changes an address and a PIN, blocks a lost card, issues another.
//
//     npx tsx emulator/terminal/examples/counter.ts [--help]

import { join } from "node:path";
import { showAmount } from "../desk/parameters.ts";
import { CentreLine } from "./parts/client.ts";
import { enter, handIn, settle } from "./parts/clinic-desk.ts";
import {
  block,
  changeAddress,
  changePin,
  type Job,
  registerWork,
  setPinAnew,
} from "./parts/counter-desk.ts";
import { type Row, replacementOf } from "./parts/issue.ts";
import { balancesOf } from "./parts/payment.ts";
import type { Place } from "./parts/place.ts";
import { whoIsIt } from "./parts/reader.ts";
import { ReceiptQueue } from "./parts/receipt.ts";
import { type CommonOptions, runIfStarted } from "./parts/run.ts";
import { type Served, serve } from "./parts/server.ts";
import { FIRST_PIN, type Stand, withStand } from "./parts/stand.ts";
import type { Story } from "./parts/story.ts";
import { dayOf } from "./parts/time.ts";

// Change these, and run again.
const PERSON = 1;
const FIRST_JOB: Job = { employer: "示例食品有限公司", occupation: "4010101", from: "20260601" };
const NEXT_JOB: Job = { employer: "示例机械厂", occupation: "6040199", from: "20261101" };
const ADDRESS = { street: "示例路88号", region: "310101", phone: "10000000088" };
const OWN_PIN = "24681357";
const BILL = 64_00;

/** What the counter noted of the person, for the bureau that makes the next card. */
const NOTED: Row = {
  ...{ work_status: "1", employer: NEXT_JOB.employer, occupation: NEXT_JOB.occupation },
  ...{
    employment_date: `${NEXT_JOB.from.replace(/^(....)(..)/, "$1-$2-")}`,
    unemployment_date: "",
  },
  ...{ address: ADDRESS.street, residence_region: ADDRESS.region, phone: ADDRESS.phone },
};

/** One morning at the counter. */
export async function counter(place: Place, _: CommonOptions, story: Story): Promise<void> {
  const served: Served = await serve(await place.centre());
  const line = new CentreLine(served.url);
  const lost = place.cardFile(PERSON);
  try {
    await withStand({ card: lost, psam: place.psamFile }, process.env.WAFER_PIN, async (stand) => {
      await changes(stand, story);
      await loss(stand, line, place, story);
    });
    await clinicWith(place, line, place.cardFile(PERSON), story);
  } finally {
    await served.close();
  }
}

/** The holder is here, with the card. */
async function changes({ desk, holder }: Stand, story: Story): Promise<void> {
  story.chapter("A person comes to the counter");
  const person = await whoIsIt(desk);
  const { name, cardNumber: card } = person;
  story.tell("person", `${name}, card ${card}; card and PSAM proved themselves`, { name, card });

  story.chapter("Work is registered; the job before goes into the history");
  await registerWork(desk, person, FIRST_JOB, story);
  await registerWork(desk, person, NEXT_JOB, story);

  story.chapter("The person has moved");
  await changeAddress(desk, person, ADDRESS, story);

  story.chapter("The person wants a PIN of their own, and forgets it");
  await changePin(desk, holder, OWN_PIN, story);
  await setPinAnew(desk, holder, person, FIRST_PIN, story);
}

/** The card is reported lost, found by somebody, blocked, and replaced. */
async function loss(stand: Stand, line: CentreLine, place: Place, story: Story): Promise<void> {
  story.chapter("The card is lost: from now on every clinic with a network refuses it");
  const person = await whoIsIt(stand.desk);
  const card = person.cardNumber;
  const { account } = await balancesOf(stand.terminal, person);
  const since = (await line.reportLost(card)).lost;
  story.tell("lost", `card ${card} with ${showAmount(account)} is lost since ${since}`, {
    ...{ card, account, since },
  });
  const refusal = await line.settle({ card, bill: BILL, balance: account }).catch(reasonOf);
  story.tell("refused", `the centre: ${refusal}`, { reason: refusal });

  story.chapter("Somebody hands it in: it is blocked for good");
  await block(stand, person, story);
  const answer = await stand.desk.iReadCardBas(3);
  story.tell("dead", `the card now: ${answer.code} ${answer.output}`, { code: answer.code });

  story.chapter("The bureau makes another card, with the money that the centre knows of");
  const balance = (await place.centre()).carryOver(card);
  const row = replacementOf(place.rowOf(PERSON), place.nextSerial(), {
    ...NOTED,
    ...validity(new Date()),
    medical_balance: showAmount(balance),
  });
  await place.issue(row, stand.card.image, card);
  const made = row.card_number;
  const text = `card ${made} instead of ${card}, with ${showAmount(balance)} on it`;
  story.tell("issued", text, { card: made, instead: card, balance });
}

/** The new card goes to a clinic at once. */
async function clinicWith(
  place: Place,
  line: CentreLine,
  card: string,
  story: Story,
): Promise<void> {
  await withStand({ card, psam: place.psamFile }, FIRST_PIN, async (stand) => {
    const queue = new ReceiptQueue(join(place.folder, "queue.jsonl"));
    const office = { line, queue, lostFile: join(place.folder, "lost.txt") };
    const clinic = await enter(stand, office, story);
    story.chapter("The new card pays");
    await settle(clinic, BILL, story);
    await handIn(clinic, story);
  });
}

function validity(today: Date): Row {
  const later = new Date(today.getFullYear() + 10, today.getMonth(), today.getDate());
  return { issue_date: dayOf(today), expiry_date: dayOf(later) };
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

await runIfStarted<CommonOptions>(import.meta.url, {
  name: "counter",
  description: "A service counter: work, address, PIN, a lost card and the one that replaces it.",
  help: `Each run takes the person's newest card, and ends with another one.
The card's PIN comes from WAFER_PIN; without it, that of a new sample card.

Example:
  $ npx tsx emulator/terminal/examples/counter.ts`,
  define: () => {},
  run: counter,
});
