// From the bytes of a command to the bytes of its response.

import { LE_ABSENT, MAX_COMMAND_BYTES } from "../spec/card-api.ts";
import { ENTRY_PROCESS } from "../spec/chip.ts";
import {
  CLA_CHAINING,
  CLA_PROPRIETARY,
  CLA_SECURE,
  INS_GET_DATA,
  INS_GET_RESPONSE,
  INS_MANAGE_CHANNEL,
  INS_SELECT,
  P1_SELECT_BY_NAME,
} from "../spec/instructions.ts";
import { CARD_TERMINATED } from "../spec/life-cycle.ts";
import {
  isWarning,
  SW_CONDITIONS_NOT_SATISFIED,
  SW_CORRECT_LE,
  SW_FUNCTION_NOT_SUPPORTED,
  SW_INS_NOT_SUPPORTED,
  SW_LAST_COMMAND_EXPECTED,
  SW_MEMORY_FAILURE,
  SW_MORE_DATA,
  SW_SUCCESS,
  SW_WRONG_LENGTH,
  SW_WRONG_P1P2,
} from "../spec/status-words.ts";
import { exchange, IO, IO_BYTES, RESPONSE } from "./buffers.ts";
import * as channels from "./channels.ts";
import { takeClassApart } from "./class-byte.ts";
import { callInstance } from "./instances.ts";
import { manageChannel } from "./manage-channel.ts";
import { parse } from "./parse.ts";
import * as registry from "./registry.ts";
import {
  breakSessionOf,
  closeSession,
  unwrapCommand,
  wrapResponse,
} from "./secure-channel/session.ts";
import { finalApplication, headerWord, selectByName } from "./select.ts";
import * as objects from "./store/objects.ts";
import { startWork } from "./work.ts";

/** Forgets a chain in progress and a response that waits; at reset and on any other command. */
export function clearExchange(): void {
  exchange.waitingLength = 0;
  exchange.chained = 0;
  exchange.chainHeader = 0;
}

/**
 * As `clearExchange`, for a command from outside that comes between the parts of a chain. A session of the
 * chain ends with it: each part that still came would hold, and the last one pass for the whole.
 */
function interruptChain(): void {
  if (exchange.chainHeader != 0) breakSessionOf(exchange.chainChannel);
  clearExchange();
}

function putStatus(at: usize, status: u16): void {
  store<u8>(at, (status >> 8) as u8);
  store<u8>(at + 1, status as u8);
}

/** A response of a status word alone; its length. */
function answer(status: u16): i32 {
  putStatus(IO, status);
  return 2;
}

/** Handles the `length` bytes at `IO`; the response stands there afterwards, its length is returned. */
export function handle(length: i32): i32 {
  if (length > IO_BYTES) return answer(SW_WRONG_LENGTH);
  if (objects.storeIsDamaged()) return answer(SW_MEMORY_FAILURE);
  let status = parse(length);
  if (status == SW_SUCCESS) status = takeClassApart();
  if (status == SW_SUCCESS) status = checkTerminated();
  if (status != SW_SUCCESS) {
    interruptChain();
    return answer(status);
  }
  if (exchange.ins == INS_GET_RESPONSE && (exchange.cla & 0xf0) == 0) return getResponse();
  exchange.waitingLength = 0;
  exchange.reply = RESPONSE;
  exchange.replyLength = 0;
  startWork();
  // Bare, it concerns no application and no session.
  if (isManageChannel() && (exchange.cla & CLA_SECURE) == 0) {
    interruptChain();
    status = manageChannel();
    // What an applet left open that was selected on the new channel.
    objects.abort();
    return respond(status);
  }

  // A bare SELECT by name is how a host leaves a session; anything else bare breaks it off.
  if (isSelectByName() && (exchange.cla & CLA_SECURE) == 0) closeSession();
  status = unwrapCommand();
  if (status == SW_SUCCESS) status = joinChain();
  if (status != SW_SUCCESS) {
    interruptChain();
    return answer(status);
  }
  if (chains()) return answer(SW_SUCCESS);

  status = dispatch();
  objects.abort();
  adoptReply();
  wrapResponse(status);
  return respond(status);
}

function isSelectByName(): bool {
  const interindustry = (exchange.cla & CLA_PROPRIETARY) == 0;
  return interindustry && exchange.ins == INS_SELECT && exchange.p1 == P1_SELECT_BY_NAME;
}

function isManageChannel(): bool {
  return (exchange.cla & ~CLA_SECURE) == 0 && exchange.ins == INS_MANAGE_CHANNEL;
}

/**
 * A terminated card answers GET DATA to its final application, nothing else. GPC 2.3.1, 5.1.1.5. The
 * status word is that of a card after CARD BLOCK. Social security card, part 5, 6.2.1.
 */
function checkTerminated(): u16 {
  if (registry.cardState() != CARD_TERMINATED) return SW_SUCCESS;
  const answers = exchange.ins == INS_GET_DATA || exchange.ins == INS_GET_RESPONSE;
  const final = channels.selected() == finalApplication();
  return answers && final ? SW_SUCCESS : SW_FUNCTION_NOT_SUPPORTED;
}

function dispatch(): u16 {
  if (isSelectByName()) return selectByName();
  if (isManageChannel()) return manageChannel();
  // INS 6X and 9X are no instructions. ISO/IEC 7816-4:2020, 5.4.2.
  const high = exchange.ins & 0xf0;
  if (high == 0x60 || high == 0x90) return SW_INS_NOT_SUPPORTED;
  const selected = channels.selected();
  if (selected == 0) return SW_CONDITIONS_NOT_SATISFIED;
  return callInstance(selected, ENTRY_PROCESS, headerWord(), exchange.lc, exchange.le);
}

// Command chaining. ISO/IEC 7816-4:2020, 5.3.3.

/** Whether the command in hand is part of a chain but not its end. */
function chains(): bool {
  return exchange.cla < 0xa0 && (exchange.cla & CLA_CHAINING) != 0;
}

/** Class, INS, P1, P2 and channel must stay the same through a chain; with the chaining bit, so never 0. */
function chainHeader(): i32 {
  return headerWord() | ((CLA_CHAINING as i32) << 24);
}

function continuesChain(): bool {
  return exchange.chainHeader == chainHeader() && exchange.chainChannel == exchange.channel;
}

/**
 * Adds a part of a chain to what came before, in the response buffer; its last part becomes a command
 * with all the data, answered into the command buffer. 6883 when another command comes in between.
 */
function joinChain(): u16 {
  if (!chains() && exchange.chainHeader == 0) return SW_SUCCESS;
  if (exchange.chainHeader == 0) {
    exchange.chainHeader = chainHeader();
    exchange.chainChannel = exchange.channel;
    exchange.chained = 0;
  } else if (!continuesChain()) return SW_LAST_COMMAND_EXPECTED;
  if (exchange.chained + exchange.lc > MAX_COMMAND_BYTES) return SW_WRONG_LENGTH;
  memory.copy(RESPONSE + exchange.chained, exchange.data, exchange.lc);
  exchange.chained += exchange.lc;
  if (chains()) return SW_SUCCESS;
  exchange.data = RESPONSE;
  exchange.lc = exchange.chained;
  exchange.reply = IO;
  exchange.chained = 0;
  exchange.chainHeader = 0;
  return SW_SUCCESS;
}

/** Moves a response that was built in the command buffer to where responses wait. */
function adoptReply(): void {
  if (exchange.reply == RESPONSE) return;
  memory.copy(RESPONSE, exchange.reply, exchange.replyLength);
  exchange.reply = RESPONSE;
}

// Responses. ISO/IEC 7816-4:2020, 5.3.4; ISO/IEC 7816-3:2006, 12.2.

/** Sends the data with an end of `61xx` while more wait, or `status` with the last of them. */
function send(from: i32, length: i32, status: u16): i32 {
  memory.copy(IO, RESPONSE + from, length);
  const left = exchange.waitingLength;
  if (left > 0) status = SW_MORE_DATA | ((left > 255 ? 0 : left) as u16);
  putStatus(IO + length, status);
  return length + 2;
}

function respond(status: u16): i32 {
  if (status != SW_SUCCESS && !isWarning(status)) return answer(status);
  const length = exchange.replyLength;
  if (length == 0) return answer(status);
  const now = exchange.le == LE_ABSENT ? 0 : length < exchange.le ? length : exchange.le;
  exchange.waiting = now;
  exchange.waitingLength = length - now;
  exchange.waitingChannel = exchange.channel;
  exchange.waitingStatus = status;
  return send(0, now, status);
}

/** GET RESPONSE: the next part of a response that waits; 6985 when none does. */
function getResponse(): i32 {
  // In a chain nothing waits.
  if (exchange.chainHeader != 0) interruptChain();
  if (exchange.p1 != 0 || exchange.p2 != 0) return answer(SW_WRONG_P1P2);
  if (exchange.lc != 0 || exchange.le == LE_ABSENT) return answer(SW_WRONG_LENGTH);
  const waiting = exchange.waitingLength;
  if (waiting == 0 || exchange.waitingChannel != exchange.channel)
    return answer(SW_CONDITIONS_NOT_SATISFIED);
  if (exchange.le > waiting && exchange.le < 256) {
    return answer(SW_CORRECT_LE | (waiting as u16));
  }
  const now = exchange.le < waiting ? exchange.le : waiting;
  const from = exchange.waiting;
  exchange.waiting += now;
  exchange.waitingLength -= now;
  return send(from, now, exchange.waitingStatus);
}
