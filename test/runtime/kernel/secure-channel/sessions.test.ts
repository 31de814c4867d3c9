// Sessions on several logical channels at once: each on its own, four at most.

import { suite } from "uvu";
import * as assert from "uvu/assert";
import { channelClass } from "../../../../personalization/apdu.ts";
import { keyCheckValue } from "../../../../personalization/keys/software-key-service.ts";
import type { SecureChannel } from "../../../../personalization/scp03/secure-channel.ts";
import {
  CLA_PROPRIETARY,
  INS_INITIALIZE_UPDATE,
  INS_MANAGE_CHANNEL,
  INS_PUT_KEY,
  INS_SELECT,
  P1_CLOSE_CHANNEL,
  P1_SELECT_BY_NAME,
} from "../../../../runtime/spec/instructions.ts";
import {
  SW_CONDITIONS_NOT_SATISFIED,
  SW_SECURITY_NOT_SATISFIED,
  SW_SUCCESS,
} from "../../../../runtime/spec/status-words.ts";
import { bytes, hex } from "../../../helpers/bytes.ts";
import { accept, apdu, refuse, send } from "../../../helpers/card.ts";
import { hex8, openChannel, through, underDek } from "../../../helpers/secure-channel.ts";
import { AID_VECTOR_CARD, type VectorKeys, vectorCard } from "./vector-card.ts";

/** Sets of two lengths, with keys that differ in every byte. */
const KEYS: readonly VectorKeys[] = [16, 32, 16, 16].map((length, index) => {
  const [enc, mac, dek] = [1, 2, 3].map((key) => hex8(16 * index + key).repeat(length));
  return { version: 0x31 + index, enc: enc!, mac: mac!, dek: dek! };
});
/** Below 4 and from 4 on the class byte names a channel in two ways. */
const CHANNELS = [0, 3, 4, 19] as const;
const FIFTH = 1;
const LEVELS = [0x01, 0x33, 0x13, 0x03] as const;

const card = await vectorCard({ keys: KEYS, scp03: "70", channels: 20 });
for (const channel of [FIFTH, ...CHANNELS.slice(1)]) {
  accept(card, apdu(0, INS_MANAGE_CHANNEL, 0, channel));
}
const ready = card.snapshot();
const tests = suite("sessions on several channels");
tests.before.each(() => card.restore(ready));

const echo = (channel: number, data: string) =>
  apdu(channelClass(CLA_PROPRIETARY, channel), 0x30, 0, 0, data, 0);
const select = (channel: number) =>
  apdu(channelClass(0, channel), INS_SELECT, P1_SELECT_BY_NAME, 0, AID_VECTOR_CARD, 0);
const initialize = (channel: number) =>
  apdu(
    channelClass(CLA_PROPRIETARY, channel),
    INS_INITIALIZE_UPDATE,
    KEYS[0]!.version,
    0,
    "00".repeat(8),
    0,
  );

/** A session on each of the four channels, with keys and a level of its own. */
function openAll(): Promise<SecureChannel[]> {
  const opened = CHANNELS.map(async (channel, index) =>
    openChannel(card, LEVELS[index]!, KEYS[index]!, { channel }),
  );
  return Promise.all(opened);
}

function works(session: SecureChannel, channel: number, data = "0102"): void {
  assert.is(hex(through(card, session, echo(channel, data))), data);
}

tests("four sessions take commands in any order, with and without data", async () => {
  const sessions = await openAll();
  for (let round = 0; round < 8; round++) {
    for (let step = 0; step < CHANNELS.length; step++) {
      const index = (step * (round % 2 === 0 ? 1 : 3) + round) % CHANNELS.length;
      works(
        sessions[index]!,
        CHANNELS[index]!,
        round % 3 === 0 ? "" : hex8(round).repeat(step + 1),
      );
    }
  }
});

tests("a fifth session is refused and ends none; it opens once another has ended", async () => {
  const ends: (() => void)[] = [
    () => accept(card, select(CHANNELS[1])),
    () => accept(card, apdu(0, INS_MANAGE_CHANNEL, P1_CLOSE_CHANNEL, CHANNELS[1])),
    // Its own next INITIALIZE UPDATE would take the place again; a command that breaks it does not.
    () => refuse(card, echo(CHANNELS[1], "00"), SW_SECURITY_NOT_SATISFIED),
  ];
  for (const end of ends) {
    card.restore(ready);
    const sessions = await openAll();
    refuse(card, initialize(FIFTH), SW_CONDITIONS_NOT_SATISFIED);
    for (const [index, channel] of CHANNELS.entries()) works(sessions[index]!, channel);
    end();
    const fifth = await openChannel(card, 0x33, KEYS[0]!, { channel: FIFTH });
    works(fifth, FIFTH);
    for (const index of [0, 2, 3]) works(sessions[index]!, CHANNELS[index]!);
  }
});

tests(
  "a session that was only begun holds a place until its channel does something else",
  async () => {
    for (const channel of CHANNELS) accept(card, initialize(channel));
    refuse(card, initialize(FIFTH), SW_CONDITIONS_NOT_SATISFIED);
    accept(card, echo(CHANNELS[2], "00"));
    accept(card, initialize(FIFTH));
  },
);

tests("INITIALIZE UPDATE on a channel ends that channel's session alone", async () => {
  const sessions = await openAll();
  const again = await openChannel(card, 0x13, KEYS[3]!, { channel: CHANNELS[0] });
  works(again, CHANNELS[0]);
  for (const index of [1, 2, 3]) works(sessions[index]!, CHANNELS[index]!);
  const old = sessions[0]!.wrap(echo(CHANNELS[0], "00"));
  refuse(card, old, SW_SECURITY_NOT_SATISFIED);
});

tests("a session that breaks refuses its own channel's commands, no other's", async () => {
  const sessions = await openAll();
  for (const [broken, channel] of CHANNELS.entries()) {
    const command = sessions[broken]!.wrap(echo(channel, "00"));
    refuse(card, command.with(-2, command.at(-2)! ^ 1), SW_SECURITY_NOT_SATISFIED);
    for (const [index, other] of CHANNELS.entries()) {
      if (index > broken) works(sessions[index]!, other);
      else refuse(card, echo(other, "00"), SW_SECURITY_NOT_SATISFIED);
    }
    accept(card, echo(FIFTH, "00"));
  }
});

tests("a command of one channel's session holds on no other channel", async () => {
  const sessions = await openAll();
  const command = sessions[2]!.wrap(echo(CHANNELS[2], "0102"));
  // The same bytes with another channel's class byte: the MAC covers the class without its channel.
  for (const index of [0, 1, 3]) {
    const cla = sessions[index]!.wrap(echo(CHANNELS[index]!, ""))[0]!;
    refuse(card, command.with(0, cla), SW_SECURITY_NOT_SATISFIED);
  }
  assert.is(sessions[2]!.unwrap(send(card, command)).sw, SW_SUCCESS);
});

tests("two channels that use one key set have session keys of their own", async () => {
  const keys = KEYS[0]!;
  const first = await openChannel(card, 0x33, keys, { channel: 0 });
  const second = await openChannel(card, 0x33, keys, { channel: FIFTH });
  works(first, 0);
  works(second, FIFTH);
  const command = first.wrap(echo(FIFTH, "00"));
  refuse(card, command, SW_SECURITY_NOT_SATISFIED);
});

tests("secrets are deciphered under the key of the session that they come through", async () => {
  const [first, , , fourth] = await openAll();
  const value = "5a".repeat(16);
  const field = (dek: string) =>
    `8811${hex8(16)}${underDek(value, dek)}03${hex(keyCheckValue("aes", bytes(value)))}`;
  const put = (channel: number, dek: string, version: number) =>
    apdu(channelClass(CLA_PROPRIETARY, channel), INS_PUT_KEY, 0, 1, hex8(version) + field(dek), 0);
  const [own, others] = [KEYS[0]!.dek, KEYS[3]!.dek];
  through(card, first!, put(0, others, 0x41), SW_SECURITY_NOT_SATISFIED);
  through(card, fourth!, put(CHANNELS[3], own, 0x41), SW_SECURITY_NOT_SATISFIED);
  through(card, first!, put(0, own, 0x41));
  through(card, fourth!, put(CHANNELS[3], others, 0x42));
});

tests("a closed channel takes its session with it; reset ends them all", async () => {
  const sessions = await openAll();
  accept(card, apdu(0, INS_MANAGE_CHANNEL, P1_CLOSE_CHANNEL, CHANNELS[1]));
  accept(card, apdu(0, INS_MANAGE_CHANNEL, 0, CHANNELS[1]));
  accept(card, echo(CHANNELS[1], "00"));
  works(sessions[0]!, 0);
  card.reset();
  accept(card, echo(0, "00"));
  accept(card, initialize(0));
});

tests.run();
