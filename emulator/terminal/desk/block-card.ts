// Blocks a card for good: a lost one that was handed in, a replaced one. Part 5, 6.2; part 7, 13.1.

import { CLA_MAINTENANCE, MAC_BYTES } from "../../../applets/social-security/spec.ts";
import { exchange, expectSuccess } from "../../../personalization/apdu.ts";
import { concat } from "../../../personalization/bytes.ts";
import { INS_CARD_BLOCK } from "../../../runtime/spec/instructions.ts";
import { proveKey } from "./authenticate.ts";
import { getChallenge } from "./card-commands.ts";
import { checkCard, environmentKey } from "./card-session.ts";
import { parseCardInfo } from "./parameters.ts";
import { securityFor, type Work } from "./terminal.ts";

/** Permits it; makes the MAC. */
const PERMISSION_KEY = "BK";
const MESSAGE_KEY = "STKSSSE";

/** CARD BLOCK of the card that `pCardInfo` names: no application of it answers any more. */
export function blockCard(pCardInfo: string): Work<string> {
  const info = parseCardInfo(pCardInfo);
  return async (session) => {
    const security = await securityFor(session);
    checkCard(session, info);
    await proveKey(session, security, environmentKey(session, PERMISSION_KEY));
    const header = Uint8Array.of(CLA_MAINTENANCE, INS_CARD_BLOCK, 0, 0, MAC_BYTES);
    const random = await getChallenge(session.card);
    const key = environmentKey(session, MESSAGE_KEY);
    const mac = await security.protect(session, key, random, header, new Uint8Array());
    expectSuccess("CARD BLOCK", await exchange(session.card, concat(header, mac)));
    return "";
  };
}
