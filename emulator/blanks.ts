// Emulated blanks for a bureau: each is a fresh chip with the image, saved as a card file when done.

import { mkdir, open, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Image } from "../assembler/image/types.ts";
import { Card, type CardOptions } from "./card.ts";

/** What a bureau's line sees of a powered card. */
interface PoweredCard {
  transmit(command: Uint8Array): Promise<Uint8Array>;
  reset(): Promise<Uint8Array>;
}

/** A blank in the line. `save` writes `NAME.card` in one step; a card in the making leaves no file. */
export interface EmulatedBlank {
  readonly serial: string;
  readonly card: PoweredCard;
  save(name: string): Promise<void>;
  discard(): Promise<void>;
}

/** A card on a line that knows only APDUs and resets. */
export function poweredCard(card: Card): PoweredCard {
  return {
    transmit: (command) => card.transmit(command),
    reset: async () => card.reset(),
  };
}

/** Endless blanks of an image, finished cards going to `directory`. */
export class EmulatedBlanks {
  readonly #image: Image;
  readonly #directory: string;
  readonly #options: CardOptions;

  constructor(image: Image, directory: string, options: CardOptions = {}) {
    this.#image = image;
    this.#directory = directory;
    this.#options = options;
  }

  /** The blank number `sequence`; with a seed, each has random numbers of its own. */
  async next(sequence: number): Promise<EmulatedBlank> {
    const { seed, ...rest } = this.#options;
    const options = seed === undefined ? rest : { ...rest, seed: seed + sequence / 2 ** 24 };
    const card = Card.boot(this.#image, options);
    const serial = `E${String(sequence).padStart(8, "0")}`;
    return {
      serial,
      card: poweredCard(card),
      save: (name) => this.#save(card, name),
      discard: async () => card.powerOff(),
    };
  }

  async #save(card: Card, name: string): Promise<void> {
    card.powerOff();
    await mkdir(this.#directory, { recursive: true });
    const path = join(this.#directory, `${name}.card`);
    // For its owner alone: a card file holds the card's keys, as a chip does.
    await writeFile(`${path}.part`, card.save(), { mode: 0o600, flush: true });
    await rename(`${path}.part`, path);
    await flushFolder(this.#directory);
  }
}

/** Makes the new name last: whoever is told that a card is saved finds it after a power loss. */
async function flushFolder(folder: string): Promise<void> {
  const handle = await open(folder, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
