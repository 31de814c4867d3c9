// Card API: objects of the store and transactions.

import * as api from "../../spec/card-api.ts";
import {
  SW_CONDITIONS_NOT_SATISFIED,
  SW_INTERNAL_ERROR,
  SW_NOT_ENOUGH_MEMORY,
  SW_REFERENCED_DATA_NOT_FOUND,
  SW_SUCCESS,
  SW_WRONG_DATA,
  SW_WRONG_OFFSET,
} from "../../spec/status-words.ts";
import { KIND_COUNTER, KIND_DATA } from "../../spec/store.ts";
import { exchange } from "../buffers.ts";
import { appletWrite } from "../chip.ts";
import * as counters from "../counters.ts";
import * as instances from "../instances.ts";
import * as registry from "../registry.ts";
import * as objects from "../store/objects.ts";
import { countBytes, mayKeep } from "../work.ts";
import { dataRow, inCommand, inObject, inRam, PIECE, PIECE_BYTES } from "./ranges.ts";

export function callStore(instance: i32, operation: i32, a: i32, b: i32, c: i32, d: i32): i32 {
  switch (operation) {
    case api.CARD_OBJECT_CREATE: // a number, b size
      if (!registry.isAppletNumber(a) || b < 0) return SW_WRONG_DATA;
      if (!mayKeep(instance, objects.chunksFor(b), 1)) return SW_NOT_ENOUGH_MEMORY;
      return objects.create(instance, a, KIND_DATA, b);
    case api.CARD_TRANSACTION_BEGIN:
      return objects.begin();
    case api.CARD_TRANSACTION_COMMIT:
      // An install is one transaction that ends with it.
      return instances.running.installing != 0 ? SW_CONDITIONS_NOT_SATISFIED : objects.commit();
    case api.CARD_TRANSACTION_ABORT:
      if (instances.running.installing != 0) return SW_CONDITIONS_NOT_SATISFIED;
      objects.abort();
      return SW_SUCCESS;
    case api.CARD_OBJECT_DELETE: // a number
      return registry.isAppletNumber(a) ? removeObject(instance, a) : SW_WRONG_DATA;
    case api.CARD_COUNTER_CREATE: // a number
      if (!mayKeep(instance, 1, 1)) return SW_NOT_ENOUGH_MEMORY;
      return registry.isAppletNumber(a) ? counters.createCounter(instance, a) : SW_WRONG_DATA;
    case api.CARD_COUNTER_UP: // a number
      return registry.isAppletNumber(a) ? counters.countUp(instance, a) : SW_WRONG_DATA;
    case api.CARD_COUNTER_READ: // a number
      return registry.isAppletNumber(a) ? counters.readCounter(instance, a) : -1;
    default:
      break;
  }
  const row = dataRow(instance, a);
  if (operation == api.CARD_OBJECT_SIZE) return row < 0 ? -1 : objects.sizeOf(row);
  if (row < 0) return SW_REFERENCED_DATA_NOT_FOUND;
  switch (operation) {
    case api.CARD_OBJECT_READ: // a number, b offset, c to, d length
      return readObject(instance, row, b, c, d);
    case api.CARD_OBJECT_WRITE: // a number, b offset, c from, d length
      if (!inRam(instance, c, d)) return SW_INTERNAL_ERROR;
      return writeObject(row, b, instance, c, d);
    case api.CARD_OBJECT_WRITE_COMMAND: // a number, b offset, c offset in the data, d length
      if (!inCommand(c, d)) return SW_INTERNAL_ERROR;
      return writeObject(row, b, 0, exchange.data + c, d);
    case api.CARD_OBJECT_RESIZE: // a number, b size
      return resizeObject(instance, row, b);
    default:
      return SW_INTERNAL_ERROR;
  }
}

/**
 * Deletes an object of the instance. 6985 for a counter, which a new one of its number would take back
 * to 0. A PIN or key may go: whoever makes it anew must know a value, so its tries protect nothing old.
 */
function removeObject(instance: i32, number: i32): i32 {
  const row = objects.find(instance, number);
  if (row < 0) return SW_REFERENCED_DATA_NOT_FOUND;
  if (objects.kindOf(row) == KIND_COUNTER) return SW_CONDITIONS_NOT_SATISFIED;
  return objects.remove(row);
}

function resizeObject(instance: i32, row: i32, size: i32): i32 {
  const more = objects.chunksFor(size) - objects.chunksFor(objects.sizeOf(row));
  if (size >= 0 && more > 0 && !mayKeep(instance, more, 0)) return SW_NOT_ENOUGH_MEMORY;
  return objects.resize(row, size);
}

function readObject(instance: i32, row: i32, offset: i32, to: i32, length: i32): i32 {
  if (!inRam(instance, to, length)) return SW_INTERNAL_ERROR;
  if (!inObject(row, offset, length)) return SW_WRONG_OFFSET;
  countBytes(length);
  while (length > 0) {
    const part = length < PIECE_BYTES ? length : PIECE_BYTES;
    objects.read(row, offset, PIECE, part);
    appletWrite(instance, to, PIECE, part);
    offset += part;
    to += part;
    length -= part;
  }
  return SW_SUCCESS;
}

function writeObject(row: i32, offset: i32, instance: i32, source: usize, length: i32): i32 {
  if (!inObject(row, offset, length)) return SW_WRONG_OFFSET;
  return objects.write(row, offset, instance, source, length);
}
