// LOAD: a package comes onto the card in blocks, and until the last one nothing of it counts.

import { sha1 } from "@noble/hashes/legacy.js";
import { sha384, sha512 } from "@noble/hashes/sha2.js";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { readLoadFile } from "../../../assembler/package/load-file.ts";
import {
  INSTALL_FOR_LOAD,
  STATUS_APPLICATIONS,
  STATUS_ISSUER_DOMAIN,
  STATUS_LOAD_FILES,
} from "../../../runtime/spec/content.ts";
import {
  CLA_PROPRIETARY,
  INS_GET_DATA,
  INS_GET_STATUS,
  INS_INSTALL,
  INS_LOAD,
  INS_MANAGE_CHANNEL,
  INS_SELECT,
} from "../../../runtime/spec/instructions.ts";
import { CARD_LOCKED, CARD_SECURED } from "../../../runtime/spec/life-cycle.ts";
import {
  SW_CONDITIONS_NOT_SATISFIED,
  SW_FILE_NOT_FOUND,
  SW_MEMORY_FAILURE,
  SW_NAME_EXISTS,
  SW_NOT_ENOUGH_MEMORY,
  SW_REFERENCED_DATA_NOT_FOUND,
  SW_SECURITY_NOT_SATISFIED,
  SW_SUCCESS,
  SW_WRONG_DATA,
  SW_WRONG_P1P2,
} from "../../../runtime/spec/status-words.ts";
import { hex } from "../../helpers/bytes.ts";
import { accept, apdu, refuse, send } from "../../helpers/card.ts";
import { cutDuring, operationsOf } from "../../helpers/power-loss.ts";
import { hex16, openChannel, selectApplication, through } from "../../helpers/secure-channel.ts";
import { AID_FILES } from "../filesystem/file-tree.ts";
import {
  blocks,
  deleteCommand,
  does,
  enter,
  ISSUER,
  install,
  installDomain,
  installForLoad,
  listed,
  load,
  loadAndInstall,
  loadCommand,
  managedCard,
  SOCIAL_MODULE,
  setStatus,
  TINY,
  TINY_INSTANCE,
  tinyModule,
  tinyPackage,
} from "./managed-card.ts";

const on = await managedCard();
const { card } = on;
const ready = card.snapshot();
const IMAGE_FILES = listed(on, STATUS_LOAD_FILES);
const tests = suite("LOAD");
tests.before.each(async () => {
  card.restore(ready);
  on.channel = await openChannel(card);
});

const file = tinyPackage();
const hash = hex(file.hash);
/** As many blocks as it takes to be interrupted between two. */
const PIECES = 50;
const parts = blocks(file.bytes, PIECES);
const [first, second] = parts as [Uint8Array, Uint8Array];

/** Nothing of the package is there, and it can be loaded all the same. */
function leftNoTrace(): void {
  assert.equal(listed(on, STATUS_LOAD_FILES), IMAGE_FILES);
  does(on, install({ module: TINY }), SW_REFERENCED_DATA_NOT_FOUND);
  loadAndInstall(on);
  assert.equal(listed(on, STATUS_LOAD_FILES), [...IMAGE_FILES, TINY]);
}

tests("LOAD brings a package, and INSTALL an instance of it, which outlives a power cut", () => {
  loadAndInstall(on);
  accept(card, selectApplication(TINY_INSTANCE));
  card.powerOff();
  card.reset();
  accept(card, selectApplication(TINY_INSTANCE));
  accept(card, apdu(CLA_PROPRIETARY, INS_GET_STATUS, 0, 0));
});

tests("LOAD takes blocks of any size, one byte at a time too", () => {
  for (const size of [1, 7, 230]) {
    const small = tinyPackage(TINY);
    does(on, installForLoad());
    const all = blocks(small.bytes, size);
    for (const block of all) does(on, block);
    assert.equal(listed(on, STATUS_LOAD_FILES), [...IMAGE_FILES, TINY], `blocks of ${size}`);
    does(on, deleteCommand(TINY));
  }
});

const HASHES: readonly [string, string][] = [
  ["none", ""],
  ["SHA-1", hex(sha1(blockOf(file.bytes)))],
  ["SHA-256", hash],
  ["SHA-384", hex(sha384(blockOf(file.bytes)))],
  ["SHA-512", hex(sha512(blockOf(file.bytes)))],
];

/** The value of C4, which the hash is taken over. */
function blockOf(bytes: Uint8Array): Uint8Array {
  const { daps } = readLoadFile(bytes);
  assert.is(daps.length, 0);
  return bytes.subarray(bytes[1] === 0x82 ? 4 : bytes[1] === 0x81 ? 3 : 2);
}

for (const [name, value] of HASHES) {
  tests(`a load file data block hash may be ${name}`, () => load(on, file, { hash: value }));
  if (value === "") continue;
  tests(`a wrong load file data block hash, ${name}, is refused and leaves no trace`, () => {
    load(on, file, { hash: `${value.slice(0, -2)}00`, sw: SW_WRONG_DATA });
    leftNoTrace();
  });
}

const REFUSED_REQUESTS: readonly [string, Uint8Array, number][] = [
  [
    "P2",
    apdu(CLA_PROPRIETARY, INS_INSTALL, INSTALL_FOR_LOAD, 1, installForLoad().slice(5, -1), 0),
    SW_WRONG_P1P2,
  ],
  ["an AID of 4 bytes", installForLoad({ aid: "F0746978" }), SW_WRONG_DATA],
  ["an AID of 17 bytes", installForLoad({ aid: "F0".repeat(17) }), SW_WRONG_DATA],
  ["a hash of a length of none", installForLoad({ hash: "00".repeat(31) }), SW_WRONG_DATA],
  ["parameters that are cut short", installForLoad({ parameters: "EF04C602" }), SW_WRONG_DATA],
  ["a size of three bytes", installForLoad({ parameters: "EF05C603000001" }), SW_WRONG_DATA],
  ["a token that nobody needs", installForLoad({ token: "00" }), SW_WRONG_DATA],
  ["an unknown domain", installForLoad({ domain: "F012345678" }), SW_REFERENCED_DATA_NOT_FOUND],
  ["an application as domain", installForLoad({ domain: AID_FILES }), SW_REFERENCED_DATA_NOT_FOUND],
  ["the name of a module of the image", installForLoad({ aid: SOCIAL_MODULE }), SW_NAME_EXISTS],
  ["the name of an instance", installForLoad({ aid: AID_FILES }), SW_NAME_EXISTS],
  [
    "more bytes than there are",
    installForLoad({ parameters: "EF06C60400020000" }),
    SW_NOT_ENOUGH_MEMORY,
  ],
];

for (const [what, request, sw] of REFUSED_REQUESTS) {
  tests(`INSTALL [for load] refuses ${what} with ${hex16(sw)}; LOAD has nothing to follow`, () => {
    does(on, request, sw);
    does(on, first, SW_CONDITIONS_NOT_SATISFIED);
    leftNoTrace();
  });
}

tests("INSTALL [for load] refuses the name of a package that is there", () => {
  load(on, file);
  does(on, installForLoad(), SW_NAME_EXISTS);
  loadAndInstall(on, "F074696E7A");
});

const WRONG_BLOCKS: readonly [string, Uint8Array, number][] = [
  ["bits of P1", apdu(CLA_PROPRIETARY, INS_LOAD, 0x01, 1, second.slice(5, -1), 0), SW_WRONG_P1P2],
  ["the first block again", first, SW_WRONG_P1P2],
  ["the block after the next", loadCommand(2, file.bytes.subarray(PIECES), false), SW_WRONG_P1P2],
  ["an empty block", loadCommand(1, new Uint8Array(), false), SW_WRONG_DATA],
  [
    "a last block that ends too early",
    loadCommand(1, file.bytes.subarray(PIECES, 90), true),
    SW_WRONG_DATA,
  ],
];

for (const [what, request, sw] of WRONG_BLOCKS) {
  tests(`LOAD refuses ${what} with ${hex16(sw)} and gives the load up`, () => {
    does(on, installForLoad());
    does(on, first);
    does(on, request, sw);
    does(on, second, SW_CONDITIONS_NOT_SATISFIED);
    leftNoTrace();
  });
}

tests("LOAD without INSTALL [for load] is refused, and so is LOAD after the last block", () => {
  does(on, first, SW_CONDITIONS_NOT_SATISFIED);
  load(on, file);
  does(on, loadCommand(parts.length, new Uint8Array(4), false), SW_CONDITIONS_NOT_SATISFIED);
});

tests("LOAD without a session is refused, after INSTALL [for load] too", () => {
  does(on, installForLoad());
  refuse(card, first, SW_SECURITY_NOT_SATISFIED, "bare in a session");
  card.reset();
  refuse(card, first, SW_SECURITY_NOT_SATISFIED);
});

/** What may come between two blocks. */
const INTERRUPTIONS: readonly [string, () => unknown][] = [
  ["GET DATA", () => does(on, apdu(CLA_PROPRIETARY, INS_GET_DATA, 0, 0x66, "", 0))],
  ["another INSTALL", () => does(on, install({}))],
  ["a refused DELETE", () => does(on, deleteCommand("F000000000"), SW_REFERENCED_DATA_NOT_FOUND)],
  ["another INSTALL [for load]", () => does(on, installForLoad({ aid: "F074696E7A" }))],
  ["SELECT of another and back", () => enter(on, AID_FILES).then(() => enter(on, ISSUER))],
  [
    "a reset",
    async () => {
      card.reset();
      on.channel = await openChannel(card);
    },
  ],
  [
    "a new session",
    async () => {
      on.channel = await openChannel(card);
    },
  ],
];

for (const [what, interrupt] of INTERRUPTIONS) {
  tests(`a load that ${what} interrupts is given up and leaves no trace`, async () => {
    does(on, installForLoad());
    does(on, first);
    await interrupt();
    const sw = what === "another INSTALL [for load]" ? SW_WRONG_P1P2 : SW_CONDITIONS_NOT_SATISFIED;
    does(on, second, sw);
    if (what === "another INSTALL") does(on, deleteCommand(TINY_INSTANCE));
    leftNoTrace();
  });
}

tests(
  "a card that another channel locks while a package is loaded takes no more of it",
  async () => {
    const locker = "F0737364CC";
    does(on, installDomain(locker, "908000"));
    does(on, setStatus(STATUS_ISSUER_DOMAIN, CARD_SECURED));
    accept(card, apdu(0, INS_MANAGE_CHANNEL, 0, 0, "", 1));
    accept(card, apdu(1, INS_SELECT, 4, 0, locker, 0));
    const other = await openChannel(card, undefined, undefined, { channel: 1 });
    does(on, installForLoad());
    does(on, first);
    const move = (state: number) =>
      through(card, other, setStatus(STATUS_ISSUER_DOMAIN, state).with(0, CLA_PROPRIETARY | 1));
    move(CARD_LOCKED);
    does(on, second, SW_CONDITIONS_NOT_SATISFIED);
    move(CARD_SECURED);
    does(on, second, SW_CONDITIONS_NOT_SATISFIED);
    leftNoTrace();
  },
);

tests("a load cut anywhere leaves nothing, or the whole package", async () => {
  const whole = [installForLoad({ hash }), ...blocks(file.bytes, 100)];
  const seen = { nothing: 0, whole: 0 };
  const cuts = operationsOf(card, () => {
    for (const one of whole) does(on, one);
  });
  assert.ok(cuts >= 4, `${cuts} operations: this test proves little`);
  for (let cut = 0; cut < cuts; cut++) {
    for (const tear of ["old", "new", "erased"] as const) {
      card.restore(ready);
      on.channel = await openChannel(card);
      const commands = whole.map((one) => on.channel.wrap(one));
      const lost = cutDuring(card, cut, tear, () => {
        for (const one of commands) accept(card, one);
      });
      assert.ok(lost, `cut ${cut}`);
      card.powerOff();
      card.reset();
      on.channel = await openChannel(card);
      if (listed(on, STATUS_LOAD_FILES).length === IMAGE_FILES.length) {
        seen.nothing++;
        load(on, file);
      } else seen.whole++;
      does(on, install({ module: TINY }));
      accept(card, selectApplication(TINY_INSTANCE));
    }
  }
  assert.ok(seen.nothing > 0 && seen.whole > 0, JSON.stringify(seen));
});

tests("a package that is deleted leaves a hole that the next one fills", () => {
  const names = ["F074696E61", "F074696E62", "F074696E63"] as const;
  const [one, two, three] = names;
  loadAndInstall(on, one, `${one}01`);
  loadAndInstall(on, two, `${two}01`);
  does(on, deleteCommand(`${one}01`));
  does(on, deleteCommand(one));
  loadAndInstall(on, three, `${three}01`);
  assert.equal(listed(on, STATUS_LOAD_FILES).sort(), [...IMAGE_FILES, two, three].sort());
  card.powerOff();
  card.reset();
  refuse(card, selectApplication(`${one}01`), SW_FILE_NOT_FOUND);
  for (const aid of [two, three]) accept(card, selectApplication(`${aid}01`));
});

tests("a full region refuses the next package; a deleted one makes room again", () => {
  // Each takes more than a quarter of the region: a third of it, in whole pages.
  const { packagePages, pageBytes } = card.image.manifest.chip;
  const large = (aid: string) =>
    tinyPackage(aid, { wasm: tinyModule({}, Math.floor((packagePages * pageBytes) / 3 / 3 / 4)) });
  const names = ["F074696E61", "F074696E62", "F074696E63"];
  const [one, two, three] = names as [string, string, string];
  load(on, large(one));
  load(on, large(two));
  does(on, installForLoad({ aid: three }));
  let refused = 0;
  for (const block of blocks(large(three).bytes)) {
    refused = send(card, on.channel.wrap(block)).sw;
    if (refused !== SW_SUCCESS) break;
  }
  assert.is(refused, SW_NOT_ENOUGH_MEMORY);
  does(on, deleteCommand(one));
  // Where the first was: its bytes are gone, or the hash would be another.
  load(on, large(three), { hash: hex(large(three).hash) });
  does(on, install({ module: three }));
  assert.equal(listed(on, STATUS_LOAD_FILES).sort(), [...IMAGE_FILES, two, three].sort());
});

tests("sixteen packages fit; the seventeenth is refused", () => {
  for (let i = 0; i < 16; i++) load(on, tinyPackage(`F074696E${hex16(0x1000 + i)}`));
  does(on, installForLoad(), SW_NOT_ENOUGH_MEMORY);
  does(on, deleteCommand(`F074696E${hex16(0x1007)}`));
  loadAndInstall(on);
});

tests("a package whose bytes turned over is not run; others are", () => {
  const other = "F074696E7A";
  loadAndInstall(on);
  loadAndInstall(on, other, `${other}01`);
  const { pageCount, pageBytes } = card.image.manifest.chip;
  const damaged = card.memory.content().slice();
  // In the module of the first, in the status word that it answers: it stays a module that may run.
  const at = pageCount * pageBytes + file.bytes.length - 4;
  damaged[at]! ^= 0x01;
  card.powerOff();
  card.memory.overwrite(damaged);
  card.reset();
  refuse(card, selectApplication(TINY_INSTANCE), SW_MEMORY_FAILURE);
  accept(card, selectApplication(`${other}01`));
  accept(card, selectApplication(AID_FILES));
});

tests("LOAD with a block that is longer than a short command takes one in extended length", () => {
  does(on, installForLoad());
  does(on, loadCommand(0, file.bytes, true));
  does(on, install({ module: TINY }));
});

tests("LOAD of no data at all is refused", () => {
  does(on, installForLoad());
  does(on, apdu(CLA_PROPRIETARY, INS_LOAD, 0x80, 0, "", 0), SW_WRONG_DATA);
  assert.equal(listed(on, STATUS_APPLICATIONS).length, 3);
});

tests.run();
