// A fee that neither account nor fund pays, by the reader interface alone: iDoDebit and iReadDebitRecord.
//
// The interface knows two amounts, the whole and what account and fund pay of it. It leaves the account's money
// alone (../../desk/do-debit.ts), so bills that the account pays go by payment.ts.

import { showAmount } from "../../desk/parameters.ts";
import type { Clinic } from "./clinic-desk.ts";
import { ANY_INTERFACE, done } from "./reader.ts";
import type { Story } from "./story.ts";
import { stamp } from "./time.ts";

/** The person pays `fee` in cash; the card notes it, and its receipt goes into the queue. */
export async function takeFee(clinic: Clinic, fee: number, story: Story): Promise<void> {
  const { stand, person, queue } = clinic;
  const payInfo = `${showAmount(fee)}|0.00|${stamp(new Date())}|`;
  const output = done("iDoDebit", await stand.desk.iDoDebit(ANY_INTERFACE, person.info, payInfo));
  // Cipher, key of the TAC, amounts, type, terminal, its number, time, TAC.
  const [, , , , terminal = "", number = "", time = "", tac = ""] = output.split("|");
  const shares = { account: 0, self: fee, pool: 0 };
  await queue.add({ card: person.cardNumber, ...shares, terminal, number, time, tac });
  const records = await stand.desk.iReadDebitRecord(ANY_INTERFACE);
  const [newest = ""] = done("iReadDebitRecord", records).split("|");
  const text = `fee ${showAmount(fee)} by iDoDebit: ${number}, TAC ${tac}; iReadDebitRecord: ${newest}`;
  story.tell("fee", text, { fee, number, tac, newest });
}
