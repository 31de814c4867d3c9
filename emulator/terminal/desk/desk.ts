// The national reader interface: its functions by their own names. Reader specification 2.0, chapter 9.
//
// A function without steps powers the card, does its work and takes the power away. Of those in steps, the
// first leaves the card powered for the next; the last, or one that fails, ends it.

import { CODE_CHANGED_BEFORE, CODE_NOT_CONNECTED, HSM_CODES } from "./codes.ts";
import { doDebit, doDebitStep1 } from "./do-debit.ts";
import { changePin, RELOAD, restorePin, restorePinStep1, UNBLOCK, verifyPinOf } from "./pins.ts";
import { readCard, readCardStep1 } from "./read-card.ts";
import { readCardBas, readCardBasStep1 } from "./read-card-bas.ts";
import { readDebitRecords } from "./read-debit-record.ts";
import { asDeskError, DeskError, type DeskResult, settle } from "./result.ts";
import type { Step } from "./step.ts";
import {
  type CardAtTerminal,
  type OpenedAtTerminal,
  openCard,
  type Terminal,
  type Work,
} from "./terminal.ts";
import { writeCard, writeCardStep1 } from "./write-card.ts";

/** A function that waits for its next step. */
interface Pending {
  /** Name and number of the step that must come. */
  readonly step: string;
  readonly session: CardAtTerminal;
  readonly next: NonNullable<Step["next"]>;
}

export class Desk {
  readonly #terminal: Terminal;
  #pending: Pending | undefined;

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
  }

  /** Takes the power from a card that waits for a step that will not come. */
  async close(): Promise<void> {
    const pending = this.#pending;
    this.#pending = undefined;
    await pending?.session.close();
  }

  iReadCardBas(iType: number): Promise<DeskResult> {
    return this.#whole(iType, () => readCardBas);
  }

  iReadCardBas_HSM_Step1(iType: number): Promise<DeskResult> {
    return this.#first("iReadCardBas", iType, () => readCardBasStep1);
  }

  iReadCardBas_HSM_Step2(pKey: string): Promise<DeskResult> {
    return this.#next("iReadCardBas", 2, pKey);
  }

  iReadCard(
    iType: number,
    iAuthType: number,
    pCardInfo: string,
    pFileAddr: string,
  ): Promise<DeskResult> {
    return this.#whole(iType, () => readCard(iAuthType, pCardInfo, pFileAddr));
  }

  iReadCard_HSM_Step1(iType: number, pCardInfo: string, pFileAddr: string): Promise<DeskResult> {
    return this.#first("iReadCard", iType, () => readCardStep1(pCardInfo, pFileAddr));
  }

  iReadCard_HSM_Step2(pKey: string): Promise<DeskResult> {
    return this.#next("iReadCard", 2, pKey);
  }

  iWriteCard(
    iType: number,
    pCardInfo: string,
    pFileAddr: string,
    pWriteData: string,
  ): Promise<DeskResult> {
    return this.#whole(iType, () => writeCard(pCardInfo, pFileAddr, pWriteData));
  }

  iWriteCard_HSM_Step1(iType: number, pCardInfo: string, pFileAddr: string): Promise<DeskResult> {
    return this.#first("iWriteCard", iType, () => writeCardStep1(pCardInfo, pFileAddr));
  }

  iWriteCard_HSM_Step2(pKey: string, pWriteData: string): Promise<DeskResult> {
    return this.#next("iWriteCard", 2, pKey, pWriteData);
  }

  iVerifyPIN(iType: number): Promise<DeskResult> {
    return this.#whole(iType, () => verifyPinOf);
  }

  iChangePIN(iType: number): Promise<DeskResult> {
    return this.#whole(iType, () => changePin);
  }

  iReloadPIN(iType: number, pCardInfo: string): Promise<DeskResult> {
    return this.#whole(iType, () => restorePin(RELOAD, pCardInfo));
  }

  iReloadPIN_HSM_Step1(iType: number, pCardInfo: string): Promise<DeskResult> {
    return this.#first("iReloadPIN", iType, () => restorePinStep1(RELOAD, pCardInfo));
  }

  iReloadPIN_HSM_Step2(pKey: string): Promise<DeskResult> {
    return this.#next("iReloadPIN", 2, pKey);
  }

  iReloadPIN_HSM_Step3(pKey: string): Promise<DeskResult> {
    return this.#next("iReloadPIN", 3, pKey);
  }

  iUnblockPIN(iType: number, pCardInfo: string): Promise<DeskResult> {
    return this.#whole(iType, () => restorePin(UNBLOCK, pCardInfo));
  }

  iUnblockPIN_HSM_Step1(iType: number, pCardInfo: string): Promise<DeskResult> {
    return this.#first("iUnblockPIN", iType, () => restorePinStep1(UNBLOCK, pCardInfo));
  }

  iUnblockPIN_HSM_Step2(pKey: string): Promise<DeskResult> {
    return this.#next("iUnblockPIN", 2, pKey);
  }

  iUnblockPIN_HSM_Step3(pKey: string): Promise<DeskResult> {
    return this.#next("iUnblockPIN", 3, pKey);
  }

  iDoDebit(iType: number, pCardInfo: string, pPayInfo: string): Promise<DeskResult> {
    return this.#whole(iType, () => doDebit(pCardInfo, pPayInfo));
  }

  iDoDebit_HSM_Step1(iType: number, pCardInfo: string, pPayInfo: string): Promise<DeskResult> {
    return this.#first("iDoDebit", iType, () => doDebitStep1(pCardInfo, pPayInfo));
  }

  iDoDebit_HSM_Step2(pKey: string): Promise<DeskResult> {
    return this.#next("iDoDebit", 2, pKey);
  }

  iReadDebitRecord(iType: number): Promise<DeskResult> {
    return this.#whole(iType, () => readDebitRecords);
  }

  /** Parameters are looked at first: `prepare` refuses those that are wrong. */
  #whole(iType: number, prepare: () => Work<string>): Promise<DeskResult> {
    return settle(async () => {
      await this.close();
      const work = prepare();
      const session = await openCard(this.#terminal, iType);
      try {
        return await work(session);
      } catch (error) {
        throw notToRepeat(session, asDeskError(error));
      } finally {
        await session.close();
      }
    });
  }

  #first(name: string, iType: number, prepare: () => Work<Step>): Promise<DeskResult> {
    return settle(async () => {
      await this.close();
      const work = prepare();
      const session = await openCard(this.#terminal, iType);
      return this.#advance(name, 2, session, () => work(session));
    });
  }

  #next(name: string, number: number, pKey: string, data = ""): Promise<DeskResult> {
    return settle(async () => {
      const pending = this.#pending;
      if (pending?.step !== `${name} ${number}`) throw new DeskError(CODE_NOT_CONNECTED, name);
      this.#pending = undefined;
      const { session, next } = pending;
      return this.#advance(name, number + 1, session, () => next(pKey, data));
    });
  }

  /** Does a step; the card stays for step `following` if there is one. */
  async #advance(
    name: string,
    following: number,
    session: CardAtTerminal,
    work: () => Promise<Step>,
  ): Promise<string> {
    let next: Step["next"];
    try {
      const step = await work();
      next = step.next;
      return step.output;
    } finally {
      if (next === undefined) await session.close();
      else this.#pending = { step: `${name} ${following}`, session, next };
    }
  }
}

/** A business system goes on with the HSM on some codes: none of them once the card may be changed. */
function notToRepeat({ card }: OpenedAtTerminal, error: DeskError): DeskError {
  if (!card.mayHaveChanged() || !HSM_CODES.includes(error.code)) return error;
  return new DeskError(CODE_CHANGED_BEFORE, error.message, { cause: error });
}
