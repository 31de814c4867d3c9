// STORE DATA: the groupings of the file system, and those of this application.

import { Apdu, DATA } from "../../runtime/sdk/apdu.ts";
import { SW_SUCCESS, SW_WRONG_DATA } from "../../runtime/spec/status-words.ts";
import { setApplicationByte } from "../filesystem/engine/files.ts";
import {
  grouping,
  isGroupingLeft,
  openBlock,
  storeGrouping,
  takeGrouping,
} from "../filesystem/engine/store-data.ts";
import { storeAccount } from "./account/store-account.ts";
import {
  ALGORITHM_SM4,
  ALGORITHM_TDES,
  DGI_0086_ALGORITHM,
  DGI_8400_MEDICAL_ACCOUNT,
} from "./spec.ts";

/** STORE DATA: each block holds whole data groupings, done one after the other. */
export function storeData(apdu: Apdu): u16 {
  let status = openBlock(apdu);
  while (status == SW_SUCCESS && isGroupingLeft()) {
    status = takeGrouping();
    if (status == SW_SUCCESS) status = storeOne();
  }
  return status;
}

function storeOne(): u16 {
  switch (grouping.dgi) {
    case DGI_0086_ALGORITHM:
      return storeAlgorithm(grouping.at, grouping.length);
    case DGI_8400_MEDICAL_ACCOUNT:
      return storeAccount(DATA + grouping.at, grouping.length);
    default:
      return storeGrouping();
  }
}

/** The algorithm indicator: which family of rules the card's keys are used by. */
function storeAlgorithm(at: i32, length: i32): u16 {
  if (length != 1) return SW_WRONG_DATA;
  const algorithm = load<u8>(DATA + at);
  if (algorithm != ALGORITHM_TDES && algorithm != ALGORITHM_SM4) return SW_WRONG_DATA;
  return setApplicationByte(algorithm);
}
