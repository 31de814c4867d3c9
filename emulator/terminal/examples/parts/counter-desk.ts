// What a service counter does with a card: registers work, changes an address, PINs, blocks.

import { BureauError } from "../../../../personalization/errors.ts";
import { blockCard } from "../../desk/block-card.ts";
import { CODE_PIN_WRONG } from "../../desk/codes.ts";
import type { Desk } from "../../desk/desk.ts";
import {
  ANY_INTERFACE,
  addRecord,
  atCard,
  done,
  type Person,
  readFiles,
  readIfThere,
  writeFile,
} from "./reader.ts";
import type { HoldersFingers, Stand } from "./stand.ts";
import type { Story } from "./story.ts";

/** `from` is YYYYMMDD; occupation by the national classification, 7 characters. */
export interface Job {
  readonly employer: string;
  readonly occupation: string;
  readonly from: string;
}

/** DF01EF07, 29: at work. */
const AT_WORK = "1";

/** A job begins. The one until now becomes a record of the history, which keeps the newest. */
export async function registerWork(
  desk: Desk,
  person: Person,
  job: Job,
  story: Story,
): Promise<void> {
  const read = (file: string, tag: string) => readIfThere(desk, person, file, tag);
  const [status, employer] = [await read("DF01EF07", "29"), await read("DF01EF09", "2E")];
  const [from, occupation] = [await read("DF02EF06", "4C"), await read("DF02EF06", "3A")];
  if (status === AT_WORK && from >= job.from) {
    const text = `${job.employer} from ${job.from}: the card has work since ${from} already`;
    story.tell("known", text, { ...job });
    return;
  }
  if (status === AT_WORK && employer !== "") {
    const fields = [occupation, from, job.from, employer];
    await addRecord(desk, person, "DF02EF07", fields);
    const text = `until now: ${employer}, ${occupation}, ${from} to ${job.from}`;
    story.tell("history", text, { employer, occupation, from, to: job.from });
  }
  const [, region = ""] = /^(\d{6})/.exec(person.info) ?? [];
  await writeFile(desk, person, "DF02EF06", {
    "4C": job.from,
    "4D": region,
    "3A": job.occupation,
  });
  await writeFile(desk, person, "DF01EF09", { "2E": job.employer });
  await writeFile(desk, person, "DF01EF07", { 29: AT_WORK });
  const files = await readFiles(desk, person, "DF02EF06|4C|4D|3A|$DF01EF09|2E|$");
  const values = [...(files.DF01EF09 ?? []), ...(files.DF02EF06 ?? [])];
  story.tell("work", `on the card: ${values.join(", ")}`, { ...job, values });
}

export interface Address {
  readonly street: string;
  /** 6 digits. */
  readonly region: string;
  readonly phone: string;
}

export async function changeAddress(
  desk: Desk,
  person: Person,
  { street, region, phone }: Address,
  story: Story,
): Promise<void> {
  const read = async () => (await readFiles(desk, person, "DF01EF06|23|24|28|$")).DF01EF06 ?? [];
  const before = await read();
  await writeFile(desk, person, "DF01EF06", { 23: street, 24: region, 28: phone });
  const after = await read();
  story.tell("address", `${before.join(", ")} is now ${after.join(", ")}`, { before, after });
}

/** The holder types the PIN and a new one, twice. */
export async function changePin(
  desk: Desk,
  holder: HoldersFingers,
  pin: string,
  story: Story,
): Promise<void> {
  const old = holder.pin;
  holder.newPin = pin;
  done("iChangePIN", await desk.iChangePIN(ANY_INTERFACE));
  const refused = await desk.iVerifyPIN(ANY_INTERFACE);
  holder.pin = pin;
  done("iVerifyPIN", await desk.iVerifyPIN(ANY_INTERFACE));
  if (old !== pin && refused.code !== CODE_PIN_WRONG) throw new BureauError("the old PIN holds on");
  story.tell("pin", `changed; the old one: ${refused.code} ${refused.output}`, {
    code: refused.code,
  });
}

/** PUK by the PSAM permits it; the new PIN goes to the card enciphered. */
export async function setPinAnew(
  desk: Desk,
  holder: HoldersFingers,
  { info }: Person,
  pin: string,
  story: Story,
): Promise<void> {
  holder.newPin = pin;
  done("iReloadPIN", await desk.iReloadPIN(ANY_INTERFACE, info));
  holder.pin = pin;
  done("iVerifyPIN", await desk.iVerifyPIN(ANY_INTERFACE));
  story.tell("pin", "set anew without the old one, by the PSAM's word; it holds");
}

/** The terminal's PSAM proves BK; then no application of the card answers any more. */
export async function block({ terminal }: Stand, person: Person, story: Story): Promise<void> {
  await atCard(terminal, person, blockCard(person.info));
  story.tell("blocked", `card ${person.cardNumber}: CARD BLOCK done`, { card: person.cardNumber });
}
