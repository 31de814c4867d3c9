// Card API: the applet's own place on the card.

import * as api from "../../spec/card-api.ts";
import { CARD_LOCKED, CARD_TERMINATED } from "../../spec/life-cycle.ts";
import { SW_CONDITIONS_NOT_SATISFIED, SW_INTERNAL_ERROR } from "../../spec/status-words.ts";
import * as lifeCycle from "../life-cycle.ts";
import * as registry from "../registry.ts";
import { transactionIsOpen } from "../store/objects.ts";

/** What an instance may ask about itself, and do to itself and, with the privilege, to the card. */
export function callOwn(instance: i32, operation: i32, a: i32): i32 {
  switch (operation) {
    case api.CARD_SELF:
      return instance;
    case api.CARD_LIFE_CYCLE:
      return registry.lifeCycleOf(instance);
    default:
      break;
  }
  // The registry in RAM follows what is written, and a transaction could be taken back.
  if (transactionIsOpen()) return SW_CONDITIONS_NOT_SATISFIED;
  switch (operation) {
    case api.CARD_LIFE_CYCLE_SET: // a state
      return lifeCycle.setOwnState(instance, a as u8);
    case api.CARD_LOCK:
      return lifeCycle.setCardState(instance, CARD_LOCKED);
    case api.CARD_TERMINATE:
      return lifeCycle.setCardState(instance, CARD_TERMINATED);
    default:
      return SW_INTERNAL_ERROR;
  }
}
