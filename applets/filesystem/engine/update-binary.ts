// UPDATE BINARY. ISO/IEC 7816-4:2020, 11.3.5.

import { Apdu } from "../../../runtime/sdk/apdu.ts";
import { writeObjectFromCommand } from "../../../runtime/sdk/card.ts";
import { SW_SUCCESS, SW_WRONG_LENGTH } from "../../../runtime/spec/status-words.ts";
import { CONDITION_UPDATE } from "../spec.ts";
import { current } from "./current.ts";
import { contentOf } from "./files.ts";
import { offsetOf, reachBinary } from "./reach-binary.ts";

/** UPDATE BINARY: all of the data or, after a power cut, none of it. */
export function updateBinary(apdu: Apdu): u16 {
  if (apdu.lc == 0) return SW_WRONG_LENGTH;
  const status = reachBinary(apdu, CONDITION_UPDATE);
  if (status != SW_SUCCESS) return status;
  return writeObjectFromCommand(contentOf(current.ef), offsetOf(apdu), 0, apdu.lc);
}
