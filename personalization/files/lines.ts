// Lines of a file that may end in the middle of one.

import { createReadStream } from "node:fs";

export interface Line {
  readonly text: string;
  /** Offset of the byte after the line, its newline counted. */
  readonly end: number;
  /** Ends with a newline. */
  readonly complete: boolean;
  /** Nothing comes after it. */
  readonly last: boolean;
}

/** All lines in order, without reading the whole file into memory. */
export async function* readLines(path: string): AsyncGenerator<Line> {
  let rest: Buffer = Buffer.alloc(0);
  let end = 0;
  let waiting: { text: string; end: number } | undefined;
  for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) {
    rest = Buffer.concat([rest, chunk]);
    let from = 0;
    for (let at = rest.indexOf(10); at >= 0; at = rest.indexOf(10, from)) {
      if (waiting !== undefined) yield { ...waiting, complete: true, last: false };
      end += at + 1 - from;
      waiting = { text: rest.toString("utf8", from, at), end };
      from = at + 1;
    }
    rest = rest.subarray(from);
  }
  const torn = rest.length > 0;
  if (waiting !== undefined) yield { ...waiting, complete: true, last: !torn };
  if (torn)
    yield { text: rest.toString("utf8"), end: end + rest.length, complete: false, last: true };
}
