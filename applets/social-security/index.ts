// The social security application of the third generation: the entries that the kernel calls.

import { Apdu, receive } from "../../runtime/sdk/apdu.ts";
import * as card from "../../runtime/sdk/card.ts";
import {
  CLA_PROPRIETARY,
  INS_EXTERNAL_AUTHENTICATE,
  INS_GET_CHALLENGE,
  INS_INITIALIZE_UPDATE,
  INS_INTERNAL_AUTHENTICATE,
  INS_READ_BINARY,
  INS_READ_RECORD,
  INS_SELECT,
  INS_STORE_DATA,
  INS_UPDATE_BINARY,
  INS_UPDATE_RECORD,
  INS_VERIFY,
} from "../../runtime/spec/instructions.ts";
import {
  SW_CLA_NOT_SUPPORTED,
  SW_INS_NOT_SUPPORTED,
  SW_SUCCESS,
  SW_WRONG_DATA,
} from "../../runtime/spec/status-words.ts";
import { current, startAtRoot } from "../filesystem/engine/current.ts";
import { installFiles, NO_FILE, ROOT } from "../filesystem/engine/files.ts";
import { getChallenge } from "../filesystem/engine/get-challenge.ts";
import { readBinary } from "../filesystem/engine/read-binary.ts";
import { readRecord } from "../filesystem/engine/read-record.ts";
import { selectFile } from "../filesystem/engine/select-file.ts";
import { storeData } from "../filesystem/engine/store-data.ts";
import { updateBinary } from "../filesystem/engine/update-binary.ts";
import { updateRecord } from "../filesystem/engine/update-record.ts";
import { verify } from "../filesystem/engine/verify.ts";
import { externalAuthenticate } from "./external-authenticate.ts";
import { answerFci } from "./fci.ts";
import { internalAuthenticate } from "./internal-authenticate.ts";

const NAME: usize = memory.data(16, 4);

/** An empty application environment. The install parameters are its name, for the FCI. */
export function install(_header: i32, lc: i32, _le: i32): i32 {
  if (lc < 5 || lc > 16) return SW_WRONG_DATA;
  const status = card.readCommand(0, NAME, lc);
  return status == SW_SUCCESS ? installFiles(NAME, lc) : status;
}

export function select(header: i32, lc: i32, le: i32): i32 {
  const apdu = receive(header, lc, le);
  startAtRoot();
  return answerFci(apdu.p2, ROOT);
}

export function deselect(_a: i32, _b: i32, _c: i32): i32 {
  startAtRoot();
  return SW_SUCCESS;
}

export function process(header: i32, lc: i32, le: i32): i32 {
  const apdu = receive(header, lc, le);
  if ((apdu.cla & CLA_PROPRIETARY) != 0) return processPersonalization(apdu);
  if (apdu.cla != 0) return SW_CLA_NOT_SUPPORTED;
  switch (apdu.ins) {
    case INS_SELECT:
      return selectInside(apdu);
    case INS_READ_BINARY:
      return readBinary(apdu);
    case INS_READ_RECORD:
      return readRecord(apdu);
    case INS_UPDATE_BINARY:
      return updateBinary(apdu);
    case INS_UPDATE_RECORD:
      return updateRecord(apdu);
    case INS_VERIFY:
      return verify(apdu);
    case INS_GET_CHALLENGE:
      return getChallenge(apdu);
    case INS_INTERNAL_AUTHENTICATE:
      return internalAuthenticate(apdu);
    case INS_EXTERNAL_AUTHENTICATE:
      return externalAuthenticate(apdu);
    default:
      return SW_INS_NOT_SUPPORTED;
  }
}

/** The proprietary class: the secure channel, and personalization through it. */
function processPersonalization(apdu: Apdu): i32 {
  switch (apdu.ins) {
    case INS_INITIALIZE_UPDATE:
      return card.initializeUpdate();
    case INS_EXTERNAL_AUTHENTICATE:
      return card.externalAuthenticate();
    case INS_STORE_DATA:
      return storeData(apdu);
    default:
      return SW_INS_NOT_SUPPORTED;
  }
}

/** A DF answers its FCI, an EF nothing. Part 5, 6.11. */
function selectInside(apdu: Apdu): i32 {
  const status = selectFile(apdu);
  if (status != SW_SUCCESS || current.ef != NO_FILE) return status;
  return answerFci(apdu.p2, current.df);
}
