// FCI of the application environment and of its applications. Part 5, tables 36 to 38.

import * as reply from "../../runtime/sdk/reply.ts";
import { SW_SUCCESS } from "../../runtime/spec/status-words.ts";
import {
  applicationByte,
  BY_FID,
  findFile,
  NO_FILE,
  ROOT,
  ROW_SFI,
  readName,
  readRow,
} from "../filesystem/engine/files.ts";
import { SELECTED_ROW } from "../filesystem/engine/select-file.ts";
import {
  P2_NO_ANSWER,
  TAG_6F_FCI,
  TAG_84_DF_NAME,
  TAG_A5_PROPRIETARY,
} from "../filesystem/spec.ts";
import {
  ALGORITHM_SM4,
  FID_DIR,
  TAG_9F0C_ISSUER_DATA,
  TAG_86_ALGORITHM,
  TAG_88_DIR_SFI,
} from "./spec.ts";

const NAME: usize = memory.data(16, 4);

/**
 * Answers 6F { 84 name [ A5 { [88 SFI of the DIR] 9F0C { 86 algorithm } } ] }, the inner part for the
 * environment only; or nothing, when P2 of SELECT asks for nothing.
 */
export function answerFci(p2: u8, df: i32): u16 {
  if ((p2 & P2_NO_ANSWER) == P2_NO_ANSWER) return SW_SUCCESS;
  reply.start();
  const template = reply.open(TAG_6F_FCI);
  const length = readName(df, NAME);
  if (length > 0) reply.field(TAG_84_DF_NAME, NAME, length);
  if (df == ROOT) {
    const proprietary = reply.open(TAG_A5_PROPRIETARY);
    writeDirectory();
    const issuer = reply.open(TAG_9F0C_ISSUER_DATA);
    const algorithm = applicationByte();
    reply.byteField(TAG_86_ALGORITHM, algorithm == 0 ? ALGORITHM_SM4 : algorithm);
    reply.close(issuer);
    reply.close(proprietary);
  }
  reply.close(template);
  return reply.send();
}

function writeDirectory(): void {
  const index = findFile(BY_FID, ROOT, FID_DIR);
  if (index == NO_FILE) return;
  readRow(index, SELECTED_ROW);
  reply.byteField(TAG_88_DIR_SFI, load<u8>(SELECTED_ROW + ROW_SFI));
}
