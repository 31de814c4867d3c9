// Commands and responses of an SCP03 channel. GPC Amendment D v1.1.2, 6.2; MACs of 16 bytes: v1.2.

import { cbc, cmac, ecb } from "@noble/ciphers/aes.js";
import {
  LEVEL_C_DECRYPTION,
  LEVEL_C_MAC,
  LEVEL_R_ENCRYPTION,
  LEVEL_R_MAC,
  MAC_BYTES,
} from "../../runtime/spec/secure-channel.ts";
import { SW_SUCCESS } from "../../runtime/spec/status-words.ts";
import { MAX_COMMAND_DATA, type Response } from "../apdu.ts";
import { concat, equal, pad80 } from "../bytes.ts";
import { SecureChannelError } from "../errors.ts";
import { macHeader, parseRequest, type Request, sealed } from "./request.ts";
import type { Messaging } from "./secure-channel.ts";

const BLOCK = 16;

/** Session keys: they live as long as the channel and stay in this process. */
export interface SessionKeys {
  readonly enc: Uint8Array;
  readonly mac: Uint8Array;
  readonly rmac: Uint8Array;
}

export class Scp03Messaging implements Messaging {
  readonly #keys: SessionKeys;
  readonly #macBytes: number;
  #level = LEVEL_C_MAC;
  #chaining: Uint8Array = new Uint8Array(BLOCK);
  /** Commands since EXTERNAL AUTHENTICATE; the encryption counter. 6.2.6. */
  #counter = 0;

  constructor(keys: SessionKeys, macBytes: number = MAC_BYTES) {
    this.#keys = keys;
    this.#macBytes = macBytes;
  }

  get maxData(): number {
    const room = MAX_COMMAND_DATA - this.#macBytes;
    return this.#level & LEVEL_C_DECRYPTION ? Math.floor(room / BLOCK) * BLOCK - 1 : room;
  }

  authenticated(level: number): void {
    this.#level = level;
    this.#counter = 0;
  }

  wrapAuthentication(plain: Uint8Array): Uint8Array {
    return this.#seal(parseRequest(plain));
  }

  wrap(plain: Uint8Array): Uint8Array {
    const request = parseRequest(plain);
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
    if (response.data.length < this.#macBytes) {
      throw new SecureChannelError("response without its MAC: the card left the secure channel");
    }
    const data = response.data.subarray(0, -this.#macBytes);
    const sw = Uint8Array.of(response.sw >> 8, response.sw & 0xff);
    const mac = cmac(concat(this.#chaining, data, sw), this.#keys.rmac);
    if (!equal(mac.subarray(0, this.#macBytes), response.data.subarray(-this.#macBytes))) {
      throw new SecureChannelError(
        "response MAC is wrong: the line or the card altered a response",
      );
    }
    if (!(this.#level & LEVEL_R_ENCRYPTION) || data.length === 0) return { data, sw: response.sw };
    return { data: this.#decrypt(data), sw: response.sw };
  }

  /** Secure class byte, MAC over chaining value and command, MAC appended. 6.2.4. */
  #seal(request: Request): Uint8Array {
    const header = macHeader(request, this.#macBytes);
    this.#chaining = cmac(concat(this.#chaining, header, request.data), this.#keys.mac);
    return sealed(request, request.data, this.#chaining.subarray(0, this.#macBytes));
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

/** Only success and warnings carry a response MAC; an error is the bare status word. 6.2.5. */
function isProtected(sw: number): boolean {
  return sw === SW_SUCCESS || sw >> 8 === 0x62 || sw >> 8 === 0x63;
}
