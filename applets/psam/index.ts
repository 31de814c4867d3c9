// A PSAM, the card inside a terminal: the entries that the kernel calls. One instance is one environment.

import { Apdu, receive } from "../../runtime/sdk/apdu.ts";
import * as card from "../../runtime/sdk/card.ts";
import {
  CLA_PROPRIETARY,
  CLA_SECURE,
  INS_EXTERNAL_AUTHENTICATE,
  INS_GET_CHALLENGE,
  INS_INITIALIZE_UPDATE,
  INS_READ_BINARY,
  INS_READ_RECORD,
  INS_SELECT,
  INS_STORE_DATA,
  INS_UPDATE_BINARY,
  INS_UPDATE_RECORD,
} from "../../runtime/spec/instructions.ts";
import {
  SW_CLA_NOT_SUPPORTED,
  SW_INS_NOT_SUPPORTED,
  SW_SUCCESS,
  SW_WRONG_DATA,
  SW_WRONG_LENGTH,
} from "../../runtime/spec/status-words.ts";
import { current, startAtRoot } from "../filesystem/engine/current.ts";
import { installFiles, NO_FILE, ROOT } from "../filesystem/engine/files.ts";
import { getChallenge } from "../filesystem/engine/get-challenge.ts";
import { readBinary } from "../filesystem/engine/read-binary.ts";
import { readRecord } from "../filesystem/engine/read-record.ts";
import { selectFile } from "../filesystem/engine/select-file.ts";
import { updateBinary } from "../filesystem/engine/update-binary.ts";
import { updateRecord } from "../filesystem/engine/update-record.ts";
import { cipherData } from "./cipher-data.ts";
import { blockBytes, WORK } from "./cryptography.ts";
import { deliverSessionKey } from "./deliver-session-key.ts";
import { externalAuthenticate } from "./external-authenticate.ts";
import { answerFci } from "./fci.ts";
import { initializeEnvironment } from "./initialize-environment.ts";
import { creditSamForPurchase, initSamForPurchase } from "./purchase.ts";
import { endSession } from "./session.ts";
import {
  CLA_PSAM,
  INS_CIPHER_DATA,
  INS_CREDIT_SAM_FOR_PURCHASE,
  INS_DELIVER_SESSION_KEY,
  INS_INIT_SAM_FOR_PURCHASE,
  INS_INITIALIZE_ENVIRONMENT,
} from "./spec.ts";
import { storePsamData } from "./store-data.ts";

/** An empty environment. The install parameters are its name, for the FCI. */
export function install(_header: i32, lc: i32, _le: i32): i32 {
  if (lc < 5 || lc > 16) return SW_WRONG_DATA;
  const status = card.readCommand(0, WORK, lc);
  return status == SW_SUCCESS ? installFiles(WORK, lc) : status;
}

export function select(header: i32, lc: i32, le: i32): i32 {
  const apdu = receive(header, lc, le);
  startAnew();
  return answerFci(apdu.p2, ROOT);
}

export function deselect(_a: i32, _b: i32, _c: i32): i32 {
  startAnew();
  return SW_SUCCESS;
}

function startAnew(): void {
  startAtRoot();
  endSession();
}

export function process(header: i32, lc: i32, le: i32): i32 {
  const apdu = receive(header, lc, le);
  switch (apdu.cla) {
    case 0:
      return processFiles(apdu);
    case CLA_PROPRIETARY:
      return processComputation(apdu);
    case CLA_PSAM:
      return processKeys(apdu);
    case CLA_PROPRIETARY | CLA_SECURE:
      // It opens the secure channel, which then takes the secure messaging off.
      if (apdu.ins == INS_EXTERNAL_AUTHENTICATE) return card.externalAuthenticate();
      return SW_CLA_NOT_SUPPORTED;
    default:
      return SW_CLA_NOT_SUPPORTED;
  }
}

function processFiles(apdu: Apdu): i32 {
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
    case INS_GET_CHALLENGE:
      // Not longer than a block. Part 9, 9.2.
      return apdu.le > blockBytes() ? SW_WRONG_LENGTH : getChallenge(apdu);
    case INS_EXTERNAL_AUTHENTICATE:
      return externalAuthenticate(apdu);
    default:
      return SW_INS_NOT_SUPPORTED;
  }
}

/** The proprietary class: computations; the secure channel, and personalization through it. */
function processComputation(apdu: Apdu): i32 {
  switch (apdu.ins) {
    case INS_CIPHER_DATA:
      return cipherData(apdu);
    case INS_INIT_SAM_FOR_PURCHASE:
      return initSamForPurchase(apdu);
    case INS_CREDIT_SAM_FOR_PURCHASE:
      return creditSamForPurchase(apdu);
    case INS_INITIALIZE_UPDATE:
      return card.initializeUpdate();
    case INS_STORE_DATA:
      return storePsamData(apdu);
    default:
      return SW_INS_NOT_SUPPORTED;
  }
}

function processKeys(apdu: Apdu): i32 {
  switch (apdu.ins) {
    case INS_DELIVER_SESSION_KEY:
      return deliverSessionKey(apdu);
    case INS_INITIALIZE_ENVIRONMENT:
      return initializeEnvironment(apdu);
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
