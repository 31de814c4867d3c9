// How a business system uses the interface: first the PSAM, then, on five codes, the card library's HSM.
// Reader specification 2.0, 10.5 and appendix C.

import { CODE_NO_HSM_NEEDED, CODE_SUCCESS, HSM_CODES } from "./codes.ts";
import type { Desk } from "./desk.ts";
import { type CardLibrary, type LibraryCard, libraryCardOf } from "./hsm.ts";
import { join } from "./parameters.ts";
import { type DeskResult, settle } from "./result.ts";

/** What is asked of the card library: an HSM behind it, or keys in its place. */
export type HsmAnswers = Pick<
  CardLibrary,
  "computeReadCardBas" | "computeProof" | "computeMessage" | "computeDebit"
>;

/** A string that went between desk and card library: which step, and the string. */
export type SeeStep = (step: string, text: string) => void;

/** One step of the desk after what the library makes of the output before it. */
interface LibraryStep {
  readonly name: string;
  readonly compute: (output: string) => Promise<string>;
  readonly step: (pKey: string) => Promise<DeskResult>;
}

export class BusinessSystem {
  readonly #desk: Desk;
  readonly #library: HsmAnswers | undefined;
  readonly #see: SeeStep;
  #card: LibraryCard | undefined;
  #cardInfo = "";

  /** Without a library there is no way but the PSAM. */
  constructor(desk: Desk, library?: HsmAnswers, see: SeeStep = () => {}) {
    this.#desk = desk;
    this.#library = library;
    this.#see = see;
  }

  /** `pCardInfo` of the card that was read last. */
  get cardInfo(): string {
    return this.#cardInfo;
  }

  /** C.1: comes before everything else, and is kept. */
  async readBasic(iType: number): Promise<DeskResult> {
    const desk = this.#desk;
    const result = await this.#either(
      () => desk.iReadCardBas(iType),
      (library) =>
        this.#inSteps("iReadCardBas", () => desk.iReadCardBas_HSM_Step1(iType), [
          {
            name: "iReadCardBas_HSM_Step2",
            compute: (output) => library.computeReadCardBas(output),
            step: (pKey) => desk.iReadCardBas_HSM_Step2(pKey),
          },
        ]),
    );
    if (result.code === CODE_SUCCESS) {
      this.#card = libraryCardOf(result.output);
      const [, , cardNumber = "", identifier = ""] = result.output.split("|");
      this.#cardInfo = join(identifier, cardNumber);
    }
    return result;
  }

  /** C.2. A file that no key opens is left to the desk. */
  read(iType: number, iAuthType: number, pCardInfo: string, pFileAddr: string) {
    const desk = this.#desk;
    const atDesk = (address: string) => desk.iReadCard(iType, iAuthType, pCardInfo, address);
    return this.#either(
      () => atDesk(pFileAddr),
      (library) =>
        fileByFile(pFileAddr, async (address) => {
          const result = await this.#inSteps(
            "iReadCard",
            () => desk.iReadCard_HSM_Step1(iType, pCardInfo, address),
            [this.#proof("iReadCard_HSM_Step2", library, (pKey) => desk.iReadCard_HSM_Step2(pKey))],
          );
          return result.code === CODE_NO_HSM_NEEDED ? atDesk(address) : result;
        }),
    );
  }

  /** C.3. */
  write(iType: number, pCardInfo: string, pFileAddr: string, pWriteData: string) {
    const desk = this.#desk;
    const data = filesOf(pWriteData);
    return this.#either(
      () => desk.iWriteCard(iType, pCardInfo, pFileAddr, pWriteData),
      (library) =>
        fileByFile(pFileAddr, (address, at) =>
          this.#inSteps("iWriteCard", () => desk.iWriteCard_HSM_Step1(iType, pCardInfo, address), [
            this.#proof("iWriteCard_HSM_Step2", library, (pKey) =>
              desk.iWriteCard_HSM_Step2(pKey, data[at]!),
            ),
          ]),
        ),
    );
  }

  /** C.4. */
  reloadPin(iType: number, pCardInfo: string) {
    const desk = this.#desk;
    return this.#either(
      () => desk.iReloadPIN(iType, pCardInfo),
      (library) =>
        this.#inSteps("iReloadPIN", () => desk.iReloadPIN_HSM_Step1(iType, pCardInfo), [
          this.#proof("iReloadPIN_HSM_Step2", library, (pKey) => desk.iReloadPIN_HSM_Step2(pKey)),
          this.#message("iReloadPIN_HSM_Step3", library, (pKey) => desk.iReloadPIN_HSM_Step3(pKey)),
        ]),
    );
  }

  /** C.5. */
  unblockPin(iType: number, pCardInfo: string) {
    const desk = this.#desk;
    return this.#either(
      () => desk.iUnblockPIN(iType, pCardInfo),
      (library) =>
        this.#inSteps("iUnblockPIN", () => desk.iUnblockPIN_HSM_Step1(iType, pCardInfo), [
          this.#proof("iUnblockPIN_HSM_Step2", library, (pKey) => desk.iUnblockPIN_HSM_Step2(pKey)),
          this.#message("iUnblockPIN_HSM_Step3", library, (pKey) =>
            desk.iUnblockPIN_HSM_Step3(pKey),
          ),
        ]),
    );
  }

  /** C.6. With the HSM the output begins with MAC2. */
  debit(iType: number, pCardInfo: string, pPayInfo: string) {
    const desk = this.#desk;
    return this.#either(
      () => desk.iDoDebit(iType, pCardInfo, pPayInfo),
      (library) =>
        this.#inSteps("iDoDebit", () => desk.iDoDebit_HSM_Step1(iType, pCardInfo, pPayInfo), [
          {
            name: "iDoDebit_HSM_Step2",
            compute: (output) => library.computeDebit(this.#known(), output),
            step: (pKey) => desk.iDoDebit_HSM_Step2(pKey),
          },
        ]),
    );
  }

  async #either(
    atDesk: () => Promise<DeskResult>,
    withLibrary: (library: HsmAnswers) => Promise<DeskResult>,
  ): Promise<DeskResult> {
    const result = await atDesk();
    if (this.#library === undefined || !HSM_CODES.includes(result.code)) return result;
    this.#see("PSAM", `${result.code} ${result.output}`);
    return withLibrary(this.#library);
  }

  /** However it ends, the card has no power afterwards. */
  async #inSteps(
    name: string,
    first: () => Promise<DeskResult>,
    steps: readonly LibraryStep[],
  ): Promise<DeskResult> {
    let result = await first();
    this.#see(`${name}_HSM_Step1`, result.output);
    for (const { name: next, compute, step } of steps) {
      if (result.code !== CODE_SUCCESS) break;
      const { output } = result;
      const computed = await settle(() => compute(output));
      this.#see("HSM", computed.output);
      result = computed.code === CODE_SUCCESS ? await step(computed.output) : computed;
      this.#see(next, withoutPin(next, result.output));
    }
    await this.#desk.close();
    return result;
  }

  #proof(name: string, library: HsmAnswers, step: LibraryStep["step"]): LibraryStep {
    return { name, step, compute: (output) => library.computeProof(this.#known(), output) };
  }

  #message(name: string, library: HsmAnswers, step: LibraryStep["step"]): LibraryStep {
    return { name, step, compute: (output) => library.computeMessage(this.#known(), output) };
  }

  /** `Error` when the basic information was not read before: appendix C wants it first. */
  #known(): LibraryCard {
    if (this.#card === undefined) throw new Error("read the basic information first");
    return this.#card;
  }
}

/**
 * The functions in steps take one file: a round for each, their outputs one behind the other, until one fails.
 * The text was in order when the desk looked at it.
 */
async function fileByFile(
  pFileAddr: string,
  round: (address: string, at: number) => Promise<DeskResult>,
): Promise<DeskResult> {
  let output = "";
  for (const [at, address] of filesOf(pFileAddr).entries()) {
    const result = await round(address, at);
    if (result.code !== CODE_SUCCESS) return result;
    output += result.output;
  }
  return { code: CODE_SUCCESS, output };
}

/** Each with the dollar sign that ends it. */
function filesOf(text: string): readonly string[] {
  return text
    .split("$")
    .slice(0, -1)
    .map((file) => `${file}$`);
}

/** The new PIN goes to the HSM in clear, and nowhere else. */
function withoutPin(step: string, output: string): string {
  return step === "iReloadPIN_HSM_Step2" ? output.replace(/[^|]*\|$/, "******|") : output;
}
