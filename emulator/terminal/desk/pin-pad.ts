// PINs come from a pad with keys, never as a parameter. Reader specification 2.0, 9.4 to 9.6.

import { bytes } from "../../../personalization/bytes.ts";
import {
  CODE_BAD_CHARACTER,
  CODE_PIN_CANCELLED,
  CODE_PIN_LENGTH,
  CODE_PIN_TIMEOUT,
  CODE_PINS_DIFFER,
} from "./codes.ts";
import { DeskError } from "./result.ts";

/** What the pad asks for: the PIN, the one until now, the new one, the new one again. */
export type PinPrompt = "pin" | "old" | "new" | "again";

/** What the pad shows and says. */
export const PIN_PROMPTS: Readonly<Record<PinPrompt, { chinese: string; english: string }>> = {
  pin: { chinese: "请输入密码", english: "PIN" },
  old: { chinese: "请输入原密码", english: "PIN until now" },
  new: { chinese: "请输入新密码", english: "new PIN" },
  again: { chinese: "请再次输入新密码", english: "new PIN once more" },
};

/** Nobody typed. */
export interface NoPin {
  readonly none: "cancelled" | "timeout";
}

export interface PinPad {
  /** What was typed, or why there is nothing. */
  enter(prompt: PinPrompt): Promise<string | NoPin>;
}

const LEAST_DIGITS = 4;
const MOST_DIGITS = 16;

/** One PIN as the card takes it: two digits to a byte, F behind an odd number of them. */
export async function enterPin(pad: PinPad, prompt: PinPrompt = "pin"): Promise<Uint8Array> {
  return pinBytes(await digits(pad, prompt));
}

/** A new PIN, entered twice. */
export async function enterNewPin(pad: PinPad): Promise<Uint8Array> {
  const chosen = await digits(pad, "new");
  if ((await digits(pad, "again")) !== chosen) throw new DeskError(CODE_PINS_DIFFER);
  return pinBytes(chosen);
}

async function digits(pad: PinPad, prompt: PinPrompt): Promise<string> {
  const entered = await pad.enter(prompt);
  if (typeof entered !== "string") {
    throw new DeskError(entered.none === "timeout" ? CODE_PIN_TIMEOUT : CODE_PIN_CANCELLED);
  }
  if (!/^[0-9]*$/.test(entered)) throw new DeskError(CODE_BAD_CHARACTER);
  if (entered.length < LEAST_DIGITS || entered.length > MOST_DIGITS) {
    throw new DeskError(CODE_PIN_LENGTH);
  }
  return entered;
}

function pinBytes(text: string): Uint8Array {
  return bytes(text.length % 2 === 0 ? text : `${text}F`);
}
