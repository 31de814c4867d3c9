// What an applet may ask, operation by operation. The chip names the instance that asks; every
// pointer is checked against the RAM of that instance before a byte moves.

import { CARD_KEY_PAIR_CREATE } from "../spec/card-api.ts";
import { MAX_INSTANCES } from "../spec/chip.ts";
import { SW_INTERNAL_ERROR, SW_SECURITY_NOT_SATISFIED } from "../spec/status-words.ts";
import { callAsymmetric } from "./card-api/asymmetric.ts";
import { callChannel } from "./card-api/channel.ts";
import { callCommand } from "./card-api/command.ts";
import { callDomain } from "./card-api/domain.ts";
import { callKey, callPin } from "./card-api/secrets.ts";
import { callOwn } from "./card-api/self.ts";
import { callStore } from "./card-api/store.ts";
import * as registry from "./registry.ts";
import { countCall } from "./work.ts";

/**
 * Does `operation` for `instance`. A call with a number of no operation answers 6F00, and so does every
 * call once the command has spent the work it may cost.
 */
export function callCard(instance: i32, operation: i32, a: i32, b: i32, c: i32, d: i32): i32 {
  if (instance < 1 || instance > MAX_INSTANCES || !registry.exists(instance) || !countCall()) {
    return SW_INTERNAL_ERROR;
  }
  switch (operation >> 4) {
    case 0:
      return callCommand(instance, operation, a, b, c);
    case 1:
      return callStore(instance, operation, a, b, c, d);
    case 2:
      return callPin(instance, operation, a, b, c, d);
    case 3:
      if (operation >= CARD_KEY_PAIR_CREATE) return callAsymmetric(instance, operation, a, b, c);
      return callKey(instance, operation, a, b, c, d);
    case 4:
      return callChannel(instance, operation, a, b);
    case 5:
      if (!registry.isDomain(instance)) return SW_SECURITY_NOT_SATISFIED;
      return callDomain(instance, operation, a, b, c);
    case 6:
      return callOwn(instance, operation, a);
    default:
      return SW_INTERNAL_ERROR;
  }
}
