// The kernel's entries, called by the chip.

import { SW_MEMORY_FAILURE, SW_SUCCESS } from "../spec/status-words.ts";
import { answerToReset, loadAnswers } from "./answer-to-reset.ts";
import { exchange, IO, RESPONSE } from "./buffers.ts";
import { callCard } from "./card-api.ts";
import { resetChannels } from "./channels.ts";
import * as configuration from "./configuration.ts";
import { abandonLoad } from "./content/loading.ts";
import { clearExchange, handle } from "./dispatch.ts";
import { clearInstances, installFromImage } from "./instances.ts";
import { forgetAllDerived } from "./keys.ts";
import * as registry from "./registry.ts";
import { closeAllSessions } from "./secure-channel/session.ts";
import { selectDefault } from "./select.ts";
import { abort, recover } from "./store/objects.ts";
import { startWork } from "./work.ts";

/** Where commands are put and responses found. */
export function buffer(): usize {
  return IO;
}

/**
 * Power comes up: recovers the store, and on a blank installs what the image names. Answers a status
 * word: 9000, 6581 for a damaged store, or why an instance could not be installed.
 */
export function boot(): i32 {
  const status = recover(configuration.pageSize(), configuration.pageCount());
  registry.loadRegistry();
  if (status != SW_SUCCESS) {
    loadAnswers();
    return SW_MEMORY_FAILURE;
  }
  // An install that answers shall not answer into address 0.
  exchange.reply = RESPONSE;
  const installed = installFromImage();
  loadAnswers();
  return installed;
}

/**
 * Cold or warm reset on INTERFACE_*: everything volatile is forgotten, the default application of the
 * interface is selected, and ATR or ATS stand in the buffer. Answers their length.
 */
export function reset(line: i32): i32 {
  closeAllSessions();
  forgetAllDerived();
  abandonLoad();
  clearExchange();
  clearInstances();
  resetChannels();
  startWork();
  exchange.channel = 0;
  exchange.line = line;
  exchange.reply = RESPONSE;
  exchange.replyLength = 0;
  selectDefault();
  abort();
  return answerToReset(line);
}

/** A command of `length` bytes in the buffer; answers the length of the response that replaces it. */
export function transmit(length: i32): i32 {
  return handle(length);
}

/** An applet's request; the chip says which instance asks. */
export function call(instance: i32, operation: i32, a: i32, b: i32, c: i32, d: i32): i32 {
  return callCard(instance, operation, a, b, c, d);
}
