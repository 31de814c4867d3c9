// Whatever bytes come, a status word of the standard goes back, and the next command works.

import { suite } from "uvu";
import * as assert from "uvu/assert";
import { Card } from "../../../emulator/card.ts";
import { CARD_OBJECT_CREATE } from "../../../runtime/spec/card-api.ts";
import { COMMAND_BUFFER_BYTES } from "../../../runtime/spec/chip.ts";
import { INS_READ_BINARY, INS_SELECT } from "../../../runtime/spec/instructions.ts";
import {
  SW_CHANNEL_NOT_SUPPORTED,
  SW_CLA_NOT_SUPPORTED,
  SW_CONDITIONS_NOT_SATISFIED,
  SW_INS_NOT_SUPPORTED,
  SW_INTERNAL_ERROR,
  SW_SUCCESS,
  SW_WRONG_LENGTH,
} from "../../../runtime/spec/status-words.ts";
import { bytes, hex } from "../../helpers/bytes.ts";
import { accept, apdu, freshCard, referenceImage, refuse } from "../../helpers/card.ts";
import { dice } from "../../helpers/random.ts";
import { isKnownStatusWord } from "../../helpers/status-words.ts";
import { ask, PROBE_AIDS, PROBE_RETURN, probeImage, scriptCommand, selectProbe } from "../probe.ts";

/** Everything behind the header: each case of ISO/IEC 7816-3:2006, 12.1.3, then what is no case. */
const BODIES: Readonly<Record<string, Uint8Array>> = {
  "case 1": bytes(""),
  "case 2 short": bytes("00"),
  "case 2 short, Le 1": bytes("01"),
  "case 3 short": bytes("02 3F00"),
  "case 4 short": bytes("02 3F00 00"),
  "case 3 short, 255 bytes": Uint8Array.of(255, ...new Uint8Array(255).fill(0x5a)),
  "case 2 extended": bytes("00 0000"),
  "case 3 extended": bytes("00 0002 3F00"),
  "case 4 extended": bytes("00 0002 3F00 0000"),
  "case 4 extended, 1024 bytes": Uint8Array.of(0, 4, 0, ...new Uint8Array(1026)),
  "Lc beyond the data": bytes("05 3F00"),
  "data beyond Lc and Le": bytes("01 3F00 0000"),
  "extended, cut in Lc": bytes("00 00"),
  "extended, Lc zero with data": bytes("00 0000 00"),
  "extended, Lc beyond the data": bytes("00 0400 3F00"),
  "extended, one byte of Le": bytes("00 0002 3F00 00"),
  "more than the card takes": Uint8Array.of(0, 4, 1, ...new Uint8Array(1025)),
};

const CORNERS = [0x00, 0x01, 0x04, 0x7f, 0x80, 0xff];

interface Target {
  readonly name: string;
  readonly card: Card;
  /** A command that must succeed, whatever came before. */
  readonly works: Uint8Array;
}

async function targets(): Promise<Target[]> {
  const image = await referenceImage();
  const selected = image.manifest.instances.map(async ({ aid }): Promise<Target> => {
    const card = await freshCard();
    const works = apdu(0x00, INS_SELECT, 0x04, 0x00, aid, 0);
    accept(card, works);
    return { name: hex(aid), card, works };
  });
  const bare = Card.boot(await probeImage(), { seed: 1 });
  bare.reset();
  const works = apdu(0x00, INS_SELECT, 0x04, 0x00, PROBE_AIDS[0]);
  return [...(await Promise.all(selected)), { name: "none", card: bare, works }];
}

const all = await targets();

/** Sends what may be no command at all; the status word, which must be a known one. */
function poke(card: Card, command: Uint8Array, what: string): number {
  const response = card.exchange(command);
  const trap = card.takeTrap();
  const text = `${what}: ${hex(command.subarray(0, 20))} (${command.length} bytes)`;
  assert.is(trap, undefined, `${text} trapped: ${trap?.message}`);
  assert.ok(response.length >= 2, text);
  const sw = (response.at(-2)! << 8) | response.at(-1)!;
  assert.ok(isKnownStatusWord(sw), `${text} answered ${sw.toString(16)}`);
  return sw;
}

/** The next SELECT works; the first one may end a chain that is under way. */
function stillWorks({ card, works, name }: Target, what: string): void {
  card.exchange(works);
  const sw = poke(card, works, what);
  assert.is(sw, SW_SUCCESS, `${name}, after ${what}`);
}

function command(cla: number, ins: number, p1: number, p2: number, body: Uint8Array): Uint8Array {
  return Uint8Array.of(cla, ins, p1, p2, ...body);
}

const dispatch = suite("dispatch");

for (const target of all) {
  const { card, name } = target;

  dispatch(`every INS in every length case, with ${name} selected`, () => {
    const start = card.snapshot();
    for (let ins = 0; ins < 256; ins++) {
      card.restore(start);
      for (const [body, data] of Object.entries(BODIES)) {
        for (const cla of [0x00, 0x80]) {
          poke(card, command(cla, ins, 0, 0, data), body);
        }
      }
      stillWorks(target, `INS ${ins.toString(16)}`);
    }
    card.restore(start);
  });

  dispatch(`every INS with P1 and P2 at their corners, with ${name} selected`, () => {
    const start = card.snapshot();
    const bodies = ["case 1", "case 2 short", "case 3 short", "case 4 short"];
    for (let ins = 0; ins < 256; ins++) {
      card.restore(start);
      for (const p1 of CORNERS) {
        for (const p2 of CORNERS) {
          for (const body of bodies) {
            for (const cla of [0x00, 0x80]) {
              poke(card, command(cla, ins, p1, p2, BODIES[body]!), body);
            }
          }
        }
      }
      stillWorks(target, `INS ${ins.toString(16)}`);
    }
    card.restore(start);
  });

  dispatch(`every CLA, with ${name} selected`, () => {
    const start = card.snapshot();
    for (let cla = 0; cla < 256; cla++) {
      card.restore(start);
      for (const ins of [0x00, 0x20, 0x50, 0x60, 0x70, 0x82, 0x9f, 0xa4, 0xb0, 0xc0, 0xca, 0xe2]) {
        for (const data of Object.values(BODIES)) poke(card, command(cla, ins, 0, 0, data), "CLA");
      }
      stillWorks(target, `CLA ${cla.toString(16)}`);
    }
    card.restore(start);
  });

  dispatch(`random commands by seed, with ${name} selected`, () => {
    const start = card.snapshot();
    const bodies = Object.values(BODIES);
    for (let seed = 1; seed <= 20; seed++) {
      card.restore(start);
      const random = dice(seed);
      for (let turn = 0; turn < 400; turn++) {
        const header = [random.pick([0, 0, 0x80, 0x84, 0x0c, 0x10, random.below(256)])];
        header.push(random.below(256), random.pick(CORNERS), random.below(256));
        const noise = Uint8Array.of(...header, ...random.bytes(random.below(40)));
        const known = Uint8Array.of(...header, ...random.pick(bodies));
        poke(card, random.below(2) === 0 ? noise : known, `seed ${seed}, turn ${turn}`);
      }
      stillWorks(target, `seed ${seed}`);
    }
    card.restore(start);
  });
}

const probe = Card.boot(await probeImage(), { seed: 1 });

dispatch.before.each(() => {
  probe.powerOff();
  probe.reset();
});

dispatch("a header without its four bytes, or a length that does not add up, is 6700", () => {
  selectProbe(probe);
  for (const short of ["", "00", "00A4", "00A404"]) refuse(probe, bytes(short), SW_WRONG_LENGTH);
  for (const name of Object.keys(BODIES).slice(10)) {
    refuse(probe, command(0x80, 0x10, 0, 0, BODIES[name]!), SW_WRONG_LENGTH, name);
  }
});

dispatch("a command longer than the buffer is 6700 and touches nothing", () => {
  selectProbe(probe);
  assert.is(ask(probe, CARD_OBJECT_CREATE, 1, 5), SW_SUCCESS);
  const before = probe.chip.kernelRam.slice();
  for (const length of [COMMAND_BUFFER_BYTES + 1, 4000, 65_545, 1 << 20]) {
    refuse(probe, new Uint8Array(length).fill(0xee), SW_WRONG_LENGTH);
  }
  const changed = probe.chip.kernelRam.filter((byte, at) => byte !== before[at]).length;
  assert.ok(changed <= COMMAND_BUFFER_BYTES, `${changed} bytes of kernel RAM changed`);
  assert.not.ok(probe.chip.kernelRam.some((byte, at) => byte === 0xee && before[at] !== 0xee));
});

dispatch("classes of other channels, of the future and FF are refused", () => {
  selectProbe(probe);
  for (const cla of [0x20, 0x3f, 0xff]) {
    refuse(probe, apdu(cla, 0x10, 0, 0), SW_CLA_NOT_SUPPORTED);
  }
  for (const cla of [0x01, 0x03, 0x40, 0x7f, 0x81, 0x83]) {
    refuse(probe, apdu(cla, 0x10, 0, 0), SW_CHANNEL_NOT_SUPPORTED);
  }
  for (const ins of [0x60, 0x6f, 0x90, 0x9f]) {
    refuse(probe, apdu(0x80, ins, 0, 0), SW_INS_NOT_SUPPORTED);
  }
});

dispatch("without a selected applet every command but SELECT is 6985", () => {
  refuse(probe, apdu(0x00, INS_READ_BINARY, 0, 0, "", 0), SW_CONDITIONS_NOT_SATISFIED);
  refuse(probe, scriptCommand([]), SW_CONDITIONS_NOT_SATISFIED);
  selectProbe(probe);
});

dispatch("an applet's answer that is no status word becomes 6F00", () => {
  selectProbe(probe);
  for (const word of [0, 1, 0x5fff, 0x6000, 0x60ff, 0x6100, 0x7000, 0xa000, 0x19000, -2]) {
    refuse(probe, scriptCommand([[PROBE_RETURN, word]]), SW_INTERNAL_ERROR, `${word}`);
  }
  refuse(probe, scriptCommand([[PROBE_RETURN, SW_WRONG_LENGTH]]), SW_WRONG_LENGTH);
});

dispatch.run();
