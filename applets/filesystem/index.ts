// A plain ISO/IEC 7816-4 file system: the entries that the kernel calls.

import { Apdu, receive } from "../../runtime/sdk/apdu.ts";
import * as card from "../../runtime/sdk/card.ts";
import {
  CLA_PROPRIETARY,
  INS_APPEND_RECORD,
  INS_CREATE_FILE,
  INS_EXTERNAL_AUTHENTICATE,
  INS_GET_CHALLENGE,
  INS_INITIALIZE_UPDATE,
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
} from "../../runtime/spec/status-words.ts";
import { appendRecord } from "./engine/append-record.ts";
import { answerControlParameters } from "./engine/control-parameters.ts";
import { createFileCommand } from "./engine/create-file.ts";
import { startAtRoot } from "./engine/current.ts";
import { externalAuthenticate } from "./engine/external-authenticate.ts";
import { installFiles, ROOT, readRow } from "./engine/files.ts";
import { getChallenge } from "./engine/get-challenge.ts";
import { readBinary } from "./engine/read-binary.ts";
import { readRecord } from "./engine/read-record.ts";
import { SELECTED_ROW, selectFile } from "./engine/select-file.ts";
import { storeData } from "./engine/store-data.ts";
import { updateBinary } from "./engine/update-binary.ts";
import { updateRecord } from "./engine/update-record.ts";
import { verify } from "./engine/verify.ts";

/** An empty file system: a root without a name. */
export function install(_header: i32, _lc: i32, _le: i32): i32 {
  return installFiles(0, 0);
}

export function select(header: i32, lc: i32, le: i32): i32 {
  const apdu = receive(header, lc, le);
  startAtRoot();
  readRow(ROOT, SELECTED_ROW);
  return answerControlParameters(apdu.p2, SELECTED_ROW);
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
    case INS_APPEND_RECORD:
      return appendRecord(apdu);
    case INS_CREATE_FILE:
      return createFileCommand(apdu);
    case INS_VERIFY:
      return verify(apdu);
    case INS_GET_CHALLENGE:
      return getChallenge(apdu);
    case INS_EXTERNAL_AUTHENTICATE:
      return externalAuthenticate(apdu);
    default:
      return SW_INS_NOT_SUPPORTED;
  }
}

/** The proprietary class: the secure channel, and what goes through it. */
function processPersonalization(apdu: Apdu): i32 {
  switch (apdu.ins) {
    case INS_INITIALIZE_UPDATE:
      return card.initializeUpdate();
    case INS_EXTERNAL_AUTHENTICATE:
      return card.externalAuthenticate();
    case INS_STORE_DATA:
      return storeData(apdu);
    case INS_CREATE_FILE:
      return createFileCommand(apdu);
    default:
      return SW_INS_NOT_SUPPORTED;
  }
}

function selectInside(apdu: Apdu): i32 {
  const status = selectFile(apdu);
  return status == SW_SUCCESS ? answerControlParameters(apdu.p2, SELECTED_ROW) : status;
}
