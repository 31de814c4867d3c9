// One open SCP03 channel, host side: wraps commands and unwraps responses, in S8 mode.
// GPC Amendment D v1.1.2, 6.2.

import { cbc, cmac, ecb } from "@noble/ciphers/aes.js";
import { CLA_SECURE } from "../../runtime/spec/instructions.ts";
import {
  LEVEL_C_DECRYPTION,
  LEVEL_C_MAC,
  LEVEL_R_ENCRYPTION,
  LEVEL_R_MAC,
  MAC_BYTES,
} from "../../runtime/spec/secure-channel.ts";
import { SW_SUCCESS } from "../../runtime/spec/status-words.ts";
import { exchange, MAX_COMMAND_DATA, type Response } from "../apdu.ts";
import { concat, equal, pad80 } from "../bytes.ts";
import type { Card } from "../card.ts";
import { SecureChannelError } from "../errors.ts";

/** The combinations that the standard allows once C-MAC is demanded. */
export const SECURITY_LEVELS: readonly number[] = [0x01, 0x03, 0x11, 0x13, 0x33];

const BLOCK = 16;

/** Session keys: they live as long as the channel and stay in this process. */
export interface SessionKeys {
  readonly enc: Uint8Array;
  readonly mac: Uint8Array;
  readonly rmac: Uint8Array;
}

export class SecureChannel {
  readonly #card: Card;
  readonly #keys: SessionKeys;
  #level = LEVEL_C_MAC;
  #chaining: Uint8Array = new Uint8Array(BLOCK);
  /** Commands since EXTERNAL AUTHENTICATE; the encryption counter. 6.2.6. */
  #counter = 0;

  constructor(card: Card, keys: SessionKeys) {
    this.#card = card;
    this.#keys = keys;
  }

  /** Most data bytes that a wrapped short command still carries at this level. */
  get maxData(): number {
    const room = MAX_COMMAND_DATA - MAC_BYTES;
    return this.#level & LEVEL_C_DECRYPTION ? Math.floor(room / BLOCK) * BLOCK - 1 : room;
  }

  /** From here on commands and responses are protected as `level` says; the counter starts at 1. */
  authenticated(level: number): void {
    this.#level = level;
    this.#counter = 0;
  }

  /** Sends a plain command through the channel, gives the plain response. */
  async transmit(plain: Uint8Array): Promise<Response> {
    return this.unwrap(await exchange(this.#card, this.wrap(plain)));
  }

  /** Adds C-MAC to EXTERNAL AUTHENTICATE: the one command before the level holds. 7.1.2. */
  wrapAuthentication(plain: Uint8Array): Uint8Array {
    return this.#seal(parse(plain));
  }

  wrap(plain: Uint8Array): Uint8Array {
    const request = parse(plain);
    this.#counter++;
    if (this.#level & LEVEL_C_DECRYPTION && request.data.length > 0) {
      const iv = ecb(this.#keys.enc, { disablePadding: true }).encrypt(this.#counterBlock(0x00));
      request.data = cbc(this.#keys.enc, iv, { disablePadding: true }).encrypt(
        pad80(request.data, BLOCK),
      );
    }
    return this.#seal(request);
  }

  unwrap(response: Response): Response {
    if (!(this.#level & LEVEL_R_MAC)) return response;
    if (!isProtected(response.sw)) return { data: new Uint8Array(), sw: response.sw };
    if (response.data.length < MAC_BYTES) {
      throw new SecureChannelError("response without its MAC: the card left the secure channel");
    }
    const data = response.data.subarray(0, -MAC_BYTES);
    const sw = Uint8Array.of(response.sw >> 8, response.sw & 0xff);
    const mac = cmac(concat(this.#chaining, data, sw), this.#keys.rmac);
    if (!equal(mac.subarray(0, MAC_BYTES), response.data.subarray(-MAC_BYTES))) {
      throw new SecureChannelError(
        "response MAC is wrong: the line or the card altered a response",
      );
    }
    if (!(this.#level & LEVEL_R_ENCRYPTION) || data.length === 0) return { data, sw: response.sw };
    return { data: this.#decrypt(data), sw: response.sw };
  }

  /** Secure class byte, MAC over chaining value and command, MAC appended. 6.2.4. */
  #seal(request: Request): Uint8Array {
    const length = request.data.length + MAC_BYTES;
    if (length > MAX_COMMAND_DATA) {
      throw new RangeError(`${request.data.length} bytes and a MAC do not fit a short command`);
    }
    const [cla, ins, p1, p2] = request.header;
    const head = Uint8Array.of(cla! | CLA_SECURE, ins!, p1!, p2!, length);
    this.#chaining = cmac(concat(this.#chaining, head, request.data), this.#keys.mac);
    return concat(head, request.data, this.#chaining.subarray(0, MAC_BYTES), request.le);
  }

  #decrypt(data: Uint8Array): Uint8Array {
    if (data.length % BLOCK !== 0) {
      throw new SecureChannelError("encrypted response is no multiple of the block");
    }
    const iv = ecb(this.#keys.enc, { disablePadding: true }).encrypt(this.#counterBlock(0x80));
    const plain = cbc(this.#keys.enc, iv, { disablePadding: true }).decrypt(data);
    const marker = plain.findLastIndex((byte) => byte !== 0);
    if (plain[marker] !== 0x80)
      throw new SecureChannelError("encrypted response is padded wrongly");
    return plain.subarray(0, marker);
  }

  /** The counter as one block; the first byte tells commands (00) from responses (80). */
  #counterBlock(first: number): Uint8Array {
    const block = new Uint8Array(BLOCK);
    new DataView(block.buffer).setUint32(12, this.#counter);
    block[0] = first;
    return block;
  }
}

interface Request {
  readonly header: Uint8Array;
  data: Uint8Array;
  readonly le: Uint8Array;
}

function parse(plain: Uint8Array): Request {
  const header = plain.subarray(0, 4);
  if (plain.length <= 5) return { header, data: new Uint8Array(), le: plain.subarray(4) };
  const end = 5 + plain[4]!;
  return { header, data: plain.subarray(5, end), le: plain.subarray(end) };
}

/** Only success and warnings carry a response MAC; an error is the bare status word. 6.2.5. */
function isProtected(sw: number): boolean {
  return sw === SW_SUCCESS || sw >> 8 === 0x62 || sw >> 8 === 0x63;
}
