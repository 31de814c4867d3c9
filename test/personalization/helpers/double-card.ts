// A double of a card for the tests of the bureau: enough of the issuer domain and of one file-system
// application to be personalized and read back. It checks every MAC, key check value and state, so
// that a bureau that goes wrong is refused; it is no card otherwise. Written from the standard with
// its own derivations: it shares no code with the bureau but hex and the block cipher.

import { createCipheriv, createDecipheriv } from "node:crypto";
import { cmac } from "@noble/ciphers/aes.js";
import { bytes, concat, equal, hex } from "../../../personalization/bytes.ts";
import type { Card } from "../../../personalization/card.ts";
import { TransportError } from "../../../personalization/errors.ts";
import { encryptBlocks } from "../../../personalization/keys/block-cipher.ts";
import {
  SW_AUTHENTICATION_FAILED,
  SW_CONDITIONS_NOT_SATISFIED,
  SW_FILE_NOT_FOUND,
  SW_INS_NOT_SUPPORTED,
  SW_NO_CURRENT_FILE,
  SW_RECORD_NOT_FOUND,
  SW_REFERENCED_DATA_NOT_FOUND,
  SW_SECURITY_NOT_SATISFIED,
  SW_SUCCESS,
  swTriesLeft,
} from "../../../runtime/spec/status-words.ts";

interface Set {
  version: number;
  enc: Uint8Array;
  mac: Uint8Array;
  dek: Uint8Array;
}
interface File {
  transparent: boolean;
  access: Uint8Array;
  records: Uint8Array[];
  content: Uint8Array;
}
interface Channel {
  enc: Uint8Array;
  mac: Uint8Array;
  rmac: Uint8Array;
  host: Uint8Array;
  chaining: Uint8Array;
  level: number;
  counter: number;
}

const ISD = "A000000151000000";
const TRANSPORT = bytes("404142434445464748494A4B4C4D4E4F");

/** What a test may do to the line: throw, or answer something else. `index` counts commands from 0. */
export type Line = (index: number, command: Uint8Array, answer: () => Uint8Array) => Uint8Array;

export class DoubleCard implements Card {
  set: Set = { version: 0xff, enc: TRANSPORT, mac: TRANSPORT, dek: TRANSPORT };
  readonly domainData = new Map<string, string>();
  readonly keys = new Map<number, Uint8Array>();
  readonly files = new Map<number, File>();
  pin = new Uint8Array();
  activated = false;
  commands = 0;
  line: Line = (_index, _command, answer) => answer();
  #application = "";
  #channel: Channel | undefined;
  #file: File | undefined;
  #challenge: Uint8Array | undefined;
  #authenticated = new globalThis.Set<number>();
  #sequence = 0;
  readonly #aid: string;

  constructor(aid: string) {
    this.#aid = aid;
  }

  async reset(): Promise<Uint8Array> {
    this.#select("");
    const historical = bytes(this.domainData.get("5F52") ?? "000000");
    return concat(Uint8Array.of(0x3b, 0x60 | historical.length, 0, 0), historical);
  }

  async transmit(command: Uint8Array): Promise<Uint8Array> {
    return this.line(this.commands++, command, () => this.#answer(command));
  }

  #answer(command: Uint8Array): Uint8Array {
    const [cla = 0, ins = 0] = command;
    if (ins === 0x82 && cla === 0x84) return this.#authenticateHost(command);
    if (cla & 0x04) return this.#protected(command);
    const data = command.length > 5 ? command.subarray(5, 5 + command[4]!) : new Uint8Array();
    return this.#plain(command, data);
  }

  #plain([, ins = 0, p1 = 0, p2 = 0, p3 = 0]: Uint8Array, data: Uint8Array): Uint8Array {
    switch (ins) {
      case 0xa4:
        if (p1 === 0x04) return this.#selectApplication(hex(data));
        this.#file = this.files.get((data[0]! << 8) | data[1]!);
        return sw(this.#file === undefined ? SW_FILE_NOT_FOUND : SW_SUCCESS);
      case 0x50:
        return this.#initializeUpdate(p1, data);
      case 0xb2:
        return this.#read(() => {
          const record = this.#file!.records[p1 - 1];
          return record === undefined ? sw(SW_RECORD_NOT_FOUND) : concat(record, sw(SW_SUCCESS));
        });
      case 0xb0:
        return this.#read(() => {
          const at = (p1 << 8) | p2;
          return concat(this.#file!.content.subarray(at, at + (p3 || 256)), sw(SW_SUCCESS));
        });
      case 0x84:
        this.#challenge = Uint8Array.from({ length: 8 }, (_, index) => this.commands + index);
        return concat(this.#challenge, sw(SW_SUCCESS));
      case 0x88:
        return concat(this.#proof(p2, data.subarray(0, 8), data.subarray(8)), sw(SW_SUCCESS));
      case 0x82: {
        const proof = this.#proof(p2, this.#challenge!, data.subarray(8));
        if (!equal(proof, data.subarray(0, 8))) return sw(swTriesLeft(2));
        this.#authenticated.add(p2);
        return sw(SW_SUCCESS);
      }
      case 0x20:
        return sw(equal(data, this.pin) ? SW_SUCCESS : swTriesLeft(2));
      default:
        return sw(SW_INS_NOT_SUPPORTED);
    }
  }

  #selectApplication(aid: string): Uint8Array {
    if (aid !== ISD && aid !== this.#aid) return sw(SW_FILE_NOT_FOUND);
    this.#select(aid);
    return concat(
      bytes(`6F${hex(Uint8Array.of(aid.length / 2 + 2))}84`),
      Uint8Array.of(aid.length / 2),
      bytes(aid),
      sw(SW_SUCCESS),
    );
  }

  #select(aid: string): void {
    this.#application = aid;
    this.#channel = undefined;
    this.#file = undefined;
    this.#challenge = undefined;
    this.#authenticated.clear();
  }

  #initializeUpdate(version: number, host: Uint8Array): Uint8Array {
    if (this.#application === "" || version !== this.set.version)
      return sw(SW_REFERENCED_DATA_NOT_FOUND);
    this.#sequence++;
    const challenge = Uint8Array.from({ length: 8 }, (_, index) => this.#sequence * 16 + index);
    const context = concat(host, challenge);
    const enc = kdf(this.set.enc, 4, context);
    const mac = kdf(this.set.mac, 6, context);
    const rmac = kdf(this.set.mac, 7, context);
    this.#channel = {
      enc,
      mac,
      rmac,
      host: kdf(mac, 1, context, 8),
      chaining: new Uint8Array(16),
      level: -1,
      counter: 0,
    };
    const counter = Uint8Array.of(0, 0, this.#sequence);
    const head = concat(new Uint8Array(10), Uint8Array.of(version, 3, 0x70));
    return concat(head, challenge, kdf(mac, 0, context, 8), counter, sw(SW_SUCCESS));
  }

  #authenticateHost(command: Uint8Array): Uint8Array {
    const channel = this.#channel;
    if (channel === undefined) return sw(SW_CONDITIONS_NOT_SATISFIED);
    if (!this.#checkMac(command)) return this.#drop();
    if (!equal(command.subarray(5, 13), channel.host)) return sw(SW_AUTHENTICATION_FAILED);
    channel.level = command[2]!;
    return sw(SW_SUCCESS);
  }

  #checkMac(command: Uint8Array): boolean {
    const channel = this.#channel!;
    const end = 5 + command[4]!;
    const mac = cmac(concat(channel.chaining, command.subarray(0, end - 8)), channel.mac);
    channel.chaining = mac;
    return equal(mac.subarray(0, 8), command.subarray(end - 8, end));
  }

  #drop(): Uint8Array {
    this.#channel = undefined;
    return sw(SW_SECURITY_NOT_SATISFIED);
  }

  #protected(command: Uint8Array): Uint8Array {
    const channel = this.#channel;
    if (channel === undefined || channel.level < 0) return sw(SW_CONDITIONS_NOT_SATISFIED);
    if (!this.#checkMac(command)) return this.#drop();
    channel.counter++;
    let data = command.subarray(5, 5 + command[4]! - 8);
    if (channel.level & 2 && data.length > 0) data = unpad(cbc(channel, data, 0, "decrypt"));
    const answer = this.#personalize(command[1]!, command[2]!, data);
    const word = answer.subarray(-2);
    let body: Uint8Array = answer.subarray(0, -2);
    if (!(channel.level & 0x10) || word[0] !== 0x90) return answer;
    if (channel.level & 0x20 && body.length > 0) body = cbc(channel, pad(body), 0x80, "encrypt");
    const mac = cmac(concat(channel.chaining, body, word), channel.rmac).subarray(0, 8);
    return concat(body, mac, word);
  }

  #personalize(ins: number, p1: number, data: Uint8Array): Uint8Array {
    if (ins === 0xd8) return this.#putKey(p1, data);
    if (ins !== 0xe2) return sw(SW_INS_NOT_SUPPORTED);
    if (this.#application !== ISD) return this.#groupings(p1, data);
    for (let at = 0; at < data.length; ) {
      const wide = (data[at]! & 0x1f) === 0x1f;
      const tag = hex(data.subarray(at, at + (wide ? 2 : 1)));
      at += wide ? 2 : 1;
      const length = data[at]!;
      this.domainData.set(tag, hex(data.subarray(at + 1, at + 1 + length)));
      at += 1 + length;
    }
    return sw(SW_SUCCESS);
  }

  #putKey(replaced: number, data: Uint8Array): Uint8Array {
    if (replaced !== this.set.version) return sw(SW_REFERENCED_DATA_NOT_FOUND);
    const values: Uint8Array[] = [];
    const checks: Uint8Array[] = [];
    for (let at = 1; at < data.length; ) {
      const length = data[at + 2]!;
      const sealed = data.subarray(at + 3, at + 2 + data[at + 1]!);
      const value = decryptCbc(this.set.dek, sealed).subarray(0, length);
      at += 2 + data[at + 1]!;
      const check = data.subarray(at + 1, at + 1 + data[at]!);
      at += 1 + data[at]!;
      if (
        !equal(check, encryptBlocks("aes", "ecb", value, new Uint8Array(16).fill(1)).subarray(0, 3))
      ) {
        return sw(SW_SECURITY_NOT_SATISFIED);
      }
      values.push(value);
      checks.push(check);
    }
    const [enc, mac, dek] = values;
    this.set = { version: data[0]!, enc: enc!, mac: mac!, dek: dek! };
    return concat(data.subarray(0, 1), ...checks, sw(SW_SUCCESS));
  }

  #groupings(p1: number, data: Uint8Array): Uint8Array {
    if (this.activated) return sw(SW_CONDITIONS_NOT_SATISFIED);
    for (let at = 0; at < data.length; ) {
      const dgi = (data[at]! << 8) | data[at + 1]!;
      const wide = data[at + 2] === 0xff;
      const length = wide ? (data[at + 3]! << 8) | data[at + 4]! : data[at + 2]!;
      at += wide ? 5 : 3;
      this.#grouping(dgi, data.subarray(at, at + length));
      at += length;
    }
    if ((p1 & 0x80) !== 0 && !this.activated) return sw(SW_CONDITIONS_NOT_SATISFIED);
    return sw(SW_SUCCESS);
  }

  #grouping(dgi: number, value: Uint8Array): void {
    const word = (at: number) => (value[at]! << 8) | value[at + 1]!;
    if (word(0) !== 0x3f00 && dgi !== 0x7fff) throw new Error("not in the root");
    switch (dgi) {
      case 0x6200: {
        const fcp = tags(value.subarray(4));
        const transparent = fcp.get(0x82)![0] === 1;
        const size = fcp.get(0x80) ?? Uint8Array.of(0, 0);
        this.files.set((fcp.get(0x83)![0]! << 8) | fcp.get(0x83)![1]!, {
          transparent,
          access: fcp.get(0x86)!,
          records: [],
          content: new Uint8Array((size[0]! << 8) | size[1]!),
        });
        return;
      }
      case 0x7001:
        this.files.get(word(2))!.content.set(value.subarray(6), word(4));
        return;
      case 0x7002:
        this.files.get(word(2))!.records.push(value.slice(4));
        return;
      case 0x8000:
        this.keys.set(value[2]!, decryptCbc(this.set.dek, value.subarray(7)).subarray(0, value[6]));
        return;
      case 0x8010:
        this.pin = Uint8Array.from(
          decryptCbc(this.set.dek, value.subarray(5)).subarray(0, value[4]),
        );
        return;
      case 0x7fff:
        this.activated = true;
        return;
      default:
        throw new Error(`unknown data grouping ${dgi.toString(16)}`);
    }
  }

  #read(then: () => Uint8Array): Uint8Array {
    const access = this.#file?.access;
    if (access === undefined) return sw(SW_NO_CURRENT_FILE);
    const open = access[0] === 0 || (access[0] === 2 && this.#authenticated.has(access[2]!));
    return open ? then() : sw(SW_SECURITY_NOT_SATISFIED);
  }

  /** SM4 only. */
  #proof(reference: number, random: Uint8Array, original: Uint8Array): Uint8Array {
    const zeros = new Uint8Array(8);
    const session = encryptBlocks("sm4", "ecb", this.keys.get(reference)!, concat(random, zeros));
    const x = encryptBlocks("sm4", "ecb", session, concat(original, zeros));
    return x.subarray(0, 8).map((byte, at) => byte ^ x[8 + at]!);
  }
}

/** A card that is pulled out: no answer to the command of this index, nor to any later one. */
export function removedAt(index: number): Line {
  return (at, _command, answer) => {
    if (at >= index) throw new TransportError("the card was removed");
    return answer();
  };
}

function sw(word: number): Uint8Array {
  return Uint8Array.of(word >> 8, word & 0xff);
}

function kdf(key: Uint8Array, constant: number, context: Uint8Array, length = 16): Uint8Array {
  const head = new Uint8Array(16);
  head.set([constant, 0, 0, length * 8, 1], 11);
  return cmac(concat(head, context), key).slice(0, length);
}

function cbc(channel: Channel, data: Uint8Array, first: number, way: "encrypt" | "decrypt") {
  const counter = new Uint8Array(16);
  counter[15] = channel.counter & 0xff;
  counter[14] = channel.counter >> 8;
  counter[0] = first;
  const iv = encryptBlocks("aes", "ecb", channel.enc, counter);
  const create = way === "encrypt" ? createCipheriv : createDecipheriv;
  return Uint8Array.from(create("aes-128-cbc", channel.enc, iv).setAutoPadding(false).update(data));
}

function decryptCbc(key: Uint8Array, data: Uint8Array): Uint8Array {
  const decipher = createDecipheriv("aes-128-cbc", key, new Uint8Array(16)).setAutoPadding(false);
  return Uint8Array.from(decipher.update(data));
}

function pad(data: Uint8Array): Uint8Array {
  const padded = new Uint8Array((Math.floor(data.length / 16) + 1) * 16);
  padded.set(data);
  padded[data.length] = 0x80;
  return padded;
}

function unpad(data: Uint8Array): Uint8Array {
  return data.subarray(0, data.lastIndexOf(0x80));
}

/** Tags of one byte, lengths of one byte, behind the template's own tag and length. */
function tags(template: Uint8Array): Map<number, Uint8Array> {
  const found = new Map<number, Uint8Array>();
  for (let at = 0; at < template.length; at += 2 + template[at + 1]!) {
    found.set(template[at]!, template.slice(at + 2, at + 2 + template[at + 1]!));
  }
  return found;
}
