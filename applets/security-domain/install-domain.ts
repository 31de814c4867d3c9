// What a domain is given when it is installed: its first keys, or none.

import * as card from "../../runtime/sdk/card.ts";
import { SW_SUCCESS, SW_WRONG_DATA } from "../../runtime/spec/status-words.ts";

const VERSION: usize = memory.data(4);

/**
 * Install parameters: key version, then ENC, MAC and DEK; 16 bytes each for AES, other keys behind
 * their KEY_FORM_*. Without any, the keys of the domain above open this one's channel.
 */
export function installDomain(lc: i32): u16 {
  if (lc == 0) return SW_SUCCESS;
  if (lc < 2) return SW_WRONG_DATA;
  const status = card.readCommand(0, VERSION, 1);
  return status == SW_SUCCESS ? card.createKeySet(load<u8>(VERSION), 1, lc - 1) : status;
}
