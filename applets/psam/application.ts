// Where in the tree the application's commands may come, and the files that they need.

import { bigEndian16 } from "../../runtime/sdk/apdu.ts";
import { current } from "../filesystem/engine/current.ts";
import {
  BY_FID,
  contentOf,
  findFile,
  NO_FILE,
  ROOT,
  ROW_BYTES,
  ROW_FID,
  readRow,
} from "../filesystem/engine/files.ts";
import { FID_APPLICATION, FID_SEQUENCE, FID_TERMINAL } from "./spec.ts";

const ROW: usize = memory.data(ROW_BYTES, 4);

/** Whether the application DF is the current one. */
export function isInApplication(): bool {
  if (current.df == ROOT) return false;
  readRow(current.df, ROW);
  return bigEndian16(ROW + ROW_FID) == FID_APPLICATION;
}

function contentIn(df: i32, fid: i32): i32 {
  const index = findFile(BY_FID, df, fid);
  return index == NO_FILE ? -1 : contentOf(index);
}

/** Object of the terminal transaction number of the current application, or -1. */
export function sequenceObject(): i32 {
  return contentIn(current.df, FID_SEQUENCE);
}

/** Object of the terminal's number, or -1. */
export function terminalObject(): i32 {
  return contentIn(ROOT, FID_TERMINAL);
}
