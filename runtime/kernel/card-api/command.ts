// Card API: the command in hand and the response.

import * as api from "../../spec/card-api.ts";
import {
  SW_INTERNAL_ERROR,
  SW_REFERENCED_DATA_NOT_FOUND,
  SW_SUCCESS,
  SW_WRONG_LENGTH,
  SW_WRONG_OFFSET,
} from "../../spec/status-words.ts";
import { exchange } from "../buffers.ts";
import { appletRead, appletWrite } from "../chip.ts";
import * as objects from "../store/objects.ts";
import { dataRow, inCommand, inObject, inRam } from "./ranges.ts";

export function callCommand(instance: i32, operation: i32, a: i32, b: i32, c: i32): i32 {
  switch (operation) {
    case api.CARD_COMMAND_READ: // a offset in the data, b to, c length
      if (!inCommand(a, c) || !inRam(instance, b, c)) return SW_INTERNAL_ERROR;
      appletWrite(instance, b, exchange.data + a, c);
      return SW_SUCCESS;
    case api.CARD_REPLY: // a from, b length
      if (!inRam(instance, a, b)) return SW_INTERNAL_ERROR;
      if (exchange.replyLength + b > api.MAX_RESPONSE_BYTES) return SW_WRONG_LENGTH;
      appletRead(instance, a, exchange.reply + exchange.replyLength, b);
      exchange.replyLength += b;
      return SW_SUCCESS;
    case api.CARD_REPLY_OBJECT: // a number, b offset, c length
      return replyObject(instance, a, b, c);
    case api.CARD_REPLY_CLEAR:
      exchange.replyLength = 0;
      return SW_SUCCESS;
    case api.CARD_REPLY_LENGTH:
      return exchange.replyLength;
    case api.CARD_LOGICAL_CHANNEL:
      return exchange.channel;
    case api.CARD_INTERFACE:
      return exchange.line;
    default:
      return SW_INTERNAL_ERROR;
  }
}

function replyObject(instance: i32, number: i32, offset: i32, length: i32): i32 {
  const row = dataRow(instance, number);
  if (row < 0) return SW_REFERENCED_DATA_NOT_FOUND;
  if (!inObject(row, offset, length)) return SW_WRONG_OFFSET;
  if (exchange.replyLength + length > api.MAX_RESPONSE_BYTES) return SW_WRONG_LENGTH;
  objects.read(row, offset, exchange.reply + exchange.replyLength, length);
  exchange.replyLength += length;
  return SW_SUCCESS;
}
