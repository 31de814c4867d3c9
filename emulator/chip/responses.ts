// Hands out byte arrays for responses, many from one block: memory of its own for each response of
// more than 64 bytes would cost more than the command.

const BLOCK_BYTES = 16384;
/** Up to this length V8 keeps the bytes in its own heap, which is cheaper still. */
const SMALL_BYTES = 64;

export class Responses {
  #block = new ArrayBuffer(0);
  #used = 0;

  /** A copy of `length` bytes of `from` at `at`, the caller's to keep. */
  take(from: Uint8Array, at: number, length: number): Uint8Array {
    if (length <= SMALL_BYTES || length > BLOCK_BYTES) return from.slice(at, at + length);
    if (this.#used + length > this.#block.byteLength) {
      this.#block = new ArrayBuffer(BLOCK_BYTES);
      this.#used = 0;
    }
    const response = new Uint8Array(this.#block, this.#used, length);
    this.#used += length;
    response.set(from.subarray(at, at + length));
    return response;
  }
}
