// Life cycles, privileges and key types in words, for people and for programs.

import {
  CARD_INITIALIZED,
  CARD_LOCKED,
  CARD_OP_READY,
  CARD_SECURED,
  CARD_TERMINATED,
  LIFE_CYCLE_INSTALLED,
  LIFE_CYCLE_LOADED,
  LIFE_CYCLE_LOCKED,
  LIFE_CYCLE_PERSONALIZED,
  LIFE_CYCLE_SELECTABLE,
} from "../../runtime/spec/life-cycle.ts";
import * as privileges from "../../runtime/spec/privileges.ts";
import { hex } from "../bytes.ts";

const CARD: ReadonlyMap<number, string> = new Map([
  [CARD_OP_READY, "OP_READY"],
  [CARD_INITIALIZED, "INITIALIZED"],
  [CARD_SECURED, "SECURED"],
  [CARD_LOCKED, "CARD_LOCKED"],
  [CARD_TERMINATED, "TERMINATED"],
]);
const APPLICATION: ReadonlyMap<number, string> = new Map([
  [LIFE_CYCLE_INSTALLED, "INSTALLED"],
  [LIFE_CYCLE_SELECTABLE, "SELECTABLE"],
]);
const DOMAIN: ReadonlyMap<number, string> = new Map([
  ...APPLICATION,
  [LIFE_CYCLE_PERSONALIZED, "PERSONALIZED"],
]);

/** Life cycle of the card, which is its issuer domain's. GPC 2.3.1, table 11-6. */
export function cardLifeCycle(value: number): string {
  return CARD.get(value) ?? hexByte(value);
}

/** Life cycle of an application or a supplementary domain. GPC 2.3.1, tables 11-4 and 11-5. */
export function applicationLifeCycle(value: number, privilegeBits = 0): string {
  if ((value & LIFE_CYCLE_LOCKED) !== 0) return "LOCKED";
  const isDomain = (privilegeBits & privileges.PRIVILEGE_SECURITY_DOMAIN) !== 0;
  return (isDomain ? DOMAIN : APPLICATION).get(value) ?? hexByte(value);
}

/** Life cycle of a load file. GPC 2.3.1, table 11-3. */
export function loadFileLifeCycle(value: number): string {
  return value === LIFE_CYCLE_LOADED ? "LOADED" : hexByte(value);
}

/** Each privilege that is there, as GPC 2.3.1, 6.6.1 calls it. */
export function privilegeNames(bits: number): string[] {
  return Object.entries(privileges)
    .filter(([, bit]) => isOneBit(bit) && (bits & bit) !== 0)
    .map(([name]) => name.replace("PRIVILEGE_", "").replaceAll("_", " ").toLowerCase());
}

/** There are names for several privileges together, too. */
function isOneBit(value: number): boolean {
  return (value & (value - 1)) === 0;
}

function hexByte(value: number): string {
  return hex(Uint8Array.of(value));
}
