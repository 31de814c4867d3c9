// What a clinic's desk does with a patient: reads the entitlement, settles a bill, hands receipts in.

import { readFile } from "node:fs/promises";
import { BureauError } from "../../../../personalization/errors.ts";
import { replaceFile } from "../../../../personalization/files/atomic-file.ts";
import type { Shares } from "../../account/purchase.ts";
import { showAmount } from "../../desk/parameters.ts";
import type { Settlement } from "./centre.ts";
import { CentreError, CONFLICT, NoNetworkError } from "./centre-errors.ts";
import type { CentreLine } from "./client.ts";
import { balancesOf, load, type Payment, pay, UnconfirmedError } from "./payment.ts";
import { type Person, readFiles, whoIsIt, writeFile } from "./reader.ts";
import type { ReceiptQueue } from "./receipt.ts";
import type { Stand } from "./stand.ts";
import type { Story } from "./story.ts";
import { MOST_OFFLINE, MOST_OFFLINE_TIMES, sharesOf } from "./tariff.ts";
import { stamp } from "./time.ts";

/** What a clinic has besides its reader. */
export interface Office {
  readonly line: CentreLine;
  readonly queue: ReceiptQueue;
  /** The clinic's copy of the list of lost cards. */
  readonly lostFile: string;
}

export interface Clinic extends Office {
  readonly stand: Stand;
  readonly person: Person;
  /** Category of the insured person. */
  readonly category: string;
}

/** Basic information, the list of lost cards, the entitlement; refuses whom the clinic must not serve. */
export async function enter(stand: Stand, office: Office, story: Story): Promise<Clinic> {
  story.chapter("Who is it, and what is the person entitled to");
  const person = await whoIsIt(stand.desk);
  const { name, cardNumber, version, expiryDate, terminal } = person;
  const card = `card ${cardNumber}, ${version}, valid until ${expiryDate}`;
  story.tell("person", `${name}, ${card}; card and PSAM ${terminal} proved themselves`, {
    name,
    card: cardNumber,
    terminal,
  });
  const lost = await lostCards(office);
  if (lost.includes(cardNumber)) {
    throw new BureauError(
      `card ${cardNumber} was reported lost; keep it, and serve nobody with it`,
    );
  }
  const { DF04EF05: medical = [], DF04EF06: offline = [] } = await readFiles(
    stand.desk,
    person,
    "DF04EF05|8C|84|83|$DF04EF06|90|92|93|$",
  );
  const [category = "", region = "", hospital = ""] = medical;
  const [allowed, amount = "", times = ""] = offline;
  const settled = `${times} times offline, ${showAmount(Number(amount))} in all`;
  const may = allowed === "1" ? `may pay offline (${settled})` : "must not pay offline";
  story.tell("entitlement", `category ${category}, insured in ${region}, ${hospital}; ${may}`, {
    ...{ category, region, hospital, allowed },
  });
  return { ...office, stand, person, category };
}

/** With network the list is fetched; without, it is as old as the last time. */
async function lostCards({ line, lostFile }: Office): Promise<readonly string[]> {
  if (line.plugged) {
    const cards = await line.lost();
    await replaceFile(lostFile, `${cards.join("\n")}\n`, 0o600);
    return cards;
  }
  const text = await readFile(lostFile, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return "";
    throw error;
  });
  return text.split("\n");
}

/**
 * Settles a bill: by the centre's word, or by the desk's own when there is no network and the card permits it. The
 * receipt lies in the queue before anybody says "paid".
 */
export async function settle(desk: Clinic, bill: number, story: Story): Promise<void> {
  const { stand, person, line } = desk;
  const { account: balance } = await balancesOf(stand.terminal, person);
  const card = person.cardNumber;
  const word = await line.settle({ card, bill, balance }).catch(unlessNoNetwork);
  const shares = word ?? (await sharesOffline(desk, bill, balance));
  const by = word === undefined ? "the desk" : "the centre";
  const { account, self, pool } = shares;
  const parts = `account ${showAmount(account)}, person ${showAmount(self)}, fund ${showAmount(pool)}`;
  story.tell("shares", `bill ${showAmount(bill)}, by ${by}: ${parts}`, { bill, by, ...shares });
  if (word !== undefined && word.load > 0) {
    await loadUntilTold(desk, word.load, balance, story);
  }
  const payment = await payUntilTold(desk, { account, self, pool }, story);
  await desk.queue.add(payment.receipt);
  if (word === undefined) await countOffline(desk, bill);
  const { tac, number } = payment.receipt;
  const { account: left } = await balancesOf(stand.terminal, person);
  story.tell("paid", `paid, says the card's ${payment.by}: ${number}, TAC ${tac}`, {
    ...{ by: payment.by, left, receipt: payment.receipt },
  });
}

/** How often a card that was pulled is tried again. */
const MOST_TRIES = 3;

/** A card that was pulled before the money came is loaded again. */
async function loadUntilTold(
  { stand, person, line }: Clinic,
  amount: number,
  balance: number,
  story: Story,
): Promise<void> {
  for (let tries = 0; tries < MOST_TRIES; tries++) {
    const after = await load(stand.terminal, person, line, amount);
    if (after !== undefined) {
      const change = `${showAmount(balance)} to ${showAmount(after)}`;
      story.tell("load", `loaded ${showAmount(amount)} from the centre: ${change}`, { after });
      return;
    }
    story.tell("not loaded", "pulled, and its proof says that nothing came");
  }
  throw givenUp(person, "loaded");
}

/** A card that was pulled before it paid is asked to pay again. */
async function payUntilTold(desk: Clinic, shares: Shares, story: Story): Promise<Payment> {
  const { stand, person, queue } = desk;
  for (let tries = 0; tries < MOST_TRIES; tries++) {
    const payment = await pay(stand.terminal, person, shares, stamp(new Date())).catch(
      async (error: unknown) => {
        if (error instanceof UnconfirmedError) await queue.setAside(error.receipt, error.message);
        throw error;
      },
    );
    if (payment !== undefined) return payment;
    story.tell("not paid", "pulled, and its proof says that nothing was paid");
  }
  throw givenUp(person, "paid");
}

function givenUp({ cardNumber }: Person, done: string): BureauError {
  const often = `card ${cardNumber} was pulled ${MOST_TRIES} times`;
  return new BureauError(`${often}: nothing was ${done}; leave it in the reader and begin again`);
}

/** The desk's own word, when the card permits it. Part 7, 10.3. */
async function sharesOffline(desk: Clinic, bill: number, balance: number): Promise<Shares> {
  const { stand, person, category } = desk;
  const address = "DF04EF05|8F|$DF04EF06|90|93|$";
  const files = await readFiles(stand.desk, person, address);
  const [use] = files.DF04EF05 ?? [];
  const [allowed, times] = files.DF04EF06 ?? [];
  const refuse = (reason: string): never => {
    throw new BureauError(`no network, and ${reason}; settle when the centre answers again`);
  };
  if (use !== "2" || allowed !== "1") refuse("the card does not permit to settle without");
  if (bill > MOST_OFFLINE) refuse(`${showAmount(bill)} is more than ${showAmount(MOST_OFFLINE)}`);
  if (Number(times) >= MOST_OFFLINE_TIMES) refuse(`the card did so ${times} times`);
  return sharesOf(bill, category, balance);
}

/** DF04EF06 counts what was settled without network. */
async function countOffline({ stand, person }: Clinic, bill: number): Promise<void> {
  const { DF04EF06: now = [] } = await readFiles(stand.desk, person, "DF04EF06|92|93|$");
  const [amount, times] = now.map(Number) as [number, number];
  await writeFile(stand.desk, person, "DF04EF06", {
    92: String(amount + bill).padStart(8, "0"),
    93: String(times + 1).padStart(2, "0"),
  });
}

/** Hands in what waits. What the centre has already is done; what it refuses is told and set aside. */
export async function handIn(desk: Clinic, story: Story): Promise<void> {
  const { line, queue, stand, person } = desk;
  const waiting = await queue.waiting();
  for (const [at, receipt] of waiting.entries()) {
    const said = await line.book(receipt).then(
      () => "booked",
      async (error: unknown) => {
        if (!(error instanceof CentreError)) throw error;
        if (error.status === CONFLICT) return "booked before";
        await queue.setAside(receipt, error.message);
        return error.message;
      },
    );
    const name = `${receipt.terminal}-${receipt.number}`;
    story.tell("handed in", `receipt ${name}: ${said}`, { receipt: name, said });
    await queue.keepOnly(waiting.slice(at + 1));
  }
  if (waiting.some(({ card }) => card === person.cardNumber)) {
    await writeFile(stand.desk, person, "DF04EF06", { 92: "00000000", 93: "00" });
  }
}

function unlessNoNetwork(error: unknown): Settlement | undefined {
  if (error instanceof NoNetworkError) return undefined;
  throw error;
}
