// Command chaining and GET RESPONSE. ISO/IEC 7816-4:2020, 5.3.3 and 5.3.4.

import { suite } from "uvu";
import * as assert from "uvu/assert";
import { Card } from "../../../emulator/card.ts";
import {
  CARD_COMMAND_READ,
  CARD_OBJECT_CREATE,
  CARD_OBJECT_WRITE_COMMAND,
  CARD_REPLY,
  CARD_REPLY_LENGTH,
  CARD_REPLY_OBJECT,
  MAX_COMMAND_BYTES,
  MAX_RESPONSE_BYTES,
} from "../../../runtime/spec/card-api.ts";
import {
  CLA_CHAINING,
  CLA_PROPRIETARY,
  INS_GET_RESPONSE,
} from "../../../runtime/spec/instructions.ts";
import {
  SW_CONDITIONS_NOT_SATISFIED,
  SW_CORRECT_LE,
  SW_FILE_DEACTIVATED,
  SW_LAST_COMMAND_EXPECTED,
  SW_MORE_DATA,
  SW_MORE_STATUS,
  SW_SUCCESS,
  SW_WRONG_LENGTH,
  SW_WRONG_P1P2,
} from "../../../runtime/spec/status-words.ts";
import { hex } from "../../helpers/bytes.ts";
import { accept, apdu, chained, refuse, send } from "../../helpers/card.ts";
import { dice } from "../../helpers/random.ts";
import {
  type Call,
  outcome,
  PROBE_ARGUMENT,
  PROBE_RETURN,
  payloadAt,
  perform,
  probeImage,
  script,
  selectProbe,
} from "../probe.ts";

const image = await probeImage();
const INS = 0x10;
const OBJECT = 1;
const CONTENT = dice(1).bytes(MAX_RESPONSE_BYTES);
let card: Card;

function chain(data: Uint8Array, part: number): Uint8Array[] {
  return chained(CLA_PROPRIETARY, INS, 0, 0, data, part);
}

/** A script that answers `length` bytes of the object, then its results; or these bytes alone. */
function answering(length: number, le?: number): Uint8Array {
  const calls: Call[] = [
    [CARD_REPLY_OBJECT, OBJECT, 0, length],
    [PROBE_RETURN, SW_SUCCESS],
  ];
  return apdu(CLA_PROPRIETARY, INS, 0, 0, script(calls), le, le !== undefined && le > 256);
}

function getResponse(le: number, p1 = 0, p2 = 0): Uint8Array {
  return apdu(0x00, INS_GET_RESPONSE, p1, p2, "", le, le > 256);
}

const blank = Card.boot(image, { seed: 1 });
blank.reset();
selectProbe(blank);
perform(blank, [[CARD_OBJECT_CREATE, OBJECT, CONTENT.length]]);
for (let at = 0; at < CONTENT.length; at += 512) {
  const write: Call = [CARD_OBJECT_WRITE_COMMAND, OBJECT, at, payloadAt(1), 512];
  perform(blank, [write], CONTENT.subarray(at, at + 512));
}
const start = blank.snapshot();

const chaining = suite("command chaining");
const response = suite("GET RESPONSE");
for (const one of [chaining, response]) {
  one.before.each(() => {
    card = blank;
    card.restore(start);
  });
}

chaining("joins the parts, whatever their lengths", () => {
  const calls: Call[] = [
    [PROBE_ARGUMENT, 0],
    [PROBE_ARGUMENT, 1],
    [CARD_OBJECT_WRITE_COMMAND, OBJECT, 0, payloadAt(3), 300],
  ];
  const payload = dice(2).bytes(300);
  const data = script(calls, payload);
  for (const part of [255, 100, 7, data.length - 1, 254]) {
    const parts = chain(data, part);
    for (const [index, one] of parts.entries()) {
      const reply = send(card, index === parts.length - 1 ? Uint8Array.of(...one, 0) : one);
      assert.is(reply.sw, SW_SUCCESS, `part ${index} of ${part} bytes`);
      if (index < parts.length - 1) assert.is(reply.data.length, 0);
      else {
        // The applet sees one command with a class that does not chain.
        const header = (CLA_PROPRIETARY << 24) | (INS << 16) | 0;
        assert.equal(outcome(reply.data, 3).results, [header, data.length, SW_SUCCESS]);
      }
    }
    const { data: stored } = perform(card, [[CARD_REPLY_OBJECT, OBJECT, 0, 300]]);
    assert.is(hex(stored), hex(payload));
  }
});

chaining("holds MAX_COMMAND_BYTES, and refuses one more with 6700", () => {
  const script0 = new Uint8Array(MAX_COMMAND_BYTES);
  const parts = chain(script0, 200);
  for (const one of parts) accept(card, one);
  const long = chain(new Uint8Array(MAX_COMMAND_BYTES + 1), 205);
  for (const one of long.slice(0, -1)) accept(card, one);
  refuse(card, long.at(-1)!, SW_WRONG_LENGTH);
  // The chain is gone with it.
  accept(card, apdu(CLA_PROPRIETARY, INS, 0, 0, "00"));
});

chaining("is ended with 6883 by another command, which is not done", () => {
  const others = [
    apdu(0x00, INS, 0, 0, "00"),
    apdu(CLA_PROPRIETARY, INS + 1, 0, 0, "00"),
    apdu(CLA_PROPRIETARY, INS, 1, 0, "00"),
    apdu(CLA_PROPRIETARY, INS, 0, 1, "00"),
    apdu(CLA_PROPRIETARY | CLA_CHAINING, INS, 0, 1, "00"),
  ];
  for (const other of others) {
    accept(card, apdu(CLA_PROPRIETARY | CLA_CHAINING, INS, 0, 0, "ff"));
    refuse(card, other, SW_LAST_COMMAND_EXPECTED, hex(other));
    // What follows is a command by itself: a script of no calls.
    accept(card, apdu(CLA_PROPRIETARY, INS, 0, 0, "00"));
  }
});

chaining(
  "is forgotten at reset, and when GET RESPONSE or a malformed command comes between",
  () => {
    const first = apdu(CLA_PROPRIETARY | CLA_CHAINING, INS, 0, 0, "ff");
    const last = apdu(CLA_PROPRIETARY, INS, 0, 0, "00");
    accept(card, first);
    card.reset();
    selectProbe(card);
    accept(card, last);
    accept(card, first);
    refuse(card, getResponse(1), SW_CONDITIONS_NOT_SATISFIED);
    accept(card, last);
    accept(card, first);
    refuse(card, Uint8Array.of(0), SW_WRONG_LENGTH);
    accept(card, last);
  },
);

chaining("knows a chain whose header is all zeros", () => {
  const calls: Call[] = [[PROBE_ARGUMENT, 1]];
  const data = script(calls);
  const [first, last] = chained(0x00, 0x00, 0, 0, data, 20);
  accept(card, first!);
  const reply = accept(card, Uint8Array.of(...last!, 0));
  assert.equal(outcome(reply, 1).results, [data.length]);
});

chaining("with a long response too", () => {
  const calls: Call[] = [
    [CARD_REPLY_OBJECT, OBJECT, 0, MAX_RESPONSE_BYTES],
    [CARD_REPLY_LENGTH],
    [PROBE_RETURN, SW_SUCCESS],
  ];
  const [first, last] = chain(script(calls), 40);
  accept(card, first!);
  const { sw, data } = send(card, Uint8Array.of(...last!, 0));
  assert.is(sw, SW_MORE_DATA);
  let all = hex(data);
  for (let left = MAX_RESPONSE_BYTES - 256; left > 0; left -= 256) {
    all += hex(send(card, getResponse(256)).data);
  }
  assert.is(all, hex(CONTENT));
});

response("ends with the warning that the applet gave, not with 9000", () => {
  const calls: Call[] = [
    [CARD_REPLY, 0, 300],
    [PROBE_RETURN, SW_MORE_STATUS],
  ];
  const command = apdu(CLA_PROPRIETARY, INS, 0, 0, script(calls), 0);
  assert.is(accept(card, command, SW_MORE_DATA | 44).length, 256);
  assert.is(accept(card, apdu(0x00, INS_GET_RESPONSE, 0, 0, "", 44), SW_MORE_STATUS).length, 44);
});

response("tells with 61xx how much waits, and hands it out in parts", () => {
  for (const length of [1, 16, 255, 256, 257, 600, MAX_RESPONSE_BYTES]) {
    const bare = send(card, answering(length));
    assert.is(bare.data.length, 0);
    assert.is(bare.sw, SW_MORE_DATA | (length > 255 ? 0 : length), `${length} bytes`);
    let got = "";
    for (let left = length; left > 0; ) {
      const asked = Math.min(left, 100);
      const { data, sw } = send(card, getResponse(asked));
      got += hex(data);
      left -= asked;
      assert.is(data.length, asked);
      const expected = left === 0 ? SW_SUCCESS : SW_MORE_DATA | (left > 255 ? 0 : left);
      assert.is(sw, expected, `${left} of ${length} left`);
    }
    assert.is(got, hex(CONTENT.subarray(0, length)));
    refuse(card, getResponse(1), SW_CONDITIONS_NOT_SATISFIED);
  }
});

response("sends all at once when Le allows, and what Le asks for when not", () => {
  assert.is(hex(accept(card, answering(600, 65536))), hex(CONTENT.subarray(0, 600)));
  assert.is(hex(accept(card, answering(200, 256))), hex(CONTENT.subarray(0, 200)));
  const part = send(card, answering(600, 10));
  assert.is(hex(part.data), hex(CONTENT.subarray(0, 10)));
  assert.is(part.sw, SW_MORE_DATA);
  const rest = send(card, getResponse(1024));
  assert.is(hex(rest.data), hex(CONTENT.subarray(10, 600)));
  assert.is(rest.sw, SW_SUCCESS);
});

response("answers 6Cxx to an Le above what waits, and keeps it", () => {
  send(card, answering(20));
  refuse(card, getResponse(21), SW_CORRECT_LE | 20);
  refuse(card, getResponse(255), SW_CORRECT_LE | 20);
  assert.is(hex(accept(card, getResponse(20))), hex(CONTENT.subarray(0, 20)));
  send(card, answering(20));
  assert.is(hex(accept(card, getResponse(0))), hex(CONTENT.subarray(0, 20)), "Le 00 asks for all");
});

response("refuses P1-P2 and data, and keeps what waits", () => {
  send(card, answering(20));
  refuse(card, getResponse(20, 1, 0), SW_WRONG_P1P2);
  refuse(card, getResponse(20, 0, 1), SW_WRONG_P1P2);
  refuse(card, apdu(0x00, INS_GET_RESPONSE, 0, 0), SW_WRONG_LENGTH);
  refuse(card, apdu(0x00, INS_GET_RESPONSE, 0, 0, "00", 0), SW_WRONG_LENGTH);
  accept(card, getResponse(20));
});

response("finds nothing when another command or a reset came between", () => {
  send(card, answering(20));
  accept(card, apdu(CLA_PROPRIETARY, INS, 0, 0, "00"));
  refuse(card, getResponse(20), SW_CONDITIONS_NOT_SATISFIED);
  send(card, answering(20));
  refuse(card, Uint8Array.of(0, 0), SW_WRONG_LENGTH);
  refuse(card, getResponse(20), SW_CONDITIONS_NOT_SATISFIED);
  send(card, answering(20));
  card.reset();
  refuse(card, getResponse(20), SW_CONDITIONS_NOT_SATISFIED);
});

response("hands out no data of a command that failed", () => {
  const calls: Call[] = [
    [CARD_REPLY_OBJECT, OBJECT, 0, 20],
    [PROBE_RETURN, SW_CONDITIONS_NOT_SATISFIED],
  ];
  const failing = apdu(CLA_PROPRIETARY, INS, 0, 0, script(calls), 0);
  refuse(card, failing, SW_CONDITIONS_NOT_SATISFIED);
  refuse(card, getResponse(20), SW_CONDITIONS_NOT_SATISFIED);
  const warning = apdu(
    CLA_PROPRIETARY,
    INS,
    0,
    0,
    script([calls[0]!, [PROBE_RETURN, SW_FILE_DEACTIVATED]]),
    0,
  );
  assert.is(hex(accept(card, warning, SW_FILE_DEACTIVATED)), hex(CONTENT.subarray(0, 20)));
});

response("an applet cannot answer more than MAX_RESPONSE_BYTES", () => {
  const { results } = perform(card, [
    [CARD_REPLY_OBJECT, OBJECT, 0, 1000],
    [CARD_REPLY_OBJECT, OBJECT, 0, 25],
    [CARD_REPLY, 0, 25],
    [CARD_COMMAND_READ, 0, 0, 0],
  ]);
  assert.equal(results, [SW_SUCCESS, SW_WRONG_LENGTH, SW_WRONG_LENGTH, SW_SUCCESS]);
});

chaining.run();
response.run();
