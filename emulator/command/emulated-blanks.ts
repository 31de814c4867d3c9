// Emulated blanks for a bureau: each is a fresh chip with the image, saved as a card file when done.

import { join } from "node:path";
import type { Image } from "../../assembler/image/types.ts";
import type { Blank, CardSource } from "../../personalization/batch/card-source.ts";
import type { Card as PoweredCard } from "../../personalization/card.ts";
import { replaceFile } from "../../personalization/files/atomic-file.ts";
import { makeFolder } from "../../personalization/files/make-folder.ts";
import { Card, type CardOptions } from "../card.ts";

/** A card on a line that knows only APDUs and resets. */
export function poweredCard(card: Card): PoweredCard {
  return {
    transmit: (command) => card.transmit(command),
    reset: async () => card.reset(),
  };
}

/** Endless blanks of an image, finished cards going to `directory`; a card in the making leaves no file. */
export class EmulatedBlanks implements CardSource {
  readonly #image: Image;
  readonly #directory: string;
  readonly #options: CardOptions;

  constructor(image: Image, directory: string, options: CardOptions = {}) {
    this.#image = image;
    this.#directory = directory;
    this.#options = options;
  }

  /** The blank number `sequence`; with a seed, each has random numbers of its own. */
  async next(sequence: number): Promise<Blank> {
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
    await makeFolder(this.#directory);
    // For its owner alone: a card file holds the card's keys, as a chip does.
    await replaceFile(join(this.#directory, `${name}.card`), card.save(), 0o600);
  }
}
