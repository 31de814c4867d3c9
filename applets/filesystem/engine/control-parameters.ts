// What SELECT answers: FCI or FCP of a file. ISO/IEC 7816-4:2020, 7.4.3.

import { bigEndian16 } from "../../../runtime/sdk/apdu.ts";
import * as reply from "../../../runtime/sdk/reply.ts";
import {
  DATA_CODING,
  FILE_DF,
  FILE_TRANSPARENT,
  LIFE_CYCLE_ACTIVATED,
  P2_FCP,
  P2_NO_ANSWER,
  TAG_6F_FCI,
  TAG_8A_LIFE_CYCLE,
  TAG_62_FCP,
  TAG_80_SIZE,
  TAG_82_FILE_DESCRIPTOR,
  TAG_83_FILE_IDENTIFIER,
  TAG_84_DF_NAME,
  TAG_88_SHORT_IDENTIFIER,
} from "../spec.ts";
import { current } from "./current.ts";
import {
  ROW_FID,
  ROW_RECORD_BYTES,
  ROW_RECORDS,
  ROW_SFI,
  ROW_SIZE,
  ROW_TYPE,
  readName,
} from "./files.ts";

const NAME: usize = memory.data(16, 4);

/** Answers the control parameters of a file, as P2 of SELECT asks. */
export function answerControlParameters(p2: u8, row: usize): u16 {
  reply.start();
  if ((p2 & P2_NO_ANSWER) == P2_NO_ANSWER) return reply.send();
  const template = reply.open((p2 & P2_NO_ANSWER) == P2_FCP ? TAG_62_FCP : TAG_6F_FCI);
  writeDescriptor(row);
  reply.field(TAG_83_FILE_IDENTIFIER, row + ROW_FID, 2);
  if (load<u8>(row + ROW_TYPE) == FILE_DF) {
    const length = readName(current.df, NAME);
    if (length > 0) reply.field(TAG_84_DF_NAME, NAME, length);
  } else if (load<u8>(row + ROW_SFI) != 0) {
    reply.byteField(TAG_88_SHORT_IDENTIFIER, load<u8>(row + ROW_SFI) << 3);
  }
  reply.byteField(TAG_8A_LIFE_CYCLE, LIFE_CYCLE_ACTIVATED);
  reply.close(template);
  return reply.send();
}

function writeDescriptor(row: usize): void {
  const type = load<u8>(row + ROW_TYPE);
  if (type == FILE_DF) {
    reply.byteField(TAG_82_FILE_DESCRIPTOR, type);
    return;
  }
  if (type == FILE_TRANSPARENT) {
    reply.shortField(TAG_80_SIZE, bigEndian16(row + ROW_SIZE));
    reply.byteField(TAG_82_FILE_DESCRIPTOR, type);
    return;
  }
  const field = reply.open(TAG_82_FILE_DESCRIPTOR);
  reply.byte(type);
  reply.byte(DATA_CODING);
  reply.byte(0);
  reply.byte(load<u8>(row + ROW_RECORD_BYTES));
  reply.byte(load<u8>(row + ROW_RECORDS));
  reply.close(field);
}
