import { once } from "node:events";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { VpcdError } from "../../../emulator/lines/errors.ts";
import { connectVpcd, type VpcdCard, type VpcdEvent } from "../../../emulator/lines/vpcd.ts";
import {
  CONTROL_ATR,
  CONTROL_POWER_OFF,
  CONTROL_POWER_ON,
  CONTROL_RESET,
  frame,
  MessageReader,
} from "../../../emulator/lines/vpcd-messages.ts";
import { bytes, hex } from "../../helpers/bytes.ts";

const ATR = bytes("3B8580014A434F530110");

/** A card that echoes, and writes down what is done to it. */
class EchoCard implements VpcdCard {
  readonly log: string[] = [];
  /** Called before each answer. */
  before: () => Promise<void> = async () => {};
  answer = (command: Uint8Array): Uint8Array => Uint8Array.from([...command, 0x90, 0x00]);

  reset(): Uint8Array {
    this.log.push("reset");
    return ATR;
  }
  async transmit(command: Uint8Array): Promise<Uint8Array> {
    this.log.push(hex(command));
    await this.before();
    return this.answer(command);
  }
  powerOff(): void {
    this.log.push("off");
  }
}

/** The reader's side of the line: vpcd as far as a card can see. */
class FakeReader {
  readonly #server: Server = createServer();
  #socket: Socket | undefined;
  #messages: Uint8Array[] = [];
  #chunks = 0;
  #wake = () => {};

  async listen(): Promise<number> {
    this.#server.listen(0, "127.0.0.1");
    await once(this.#server, "listening");
    this.#server.on("connection", (socket) => {
      const reader = new MessageReader();
      socket.on("error", () => {});
      socket.on("data", (chunk) => {
        this.#chunks++;
        this.#messages.push(...reader.read(chunk));
        this.#wake();
      });
      this.#socket = socket;
      this.#wake();
    });
    return (this.#server.address() as AddressInfo).port;
  }

  get chunks(): number {
    return this.#chunks;
  }

  async socket(): Promise<Socket> {
    while (!this.#socket) await this.#woken();
    return this.#socket;
  }

  async send(...messages: (Uint8Array | readonly number[])[]): Promise<void> {
    const all = messages.map((message) => frame(Uint8Array.from(message)));
    await this.sendRaw(Buffer.concat(all));
  }

  async sendRaw(data: Uint8Array): Promise<void> {
    const socket = await this.socket();
    await new Promise((done) => socket.write(data, done));
  }

  async receive(): Promise<string> {
    while (this.#messages.length === 0) await this.#woken();
    return hex(this.#messages.shift()!);
  }

  async close(): Promise<void> {
    this.#socket?.destroy();
    await new Promise((done) => this.#server.close(done));
  }

  #woken(): Promise<void> {
    return new Promise((wake) => {
      this.#wake = wake;
    });
  }
}

async function withReader(
  body: (reader: FakeReader, port: number, card: EchoCard) => Promise<void>,
): Promise<void> {
  const reader = new FakeReader();
  const port = await reader.listen();
  try {
    await body(reader, port, new EchoCard());
  } finally {
    await reader.close();
  }
}

const vpcd = suite("vpcd");

vpcd("answers the ATR and commands, and does as the controls say", () =>
  withReader(async (reader, port, card) => {
    const events: VpcdEvent[] = [];
    const line = await connectVpcd(card, { port, onEvent: (event) => events.push(event) });
    await reader.send([CONTROL_POWER_ON], [CONTROL_ATR]);
    assert.is(await reader.receive(), hex(ATR));
    await reader.send(bytes("00A40400"), [CONTROL_RESET], bytes("00B0000010"), [CONTROL_POWER_OFF]);
    assert.is(await reader.receive(), "00a404009000");
    assert.is(await reader.receive(), "00b00000109000");
    await line.stop();
    assert.is(await line.closed, "stopped");
    assert.equal(card.log, ["reset", "00a40400", "reset", "00b0000010", "off", "off"]);
    assert.equal(
      events.map((event) => event.kind),
      ["power on", "command", "reset", "command", "power off"],
    );
  }),
);

vpcd("asking for the ATR again and again resets the card once at most", () =>
  withReader(async (reader, port, card) => {
    const line = await connectVpcd(card, { port });
    await reader.send([CONTROL_ATR], [CONTROL_ATR], [CONTROL_POWER_ON], [CONTROL_ATR]);
    for (let i = 0; i < 3; i++) assert.is(await reader.receive(), hex(ATR));
    await line.stop();
    assert.equal(card.log, ["reset", "reset", "off"]);
  }),
);

vpcd("powers the card for a command that comes without power", () =>
  withReader(async (reader, port, card) => {
    const line = await connectVpcd(card, { port });
    await reader.send(bytes("00A40400"), [CONTROL_POWER_OFF], bytes("00A40400"));
    for (let i = 0; i < 2; i++) assert.is(await reader.receive(), "00a404009000");
    await line.stop();
    assert.equal(card.log, ["reset", "00a40400", "off", "reset", "00a40400", "off"]);
  }),
);

vpcd("takes messages that arrive byte by byte, and several in one piece", () =>
  withReader(async (reader, port, card) => {
    const line = await connectVpcd(card, { port });
    (await reader.socket()).setNoDelay(true);
    for (const byte of frame(bytes("0084000008"))) {
      await reader.sendRaw(Uint8Array.of(byte));
      await new Promise(setImmediate);
    }
    assert.is(await reader.receive(), "00840000089000");
    const many = Array.from({ length: 100 }, (_, i) => Uint8Array.of(0, 0xca, 0, i));
    await reader.send(...many);
    for (const command of many) assert.is(await reader.receive(), `${hex(command)}9000`);
    await line.stop();
  }),
);

vpcd("carries the longest message, and sends each answer in one piece", () =>
  withReader(async (reader, port, card) => {
    const line = await connectVpcd(card, { port });
    card.answer = (command) => Uint8Array.of(command.length >> 8, command.length);
    await reader.send(new Uint8Array(0xffff));
    assert.is(await reader.receive(), "ffff");
    assert.is(reader.chunks, 1);
    await line.stop();
  }),
);

vpcd("does not mind messages that the protocol has no word for", () =>
  withReader(async (reader, port, card) => {
    const ignored: string[] = [];
    const line = await connectVpcd(card, {
      port,
      onEvent: (event) => event.kind === "ignored" && ignored.push(hex(event.message)),
    });
    await reader.send([], [3], [0xff], bytes("00A4"));
    assert.is(await reader.receive(), "00a49000");
    assert.equal(ignored, ["", "03", "ff"]);
    await line.stop();
  }),
);

vpcd("reads no further while the card works", () =>
  withReader(async (reader, port, card) => {
    let release = () => {};
    card.before = () => new Promise((done) => (release = done));
    const line = await connectVpcd(card, { port });
    await reader.send(bytes("00A40400"), bytes("00A40401"));
    while (card.log.length === 0) await new Promise(setImmediate);
    for (let i = 0; i < 20; i++) await new Promise(setImmediate);
    assert.equal(card.log, ["reset", "00a40400"], "one command at a time");
    card.before = async () => {};
    release();
    assert.is(await reader.receive(), "00a404009000");
    assert.is(await reader.receive(), "00a404019000");
    await line.stop();
  }),
);

vpcd("ends with the reader, and takes the power from the card", () =>
  withReader(async (reader, port, card) => {
    const line = await connectVpcd(card, { port });
    (await reader.socket()).end();
    assert.is(await line.closed, "reader gone");
    assert.equal(card.log, ["off"]);
  }),
);

vpcd("takes a reset connection for a reader that is gone", () =>
  withReader(async (reader, port, card) => {
    const line = await connectVpcd(card, { port });
    (await reader.socket()).resetAndDestroy();
    assert.is(await line.closed, "reader gone");
    assert.equal(card.log, ["off"]);
  }),
);

vpcd("says so when the reader leaves in the middle of a message", () =>
  withReader(async (reader, port, card) => {
    const line = await connectVpcd(card, { port });
    await reader.sendRaw(bytes("FFFF 00A4"));
    (await reader.socket()).end();
    const error = await failure(line.closed);
    assert.instance(error, VpcdError);
    assert.match(error.message, /127\.0\.0\.1:\d+: the reader left after 4 bytes of a message/);
    assert.equal(card.log, ["off"]);
  }),
);

vpcd("refuses an answer that no message can carry", () =>
  withReader(async (reader, port, card) => {
    card.answer = () => new Uint8Array(0x10000);
    const line = await connectVpcd(card, { port });
    await reader.send(bytes("00A40400"));
    assert.match((await failure(line.closed)).message, /answer of 65536 bytes is too long/);
  }),
);

vpcd("hands on what the card throws", () =>
  withReader(async (reader, port, card) => {
    card.answer = () => {
      throw new Error("card broke");
    };
    const line = await connectVpcd(card, { port });
    await reader.send(bytes("00A40400"));
    assert.is((await failure(line.closed)).message, "card broke");
    assert.equal(card.log.at(-1), "off");
  }),
);

vpcd("stops on the signal, also while the card works, and before it is connected", () =>
  withReader(async (reader, port, card) => {
    const controller = new AbortController();
    let release = () => {};
    card.before = () => new Promise((done) => (release = done));
    const line = await connectVpcd(card, { port, signal: controller.signal });
    await reader.send(bytes("00A40400"));
    while (card.log.length === 0) await new Promise(setImmediate);
    controller.abort();
    release();
    assert.is(await line.closed, "stopped");
    assert.equal(card.log, ["reset", "00a40400", "off"]);
    const refused = await failure(connectVpcd(card, { port, signal: controller.signal }));
    assert.match(refused.message, /stopped before it was connected/);
  }),
);

vpcd("says what to do when no reader listens", async () => {
  const reader = new FakeReader();
  const port = await reader.listen();
  await reader.close();
  const error = await failure(connectVpcd(new EchoCard(), { port }));
  assert.instance(error, VpcdError);
  assert.is(
    error.message,
    `vpcd 127.0.0.1:${port}: connection refused; is pcscd running, with vpcd on port ${port}? ` +
      "On Debian: apt-get install pcscd vsmartcard-vpcd; systemctl restart pcscd",
  );
});

vpcd.run();

async function failure(promise: Promise<unknown>): Promise<Error> {
  try {
    await promise;
  } catch (error) {
    return error as Error;
  }
  throw new Error("nothing was thrown");
}
