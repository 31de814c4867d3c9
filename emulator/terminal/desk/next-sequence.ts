// Transaction numbers of a terminal without PSAM: whoever keeps them gives none twice, in any run.

/** Gives the terminal's next transaction number, of 4 bytes; never one twice. */
export type NextSequence = () => number | Promise<number>;

/** For whoever takes no purchases. */
export const noPurchases: NextSequence = () => {
  throw new Error("there is no transaction number: no purchases are taken here");
};
