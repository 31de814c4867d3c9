// The card against the known answers of another implementation: an issuer domain with the AID and
// the keys of the card that was recorded gives the same bytes, counter by counter.

import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import type { Image } from "../../../assembler/image/types.ts";
import type { Card } from "../../../emulator/card.ts";
import {
  SW_MORE_DATA,
  SW_SECURITY_NOT_SATISFIED,
  SW_SUCCESS,
} from "../../../runtime/spec/status-words.ts";
import { bytes, hex } from "../../helpers/bytes.ts";
import { accept, answers, freshCard, imageWith, refuse, send } from "../../helpers/card.ts";
import { selectApplication } from "../../helpers/secure-channel.ts";
import { loadVectors } from "../../helpers/vectors.ts";

interface Case {
  readonly name: string;
  readonly keyBytes: number;
  readonly initializeUpdate: string;
  readonly initializeUpdateResponse: string;
  readonly externalAuthenticate: string;
  readonly commands: readonly { readonly plain: string; readonly wrapped: string }[];
  readonly firstResponse: string;
}

// Found by trying: of the AIDs that such a card has, this one gives the recorded challenges. It is
// that of an eUICC's security domain for profiles (ISD-R). GSMA SGP.02, 2.2.3.
const AID_RECORDED = "A0000005591010FFFFFFFF8900000100";
const KEYS = `30${[0x00, 0x10, 0x20].map((start) => hex(Uint8Array.from({ length: 16 }, (_, i) => start + i))).join("")}`;

const { cases } = loadVectors<Case>("gpc-amendment-d-scp03");
/** The card knows keys of 16 bytes; in the order of the sequence counters that were recorded. */
const recorded = cases
  .filter(({ keyBytes }) => keyBytes === 16)
  .sort((a, b) => counterOf(a) - counterOf(b));

function counterOf({ initializeUpdateResponse }: Case): number {
  return Number.parseInt(initializeUpdateResponse.slice(-6), 16);
}

/** Sources of the card with one more applet, in a folder of their own. */
function layOut(): string {
  const root = mkdtempSync(join(tmpdir(), "wafer-vectors-"));
  const project = fileURLToPath(new URL("../../..", import.meta.url));
  for (const part of ["runtime", "applets"]) {
    cpSync(join(project, part), join(root, part), { recursive: true });
  }
  mkdirSync(join(root, "applets/identity"));
  const source = readFileSync(new URL("./identity.card.ts", import.meta.url), "utf8");
  const moved = source.replaceAll("../../../runtime/", "../../runtime/");
  writeFileSync(join(root, "applets/identity/index.ts"), moved);
  return root;
}

const field = (text: string) => Uint8Array.from(bytes(text));

async function recordedImage(): Promise<Image> {
  const root = layOut();
  try {
    return await imageWith(
      (profile) => ({
        ...profile,
        applets: [
          profile.applets[0]!,
          { name: "identity", aid: field("F05761666572000F"), ram: 1024, stack: 1024 },
        ],
        instances: [
          { ...profile.instances[0]!, parameters: field(KEYS) },
          {
            // The challenge is derived from the AID of the application that opens the channel.
            aid: field(AID_RECORDED),
            module: "identity",
            privileges: field("000000"),
            parameters: field(""),
          },
        ],
      }),
      root,
    );
  } finally {
    rmSync(root, { recursive: true });
  }
}

const card: Card = await freshCard(1, await recordedImage());
const blank = card.snapshot();
const tests = suite("SCP03 against an independent implementation");

assert.equal(recorded.map(counterOf), [1, 2, 3]);
for (const { name, initializeUpdate, initializeUpdateResponse, ...rest } of recorded) {
  tests(`${name}: challenge, cryptogram, all wrapped commands and the wrapped response`, () => {
    accept(card, selectApplication(AID_RECORDED));
    answers(card, initializeUpdate, initializeUpdateResponse);
    answers(card, rest.externalAuthenticate, "");
    rest.commands.forEach(({ plain, wrapped }, i) => {
      const { sw, data } = send(card, wrapped);
      // Anything but 9000 (or 61xx, for a MAC without Le) would mean that the MAC did not hold.
      assert.ok(
        sw === SW_SUCCESS || (sw & 0xff00) === SW_MORE_DATA,
        `command ${i}: ${sw.toString(16)}`,
      );
      if (i === 0) assert.is(hex(data), rest.firstResponse.toLowerCase());
      else if (name.endsWith("_03") && data.length > 0) assert.is(hex(data), dataOf(plain));
    });
  });
}

/** Data field of a plain short command. */
function dataOf(plain: string): string {
  const command = bytes(plain);
  return hex(command.subarray(5, 5 + command[4]!));
}

tests("a recorded command with one bit changed is refused", () => {
  const [{ initializeUpdate, externalAuthenticate, commands }] = recorded as [Case];
  for (const at of [1, 2, 5, -2]) {
    card.restore(blank);
    accept(card, selectApplication(AID_RECORDED));
    accept(card, initializeUpdate);
    accept(card, externalAuthenticate);
    const spoiled = bytes(commands[0]!.wrapped);
    const index = at < 0 ? spoiled.length + at : at;
    spoiled[index] = spoiled[index]! ^ 1;
    refuse(card, spoiled, SW_SECURITY_NOT_SATISFIED);
  }
});

tests.run();
