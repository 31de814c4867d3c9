// Opens what a verb is given as a card: a card file, or an image to put on a fresh chip.

import { readImage } from "../../assembler/image/read.ts";
import type { Image } from "../../assembler/image/types.ts";
import { DEVELOPMENT_TRUSTED } from "../../assembler/keys/development.ts";
import type { TrustedKey } from "../../assembler/keys/types.ts";
import { lock } from "../../personalization/files/lock.ts";
import { Card, type CardOptions } from "../card.ts";
import { FileError } from "./fail.ts";
import { readBytes, writeWhole } from "./files.ts";

/** Tag 55799, self-described CBOR: what an image begins with. assembler/IMAGE.md. */
const IMAGE_MARK = [0xd9, 0xd9, 0xf7];

export interface OpenedCard {
  readonly card: Card;
  /** Whether the file was an image: then there is no card file to write back to. */
  readonly fresh: boolean;
  /** Writes the card back to its file if its memory changed, as a real card would have kept it. */
  keep(): Promise<void>;
}

export interface OpenOptions extends CardOptions {
  /** Keys whose images are accepted; none means the development key. */
  readonly trust: readonly string[];
  /** Whether what changes stays in the card file. Then nobody else may work with it meanwhile. */
  readonly keep: boolean;
}

/** Keys whose images are accepted: the named ones, else the development key. */
export async function trustedKeys(files: readonly string[]): Promise<readonly TrustedKey[]> {
  if (files.length === 0) return DEVELOPMENT_TRUSTED;
  const { loadTrusted } = await import("../../assembler/keys/pem.ts");
  return files.map((file) => loadTrusted(file));
}

/** A verified image. `FileError` or `ImageError` when the file holds none. */
export async function openImage(file: string, trust: readonly string[]): Promise<Image> {
  const bytes = await readBytes(file);
  const trusted = await trustedKeys(trust);
  if (!isImage(bytes)) {
    throw new FileError(file, `is ${whatElse(bytes)}; give a chip image, as wafer build makes it`);
  }
  return readImage(bytes, trusted, file);
}

/**
 * Works with the card of a card file, or a fresh one of an image, powered and not reset. However the
 * work ends, what it changed is kept.
 */
export async function withCard(
  file: string,
  options: OpenOptions,
  work: (opened: OpenedCard) => Promise<void>,
): Promise<void> {
  const { trust, keep, ...cardOptions } = options;
  const trusted = await trustedKeys(trust);
  const bytes = await readBytes(file);
  if (isImage(bytes)) {
    const card = Card.boot(readImage(bytes, trusted, file), cardOptions);
    return work({ card, fresh: true, keep: async () => {} });
  }
  const held = keep ? await lock(`${file}.lock`) : undefined;
  try {
    // Read again: whoever held the lock before may have written.
    const content = held ? await readBytes(file) : bytes;
    const card = Card.load(content, { ...cardOptions, trusted, name: file });
    const opened = { card, fresh: false, keep: held ? keeper(card, file) : async () => {} };
    await work(opened).finally(opened.keep);
  } finally {
    await held?.release();
  }
}

function keeper(card: Card, file: string): () => Promise<void> {
  let written = card.memory.operations;
  return async () => {
    const { operations } = card.memory;
    if (operations === written) return;
    await writeWhole(file, card.save(), 0o600);
    written = operations;
  };
}

function isImage(bytes: Uint8Array): boolean {
  return IMAGE_MARK.every((byte, at) => bytes[at] === byte);
}

/** A guess, for the message only: a card file begins with the name of its first field. */
function whatElse(bytes: Uint8Array): string {
  if (bytes.length === 0) return "empty";
  const start = Buffer.from(bytes.subarray(0, 16)).toString("latin1");
  return start.includes("format") ? "a card file" : "no chip image";
}
