// SELECT by name and what it takes along: deselect of the old before select of the new, clean state.

import { suite } from "uvu";
import * as assert from "uvu/assert";
import { Card } from "../../../emulator/card.ts";
import {
  CARD_OBJECT_CREATE,
  CARD_OBJECT_READ,
  CARD_OBJECT_SIZE,
  CARD_OBJECT_WRITE,
  CARD_REPLY,
  CARD_REPLY_OBJECT,
  CARD_TRANSACTION_BEGIN,
  CARD_TRANSACTION_COMMIT,
} from "../../../runtime/spec/card-api.ts";
import { CLA_PROPRIETARY, INS_GET_STATUS, INS_SELECT } from "../../../runtime/spec/instructions.ts";
import {
  SW_CONDITIONS_NOT_SATISFIED,
  SW_FILE_DEACTIVATED,
  SW_FILE_NOT_FOUND,
  SW_INTERNAL_ERROR,
  SW_REFERENCED_DATA_NOT_FOUND,
  SW_SUCCESS,
  SW_WRONG_DATA,
  SW_WRONG_LENGTH,
  SW_WRONG_P1P2,
} from "../../../runtime/spec/status-words.ts";
import { hex } from "../../helpers/bytes.ts";
import { accept, apdu, refuse, send } from "../../helpers/card.ts";
import { openChannel } from "../../helpers/secure-channel.ts";
import {
  ask,
  type Call,
  DOMAIN_AID,
  keep,
  ON_DESELECT,
  ON_SELECT,
  PROBE_AIDS,
  PROBE_ARGUMENT,
  PROBE_PEEK,
  PROBE_POKE,
  PROBE_RETURN,
  PROBE_SCRATCH_AT,
  PROBE_TRAP_UNREACHABLE,
  perform,
  probeImage,
  scriptCommand,
  selectProbe,
} from "../probe.ts";

const image = await probeImage();
const withDomain = await probeImage({ domain: true });
let card: Card;

function select(name: string, p2 = 0, le?: number): Uint8Array {
  return apdu(0x00, INS_SELECT, 0x04, p2, name, le);
}

/** Which probe is selected: each holds an object as long as its number. */
function selected(): number {
  const sizes = PROBE_AIDS.map((_, index): Call => [CARD_OBJECT_SIZE, index]);
  return perform(card, sizes).results.findIndex((size) => size >= 0);
}

const suiteOfSelect = suite("SELECT");

suiteOfSelect.before.each(() => {
  card = Card.boot(image, { seed: 1 });
  card.reset();
  PROBE_AIDS.forEach((_, index) => {
    selectProbe(card, index);
    assert.is(ask(card, CARD_OBJECT_CREATE, index, 4), SW_SUCCESS);
  });
  card.reset();
});

suiteOfSelect("finds an applet by its full name", () => {
  PROBE_AIDS.forEach((aid, index) => {
    accept(card, select(aid));
    assert.is(selected(), index);
  });
});

suiteOfSelect("finds the first by the beginning of a name, then the next, then none", () => {
  accept(card, select("F000000050"));
  assert.is(selected(), 0);
  accept(card, select("F0000000", 0x02));
  assert.is(selected(), 1);
  accept(card, select("F0000000", 0x02));
  assert.is(selected(), 2);
  accept(card, select("F0000000", 0x00));
  assert.is(selected(), 0);
  accept(card, select("F000000051"));
  assert.is(selected(), 2);
});

suiteOfSelect("answers 6A82 for a name that nobody has, and for a longer one", () => {
  for (const name of ["F1", "F000000060", `${PROBE_AIDS[0]}00`, "00".repeat(16)]) {
    refuse(card, select(name), SW_FILE_NOT_FOUND);
  }
  refuse(card, select("00".repeat(17)), SW_WRONG_LENGTH);
  refuse(card, select(""), SW_FILE_NOT_FOUND, "no issuer domain");
});

suiteOfSelect("with an empty name finds the issuer's domain", () => {
  const domain = Card.boot(withDomain, { seed: 1 });
  domain.reset();
  selectProbe(domain, 1);
  const named = accept(domain, select(DOMAIN_AID, 0, 0));
  selectProbe(domain, 1);
  const { data, sw } = send(domain, select("", 0, 0));
  assert.is(sw, SW_SUCCESS);
  assert.is(hex(data), hex(named));
});

suiteOfSelect("leaves a name of no instance to the selected applet", () => {
  selectProbe(card, 1);
  const called = send(card, select("00"));
  assert.is(called.sw, SW_SUCCESS, "the probe ran an empty script");
  assert.is(selected(), 1);
});

suiteOfSelect("refuses what P2 cannot mean with 6A86 and keeps the selection", () => {
  selectProbe(card, 1);
  for (const p2 of [0x01, 0x03, 0x10, 0x80, 0xff, 0x11]) {
    refuse(card, select(PROBE_AIDS[0], p2), SW_WRONG_P1P2);
  }
  assert.is(selected(), 1);
  for (const p2 of [0x00, 0x04, 0x08, 0x0c]) accept(card, select(PROBE_AIDS[0], p2));
});

suiteOfSelect("tells the applet its own header, Lc and Le", () => {
  selectProbe(card, 0);
  keep(card, ON_SELECT, [
    [CARD_REPLY, 0, 0],
    [PROBE_RETURN, SW_SUCCESS],
  ]);
  accept(card, select(PROBE_AIDS[0], 0x0c, 0));
  // The script that asks overwrites the arguments; the header it sees is its own.
  const { results } = perform(card, [
    [PROBE_ARGUMENT, 0],
    [PROBE_ARGUMENT, 1],
    [PROBE_ARGUMENT, 2],
  ]);
  assert.equal(results, [0x80100000 | 0, 61, 65536]);
});

suiteOfSelect("deselects the old applet before it selects the new one", () => {
  const at = askScratch(0);
  keep(card, ON_DESELECT, [
    [PROBE_POKE, at + 8, 0x44],
    [CARD_OBJECT_WRITE, 0, 0, at + 8, 1],
  ]);
  keep(card, ON_SELECT, [[CARD_OBJECT_READ, 0, 0, at, 4]]);
  // The applet that is selected again is told of both: what `select` read was written by `deselect`.
  accept(card, select(PROBE_AIDS[0]));
  assert.is(ask(card, PROBE_PEEK, at), 0x44, "select ran before deselect");
});

function askScratch(index: number): number {
  selectProbe(card, index);
  return ask(card, PROBE_SCRATCH_AT);
}

suiteOfSelect("calls deselect of the old applet, not of the new one", () => {
  for (const index of [0, 1]) {
    const at = askScratch(index);
    keep(card, ON_DESELECT, [
      [PROBE_POKE, at, 0xd0 + index],
      [CARD_OBJECT_WRITE, index, 0, at, 1],
    ]);
    if (index === 0) selectProbe(card, 1);
  }
  const firstOf = (index: number): string => {
    const at = ask(card, PROBE_SCRATCH_AT);
    const { data } = perform(card, [
      [CARD_OBJECT_READ, index, 0, at, 1],
      [CARD_REPLY, at, 1],
    ]);
    return hex(data);
  };
  assert.is(firstOf(1), "00", "the new applet was deselected");
  selectProbe(card, 0);
  assert.is(firstOf(0), "d0");
  selectProbe(card, 1);
  assert.is(firstOf(1), "d1");
});

suiteOfSelect("lets nothing of the old applet into the new one's response or transaction", () => {
  const at = askScratch(0);
  keep(card, ON_DESELECT, [
    [PROBE_POKE, at, 0xee],
    [CARD_REPLY, at, 8],
    [CARD_TRANSACTION_BEGIN],
    [CARD_OBJECT_WRITE, 0, 0, at, 1],
  ]);
  selectProbe(card, 1);
  keep(card, ON_SELECT, [
    [CARD_TRANSACTION_BEGIN],
    [CARD_OBJECT_WRITE, 1, 0, 0, 4],
    [CARD_TRANSACTION_COMMIT],
    [CARD_REPLY, 0, 1],
  ]);
  selectProbe(card, 0);
  const { data, sw } = send(card, select(PROBE_AIDS[1], 0, 0));
  assert.is(sw, SW_SUCCESS);
  assert.is(data.length, 1, "the old applet answered for the new one");
  selectProbe(card, 0);
  const { data: kept } = perform(card, [[CARD_REPLY_OBJECT, 0, 0, 1]]);
  assert.is(hex(kept), "00", "the new applet committed what the old one had begun");
});

suiteOfSelect("survives a deselect that traps", () => {
  selectProbe(card, 0);
  keep(card, ON_DESELECT, [[CARD_TRANSACTION_BEGIN], [PROBE_TRAP_UNREACHABLE]]);
  const response = card.exchange(select(PROBE_AIDS[1]));
  assert.ok(card.takeTrap());
  assert.is(hex(response), "9000");
  assert.is(selected(), 1);
});

suiteOfSelect("leaves nothing selected when the new applet refuses or traps", () => {
  selectProbe(card, 1);
  keep(card, ON_SELECT, [[PROBE_RETURN, SW_WRONG_DATA]]);
  selectProbe(card, 0);
  refuse(card, select(PROBE_AIDS[1]), SW_WRONG_DATA);
  refuse(card, scriptCommand([]), SW_CONDITIONS_NOT_SATISFIED);
  card.reset();
  selectProbe(card, 1);
  keep(card, ON_SELECT, [[PROBE_TRAP_UNREACHABLE]]);
  const response = card.exchange(select(PROBE_AIDS[1]));
  assert.ok(card.takeTrap());
  assert.is((response[0]! << 8) | response[1]!, SW_INTERNAL_ERROR);
  refuse(card, scriptCommand([]), SW_CONDITIONS_NOT_SATISFIED);
});

suiteOfSelect("takes a warning as a selection", () => {
  selectProbe(card, 1);
  keep(card, ON_SELECT, [[PROBE_RETURN, SW_FILE_DEACTIVATED]]);
  selectProbe(card, 0);
  accept(card, select(PROBE_AIDS[1]), SW_FILE_DEACTIVATED);
  assert.is(selected(), 1);
});

suiteOfSelect("a warm reset forgets selection and RAM as a cold one does", () => {
  for (const power of ["warm", "cold"]) {
    const at = askScratch(0);
    assert.is(ask(card, PROBE_POKE, at, 0x77), SW_SUCCESS);
    keep(card, ON_SELECT, [[PROBE_RETURN, SW_WRONG_DATA]]);
    if (power === "cold") card.powerOff();
    const atr = card.reset();
    assert.is(hex(atr), "3b6500000102030405", power);
    refuse(card, scriptCommand([]), SW_CONDITIONS_NOT_SATISFIED, power);
    accept(card, select(PROBE_AIDS[0]));
    assert.is(ask(card, PROBE_PEEK, at), 0, power);
    assert.is(ask(card, CARD_OBJECT_SIZE, 0), 4, power);
  }
});

suiteOfSelect("a reset and a SELECT end the secure channel", async () => {
  const host = Card.boot(withDomain, { seed: 1 });
  const status = apdu(CLA_PROPRIETARY, INS_GET_STATUS, 0x80, 0x02, "4f00", 0);
  const ends: Record<string, () => unknown> = {
    nothing: () => undefined,
    "a warm reset": () => host.reset(),
    "a cold reset": () => {
      host.powerOff();
      host.reset();
    },
    "another applet": () => selectProbe(host, 0),
  };
  for (const [end, act] of Object.entries(ends)) {
    host.reset();
    accept(host, select(DOMAIN_AID, 0, 0));
    const channel = await openChannel(host);
    accept(host, channel.wrap(status));
    act();
    if (end === "another applet") accept(host, select(DOMAIN_AID, 0, 0));
    const { sw } = send(host, channel.wrap(status));
    if (end === "nothing") assert.is(sw, SW_SUCCESS);
    else assert.not.equal(sw, SW_SUCCESS, `${end} left the channel open`);
  }
});

suiteOfSelect("objects of one applet are no other's", () => {
  selectProbe(card, 1);
  for (const index of [0, 2]) {
    assert.is(ask(card, CARD_OBJECT_SIZE, index), -1);
    assert.is(ask(card, CARD_OBJECT_READ, index, 0, 0, 1), SW_REFERENCED_DATA_NOT_FOUND);
  }
});

suiteOfSelect.run();
