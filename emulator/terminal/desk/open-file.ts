// Opens files: application selected, key proven, PIN entered.

import { StatusWordError } from "../../../personalization/errors.ts";
import { SW_SECURITY_NOT_SATISFIED } from "../../../runtime/spec/status-words.ts";
import { proveKey } from "./authenticate.ts";
import { selectDf, verifyPin } from "./card-commands.ts";
import { ENVIRONMENT } from "./card-session.ts";
import type { FileAddress } from "./file-address.ts";
import { type PlacedFile, place, type Rule } from "./file-rules.ts";
import { enterPin } from "./pin-pad.ts";
import { type CardAtTerminal, securityFor } from "./terminal.ts";

/** What was opened since the card got power: a PIN holds for the card, a key for its application. */
export interface Opened {
  application: string;
  pin: boolean;
  readonly keys: Set<string>;
}

/** Nothing but the environment. */
export function nothingOpened(): Opened {
  return { application: ENVIRONMENT, pin: false, keys: new Set() };
}

/** A file that was asked for. */
export interface AddressedFile extends PlacedFile {
  readonly address: FileAddress;
  /** Its place in what was asked. */
  readonly index: number;
}

/**
 * The files that were asked for, those of one application together and the environment's first: each
 * application is selected once, which keeps what was proven to it.
 */
export function inOrder(
  { definition }: CardAtTerminal,
  addresses: readonly FileAddress[],
): readonly AddressedFile[] {
  const files = addresses.map((address, index) => {
    return { address, index, ...place(definition, address) };
  });
  const applications = [...new Set([ENVIRONMENT, ...files.map(({ application }) => application)])];
  return applications.flatMap((name) => files.filter(({ application }) => application === name));
}

export async function selectApplicationOf(
  session: CardAtTerminal,
  { application, df }: PlacedFile,
  opened: Opened,
): Promise<void> {
  if (opened.application === application) return;
  await selectDf(session.card, df);
  opened.application = application;
  opened.keys.clear();
}

/** Meets `rule` as the desk itself can: with `choice` where PIN or key will do; the key before the PIN. */
export async function meet(
  session: CardAtTerminal,
  rule: Rule,
  choice: "pin" | "key",
  opened: Opened,
): Promise<void> {
  if (rule.mode === "never") refuseAlways();
  if (rule.mode === "free") return;
  if (!("key" in rule)) return openWithPin(session, opened);
  const { mode, key } = rule;
  if (mode !== "pin-or-key" || choice === "key") {
    if (!opened.keys.has(key.name)) await proveKey(session, await securityFor(session), key);
    opened.keys.add(key.name);
  }
  if (mode === "pin-and-key" || (mode === "pin-or-key" && choice === "pin")) {
    await openWithPin(session, opened);
  }
}

/** What the card would say to an operation that nothing opens. */
export function refuseAlways(): never {
  throw new StatusWordError("never", SW_SECURITY_NOT_SATISFIED);
}

export async function openWithPin(session: CardAtTerminal, opened: Opened): Promise<void> {
  if (opened.pin) return;
  await verifyPin(session.card, await enterPin(session.terminal.pinPad));
  opened.pin = true;
}
