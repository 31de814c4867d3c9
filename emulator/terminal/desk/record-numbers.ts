// Where the records of repeated items lie on a card: it has those that were ever written, in any order.

import { expectSuccess } from "../../../personalization/apdu.ts";
import type { Card } from "../../../personalization/card.ts";
import type { FileDefinition } from "../../../personalization/definition/types.ts";
import { StatusWordError } from "../../../personalization/errors.ts";
import { SW_RECORD_NOT_FOUND } from "../../../runtime/spec/status-words.ts";
import { BY_NUMBER, readRecord } from "./card-commands.ts";
import { firstRecord } from "./records.ts";

/** Numbers of records have one byte; FF is none. */
const MOST_RECORDS = 254;

/** The record with `tag` that is the `occurrence`-th of them, from 1. */
export interface WantedRecord {
  readonly tag: number;
  readonly occurrence: number;
}

/** Tags of the records of a linear file, in their order. */
export async function readTags(card: Card, file: FileDefinition): Promise<readonly number[]> {
  const tags: number[] = [];
  while (tags.length < MOST_RECORDS) {
    const response = await readRecord(card, file.sfi, tags.length + 1, BY_NUMBER);
    if (response.sw === SW_RECORD_NOT_FOUND) break;
    tags.push(firstRecord(expectSuccess(`READ RECORD ${file.id}`, response), file.id).tag);
  }
  return tags;
}

/**
 * Numbers from 1 to write `wanted` to, one after the other; one that is the next of its tag is added behind all
 * records, as cards do (part 5, 6.13). Throws `StatusWordError` 6A83 when there would be a gap.
 */
export function numbersOf(
  tags: readonly number[],
  wanted: readonly WantedRecord[],
): readonly number[] {
  const all = [...tags];
  return wanted.map(({ tag, occurrence }) => {
    const same = [...all.keys()].filter((at) => all[at] === tag);
    const found = same[occurrence - 1];
    if (found !== undefined) return found + 1;
    if (same.length < occurrence - 1) {
      const name = tag.toString(16).toUpperCase().padStart(2, "0");
      throw new StatusWordError(`${name}:${occurrence}`, SW_RECORD_NOT_FOUND);
    }
    return all.push(tag);
  });
}
