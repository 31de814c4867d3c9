// What a domain is given when it is installed: its first keys, or none.

import { DATA, DATA_BYTES } from "../../runtime/sdk/apdu.ts";
import * as card from "../../runtime/sdk/card.ts";
import { isWellFormed } from "../../runtime/sdk/tlv.ts";
import { SW_SUCCESS, SW_WRONG_DATA } from "../../runtime/spec/status-words.ts";
import { INITIAL_KEY_VERSION, LAST_KEY_VERSION } from "./spec.ts";

/**
 * Install parameters: key version, then ENC, MAC and DEK; 16 bytes each for AES, other keys behind
 * their KEY_FORM_*. Without any, or with TLVs as other cards take them (protocol, who may extradite),
 * which change nothing here, the keys of the domain above open this one's channel. 11.5.2.3.7.
 */
export function installDomain(lc: i32): u16 {
  if (lc == 0) return SW_SUCCESS;
  if (lc < 2 || lc > DATA_BYTES) return SW_WRONG_DATA;
  const status = card.readCommand(0, DATA, lc);
  if (status != SW_SUCCESS) return status;
  const version = load<u8>(DATA);
  const isVersion = version <= LAST_KEY_VERSION || version == INITIAL_KEY_VERSION;
  if (isVersion) return card.createKeySet(version, 1, lc - 1);
  return isWellFormed(DATA, DATA + lc) ? SW_SUCCESS : SW_WRONG_DATA;
}
