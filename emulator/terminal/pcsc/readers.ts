// Real readers: cards in them through the machine's PC/SC service. Loaded by whoever asks for a reader only.

import type * as pcsc from "pcsc-mini";
import type { Card } from "../../../personalization/card.ts";
import { TransportError } from "../../../personalization/errors.ts";
import type { CardInterface } from "../desk/parameters.ts";
import type { PoweredCard, Slot } from "../desk/slots.ts";
import { PcscError } from "./errors.ts";

type Library = typeof pcsc;

/** Readers that are there are told at once; those of a service that has just started take longer. */
const FIRST_READER_MS = 1500;
const MORE_READERS_MS = 150;

/** The machine's PC/SC service. Whoever opened it calls `close`, or the process does not end. */
export class PcscReaders {
  readonly #library: Library;
  readonly #client: pcsc.Client;
  readonly #readers = new Map<string, pcsc.Reader>();

  private constructor(library: Library, client: pcsc.Client) {
    this.#library = library;
    this.#client = client;
  }

  /** Rejects with `PcscError` when this machine has no PC/SC, or its service does not run. */
  static async open(): Promise<PcscReaders> {
    const library = await import("pcsc-mini").catch(() => {
      throw new PcscError("this machine has no PC/SC library; install libpcsclite1 and pcscd");
    });
    try {
      const readers = new PcscReaders(library, new library.Client());
      await readers.#start();
      return readers;
    } catch (error) {
      throw new PcscError(`the PC/SC service does not answer (${nameOf(error)}); start pcscd`);
    }
  }

  /** Names of the readers, in the order in which the service told of them. */
  names(): readonly string[] {
    return [...this.#readers.keys()];
  }

  /** The reader whose name is `name`, or the only one that contains it. `PcscError` when there is none. */
  slot(name: string): Slot {
    const names = this.names();
    const found = names.includes(name) ? [name] : names.filter((one) => one.includes(name));
    const [first, second] = found;
    if (first === undefined || second !== undefined) {
      const list = names.length === 0 ? "there are no readers" : `readers: ${names.join(", ")}`;
      throw new PcscError(`"${name}" is ${first === undefined ? "no" : "not one"} reader; ${list}`);
    }
    return new PcscSlot(this.#library, this.#readers.get(first)!);
  }

  close(): void {
    this.#client.stop();
  }

  /** Resolves a moment after the last reader was told, or when none is. */
  #start(): Promise<void> {
    return new Promise((resolve, reject) => {
      let timer = setTimeout(resolve, FIRST_READER_MS);
      this.#client
        .on("error", (error) => {
          clearTimeout(timer);
          reject(error);
        })
        .on("reader", (reader) => {
          this.#readers.set(reader.name(), reader);
          clearTimeout(timer);
          timer = setTimeout(resolve, MORE_READERS_MS);
        })
        .start();
    });
  }
}

/** A reader as a terminal's slot. Which interface it is shows when a card lies in it. */
class PcscSlot implements Slot {
  readonly #library: Library;
  readonly #reader: pcsc.Reader;
  #card: pcsc.Card | undefined;

  constructor(library: Library, reader: pcsc.Reader) {
    this.#library = library;
    this.#reader = reader;
  }

  get interface(): CardInterface | "either" {
    return "either";
  }

  async power(): Promise<PoweredCard | undefined> {
    const { CardMode, CardDisposition } = this.#library;
    await this.close();
    try {
      this.#card = await this.#reader.connect(CardMode.EXCLUSIVE);
      // As new: what another program proved to the card is gone.
      await this.#card.reconnect(CardMode.EXCLUSIVE, CardDisposition.RESET);
      const card = this.#card;
      return { card: lineOf(this.#library, card), answer: (await card.state()).atr };
    } catch (error) {
      await this.close();
      if (/NoSmartCard|RemovedCard/.test(nameOf(error))) return undefined;
      throw new PcscError(`${this.#reader.name()}: ${nameOf(error)}; is the card whole, and free?`);
    }
  }

  async close(): Promise<void> {
    const card = this.#card;
    this.#card = undefined;
    await card?.disconnect(this.#library.CardDisposition.RESET).catch(() => {});
  }
}

/** APDUs to a card in a reader. */
function lineOf({ CardMode, CardDisposition }: Library, card: pcsc.Card): Card {
  const gone = (error: unknown): never => {
    throw new TransportError(`the reader: ${nameOf(error)}`);
  };
  return {
    transmit: async (command) => (await card.transmit(command).catch(gone)).slice(),
    reset: async () => {
      await card.reconnect(CardMode.EXCLUSIVE, CardDisposition.RESET).catch(gone);
      return (await card.state().catch(gone)).atr.slice();
    },
  };
}

/** PC/SC's own word for what went wrong. */
function nameOf(error: unknown): string {
  const { code, name, message } = (error ?? {}) as {
    code?: string;
    name?: string;
    message?: string;
  };
  return code ?? name ?? message ?? String(error);
}
