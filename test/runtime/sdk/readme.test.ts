// The applets on the pages about the card side are built, and do what the pages say.

import { createCipheriv } from "node:crypto";
import { readFileSync } from "node:fs";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import type { Card } from "../../../emulator/card.ts";
import { INS_VERIFY } from "../../../runtime/spec/instructions.ts";
import {
  SW_AUTHENTICATION_BLOCKED,
  SW_SECURITY_NOT_SATISFIED,
  SW_WRONG_LENGTH,
  SW_WRONG_P1P2,
  swTriesLeft,
} from "../../../runtime/spec/status-words.ts";
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

readme.run();
