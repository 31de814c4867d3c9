/** The line between the card and its reader could not be made, or broke. */
export class TransportError extends Error {
  override readonly name = "TransportError";
  constructor(
    readonly line: "vpcd",
    /** The other end: host and port. */
    readonly peer: string,
    reason: string,
    options?: ErrorOptions,
  ) {
    super(`${line} ${peer}: ${reason}`, options);
  }
}
