// The social security application: the entries that the kernel calls.

import { Apdu, receive } from "../../runtime/sdk/apdu.ts";
import * as card from "../../runtime/sdk/card.ts";
import {
  CLA_PROPRIETARY,
  INS_APPLICATION_BLOCK,
  INS_CARD_BLOCK,
  INS_CHANGE_PIN,
  INS_EXTERNAL_AUTHENTICATE,
  INS_GET_CHALLENGE,
  INS_INITIALIZE_UPDATE,
  INS_INTERNAL_AUTHENTICATE,
  INS_PIN_CHANGE_UNBLOCK,
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
  SW_LC_INCONSISTENT_WITH_P1P2,
  SW_SUCCESS,
  SW_WRONG_DATA,
  SW_WRONG_LENGTH,
} from "../../runtime/spec/status-words.ts";
import { current, startAtRootKeepingPins } from "../filesystem/engine/current.ts";
import { installFiles, NO_FILE, ROOT } from "../filesystem/engine/files.ts";
import { getChallenge } from "../filesystem/engine/get-challenge.ts";
import { readBinary } from "../filesystem/engine/read-binary.ts";
import { readRecord } from "../filesystem/engine/read-record.ts";
import { selectFile } from "../filesystem/engine/select-file.ts";
import { updateBinary } from "../filesystem/engine/update-binary.ts";
import { leaveTransaction, processAccount } from "./account/index.ts";
import { applicationBlock } from "./application-block.ts";
import { cardBlock } from "./card-block.ts";
import { changePin } from "./change-pin.ts";
import { externalAuthenticate } from "./external-authenticate.ts";
import { answerFci } from "./fci.ts";
import { internalAuthenticate } from "./internal-authenticate.ts";
import { pinChangeUnblock } from "./pin-change-unblock.ts";
import { takeMac } from "./secure-messaging.ts";
import {
  CLA_ACCOUNT,
  CLA_MAINTENANCE,
  CLA_UPDATE_WITH_MAC,
  KEY_STK,
  KEY_STK_OF_DF,
  SW_APPLICATION_BLOCKED,
} from "./spec.ts";
import { storeData } from "./store-data.ts";
import { updateRecord } from "./update-record.ts";
import { verify } from "./verify.ts";

const NAME: usize = memory.data(16, 4);

/** An empty application environment. The install parameters are its name, for the FCI. */
export function install(_header: i32, lc: i32, _le: i32): i32 {
  if (lc < 5 || lc > 16) return SW_WRONG_DATA;
  const status = card.readCommand(0, NAME, lc);
  return status == SW_SUCCESS ? installFiles(NAME, lc) : status;
}

export function select(header: i32, lc: i32, le: i32): i32 {
  const apdu = receive(header, lc, le);
  leaveTransaction();
  startAtRootKeepingPins();
  return answerFci(apdu.p2, ROOT);
}

/** A key's proof ends with the application, a PIN's with the power. Part 7, 5.8 and 6.6. */
export function deselect(_a: i32, _b: i32, _c: i32): i32 {
  leaveTransaction();
  startAtRootKeepingPins();
  return SW_SUCCESS;
}

export function process(header: i32, lc: i32, le: i32): i32 {
  const apdu = receive(header, lc, le);
  if (current.blocked && !leavesDf(apdu)) return SW_APPLICATION_BLOCKED;
  if (apdu.cla == CLA_ACCOUNT) return processAccount(apdu);
  leaveTransaction();
  switch (apdu.cla) {
    case 0:
      return processPlain(apdu);
    case CLA_UPDATE_WITH_MAC:
      return updateWithMac(apdu);
    case CLA_PROPRIETARY:
      return processProprietary(apdu);
    case CLA_MAINTENANCE:
      return processMaintenance(apdu);
    default:
      return SW_CLA_NOT_SUPPORTED;
  }
}

function processPlain(apdu: Apdu): i32 {
  switch (apdu.ins) {
    case INS_SELECT:
      return selectInside(apdu);
    case INS_READ_BINARY:
      return readBinary(apdu, true);
    case INS_READ_RECORD:
      return readRecord(apdu, true);
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

/** The proprietary class: CHANGE PIN, the secure channel, and personalization through it. */
function processProprietary(apdu: Apdu): i32 {
  switch (apdu.ins) {
    case INS_CHANGE_PIN:
      return changePin(apdu);
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

/** An update whose last four bytes are a MAC under the STK of the DF. */
function updateWithMac(apdu: Apdu): i32 {
  if (apdu.ins != INS_UPDATE_BINARY && apdu.ins != INS_UPDATE_RECORD) return SW_INS_NOT_SUPPORTED;
  const status = takeMac(apdu, current.df == ROOT ? KEY_STK : KEY_STK_OF_DF);
  if (status != SW_SUCCESS) return status;
  return apdu.ins == INS_UPDATE_BINARY ? updateBinary(apdu) : updateRecord(apdu);
}

function processMaintenance(apdu: Apdu): i32 {
  switch (apdu.ins) {
    case INS_PIN_CHANGE_UNBLOCK:
      return pinChangeUnblock(apdu);
    case INS_APPLICATION_BLOCK:
      return applicationBlock(apdu);
    case INS_CARD_BLOCK:
      return cardBlock(apdu);
    // EXTERNAL AUTHENTICATE of GlobalPlatform: its cryptogram comes with a MAC.
    case INS_EXTERNAL_AUTHENTICATE:
      return card.externalAuthenticate();
    default:
      return SW_INS_NOT_SUPPORTED;
  }
}

/** A DF answers its FCI, an EF nothing. Part 5, 6.11. */
function selectInside(apdu: Apdu): i32 {
  const status = selectFile(apdu);
  // Table 39 knows no 6A87.
  if (status == SW_LC_INCONSISTENT_WITH_P1P2) return SW_WRONG_LENGTH;
  if (status != SW_SUCCESS) return status;
  if (current.blocked) return SW_APPLICATION_BLOCKED;
  return current.ef != NO_FILE ? status : answerFci(apdu.p2, current.df);
}

/** In a blocked DF only SELECT goes on, and finds whether it led out. Part 7, 13.2. */
function leavesDf(apdu: Apdu): bool {
  return apdu.cla == 0 && apdu.ins == INS_SELECT;
}
