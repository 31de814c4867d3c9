// Access conditions as a product file writes them: "free", "never", "pin 00", "key 0A",
// "pin 00 or key 0A", "pin 00 and key 0A"; on the card: mode ‖ PIN reference ‖ key reference.

import {
  ACCESS_FREE,
  ACCESS_KEY,
  ACCESS_NEVER,
  ACCESS_PIN,
  ACCESS_PIN_AND_KEY,
  ACCESS_PIN_OR_KEY,
} from "../../applets/filesystem/spec.ts";

export interface AccessCondition {
  readonly mode: number;
  /** Reference of the PIN and of the key, where the mode asks for one. */
  readonly pin?: number;
  readonly key?: number;
}

/** Undefined when the text is none of the forms. */
export function parseAccess(text: string): AccessCondition | undefined {
  if (text === "free") return { mode: ACCESS_FREE };
  if (text === "never") return { mode: ACCESS_NEVER };
  const match =
    /^(?:pin ([0-9A-F]{2}))?(?: (or|and) (?=key))?(?:key ([0-9A-F]{2}))?$/.exec(text) ?? [];
  const [pin, key] = [reference(match[1]), reference(match[3])];
  if (pin !== undefined && key !== undefined && match[2] !== undefined) {
    return { mode: match[2] === "or" ? ACCESS_PIN_OR_KEY : ACCESS_PIN_AND_KEY, pin, key };
  }
  if (match[2] !== undefined) return undefined;
  if (pin !== undefined && key === undefined) return { mode: ACCESS_PIN, pin };
  if (key !== undefined && pin === undefined) return { mode: ACCESS_KEY, key };
  return undefined;
}

/** Mode ‖ PIN reference ‖ key reference; a reference that is not asked for is 00. */
export function encodeAccess(condition: AccessCondition): Uint8Array {
  return Uint8Array.of(condition.mode, condition.pin ?? 0, condition.key ?? 0);
}

function reference(text: string | undefined): number | undefined {
  return text === undefined ? undefined : Number.parseInt(text, 16);
}
