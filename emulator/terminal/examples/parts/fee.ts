// A fee that neither account nor fund pays, by the reader interface alone: iDoDebit and iReadDebitRecord.
//
// The interface knows two amounts, the whole and what account and fund pay of it. It leaves the account's money
// alone (../../desk/do-debit.ts), so bills that the account pays go by payment.ts.

import { CODE_PAID_UNCONFIRMED, CODE_SUCCESS, meaningOf } from "../../desk/codes.ts";
import { showAmount } from "../../desk/parameters.ts";
import type { Clinic } from "./clinic-desk.ts";
import { ANY_INTERFACE, done } from "./reader.ts";
import type { Story } from "./story.ts";
import { stamp } from "./time.ts";

/** The person pays `fee` in cash; the card notes it, and its receipt goes into the queue. */
export async function takeFee(clinic: Clinic, fee: number, story: Story): Promise<void> {
  const { stand, person, queue } = clinic;
  const payInfo = `${showAmount(fee)}|0.00|${stamp(new Date())}|`;
  const result = await stand.desk.iDoDebit(ANY_INTERFACE, person.info, payInfo);
  const paid = result.code === CODE_PAID_UNCONFIRMED ? result.output : done("iDoDebit", result);
  // Cipher, key of the TAC, amounts, type, terminal, its number, time, TAC.
  const [, , , , terminal = "", number = "", time = "", tac = ""] = paid.split("|");
  const shares = { account: 0, self: fee, pool: 0 };
  const receipt = { card: person.cardNumber, ...shares, terminal, number, time, tac };
  if (result.code !== CODE_SUCCESS) {
    await queue.setAside(receipt, meaningOf(result.code).english);
    done("iDoDebit", result);
  }
  await queue.add(receipt);
  const records = await stand.desk.iReadDebitRecord(ANY_INTERFACE);
  const [newest = ""] = done("iReadDebitRecord", records).split("|");
  const text = `fee ${showAmount(fee)} by iDoDebit: ${number}, TAC ${tac}; iReadDebitRecord: ${newest}`;
  story.tell("fee", text, { fee, number, tac, newest });
}
