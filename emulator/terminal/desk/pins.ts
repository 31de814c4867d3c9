// iVerifyPIN, iChangePIN, iReloadPIN and iUnblockPIN. Reader specification 2.0, 9.4 to 9.7.

import {
  CLA_MAINTENANCE,
  MAC_BYTES,
  PIN_SEPARATOR,
} from "../../../applets/social-security/spec.ts";
import { command, exchange, expectSuccess } from "../../../personalization/apdu.ts";
import { concat, equal } from "../../../personalization/bytes.ts";
import {
  CLA_PROPRIETARY,
  INS_CHANGE_PIN,
  INS_PIN_CHANGE_UNBLOCK,
} from "../../../runtime/spec/instructions.ts";
import { indicatorOf } from "./algorithm.ts";
import { proveKey } from "./authenticate.ts";
import { expectPin, getChallenge, verifyPin } from "./card-commands.ts";
import { checkCard, environmentKey } from "./card-session.ts";
import { CODE_BAD_INPUT } from "./codes.ts";
import { hexField, join, parseCardInfo } from "./parameters.ts";
import { enterNewPin, enterPin } from "./pin-pad.ts";
import { DeskError } from "./result.ts";
import type { Algorithm } from "./security.ts";
import { addressOf, askForProof, type Step } from "./step.ts";
import { type CardAtTerminal, securityFor, type Work } from "./terminal.ts";

const P1_CHANGE_PIN = 0x01;
const P2_UNBLOCK = 0x00;
const P2_RELOAD = 0x01;
const BLOCK_BYTES: Readonly<Record<Algorithm, number>> = { tdes: 8, ssf33: 16, sm4: 16 };

/** Permits what follows; makes its MAC, and enciphers the PIN. */
const PERMISSION_KEY = "PUK";
const MESSAGE_KEY = "STKSSSE";

export async function verifyPinOf(session: CardAtTerminal): Promise<string> {
  await verifyPin(session.card, await enterPin(session.terminal.pinPad));
  return "";
}

export async function changePin(session: CardAtTerminal): Promise<string> {
  const { pinPad } = session.terminal;
  const old = await enterPin(pinPad, "old");
  const chosen = await enterNewPin(pinPad);
  const data = concat(old, Uint8Array.of(PIN_SEPARATOR), chosen);
  const change = command(CLA_PROPRIETARY, INS_CHANGE_PIN, P1_CHANGE_PIN, 0, data);
  expectPin("CHANGE PIN", await exchange(session.card, change));
  return "";
}

/** What one of the two commands under PUK does. */
interface PinTask {
  readonly p2: number;
  /** The new PIN, or nothing. */
  readonly enter: (session: CardAtTerminal) => Promise<Uint8Array>;
}

/** A new PIN, for a holder who forgot the old one. */
export const RELOAD: PinTask = {
  p2: P2_RELOAD,
  enter: ({ terminal }) => enterNewPin(terminal.pinPad),
};
/** The same PIN, with all its tries. */
export const UNBLOCK: PinTask = { p2: P2_UNBLOCK, enter: async () => new Uint8Array() };

export function restorePin(task: PinTask, pCardInfo: string): Work<string> {
  const info = parseCardInfo(pCardInfo);
  return async (session) => {
    const security = await securityFor(session);
    checkCard(session, info);
    const pin = await task.enter(session);
    await proveKey(session, security, environmentKey(session, PERMISSION_KEY));
    const header = headerOf(session.algorithm, task, pin);
    const random = await getChallenge(session.card);
    const key = environmentKey(session, MESSAGE_KEY);
    const body = await security.protect(session, key, random, header, pin);
    return sendMessage(session, concat(header, body));
  };
}

/** Proof of PUK; then the secure message; then it is sent. */
export function restorePinStep1(task: PinTask, pCardInfo: string): Work<Step> {
  const info = parseCardInfo(pCardInfo);
  return async (session) => {
    checkCard(session, info);
    const key = environmentKey(session, PERMISSION_KEY);
    return askForProof(session, key, () => () => askForMessage(session, task));
  };
}

async function askForMessage(session: CardAtTerminal, task: PinTask): Promise<Step> {
  const pin = await task.enter(session);
  const header = headerOf(session.algorithm, task, pin);
  const random = await getChallenge(session.card);
  const address = addressOf(environmentKey(session, MESSAGE_KEY));
  return {
    output: join(indicatorOf(session.algorithm), address, random, header, pin),
    next: async (pKey) => {
      const message = hexField(pKey, header.length + header[4]!);
      if (!equal(message.subarray(0, header.length), header)) {
        throw new DeskError(CODE_BAD_INPUT, "pKey");
      }
      return { output: await sendMessage(session, message) };
    },
  };
}

/** CLA to Lc: the MAC is made over them too. */
function headerOf(algorithm: Algorithm, { p2 }: PinTask, pin: Uint8Array): Uint8Array {
  const block = BLOCK_BYTES[algorithm];
  const enciphered = pin.length === 0 ? 0 : Math.ceil((1 + pin.length) / block) * block;
  return Uint8Array.of(CLA_MAINTENANCE, INS_PIN_CHANGE_UNBLOCK, 0, p2, enciphered + MAC_BYTES);
}

async function sendMessage({ card }: CardAtTerminal, message: Uint8Array): Promise<string> {
  expectSuccess("PIN CHANGE/UNBLOCK", await exchange(card, message));
  return "";
}
