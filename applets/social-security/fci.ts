// FCI of the application environment and of its applications. Part 5, tables 36 to 38.

import * as reply from "../../runtime/sdk/reply.ts";
import { SW_SUCCESS } from "../../runtime/spec/status-words.ts";
import { ROOT, readName } from "../filesystem/engine/files.ts";
import {
  P2_NO_ANSWER,
  TAG_6F_FCI,
  TAG_84_DF_NAME,
  TAG_A5_PROPRIETARY,
} from "../filesystem/spec.ts";
import { ALGORITHM_SM4, TAG_9F0C_ISSUER_DATA, TAG_86_ALGORITHM } from "./spec.ts";

const NAME: usize = memory.data(16, 4);

/**
 * Answers 6F { 84 name [ A5 { 9F0C { 86 algorithm } } ] }, the inner part for the environment only; or
 * nothing, when P2 of SELECT asks for nothing.
 */
export function answerFci(p2: u8, df: i32): u16 {
  if ((p2 & P2_NO_ANSWER) == P2_NO_ANSWER) return SW_SUCCESS;
  reply.start();
  const template = reply.open(TAG_6F_FCI);
  reply.field(TAG_84_DF_NAME, NAME, readName(df, NAME));
  if (df == ROOT) {
    const proprietary = reply.open(TAG_A5_PROPRIETARY);
    const issuer = reply.open(TAG_9F0C_ISSUER_DATA);
    reply.byteField(TAG_86_ALGORITHM, ALGORITHM_SM4);
    reply.close(issuer);
    reply.close(proprietary);
  }
  reply.close(template);
  return reply.send();
}
