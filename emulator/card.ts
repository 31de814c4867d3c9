// A card: a chip with an image, its memory, and a line to talk over.

import { decode, encode } from "cbor-x";
import { ImageError } from "../assembler/errors.ts";
import { readImage } from "../assembler/image/read.ts";
import type { Image } from "../assembler/image/types.ts";
import type { TrustedKey } from "../assembler/keys/types.ts";
import { COMMAND_BUFFER_BYTES, INTERFACE_CONTACT } from "../runtime/spec/chip.ts";
import {
  SW_INTERNAL_ERROR,
  SW_MEMORY_FAILURE,
  SW_NOT_ENOUGH_MEMORY,
  SW_SUCCESS,
  SW_WRONG_LENGTH,
} from "../runtime/spec/status-words.ts";
import { type Applet, isTrap } from "./chip/applets.ts";
import { Chip } from "./chip/chip.ts";
import type { Coprocessor } from "./chip/coprocessor/coprocessor.ts";
import { NodeCoprocessor } from "./chip/coprocessor/node.ts";
import { Memory, type MemorySnapshot, type Tear } from "./chip/memory.ts";
import { type Random, seededRandom, systemRandom } from "./chip/random.ts";
import { Responses } from "./chip/responses.ts";
import { CardFileError, PowerLoss, TransportError } from "./errors.ts";

export interface CardOptions {
  /** Makes the card's random numbers repeatable. Without it they are fit for keys. */
  seed?: number;
  /** Node's crypto when not given. */
  coprocessor?: Coprocessor;
}

/** A state of the card to come back to, made by `snapshot`. */
export interface Snapshot {
  /** The card whose state it is; no other can come back to it. */
  readonly card: Card;
  /** RAM of the kernel, then of each instance by its number; none of those that did not run. */
  readonly rams: readonly (Uint8Array | undefined)[];
  /** The instances that ran, by their numbers: a package comes back although it was deleted since. */
  readonly applets: readonly (Applet | undefined)[];
  readonly memory: MemorySnapshot;
  readonly random: number;
  readonly powered: boolean;
}

const CARD_FILE_FORMAT = 1;
/** Largest card file that is read, bytes. */
const MAX_CARD_FILE_BYTES = 64 << 20;

export class Card {
  private powered = false;
  private readonly io: number;
  private readonly responses = new Responses();

  private constructor(
    readonly chip: Chip,
    readonly random: Random,
  ) {
    this.io = chip.kernel.buffer();
  }

  /**
   * Puts an image on a blank chip and powers it up for the first time, which installs what the image
   * names. `ImageError` when an instance of the image cannot be installed.
   */
  static boot(image: Image, options: CardOptions = {}): Card {
    const card = Card.assemble(image, blankMemory(image), options);
    const status = card.powerOn();
    if (status !== SW_SUCCESS) {
      throw new ImageError(`image for chip ${image.manifest.chip.name}`, bootReason(status));
    }
    return card;
  }

  private static assemble(image: Image, memory: Memory, options: CardOptions): Card {
    const random = options.seed === undefined ? systemRandom() : seededRandom(options.seed);
    const coprocessor = options.coprocessor ?? new NodeCoprocessor();
    return new Card(new Chip(image, memory, random, coprocessor), random);
  }

  get image(): Image {
    return this.chip.image;
  }

  get memory(): Memory {
    return this.chip.memory;
  }

  /** Supplies power: RAM as fresh, store recovered. The status word of the kernel's boot. */
  powerOn(): number {
    this.chip.clearRam();
    this.powered = true;
    return this.guard(() => this.chip.kernel.boot(), SW_INTERNAL_ERROR);
  }

  powerOff(): void {
    this.powered = false;
  }

  /** Cold reset after power was off, else a warm one: the ATR, or the ATS of `line` contactless. */
  reset(line: number = INTERFACE_CONTACT): Uint8Array {
    if (!this.powered) this.powerOn();
    const length = this.guard(() => this.chip.kernel.reset(line), 0);
    return this.chip.kernelRam.slice(this.io, this.io + length);
  }

  /** Sends a command and waits for the response, in process. */
  exchange(command: Uint8Array): Uint8Array {
    if (!this.powered) throw new TransportError("the card has no power; reset it first");
    const { kernelRam, kernel } = this.chip;
    // No reader can send more than the chip's buffer takes.
    if (command.length > COMMAND_BUFFER_BYTES) return bytesOf(SW_WRONG_LENGTH);
    kernelRam.set(command, this.io);
    try {
      const length = kernel.transmit(command.length);
      return this.responses.take(kernelRam, this.io, length);
    } catch (error) {
      return this.answerTrap(error);
    }
  }

  /** `exchange` for callers that do not know where the card is. */
  async transmit(command: Uint8Array): Promise<Uint8Array> {
    return this.exchange(command);
  }

  private guard(run: () => number, otherwise: number): number {
    try {
      return run();
    } catch (error) {
      this.answerTrap(error);
      return otherwise;
    }
  }

  /** A trap of the kernel is a reset: RAM is lost, the answer is 6F00. Power loss goes to the caller. */
  private answerTrap(error: unknown): Uint8Array {
    this.powered = false;
    if (error instanceof PowerLoss || !isTrap(error)) throw error;
    this.chip.applets.trap = error;
    return bytesOf(SW_INTERNAL_ERROR);
  }

  /** The last trap of kernel or applet since this was last asked. A trap is a bug of theirs. */
  takeTrap(): Error | undefined {
    const { applets } = this.chip;
    const { trap } = applets;
    applets.trap = undefined;
    return trap;
  }

  /** Cuts the power at the memory operation `after` from now (0 is the next); `PowerLoss` tells. */
  cutPower(after: number | undefined, tear?: Tear): void {
    this.memory.cutPower(after, tear);
  }

  /** The whole state, to come back to as often as wanted. */
  snapshot(): Snapshot {
    return {
      card: this,
      rams: Array.from(this.chip.rams(), (ram) => ram?.slice()),
      applets: this.chip.applets.all(),
      memory: this.memory.snapshot(),
      random: this.random.state,
      powered: this.powered,
    };
  }

  /**
   * Comes back to a snapshot of this card, with no power cut armed; quickest to the one taken or
   * restored last. `Error` for a snapshot of another card.
   */
  restore(snapshot: Snapshot): void {
    if (snapshot.card !== this) {
      throw new Error("the snapshot is of another card; restore it there, or use save and load");
    }
    this.chip.applets.resume(snapshot.applets);
    let index = 0;
    for (const ram of this.chip.rams()) {
      const saved = snapshot.rams[index++];
      if (saved) ram?.set(saved);
    }
    this.memory.restore(snapshot.memory);
    this.random.state = snapshot.random;
    this.powered = snapshot.powered;
    this.chip.applets.trap = undefined;
  }

  /** The card as one file: image and memory. What is in RAM is lost, as at power-off. */
  save(): Uint8Array {
    return encode({
      format: CARD_FILE_FORMAT,
      image: this.image.bytes,
      memory: this.memory.content(),
      erases: Array.from(this.memory.erases),
      operations: this.memory.operations,
      random: this.random.state,
    });
  }

  /**
   * A card from its file, powered up. `CardFileError` or `ImageError` when it cannot be. `image`, when
   * given, is the card's image already read: many cards of one image then share it.
   */
  static load(
    file: Uint8Array,
    options: CardOptions & { trusted: readonly TrustedKey[]; name?: string; image?: Image },
  ): Card {
    const name = options.name ?? "card file";
    const saved = readCardFile(file, name);
    const image = imageOf(saved, options.image) ?? imageIn(saved, options.trusted, name);
    const memory = blankMemory(image, saved.memory);
    if (saved.memory.length > memory.size || saved.erases.length !== memory.pages) {
      throw new CardFileError(name, "its memory does not fit the chip of its image; make it anew");
    }
    memory.erases.set(saved.erases);
    memory.operations = saved.operations;
    const card = Card.assemble(image, memory, options);
    card.random.state = saved.random;
    const status = card.powerOn();
    if (status !== SW_SUCCESS) {
      if (status !== SW_MEMORY_FAILURE) throw new CardFileError(name, bootReason(status));
      const reason = `its memory is damaged, the boot ends with ${hexStatus(status)}`;
      throw new CardFileError(name, `${reason}; make the card again`);
    }
    return card;
  }
}

/** The memory of a chip: the pages of the store, then those of packages. */
function blankMemory(image: Image, content?: Uint8Array): Memory {
  const { pageBytes, pageCount, packagePages } = image.manifest.chip;
  return new Memory(pageBytes, pageCount + packagePages, content);
}

interface CardFile {
  image: Uint8Array;
  memory: Uint8Array;
  erases: number[];
  operations: number;
  random: number;
}

/** The image at hand when it is the one in the file, byte for byte. */
function imageOf(saved: CardFile, image: Image | undefined): Image | undefined {
  if (image === undefined || image.bytes.length !== saved.image.length) return undefined;
  return image.bytes.every((byte, at) => byte === saved.image[at]) ? image : undefined;
}

/** An image inside a card is not built again: the card is made anew. */
function imageIn(saved: CardFile, trusted: readonly TrustedKey[], name: string): Image {
  try {
    return readImage(saved.image, trusted, name);
  } catch (error) {
    if (!(error instanceof ImageError)) throw error;
    const reason = error.reason.replace(/; build it again .*$/, "; make the card again");
    throw new ImageError(name, reason, error.offset);
  }
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function readCardFile(file: Uint8Array, name: string): CardFile {
  let value: unknown;
  try {
    if (file.length > MAX_CARD_FILE_BYTES) throw new RangeError();
    value = decode(file);
  } catch {
    throw new CardFileError(name, "is no card file, or is cut short; make the card again");
  }
  const fields = (typeof value === "object" ? value : null) as Record<string, unknown> | null;
  if (fields?.format !== CARD_FILE_FORMAT) {
    throw new CardFileError(name, `is no card file of format ${CARD_FILE_FORMAT}`);
  }
  const { image, memory, erases, operations, random } = fields;
  const whole =
    image instanceof Uint8Array &&
    memory instanceof Uint8Array &&
    Array.isArray(erases) &&
    erases.every((count) => isCount(count)) &&
    isCount(operations) &&
    isCount(random);
  if (!whole) throw new CardFileError(name, "lacks a field or has one of a wrong kind");
  return { image, memory, erases, operations, random } as CardFile;
}

function bytesOf(status: number): Uint8Array {
  return Uint8Array.of(status >> 8, status & 0xff);
}

/** Why a blank does not come up, and what to do. */
function bootReason(status: number): string {
  const found = `its first boot ends with ${hexStatus(status)}`;
  switch (status) {
    case SW_MEMORY_FAILURE:
      return `${found}: the kernel cannot keep its store there; change the pages in the profile`;
    case SW_NOT_ENOUGH_MEMORY:
      return `${found}: its instances do not fit; give the chip more pages in the profile`;
    default:
      return `${found}: an instance refuses to be installed; check the instances in the profile`;
  }
}

function hexStatus(status: number): string {
  return (status & 0xffff).toString(16).toUpperCase().padStart(4, "0");
}
