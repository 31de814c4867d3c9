// Commands, responses and their status words.

import { suite } from "uvu";
import * as assert from "uvu/assert";
import { command, exchange, expectSuccess, parseResponse } from "../../personalization/apdu.ts";
import { bytes, hex } from "../../personalization/bytes.ts";
import { StatusWordError, TransportError } from "../../personalization/errors.ts";
import {
  SW_FILE_DEACTIVATED,
  SW_NOT_ENOUGH_MEMORY,
  SW_SUCCESS,
} from "../../runtime/spec/status-words.ts";
import { rejection, thrown } from "./helpers/rejection.ts";
import { ScriptedCard } from "./helpers/scripted-card.ts";

const apdu = suite("APDU");

apdu("builds the four cases", () => {
  assert.is(hex(command(0x00, 0x20, 0x00, 0x01)), "00200001");
  assert.is(hex(command(0x00, 0xb0, 0x00, 0x00, undefined, 256)), "00B0000000");
  assert.is(hex(command(0x80, 0xe2, 0x90, 0x00, bytes("4201AA"))), "80E29000034201AA");
  assert.is(hex(command(0x00, 0xa4, 0x04, 0x00, bytes("AA"), 0)), "00A4040001AA00");
  assert.instance(
    thrown(() => command(0, 0, 0, 0, new Uint8Array(256))),
    RangeError,
  );
});

apdu("collects a long response with GET RESPONSE", async () => {
  const card = new ScriptedCard([
    ["00A4040001AA00", "6102"],
    ["00C0000002", "0102 6101"],
    ["00C0000001", "03 9000"],
  ]);
  const response = await exchange(card, bytes("00A4040001AA00"));
  assert.equal([hex(response.data), response.sw, card.left], ["010203", SW_SUCCESS, 0]);
});

apdu("repeats with the right Le, with and without data", async () => {
  for (const [first, second] of [
    ["00B2010400", "00B2010412"],
    ["00A4040001AA00", "00A4040001AA12"],
    ["00B20104", "00B2010412"],
  ]) {
    const card = new ScriptedCard([
      [first!, "6C12"],
      [second!, "55 9000"],
    ]);
    assert.is(hex((await exchange(card, bytes(first!))).data), "55");
  }
});

apdu("a card that never ends its response is given up", async () => {
  const card = {
    reset: async () => bytes("3B00"),
    transmit: async () => bytes("AA 61FF"),
  };
  assert.instance(await rejection(exchange(card, bytes("00B0000000"))), TransportError);
});

apdu("a response without a status word is a broken line", () => {
  for (const raw of ["", "90"]) {
    assert.instance(
      thrown(() => parseResponse(bytes(raw))),
      TransportError,
    );
  }
});

apdu("expectSuccess names the command, the status word and its meaning", () => {
  const message = (sw: number) =>
    thrown(() => expectSuccess("STORE DATA", { data: bytes(""), sw })).message;
  assert.is(message(SW_NOT_ENOUGH_MEMORY), "STORE DATA: card answered 6A84 (not enough memory)");
  assert.is(message(0x63c2), "STORE DATA: card answered 63C2 (verification failed, 2 tries left)");
  assert.is(message(0x1234), "STORE DATA: card answered 1234 (not a status word of the standard)");
  assert.instance(
    thrown(() => expectSuccess("X", { data: bytes(""), sw: SW_FILE_DEACTIVATED })),
    StatusWordError,
  );
  assert.is(
    hex(expectSuccess("X", { data: bytes("AA"), sw: SW_FILE_DEACTIVATED }, [SW_FILE_DEACTIVATED])),
    "AA",
  );
});

apdu.run();
