// What the bureau knows of a card, whatever stands behind it: a reader, a machine or an emulator.

/** A powered card. Both methods reject with `TransportError` when the card is gone. */
export interface Card {
  /** Sends one command APDU, gives the response: data ‖ SW1 ‖ SW2. */
  transmit(command: Uint8Array): Promise<Uint8Array>;
  /** Warm or cold reset; gives the ATR, or the ATS of a contactless card. */
  reset(): Promise<Uint8Array>;
}
