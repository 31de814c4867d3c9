import { TransportError } from "../errors.ts";

/** The card could not be put into the virtual reader, or the line to it broke. */
export class VpcdError extends TransportError {
  constructor(
    /** The other end: host and port. */
    readonly peer: string,
    reason: string,
    options?: ErrorOptions,
  ) {
    super(`vpcd ${peer}: ${reason}`, options);
  }
}
