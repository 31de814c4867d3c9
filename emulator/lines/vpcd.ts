// Puts a card into vpcd, the virtual PC/SC reader: the card is the TCP client, the reader the server.
import { connect, type Socket } from "node:net";
import { VpcdError } from "./errors.ts";
import {
  CONTROL_ATR,
  CONTROL_POWER_OFF,
  CONTROL_POWER_ON,
  CONTROL_RESET,
  frame,
  MAX_MESSAGE_BYTES,
  MessageReader,
  VPCD_PORT,
} from "./vpcd-messages.ts";

/** What the reader needs of a card. */
export interface VpcdCard {
  /** Cold or warm reset; answers the ATR. */
  reset(): Uint8Array;
  transmit(command: Uint8Array): Promise<Uint8Array>;
  powerOff(): void;
}

export type VpcdEvent =
  | { readonly kind: "power on" | "reset"; readonly atr: Uint8Array }
  | { readonly kind: "power off" }
  | { readonly kind: "command"; readonly command: Uint8Array; readonly response: Uint8Array }
  | { readonly kind: "ignored"; readonly message: Uint8Array };

export interface VpcdOptions {
  /** Where the reader listens; 127.0.0.1 when absent. */
  readonly host?: string | undefined;
  /** 35963, vpcd's own default, when absent. A second slot listens on the next port. */
  readonly port?: number | undefined;
  /** Takes the card out. */
  readonly signal?: AbortSignal | undefined;
  readonly onEvent?: ((event: VpcdEvent) => void) | undefined;
}

export interface VpcdConnection {
  /**
   * Settles when the card is out of the reader and without power: "stopped" by us, or "reader gone".
   * Rejects with VpcdError, or with what the card threw.
   */
  readonly closed: Promise<"stopped" | "reader gone">;
  /** Takes the card out; the answer to a command under way is dropped. */
  stop(): Promise<void>;
}

const CONNECT_TIME_LIMIT_MS = 10_000;

/** Resolves when the card is in the reader. Throws VpcdError, with what to do, when it cannot. */
export async function connectVpcd(
  card: VpcdCard,
  options: VpcdOptions = {},
): Promise<VpcdConnection> {
  const { host = "127.0.0.1", port = VPCD_PORT, signal, onEvent } = options;
  const peer = `${host}:${port}`;
  const socket = await open(host, port, signal);
  let stopped = false;
  const takeOut = () => {
    stopped = true;
    socket.destroy();
  };
  signal?.addEventListener("abort", takeOut, { once: true });
  if (signal?.aborted) takeOut();

  const closed = serve(card, socket, peer, onEvent)
    .catch((error: unknown) => {
      if (stopped || isHangUp(error)) return;
      throw error;
    })
    .then(() => (stopped ? ("stopped" as const) : ("reader gone" as const)))
    .finally(() => {
      signal?.removeEventListener("abort", takeOut);
      socket.destroy();
      card.powerOff();
    });
  closed.catch(() => {}); // whoever awaits `closed` still sees it
  return {
    closed,
    stop: async () => {
      takeOut();
      await closed.catch(() => {});
    },
  };
}

function open(host: string, port: number, signal: AbortSignal | undefined): Promise<Socket> {
  const peer = `${host}:${port}`;
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, noDelay: true });
    const settle = (error?: VpcdError) => {
      signal?.removeEventListener("abort", abort);
      socket.removeAllListeners().setTimeout(0);
      if (!error) return resolve(socket);
      socket.on("error", () => {}).destroy();
      reject(error);
    };
    const abort = () => settle(new VpcdError(peer, "stopped before it was connected"));
    if (signal?.aborted) return abort();
    signal?.addEventListener("abort", abort, { once: true });
    socket.once("connect", () => settle());
    socket.once("error", (cause: NodeJS.ErrnoException) =>
      settle(new VpcdError(peer, whyNotConnected(cause, port), { cause })),
    );
    socket.setTimeout(CONNECT_TIME_LIMIT_MS, () =>
      settle(new VpcdError(peer, "no answer in 10 s; check host and port")),
    );
  });
}

function whyNotConnected(cause: NodeJS.ErrnoException, port: number): string {
  switch (cause.code) {
    case "ECONNREFUSED":
      return (
        `connection refused; is pcscd running, with vpcd on port ${port}? ` +
        "On Debian: apt-get install pcscd vsmartcard-vpcd; systemctl restart pcscd"
      );
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return "no such host; check the name";
    default:
      return `cannot connect (${cause.code ?? cause.message}); check host and port`;
  }
}

/** The reader's process ended, with or without a farewell. */
function isHangUp(error: unknown): boolean {
  const code = (error as NodeJS.ErrnoException | null)?.code;
  return code === "ECONNRESET" || code === "EPIPE" || code === "ERR_STREAM_PREMATURE_CLOSE";
}

/**
 * Answers message by message until the reader goes. While the card works, no more is read: a peer that
 * floods us fills its own buffers.
 */
async function serve(
  card: VpcdCard,
  socket: Socket,
  peer: string,
  onEvent: VpcdOptions["onEvent"],
): Promise<void> {
  const reader = new MessageReader();
  const slot = new Slot(card, onEvent);
  for await (const chunk of socket as AsyncIterable<Uint8Array>) {
    for (const message of reader.read(chunk)) {
      const answer = await slot.handle(message);
      if (!socket.writable) return;
      if (!answer) continue;
      if (answer.length > MAX_MESSAGE_BYTES) {
        throw new VpcdError(peer, `an answer of ${answer.length} bytes is too long`);
      }
      socket.write(frame(answer));
    }
  }
  if (reader.pending > 0) {
    throw new VpcdError(peer, `the reader left after ${reader.pending} bytes of a message`);
  }
}

/** The card as the reader sees it. */
class Slot {
  /** Asked for several times a second to see whether a card is there, so never by a reset. */
  #atr: Uint8Array | undefined;
  #powered = false;

  constructor(
    readonly card: VpcdCard,
    readonly onEvent: VpcdOptions["onEvent"],
  ) {}

  /** The answer to a message, or undefined where the protocol has none. */
  async handle(message: Uint8Array): Promise<Uint8Array | undefined> {
    if (message.length > 1) {
      // A reader powers the card first; one that does not is helped, since it waits for an answer.
      if (!this.#powered) this.#reset("power on");
      const response = await this.card.transmit(message);
      this.onEvent?.({ kind: "command", command: message, response });
      return response;
    }
    switch (message[0]) {
      case CONTROL_POWER_OFF:
        this.card.powerOff();
        this.#powered = false;
        this.onEvent?.({ kind: "power off" });
        return undefined;
      case CONTROL_POWER_ON:
        this.#reset("power on");
        return undefined;
      case CONTROL_RESET:
        this.#reset("reset");
        return undefined;
      case CONTROL_ATR:
        return this.#atr ?? this.#reset("power on");
      default:
        this.onEvent?.({ kind: "ignored", message });
        return undefined;
    }
  }

  #reset(kind: "power on" | "reset"): Uint8Array {
    const atr = this.card.reset();
    this.#atr = atr;
    this.#powered = true;
    this.onEvent?.({ kind, atr });
    return atr;
  }
}
