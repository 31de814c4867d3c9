// The messages of vpcd, the virtual reader of vsmartcard: a length of two bytes, most significant
// first, then that many bytes. A message of one byte from the reader is a control; a longer one is a
// command. The card answers a command with the response and CONTROL_ATR with its ATR, and answers
// no other control. vsmartcard 3.3, "Virtual PCD", and virtualsmartcard/src/vpcd/vpcd.c.

export const CONTROL_POWER_OFF = 0;
export const CONTROL_POWER_ON = 1;
export const CONTROL_RESET = 2;
export const CONTROL_ATR = 4;

/** vpcd's own default port. */
export const VPCD_PORT = 35963;

/** What two bytes of length can say. */
export const MAX_MESSAGE_BYTES = 0xffff;

/** One message in one piece: written in two, Nagle's algorithm holds the second back for 40 ms. */
export function frame(body: Uint8Array): Uint8Array {
  if (body.length > MAX_MESSAGE_BYTES) {
    throw new RangeError(`a message of ${body.length} bytes; vpcd carries ${MAX_MESSAGE_BYTES}`);
  }
  const message = new Uint8Array(2 + body.length);
  message[0] = body.length >> 8;
  message[1] = body.length;
  message.set(body, 2);
  return message;
}

/** Cuts a stream of bytes into message bodies. Holds one unfinished message at most (64 KiB). */
export class MessageReader {
  #length: number[] = [];
  #body = new Uint8Array(0);
  #filled = 0;

  /** Bytes of a message whose end has not come yet. */
  get pending(): number {
    return this.#length.length + this.#filled;
  }

  /** The bodies of the messages that end in `chunk`, as copies. */
  *read(chunk: Uint8Array): Generator<Uint8Array> {
    let at = 0;
    while (at < chunk.length) {
      if (this.#length.length < 2) {
        this.#length.push(chunk[at++]!);
        if (this.#length.length < 2) continue;
        this.#body = new Uint8Array((this.#length[0]! << 8) | this.#length[1]!);
        this.#filled = 0;
      }
      const part = chunk.subarray(at, at + this.#body.length - this.#filled);
      this.#body.set(part, this.#filled);
      this.#filled += part.length;
      at += part.length;
      if (this.#filled < this.#body.length) return;
      this.#length = [];
      this.#filled = 0;
      yield this.#body;
    }
  }
}
