// FCI of an environment and of its application. Part 5, tables 36 to 38.

import * as reply from "../../runtime/sdk/reply.ts";
import { SW_SUCCESS } from "../../runtime/spec/status-words.ts";
import {
  applicationByte,
  BY_FID,
  findFile,
  NO_FILE,
  ROOT,
  readName,
} from "../filesystem/engine/files.ts";
import {
  P2_NO_ANSWER,
  TAG_6F_FCI,
  TAG_84_DF_NAME,
  TAG_88_SHORT_IDENTIFIER,
  TAG_A5_PROPRIETARY,
} from "../filesystem/spec.ts";
import { WORK } from "./cryptography.ts";
import {
  ALGORITHM_SM4,
  ALGORITHM_TDES,
  FID_DIRECTORY,
  TAG_9F0C_ISSUER_DATA,
  TAG_86_ALGORITHM,
} from "./spec.ts";

/**
 * Answers 6F { 84 name [ A5 { [ 88 DIR ] 9F0C { 86 algorithm } } ] }, the inner part for the environment
 * only; or nothing, when P2 of SELECT asks for nothing.
 */
export function answerFci(p2: u8, df: i32): u16 {
  if ((p2 & P2_NO_ANSWER) == P2_NO_ANSWER) return SW_SUCCESS;
  reply.start();
  const template = reply.open(TAG_6F_FCI);
  reply.field(TAG_84_DF_NAME, WORK, readName(df, WORK));
  if (df == ROOT) answerEnvironment();
  reply.close(template);
  return reply.send();
}

function answerEnvironment(): void {
  const proprietary = reply.open(TAG_A5_PROPRIETARY);
  if (findFile(BY_FID, ROOT, FID_DIRECTORY) != NO_FILE) {
    reply.byteField(TAG_88_SHORT_IDENTIFIER, FID_DIRECTORY);
  }
  const issuer = reply.open(TAG_9F0C_ISSUER_DATA);
  const isTdes = applicationByte() == ALGORITHM_TDES;
  reply.byteField(TAG_86_ALGORITHM, isTdes ? ALGORITHM_TDES : ALGORITHM_SM4);
  reply.close(issuer);
  reply.close(proprietary);
}
