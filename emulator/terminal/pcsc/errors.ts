import { TransportError } from "../../errors.ts";

/** No PC/SC service, no such reader, or the card was taken out. One line; it says what to do. */
export class PcscError extends TransportError {}
