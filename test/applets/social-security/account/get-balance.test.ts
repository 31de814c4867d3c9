// GET BALANCE: the account and the totals of the year.

import { suite } from "uvu";
import {
  CLA_ACCOUNT,
  P2_ACCOUNT_BALANCE,
  P2_YEAR_POOLED,
  P2_YEAR_SELF_PAID,
} from "../../../../applets/social-security/spec.ts";
import {
  CLA_PROPRIETARY,
  INS_CHANGE_PIN,
  INS_GET_BALANCE,
} from "../../../../runtime/spec/instructions.ts";
import {
  SW_FUNCTION_NOT_SUPPORTED,
  SW_SECURITY_NOT_SATISFIED,
  SW_WRONG_LENGTH,
  SW_WRONG_P1P2,
} from "../../../../runtime/spec/status-words.ts";
import { accept, answers, apdu, refuse, reset } from "../../../helpers/card.ts";
import { hex16 } from "../../../helpers/secure-channel.ts";
import {
  ACCOUNT,
  accountCard,
  getBalance,
  hex32,
  openAccount,
  PIN,
  verifyPin,
} from "./account-card.ts";

const { card } = await accountCard("sm4");
const ready = card.snapshot();
const tests = suite("GET BALANCE");
tests.before.each(() => card.restore(ready));

const BALANCE = hex32(ACCOUNT.balance);

tests("GET BALANCE answers the balance, and the totals with their year", () => {
  answers(card, getBalance(P2_ACCOUNT_BALANCE), BALANCE);
  answers(card, getBalance(P2_YEAR_SELF_PAID), hex32(ACCOUNT.selfPaid) + ACCOUNT.year);
  answers(card, getBalance(P2_YEAR_POOLED), hex32(ACCOUNT.pooled) + ACCOUNT.year);
});

tests("GET BALANCE with Le 00 answers all there is", () => {
  answers(card, getBalance(P2_ACCOUNT_BALANCE, 0), BALANCE);
});

const raw = (p1: number, p2: number, data = "", le = 4) =>
  apdu(CLA_ACCOUNT, INS_GET_BALANCE, p1, p2, data, le);
const REFUSALS: readonly [string, Uint8Array, number][] = [
  ["P1", raw(1, P2_ACCOUNT_BALANCE), SW_WRONG_P1P2],
  ["P2 00", raw(0, 0), SW_WRONG_P1P2],
  ["P2 04", raw(0, 4), SW_WRONG_P1P2],
  ["data", raw(0, P2_ACCOUNT_BALANCE, "00"), SW_WRONG_LENGTH],
  ["Le 03", raw(0, P2_ACCOUNT_BALANCE, "", 3), SW_WRONG_LENGTH],
  ["Le 06 for the balance", raw(0, P2_ACCOUNT_BALANCE, "", 6), SW_WRONG_LENGTH],
  ["Le 04 for a total", raw(0, P2_YEAR_POOLED), SW_WRONG_LENGTH],
];

for (const [what, command, sw] of REFUSALS) {
  tests(`GET BALANCE refuses ${what} with ${hex16(sw)}, and works next`, () => {
    refuse(card, command, sw);
    answers(card, getBalance(P2_ACCOUNT_BALANCE), BALANCE);
  });
}

tests("GET BALANCE without an account is refused", async () => {
  const other = await accountCard("sm4", { leaveOut: ["account"] });
  refuse(other.card, getBalance(P2_ACCOUNT_BALANCE), SW_FUNCTION_NOT_SUPPORTED);
});

tests("GET BALANCE asks for the PIN of a cardholder who has one", async () => {
  const other = await accountCard("sm4", { pin: true });
  for (const p2 of [P2_ACCOUNT_BALANCE, P2_YEAR_SELF_PAID, P2_YEAR_POOLED]) {
    refuse(other.card, getBalance(p2), SW_SECURITY_NOT_SATISFIED);
  }
  accept(other.card, verifyPin());
  answers(other.card, getBalance(P2_ACCOUNT_BALANCE), BALANCE);
});

tests(
  "a cardholder who took the PIN away is not asked for it, after power-off either",
  async () => {
    const other = await accountCard("sm4", { pin: true });
    accept(other.card, apdu(CLA_PROPRIETARY, INS_CHANGE_PIN, 1, 0, `${PIN}ff`));
    reset(other.card);
    openAccount(other.card);
    answers(other.card, getBalance(P2_ACCOUNT_BALANCE), BALANCE);
  },
);

tests.run();
