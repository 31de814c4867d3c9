// Who is at fault when a card or its line fails.

/** The power went while the chip worked; the card must be reset before it answers again. */
export class PowerLoss extends Error {
  override readonly name = "PowerLoss";
  constructor(readonly operation: number) {
    super(`power was cut at memory operation ${operation}; reset the card to go on`);
  }
}

/** No card answers at the other end. */
export class TransportError extends Error {
  override readonly name = "TransportError";
}

/** A card file that cannot be what it claims. */
export class CardFileError extends Error {
  override readonly name = "CardFileError";
  constructor(
    readonly file: string,
    readonly reason: string,
  ) {
    super(`${file}: ${reason}`);
  }
}
