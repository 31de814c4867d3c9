// Commands of an SCP02 channel: C-MAC on the modified APDU with its ICV enciphered, and encryption.
// GPC 2.3.1, E.3.4, E.4.4, E.4.6. Responses go bare.

import { LEVEL_C_DECRYPTION, LEVEL_C_MAC, MAC_BYTES } from "../../runtime/spec/secure-channel.ts";
import { MAX_COMMAND_DATA, type Response } from "../apdu.ts";
import { concat, pad80, xor } from "../bytes.ts";
import { encryptBlocks } from "../keys/block-cipher.ts";
import { macHeader, parseRequest, type Request, sealed } from "../scp03/request.ts";
import type { Messaging } from "../scp03/secure-channel.ts";
import type { Scp02SessionKeys } from "./session.ts";

const BLOCK = 8;

export class Scp02Messaging implements Messaging {
  readonly sequence: Uint8Array;
  readonly #keys: Scp02SessionKeys;
  #level = LEVEL_C_MAC;
  #icv: Uint8Array = new Uint8Array(BLOCK);

  constructor(keys: Scp02SessionKeys, sequence: Uint8Array) {
    this.#keys = keys;
    this.sequence = sequence;
  }

  get maxData(): number {
    const room = MAX_COMMAND_DATA - MAC_BYTES;
    return this.#level & LEVEL_C_DECRYPTION ? Math.floor(room / BLOCK) * BLOCK - 1 : room;
  }

  authenticated(level: number): void {
    this.#level = level;
  }

  wrapAuthentication(plain: Uint8Array): Uint8Array {
    return this.#seal(parseRequest(plain), false);
  }

  wrap(plain: Uint8Array): Uint8Array {
    return this.#seal(parseRequest(plain), (this.#level & LEVEL_C_DECRYPTION) !== 0);
  }

  unwrap(response: Response): Response {
    return response;
  }

  /** The MAC covers the plain data; they are enciphered afterwards. */
  #seal(request: Request, encrypts: boolean): Uint8Array {
    const message = concat(macHeader(request, MAC_BYTES), request.data);
    const mac = retailMac(this.#keys.mac, this.#icv, message);
    this.#icv = encryptSingle(this.#keys.mac, mac);
    if (!encrypts || request.data.length === 0) return sealed(request, request.data, mac);
    const padded = pad80(request.data, BLOCK);
    return sealed(request, encryptBlocks("tdes", "cbc", this.#keys.enc, padded), mac);
  }
}

/** Single DES, which is triple DES with the first half of the key twice. */
function encryptSingle(key: Uint8Array, data: Uint8Array): Uint8Array {
  const half = key.subarray(0, BLOCK);
  return encryptBlocks("tdes", "cbc", concat(half, half), data);
}

/** ISO/IEC 9797-1, algorithm 3: single DES in CBC, triple DES on the last block. B.1.2.2. */
export function retailMac(key: Uint8Array, icv: Uint8Array, message: Uint8Array): Uint8Array {
  const padded = pad80(message, BLOCK);
  // An ICV is what is added to the first block.
  padded.set(xor(padded.subarray(0, BLOCK), icv));
  const before = padded.length - BLOCK;
  if (before === 0) return encryptBlocks("tdes", "ecb", key, padded);
  const chained = encryptSingle(key, padded.subarray(0, before)).subarray(-BLOCK);
  return encryptBlocks("tdes", "ecb", key, xor(chained, padded.subarray(before)));
}
