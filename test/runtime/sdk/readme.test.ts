// The applets on the pages about the card side are built, and do what the pages say; the numbers hold.

import { createCipheriv } from "node:crypto";
import { readFileSync } from "node:fs";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import type { Card } from "../../../emulator/card.ts";
import { MAX_COMMAND_BYTES } from "../../../runtime/spec/card-api.ts";
import { MAX_INSTANCES } from "../../../runtime/spec/chip.ts";
import { MAX_CHANNELS, MAX_PACKAGES } from "../../../runtime/spec/configuration.ts";
import { INS_VERIFY } from "../../../runtime/spec/instructions.ts";
import {
  SW_AUTHENTICATION_BLOCKED,
  SW_SECURITY_NOT_SATISFIED,
  SW_WRONG_LENGTH,
  SW_WRONG_P1P2,
  swTriesLeft,
} from "../../../runtime/spec/status-words.ts";
import {
  MAX_OBJECT_BYTES,
  MAX_OBJECTS,
  MAX_PAGES,
  MAX_SLOTS,
  SLOT_DATA_BYTES,
  TRANSACTION_SLOTS,
} from "../../../runtime/spec/store.ts";
import { bytes, hex } from "../../helpers/bytes.ts";
import { accept, answers, apdu, refuse, reset } from "../../helpers/card.ts";
import { selectApplication } from "../../helpers/secure-channel.ts";
import { cardOf, INSTANCE } from "./applet-card.ts";

const PROJECT = new URL("../../../", import.meta.url);
const text = (path: string) => readFileSync(new URL(path, PROJECT), "utf8");

const readme = suite("pages about the card side");

/** A card with the one applet of a page, selected. */
async function cardOfPage(page: string, parameters: string): Promise<Card> {
  const blocks = [...text(page).matchAll(/^```ts\n([\s\S]*?)^```$/gm)];
  assert.is(blocks.length, 1, `${page} has one applet`);
  return cardOf(blocks[0]![1]!, parameters);
}

readme("the kernel's page counts commands", async () => {
  const card = await cardOfPage("runtime/README.md", "");
  answers(card, "0010000000", "01000000");
  answers(card, "0020000000", "02000000");
});

const KEY = "000102030405060708090A0B0C0D0E0F";
const INS_STAMP = 0x30;

readme("the SDK's page stamps after a PIN and proves each stamp", async () => {
  const card = await cardOfPage("runtime/sdk/README.md", `31323334${KEY}`);
  const stamp = apdu(0x00, INS_STAMP, 0, 0, "", 0);
  const verify = (pin: string, p2 = 1) => apdu(0x00, INS_VERIFY, 0, p2, pin);
  refuse(card, stamp, SW_SECURITY_NOT_SATISFIED);
  refuse(card, verify("31323334", 2), SW_WRONG_P1P2);
  refuse(card, verify("313233"), SW_WRONG_LENGTH);
  refuse(card, verify("31323335"), swTriesLeft(2));
  accept(card, verify("31323334"));
  for (const count of ["00000001", "00000002"]) {
    const cipher = createCipheriv("aes-128-ecb", bytes(KEY), null);
    const proof = hex(cipher.update(bytes(count.padEnd(32, "0")))).slice(0, 16);
    answers(card, stamp, `8004${count}8108${proof}`);
  }
  reset(card);
  accept(card, selectApplication(INSTANCE));
  refuse(card, stamp, SW_SECURITY_NOT_SATISFIED);
  for (const left of [2, 1, 0]) refuse(card, verify("39393939"), swTriesLeft(left));
  refuse(card, verify("31323334"), SW_AUTHENTICATION_BLOCKED);
});

const constant = (file: string, name: string): number =>
  numberIn(file, new RegExp(`\\bconst ${name}: \\w+ = ([\\d_]+);`));

/** The number that a text says at a place. */
function numberIn(file: string, pattern: RegExp): number {
  const found = text(file).match(pattern)?.[1];
  assert.ok(found, `${file}: nothing like ${pattern}`);
  return Number(found.replaceAll(/[,_]/g, ""));
}

const SESSIONS = constant("runtime/kernel/secure-channel/pool.ts", "SESSIONS");
const DERIVED = constant("runtime/kernel/keys.ts", "DERIVED_KEYS");
const CALLS = constant("runtime/kernel/work.ts", "MOST_CALLS");
const SLOTS = constant("runtime/kernel/work.ts", "MOST_SLOTS");
const IMPORTS = text("runtime/kernel/chip.ts").match(/\bdeclare function\b/g)?.length ?? 0;
const NUMBERS: Readonly<Record<string, readonly [says: RegExp, is: number][]>> = {
  "runtime/README.md": [
    [/(\d+) functions/, IMPORTS],
    [/`channels` of the profile, 1 to (\d+)/, MAX_CHANNELS],
    [/card API calls, each command \| ([\d,]+)/, CALLS],
    [/slots of the store, each command \| ([\d,]+)/, SLOTS],
    [/half of all (\d+)/, MAX_OBJECTS],
    [/one transaction \| (\d+) slots/, TRANSACTION_SLOTS],
    [/secure channel sessions \| (\d+)/, SESSIONS],
    [/session keys that applets derive \| (\d+)/, DERIVED],
    [/(\d+) instances/, MAX_INSTANCES],
    [/(\d+) packages/, MAX_PACKAGES],
    [/(\d+) objects/, MAX_OBJECTS],
    [/(\d+) bytes of command/, MAX_COMMAND_BYTES],
  ],
  "runtime/sdk/README.md": [
    [/commit`, (\d+) pieces/, TRANSACTION_SLOTS],
    [/one for each (\d+) bytes/, SLOT_DATA_BYTES],
    [/(\d+) bytes of command data/, MAX_COMMAND_BYTES],
    [/(\d+) between `reply\.start`/, constant("runtime/sdk/reply.ts", "REPLY_BYTES")],
    [/`loadData` copies (\d+)/, constant("runtime/sdk/apdu.ts", "DATA_BYTES")],
    [/an object of ([\d,]+) bytes/, MAX_OBJECT_BYTES],
    [/store\) and (\d+) objects/, MAX_OBJECTS / 2],
    [/(\d+) packages/, MAX_PACKAGES],
    [/(\d+) instances/, MAX_INSTANCES],
    [/instances and (\d+) objects/, MAX_OBJECTS],
    [/([\d,]+) calls and/, CALLS],
    [/(\d+) written slots/, SLOTS],
    [/written slots of (\d+) bytes/, SLOT_DATA_BYTES],
  ],
  "runtime/STORE.md": [
    [/Limits: (\d+) objects/, MAX_OBJECTS],
    [/Limits: .* (\d+) chunks/, MAX_SLOTS],
    [/Limits: .* (\d+) pages/, MAX_PAGES],
    [/(\d+) instances and/, MAX_INSTANCES],
    [/instances and (\d+) packages/, MAX_PACKAGES],
    [/A transaction holds (\d+) entries/, TRANSACTION_SLOTS],
  ],
};
for (const [page, numbers] of Object.entries(NUMBERS)) {
  readme(`the numbers of ${page} are those of the code`, () => {
    for (const [says, is] of numbers) assert.is(numberIn(page, says), is, `${says}`);
  });
}

readme.run();
