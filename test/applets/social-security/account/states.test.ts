// Which command may follow which: part 5, table 49, each of its cells; and what ends a transaction.

import { suite } from "uvu";
import {
  AID_SSSE,
  CLA_ACCOUNT,
  P1_GET_STARTING_DAY,
  P2_ACCOUNT_BALANCE,
  TRANSACTION_LOAD,
  TRANSACTION_PURCHASE,
} from "../../../../applets/social-security/spec.ts";
import {
  INS_CREDIT_FOR_LOAD,
  INS_GET_CHALLENGE,
  INS_GET_RESPONSE,
  INS_STARTING_DAY,
} from "../../../../runtime/spec/instructions.ts";
import {
  SW_COMMAND_NOT_ACCEPTED,
  SW_INS_NOT_SUPPORTED,
  SW_MORE_DATA,
  SW_WRONG_P1P2,
} from "../../../../runtime/spec/status-words.ts";
import { accept, answers, apdu, refuse, reset, send } from "../../../helpers/card.ts";
import { selectApplication } from "../../../helpers/secure-channel.ts";
import {
  accountCard,
  beginLoad,
  beginPurchase,
  type Ending,
  getBalance,
  getProof,
  initializeForLoad,
  openAccount,
  selectDf,
} from "./account-card.ts";

const made = await accountCard("sm4");
const { card } = made;
const ready = card.snapshot();
const tests = suite("states of the medical account");
tests.before.each(() => card.restore(ready));

type State = "idle" | "load" | "purchase";
const STATES: readonly State[] = ["idle", "load", "purchase"];
const load = () => beginLoad(made, 5).end();
const purchase = () => beginPurchase(made, [5, 1, 1]).end();

/** Brings the card into a state; what would end the load or purchase that it is in. */
function bringTo(state: State): Ending | undefined {
  if (state === "idle") return undefined;
  return state === "load" ? load() : purchase();
}

/** The card is in this state: the command that ends a load or purchase goes, or none does. */
function expectState(state: State, begun: Ending | undefined): void {
  const mark = card.snapshot();
  if (state !== "idle") {
    accept(card, begun!.command);
    card.restore(mark);
    refuse(card, (state === "load" ? PURCHASE_ANY : LOAD_ANY).command, SW_COMMAND_NOT_ACCEPTED);
    return;
  }
  refuse(card, LOAD_ANY.command, SW_COMMAND_NOT_ACCEPTED);
  card.restore(mark);
  refuse(card, PURCHASE_ANY.command, SW_COMMAND_NOT_ACCEPTED);
}

const LOAD_ANY = load();
const PURCHASE_ANY = purchase();
accept(card, PURCHASE_ANY.command);
const done = card.snapshot();
const proof = getProof(TRANSACTION_PURCHASE, PURCHASE_ANY.number);

for (const state of STATES) {
  tests(`${state}: INITIALIZE begins a load or a purchase, whatever was begun`, () => {
    for (const [to, begin] of [
      ["load", load],
      ["purchase", purchase],
    ] as const) {
      bringTo(state);
      expectState(to, begin());
    }
  });

  tests(`${state}: GET BALANCE and GET TRANSACTION PROOF keep the state`, () => {
    card.restore(done);
    const begun = bringTo(state);
    accept(card, getBalance(P2_ACCOUNT_BALANCE));
    accept(card, proof);
    expectState(state, begun);
  });

  tests(`${state}: CREDIT and DEBIT go in their own state alone, and end it`, () => {
    for (const [own, other] of [
      ["load", PURCHASE_ANY],
      ["purchase", LOAD_ANY],
    ] as const) {
      const begun = bringTo(state);
      if (state === own) accept(card, begun!.command);
      else
        refuse(card, (own === "load" ? LOAD_ANY : PURCHASE_ANY).command, SW_COMMAND_NOT_ACCEPTED);
      expectState("idle", undefined);
      refuse(card, other.command, SW_COMMAND_NOT_ACCEPTED);
    }
  });
}

tests("GET RESPONSE, which T=0 needs for the answer, ends nothing", () => {
  const mark = card.snapshot();
  const { answer, end } = beginLoad(made, 5);
  card.restore(mark);
  const request = initializeForLoad(5).slice(0, -1);
  accept(card, request, SW_MORE_DATA | 0x10);
  // The same random number as before: the card is at the same place.
  answers(card, apdu(0, INS_GET_RESPONSE, 0, 0, "", 0x10), answer);
  accept(card, end().command);
});

/** Commands after which nothing is begun any more: others than those of table 49, and all that fail. */
const ENDS: readonly [string, () => void][] = [
  ["GET CHALLENGE", () => void accept(card, apdu(0, INS_GET_CHALLENGE, 0, 0, "", 8))],
  ["SELECT of the same DF", () => void accept(card, selectDf())],
  [
    "GET STARTING DAY",
    () => void accept(card, apdu(CLA_ACCOUNT, INS_STARTING_DAY, P1_GET_STARTING_DAY, 0, "", 2)),
  ],
  [
    "an unknown instruction",
    () => refuse(card, apdu(CLA_ACCOUNT, 0x2b, 0, 0), SW_INS_NOT_SUPPORTED),
  ],
  ["an unknown class", () => void send(card, apdu(0xa0, INS_CREDIT_FOR_LOAD, 0, 0))],
  ["GET BALANCE that fails", () => refuse(card, getBalance(9), SW_WRONG_P1P2)],
  ["GET TRANSACTION PROOF that fails", () => void send(card, getProof(TRANSACTION_LOAD, 77))],
  [
    "SELECT of the application",
    () => {
      accept(card, selectApplication(AID_SSSE));
      accept(card, selectDf());
    },
  ],
  [
    "another application",
    () => {
      accept(card, selectApplication("A000000151000000"));
      openAccount(card);
    },
  ],
  [
    "reset",
    () => {
      reset(card);
      openAccount(card);
    },
  ],
];

for (const [what, action] of ENDS) {
  for (const begin of [load, purchase]) {
    tests(`${what} ends a ${begin.name} that was begun`, () => {
      const { command } = begin();
      action();
      refuse(card, command, SW_COMMAND_NOT_ACCEPTED);
    });
  }
}

tests.run();
