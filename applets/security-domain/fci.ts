// The answer to SELECT. GPC 2.3.1, 11.9.3.1.

import * as card from "../../runtime/sdk/card.ts";
import * as reply from "../../runtime/sdk/reply.ts";
import {
  REGISTRY_ROW_AID,
  REGISTRY_ROW_AID_LENGTH,
  REGISTRY_ROW_BYTES,
} from "../../runtime/spec/card-api.ts";
import { SW_SUCCESS } from "../../runtime/spec/status-words.ts";
import { TAG_6F_FCI, TAG_9F65_MAXIMUM_LENGTH, TAG_84_AID, TAG_A5_PROPRIETARY } from "./spec.ts";

/** Longest command data that a short APDU brings. */
const MAXIMUM_LENGTH: u8 = 0xff;

const ROW: usize = memory.data(REGISTRY_ROW_BYTES, 4);

/** Writes the FCI of this domain. */
export function answerFci(): u16 {
  const status = card.readRegistry(card.self(), ROW);
  if (status != SW_SUCCESS) return status;
  reply.start();
  const template = reply.open(TAG_6F_FCI);
  reply.field(TAG_84_AID, ROW + REGISTRY_ROW_AID, load<u8>(ROW + REGISTRY_ROW_AID_LENGTH));
  const proprietary = reply.open(TAG_A5_PROPRIETARY);
  reply.byteField(TAG_9F65_MAXIMUM_LENGTH, MAXIMUM_LENGTH);
  reply.close(proprietary);
  reply.close(template);
  return reply.send();
}
