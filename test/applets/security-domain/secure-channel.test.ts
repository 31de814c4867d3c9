// The secure channel of the issuer domain, SCP03: opening it, all levels, and what breaks it.

import { suite } from "uvu";
import * as assert from "uvu/assert";
import {
  AID_ISSUER_DOMAIN,
  TAG_42_IIN,
  TAG_66_CARD_DATA,
} from "../../../applets/security-domain/spec.ts";
import { concat } from "../../../personalization/bytes.ts";
import { parseInitializeUpdate } from "../../../personalization/scp03/initialize-update.ts";
import { Scp03Messaging } from "../../../personalization/scp03/messaging.ts";
import { cryptogram, deriveSessionKeys } from "../../../personalization/scp03/open.ts";
import { SECURITY_LEVELS, SecureChannel } from "../../../personalization/scp03/secure-channel.ts";
import {
  CLA_PROPRIETARY,
  CLA_SECURE,
  INS_EXTERNAL_AUTHENTICATE,
  INS_GET_DATA,
  INS_GET_RESPONSE,
  INS_GET_STATUS,
  INS_INITIALIZE_UPDATE,
  INS_STORE_DATA,
} from "../../../runtime/spec/instructions.ts";
import {
  DERIVE_HOST_CRYPTOGRAM,
  LEVEL_C_MAC,
  LEVEL_NONE,
  LEVEL_R_MAC,
  MAC_BYTES,
  SCP_IDENTIFIER,
  SCP_PARAMETER_I,
} from "../../../runtime/spec/secure-channel.ts";
import {
  SW_AUTHENTICATION_FAILED,
  SW_CONDITIONS_NOT_SATISFIED,
  SW_MORE_DATA,
  SW_REFERENCED_DATA_NOT_FOUND,
  SW_SECURITY_NOT_SATISFIED,
  SW_SUCCESS,
  SW_WRONG_LENGTH,
  SW_WRONG_P1P2,
} from "../../../runtime/spec/status-words.ts";
import { bytes, hex } from "../../helpers/bytes.ts";
import { accept, apdu, domainCard, everyPowerCut, refuse, send } from "../../helpers/card.ts";
import {
  hex8,
  hex16,
  keyService,
  openChannel,
  selectApplication,
  sendThrough,
  TRANSPORT_KEYS,
  through,
} from "../../helpers/secure-channel.ts";

const HOST = "0102030405060708";
const card = await domainCard();
const ready = card.snapshot();
const tests = suite("the secure channel of the issuer domain");
tests.before.each(() => card.restore(ready));

const initialize = (version = 0, p2 = 0, data = HOST) =>
  apdu(CLA_PROPRIETARY, INS_INITIALIZE_UPDATE, version, p2, data, 0);
const getData = (tag: number) => apdu(CLA_PROPRIETARY, INS_GET_DATA, tag >> 8, tag & 0xff, "", 0);
const getStatus = apdu(CLA_PROPRIETARY, INS_GET_STATUS, 0x80, 0x02, "4F00", 0);
const storeIin = (value: string) =>
  apdu(CLA_PROPRIETARY, INS_STORE_DATA, 0x90, 0, `4203${value}`, 0);
const CARD_DATA = hex(accept(card, getData(TAG_66_CARD_DATA)));

/** EXTERNAL AUTHENTICATE that fits the answer to INITIALIZE UPDATE, and the channel behind it. */
async function authentication(level: number, answer: Uint8Array, spoil = 0) {
  const { service, set } = await keyService(TRANSPORT_KEYS);
  const { cardChallenge } = parseInitializeUpdate({ data: answer, sw: SW_SUCCESS });
  const context = concat(bytes(HOST), cardChallenge);
  const session = await deriveSessionKeys(service, set, context);
  const host = await cryptogram(session.mac, DERIVE_HOST_CRYPTOGRAM, context);
  host[0] = host[0]! ^ spoil;
  const channel = new SecureChannel(
    { transmit: async (c) => card.exchange(c), reset: async () => card.reset() },
    new Scp03Messaging(session),
  );
  const command = channel.wrapAuthentication(
    apdu(CLA_PROPRIETARY, INS_EXTERNAL_AUTHENTICATE, level, 0, host),
  );
  channel.authenticated(level);
  return { command, channel };
}

/** What GPC 2.3.1, 10.2.3 says of an aborted session: only a new one or a SELECT ends the refusals. */
function staysBroken(): void {
  const broken = card.snapshot();
  refuse(card, getData(TAG_66_CARD_DATA), SW_SECURITY_NOT_SATISFIED);
  refuse(card, getData(TAG_66_CARD_DATA), SW_SECURITY_NOT_SATISFIED);
  accept(card, initialize());
  accept(card, getData(TAG_66_CARD_DATA));
  card.restore(broken);
  accept(card, selectApplication(AID_ISSUER_DOMAIN));
  accept(card, getData(TAG_66_CARD_DATA));
}

tests("INITIALIZE UPDATE answers key data, challenge, cryptogram and the sequence counter", () => {
  for (let counter = 1; counter <= 300; counter += 1) {
    const data = accept(card, initialize());
    assert.is(data.length, 32);
    assert.is(hex(data.subarray(0, 10)), "00".repeat(10));
    assert.equal([...data.subarray(10, 13)], [0xff, SCP_IDENTIFIER, SCP_PARAMETER_I]);
    assert.is(hex(data.subarray(29)), counter.toString(16).padStart(6, "0"));
  }
});

const INITIALIZE_REFUSALS: readonly [string, Uint8Array, number][] = [
  ["P2", initialize(0, 1), SW_WRONG_P1P2],
  ["no challenge", initialize(0, 0, ""), SW_WRONG_LENGTH],
  ["a challenge of 7 bytes", initialize(0, 0, "00".repeat(7)), SW_WRONG_LENGTH],
  ["a challenge of 9 bytes", initialize(0, 0, "00".repeat(9)), SW_WRONG_LENGTH],
  ["a key version that is not there", initialize(0x30), SW_REFERENCED_DATA_NOT_FOUND],
];

for (const [what, request, sw] of INITIALIZE_REFUSALS) {
  tests(
    `INITIALIZE UPDATE refuses ${what} with ${hex16(sw)}, counts nothing, and works next`,
    () => {
      refuse(card, request, sw);
      const data = accept(card, initialize(0xff));
      assert.is(hex(data.subarray(29)), "000001");
    },
  );
}

tests("INITIALIZE UPDATE cut anywhere: no challenge is ever given twice", () => {
  const first = accept(card, initialize());
  let torn = 0;
  const cuts = everyPowerCut(
    card,
    () => accept(card, initialize()),
    () => {
      const next = accept(card, initialize());
      const counter = hex(next.subarray(29));
      assert.ok(["000002", "000003"].includes(counter), counter);
      assert.is.not(hex(next.subarray(13, 21)), hex(first.subarray(13, 21)));
      torn++;
    },
  );
  assert.ok(cuts > 0 && torn > 0, "nothing was written: this test proves nothing");
});

for (const level of SECURITY_LEVELS) {
  tests(
    `level ${hex8(level)}: commands with data, without, responses with data and without`,
    async () => {
      const channel = await openChannel(card, level);
      assert.is(hex(through(card, channel, getData(TAG_66_CARD_DATA))), CARD_DATA);
      through(card, channel, storeIin("D15600"));
      assert.is(hex(through(card, channel, getData(TAG_42_IIN))), "4203d15600");
      through(card, channel, getData(0x4444), SW_REFERENCED_DATA_NOT_FOUND);
      for (let i = 0; i < 20; i++) {
        const value = `${hex8(i)}${"AB".repeat(i)}`;
        const tlv = `45${hex8(value.length / 2)}${value}`;
        through(card, channel, apdu(CLA_PROPRIETARY, INS_STORE_DATA, 0x90, 0, tlv, 0));
        assert.is(hex(through(card, channel, getData(0x45))), tlv.toLowerCase());
      }
      assert.ok(through(card, channel, getStatus).length > 0);
    },
  );

  tests(`level ${hex8(level)}: a command with one bit wrong ends the session`, async () => {
    for (const spoil of [0, 2, 3, 5, -2, -1 - MAC_BYTES]) {
      card.restore(ready);
      const channel = await openChannel(card, level);
      const command = channel.wrap(storeIin("D15600"));
      const at = spoil < 0 ? command.length + spoil : spoil;
      // The last byte is Le, which no MAC covers.
      command[at] = command[at]! ^ (spoil === 0 ? 0x08 : 0x01);
      refuse(card, command, SW_SECURITY_NOT_SATISFIED, `byte ${at}`);
      refuse(card, channel.wrap(storeIin("D15600")), SW_SECURITY_NOT_SATISFIED);
      staysBroken();
      refuse(card, getStatus, SW_SECURITY_NOT_SATISFIED);
      refuse(card, getData(TAG_42_IIN), SW_REFERENCED_DATA_NOT_FOUND);
    }
  });

  tests(`level ${hex8(level)}: a command sent twice ends the session`, async () => {
    const channel = await openChannel(card, level);
    const command = channel.wrap(getStatus);
    assert.is(send(card, command).sw, SW_SUCCESS);
    refuse(card, command, SW_SECURITY_NOT_SATISFIED);
    refuse(card, channel.wrap(getStatus), SW_SECURITY_NOT_SATISFIED);
    staysBroken();
  });

  tests(`level ${hex8(level)}: a bare command ends the session`, async () => {
    const channel = await openChannel(card, level);
    refuse(card, getData(TAG_66_CARD_DATA), SW_SECURITY_NOT_SATISFIED);
    refuse(card, channel.wrap(getStatus), SW_SECURITY_NOT_SATISFIED);
    staysBroken();
  });

  if (level & LEVEL_R_MAC) {
    tests(`level ${hex8(level)}: responses carry their MAC, refusals do not`, async () => {
      const channel = await openChannel(card, level);
      const answer = send(card, channel.wrap(storeIin("D15600")));
      assert.is(answer.data.length, MAC_BYTES);
      channel.unwrap(answer);
      refuse(card, channel.wrap(getData(0x4444)), SW_REFERENCED_DATA_NOT_FOUND);
      const next = send(card, channel.wrap(getData(TAG_42_IIN)));
      const spoiled = next.data.slice();
      spoiled[0] = spoiled[0]! ^ 1;
      assert.throws(() => channel.unwrap({ data: spoiled, sw: next.sw }), /MAC/);
      assert.is(hex(channel.unwrap(next).data), "4203d15600");
    });
  }
}

tests("a response MAC waits for GET RESPONSE when the command has no Le", async () => {
  const channel = await openChannel(card, 0x11);
  const bare = apdu(CLA_PROPRIETARY, INS_STORE_DATA, 0x90, 0, "4203D15600");
  accept(card, channel.wrap(bare), SW_MORE_DATA | MAC_BYTES);
  const rest = send(card, apdu(0, INS_GET_RESPONSE, 0, 0, "", MAC_BYTES));
  assert.is(hex(channel.unwrap(rest).data), "");
  through(card, channel, getStatus);
});

tests("a session of level 00 allows bare commands, but none that changes the card", async () => {
  const { command } = await authentication(LEVEL_NONE, accept(card, initialize()));
  accept(card, command);
  accept(card, getStatus);
  refuse(card, storeIin("D15600"), SW_SECURITY_NOT_SATISFIED);
});

tests(
  "EXTERNAL AUTHENTICATE refuses a wrong cryptogram and a wrong MAC; the challenge is spent",
  async () => {
    for (const at of [5, 12, 13, 20]) {
      card.restore(ready);
      const { command } = await authentication(LEVEL_C_MAC, accept(card, initialize()));
      const wrong = command.slice();
      wrong[at] = wrong[at]! ^ 0x80;
      refuse(card, wrong, SW_AUTHENTICATION_FAILED, `byte ${at}`);
      refuse(card, command, SW_CONDITIONS_NOT_SATISFIED);
      refuse(card, getStatus, SW_SECURITY_NOT_SATISFIED);
      await openChannel(card);
    }
  },
);

tests("EXTERNAL AUTHENTICATE refuses a wrong cryptogram under a good MAC", async () => {
  const { command } = await authentication(LEVEL_C_MAC, accept(card, initialize()), 1);
  refuse(card, command, SW_AUTHENTICATION_FAILED);
  refuse(card, getStatus, SW_SECURITY_NOT_SATISFIED);
});

tests("EXTERNAL AUTHENTICATE refuses an answer to an older challenge", async () => {
  const { command } = await authentication(LEVEL_C_MAC, accept(card, initialize()));
  accept(card, initialize());
  refuse(card, command, SW_AUTHENTICATION_FAILED);
});

tests(
  "EXTERNAL AUTHENTICATE refuses levels that make no sense, wrong lengths, a bare class",
  async () => {
    const refusals: [number, (command: Uint8Array) => Uint8Array, number][] = [
      ...[0x02, 0x04, 0x08, 0x10, 0x12, 0x20, 0x21, 0x23, 0x31, 0x32, 0x30, 0x40, 0x81].map(
        (level): [number, (command: Uint8Array) => Uint8Array, number] => [
          level,
          (command) => command,
          SW_WRONG_P1P2,
        ],
      ),
      [LEVEL_C_MAC, (command) => command.with(3, 1), SW_WRONG_P1P2],
      [LEVEL_C_MAC, (command) => command.slice(0, -1).with(4, 15), SW_WRONG_LENGTH],
      [LEVEL_C_MAC, (command) => command.with(0, CLA_PROPRIETARY), SW_SECURITY_NOT_SATISFIED],
    ];
    for (const [level, change, sw] of refusals) {
      card.restore(ready);
      const { command } = await authentication(level, accept(card, initialize()));
      refuse(card, change(command), sw, `level ${hex8(level)}`);
      refuse(card, getStatus, SW_SECURITY_NOT_SATISFIED);
      refuse(card, command, SW_CONDITIONS_NOT_SATISFIED);
    }
  },
);

tests("EXTERNAL AUTHENTICATE without INITIALIZE UPDATE is refused", () => {
  const data = "00".repeat(16);
  const command = apdu(CLA_PROPRIETARY | CLA_SECURE, INS_EXTERNAL_AUTHENTICATE, 1, 0, data);
  refuse(card, command, SW_CONDITIONS_NOT_SATISFIED);
});

tests(
  "any command between INITIALIZE UPDATE and EXTERNAL AUTHENTICATE ends what was begun",
  async () => {
    for (const between of [
      getData(TAG_66_CARD_DATA),
      getStatus,
      apdu(0, INS_EXTERNAL_AUTHENTICATE, 0, 0, "00".repeat(16)),
    ]) {
      card.restore(ready);
      const { command } = await authentication(LEVEL_C_MAC, accept(card, initialize()));
      send(card, between);
      refuse(card, command, SW_CONDITIONS_NOT_SATISFIED);
    }
  },
);

tests("EXTERNAL AUTHENTICATE inside a session is refused, the session goes on", async () => {
  const channel = await openChannel(card);
  const again = apdu(CLA_PROPRIETARY, INS_EXTERNAL_AUTHENTICATE, 1, 0, "00".repeat(8));
  through(card, channel, again, SW_CONDITIONS_NOT_SATISFIED);
  through(card, channel, getStatus);
});

tests("INITIALIZE UPDATE ends a session and opens the next, bare or wrapped", async () => {
  const first = await openChannel(card);
  const second = await openChannel(card, 0x33);
  refuse(card, first.wrap(getStatus), SW_SECURITY_NOT_SATISFIED);
  card.restore(ready);
  await openChannel(card);
  const third = await openChannel(card, 0x33);
  through(card, third, getStatus);
  assert.is.not(second, third);
});

tests("a session ends with SELECT, of this application or another, and with reset", async () => {
  for (const end of [
    () => accept(card, selectApplication(AID_ISSUER_DOMAIN)),
    () => {
      accept(card, selectApplication("F0576166657201"));
      accept(card, selectApplication(AID_ISSUER_DOMAIN));
    },
    () => card.reset(),
  ]) {
    card.restore(ready);
    const channel = await openChannel(card);
    through(card, channel, getStatus);
    end();
    assert.is.not(sendThrough(card, channel, getStatus).sw, SW_SUCCESS);
    refuse(card, getStatus, SW_SECURITY_NOT_SATISFIED);
  }
});

tests("wrong static keys do not open a channel", async () => {
  for (const name of ["enc", "mac"] as const) {
    card.restore(ready);
    const keys = { ...TRANSPORT_KEYS, [name]: "00".repeat(16) };
    const opened = openChannel(card, LEVEL_C_MAC, keys);
    const message = await opened.then(
      () => "",
      (error: Error) => error.message,
    );
    // The host sees a wrong MAC key; a wrong ENC key shows in the first encrypted command only.
    if (name === "mac") assert.match(message, /card cryptogram is wrong/);
  }
});

tests("a wrong ENC key is found out by the first encrypted command", async () => {
  const channel = await openChannel(card, 0x03, { ...TRANSPORT_KEYS, enc: "00".repeat(16) });
  refuse(card, channel.wrap(storeIin("D15600")), SW_SECURITY_NOT_SATISFIED);
  staysBroken();
  refuse(card, getData(TAG_42_IIN), SW_REFERENCED_DATA_NOT_FOUND);
});

tests.run();
