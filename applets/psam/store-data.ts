// STORE DATA of a PSAM: the groupings of a file system, the algorithm, and keys for user cards.

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
import {
  ALGORITHM_SM4,
  ALGORITHM_TDES,
  DGI_0086_ALGORITHM,
  DGI_8001_USER_CARD_KEY,
} from "./spec.ts";
import { storeUserCardKey } from "./user-card-keys.ts";

export function storePsamData(apdu: Apdu): u16 {
  let status = openBlock(apdu);
  while (status == SW_SUCCESS && isGroupingLeft()) {
    status = takeGrouping();
    if (status == SW_SUCCESS) status = storeOne();
  }
  return status;
}

function storeOne(): u16 {
  if (grouping.dgi == DGI_0086_ALGORITHM) return storeAlgorithm();
  if (grouping.dgi != DGI_8001_USER_CARD_KEY) return storeGrouping();
  return storeUserCardKey(grouping.at, grouping.length);
}

function storeAlgorithm(): u16 {
  const algorithm = load<u8>(DATA + grouping.at);
  const known = algorithm == ALGORITHM_TDES || algorithm == ALGORITHM_SM4;
  return grouping.length == 1 && known ? setApplicationByte(algorithm) : SW_WRONG_DATA;
}
