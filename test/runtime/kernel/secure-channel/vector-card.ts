// A card for known answers: one security domain with the AID and the keys of the card that was
// recorded, which answers most commands with their data; and the random numbers of that card.

import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import * as assert from "uvu/assert";
import type { Card } from "../../../../emulator/card.ts";
import { INS_GET_RESPONSE } from "../../../../runtime/spec/instructions.ts";
import {
  KEY_FORM_AES_16,
  KEY_FORM_DES_16,
  keyFormBytes,
  SCP02,
  SCP03,
} from "../../../../runtime/spec/secure-channel.ts";
import { SW_MORE_DATA, SW_SUCCESS } from "../../../../runtime/spec/status-words.ts";
import { bytes, hex } from "../../../helpers/bytes.ts";
import { apdu, freshCard, imageWith, send } from "../../../helpers/card.ts";
import { hex8 } from "../../../helpers/secure-channel.ts";

const PROJECT = fileURLToPath(new URL("../../../..", import.meta.url));
const IDENTITY = new URL("../../../applets/security-domain/identity.card.ts", import.meta.url);

/** Static keys under a version, hex; of triple DES or of AES. */
export interface VectorKeys {
  readonly version: number;
  readonly des?: boolean;
  readonly enc: string;
  readonly mac: string;
  readonly dek: string;
}

export interface VectorCardOptions {
  readonly aid?: string;
  readonly keys: readonly VectorKeys[];
  /** Parameters i, hex; without one the protocol is not spoken. */
  readonly scp03?: string;
  readonly scp02?: string;
  /** Logical channels; the domain can be selected on all of them. */
  readonly channels?: number;
}

export const AID_VECTOR_CARD = "A000000151000000";

let root: string | undefined;

/** Sources of the card with the identity applet, in a folder that goes with the process. */
function sources(): string {
  if (root !== undefined) return root;
  mkdirSync(join(PROJECT, "build"), { recursive: true });
  root = mkdtempSync(join(PROJECT, "build", "vectors-"));
  const folder = root;
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  for (const part of ["runtime", "applets"]) {
    cpSync(join(PROJECT, part), join(root, part), { recursive: true });
  }
  mkdirSync(join(root, "applets/identity-of-tests"));
  const source = readFileSync(IDENTITY, "utf8").replaceAll("../../../runtime/", "../../runtime/");
  writeFileSync(join(root, "applets/identity-of-tests/index.ts"), source);
  return root;
}

/** Version, length, and the keys: AES-128 keys alone, others behind their form. */
function setParameters({ version, des = false, enc, mac, dek }: VectorKeys): string {
  const keys = enc + mac + dek;
  const length = enc.length / 2;
  const form = des ? KEY_FORM_DES_16 : KEY_FORM_AES_16 + (length - 16) / 8;
  assert.is(keyFormBytes(form), length);
  const value = form === KEY_FORM_AES_16 ? keys : hex8(form) + keys;
  return hex8(version) + hex8(value.length / 2) + value;
}

export async function vectorCard(options: VectorCardOptions): Promise<Card> {
  const { aid = AID_VECTOR_CARD, keys, scp03, scp02, channels = 1 } = options;
  const field = (text: string) => Uint8Array.from(bytes(text));
  const channel = (protocol: number, i?: string) =>
    i === undefined ? [] : [{ protocol, i: field(i) }];
  const image = await imageWith(
    (profile) => ({
      ...profile,
      channels,
      secureChannels: [...channel(SCP03, scp03), ...channel(SCP02, scp02)],
      applets: [
        {
          ...profile.applets.find(({ name }) => name === "security-domain")!,
          name: "identity-of-tests",
          multiselectable: true,
          aid: field("F05761666572000F"),
        },
      ],
      instances: [
        {
          ...profile.instances.find(({ module }) => module === "security-domain")!,
          aid: field(aid),
          module: "identity-of-tests",
          privileges: field("840000"),
          parameters: field(keys.map(setParameters).join("")),
        },
      ],
    }),
    sources(),
  );
  return freshCard(1, image);
}

/** Makes the card's next random numbers these; they must be used up by `operation`. */
export function withRandom<T>(card: Card, value: string, operation: () => T): T {
  const { random } = card;
  const fill = random.fill;
  let left = bytes(value);
  random.fill = (to) => {
    to.set(left.subarray(0, to.length));
    left = left.subarray(to.length);
  };
  try {
    return operation();
  } finally {
    random.fill = fill;
    assert.is(left.length, 0, "the random numbers were not asked for");
  }
}

export interface RecordedCommand {
  readonly plain: string;
  readonly wrapped: string;
  /** As it was recorded, with MAC and encryption. */
  readonly response?: string;
}

/** Data field of a plain short command, lower-case hex. */
export function dataOf(plain: string): string {
  const command = bytes(plain);
  return hex(command.subarray(5, 5 + (command[4] ?? 0)));
}

/** The response of a command without Le. */
const GET_RESPONSE = apdu(0, INS_GET_RESPONSE, 0, 0, "", 0);

/**
 * Sends the wrapped commands. The card must take each, which means that its MAC held; where responses
 * go bare it must answer with the plain data, and where one was recorded with just that.
 */
export function replay(card: Card, commands: readonly RecordedCommand[], bare: boolean): void {
  commands.forEach(({ plain, wrapped, response }, i) => {
    let { sw, data } = send(card, wrapped);
    if ((sw & 0xff00) === SW_MORE_DATA) ({ sw, data } = send(card, GET_RESPONSE));
    assert.is(sw, SW_SUCCESS, `command ${i}: ${sw.toString(16)}`);
    if (response !== undefined) assert.is(hex(data), response.toLowerCase());
    else if (bare && data.length > 0) assert.is(hex(data), dataOf(plain));
  });
}
