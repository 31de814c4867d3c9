import { BureauError } from "../../../personalization/errors.ts";

/** The card in the PSAM's slot has no environment of the algorithm that is asked for. */
export class NoPsamError extends BureauError {
  override readonly name = "NoPsamError";
  constructor(readonly algorithm: string) {
    super(`the terminal's PSAM has no ${algorithm} environment; insert one of this algorithm`);
  }
}

/** The PSAM holds no key of this use and identifier, on no level. */
export class PsamKeyError extends BureauError {
  override readonly name = "PsamKeyError";
  constructor(
    readonly use: string,
    readonly id: number,
  ) {
    const key = `${use} key ${id.toString(16).toUpperCase().padStart(2, "0")}`;
    super(`the PSAM has no ${key}; use a PSAM of the issuer that has it`);
  }
}

/** The PSAM's key is one of another city or province than the card's: the card would refuse its proof. */
export class PsamLevelError extends BureauError {
  override readonly name = "PsamLevelError";
  constructor(
    readonly use: string,
    readonly terminal: string,
  ) {
    super(
      `the ${use} key of the PSAM of terminal ${terminal} is of another region than the card's; ` +
        "use a PSAM of the card's region, or the HSM",
    );
  }
}

/** The user card's MAC2 is not the one of this purchase: it is another card, or no card of ours. */
export class PurchaseMacError extends BureauError {
  override readonly name = "PurchaseMacError";
  constructor() {
    super("the PSAM does not accept the card's proof of the purchase (MAC2); do not pay out");
  }
}
