// The asymmetric application of the third generation: the entries that the kernel calls.

import { Apdu, receive } from "../../runtime/sdk/apdu.ts";
import * as card from "../../runtime/sdk/card.ts";
import {
  CLA_PROPRIETARY,
  INS_EXTERNAL_AUTHENTICATE,
  INS_GET_CHALLENGE,
  INS_INITIALIZE_UPDATE,
  INS_READ_BINARY,
  INS_SELECT,
  INS_STORE_DATA,
  INS_UPDATE_BINARY,
  INS_VERIFY,
} from "../../runtime/spec/instructions.ts";
import {
  SW_CLA_NOT_SUPPORTED,
  SW_INS_NOT_SUPPORTED,
  SW_SUCCESS,
  SW_WRONG_DATA,
} from "../../runtime/spec/status-words.ts";
import { answerControlParameters } from "../filesystem/engine/control-parameters.ts";
import { startAtRoot } from "../filesystem/engine/current.ts";
import { externalAuthenticate } from "../filesystem/engine/external-authenticate.ts";
import { installFiles, ROOT, readRow } from "../filesystem/engine/files.ts";
import { getChallenge } from "../filesystem/engine/get-challenge.ts";
import { readBinary } from "../filesystem/engine/read-binary.ts";
import { SELECTED_ROW, selectFile } from "../filesystem/engine/select-file.ts";
import { storeData } from "../filesystem/engine/store-data.ts";
import { updateBinary } from "../filesystem/engine/update-binary.ts";
import { changeReferenceData } from "./change-reference-data.ts";
import { computeDigitalSignature } from "./compute-digital-signature.ts";
import { generateKeyPair } from "./generate-key-pair.ts";
import { resetRetryCounter } from "./reset-retry-counter.ts";
import {
  INS_CHANGE_REFERENCE_DATA,
  INS_GENERATE_ASYMMETRIC_KEY_PAIR,
  INS_PERFORM_SECURITY_OPERATION,
  INS_RESET_RETRY_COUNTER,
} from "./spec.ts";
import { verifyPinBlock } from "./verify.ts";

/** An application without files. The install parameters are its name, for the FCI. */
export function install(_header: i32, lc: i32, _le: i32): i32 {
  if (lc < 5 || lc > 16) return SW_WRONG_DATA;
  const status = card.readCommand(0, SELECTED_ROW, lc);
  return status == SW_SUCCESS ? installFiles(SELECTED_ROW, lc) : status;
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
    case INS_UPDATE_BINARY:
      return updateBinary(apdu);
    case INS_VERIFY:
      return verifyPinBlock(apdu);
    case INS_CHANGE_REFERENCE_DATA:
      return changeReferenceData(apdu);
    case INS_RESET_RETRY_COUNTER:
      return resetRetryCounter(apdu);
    case INS_GENERATE_ASYMMETRIC_KEY_PAIR:
      return generateKeyPair(apdu);
    case INS_PERFORM_SECURITY_OPERATION:
      return computeDigitalSignature(apdu);
    case INS_GET_CHALLENGE:
      return getChallenge(apdu);
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

function selectInside(apdu: Apdu): i32 {
  const status = selectFile(apdu);
  return status == SW_SUCCESS ? answerControlParameters(apdu.p2, SELECTED_ROW) : status;
}
