// SELECT of an application by its AID. ISO/IEC 7816-4:2020, 11.2.2.

import { INS_SELECT } from "../../runtime/spec/instructions.ts";
import { command, exchange, expectSuccess, LE_ALL } from "../apdu.ts";
import type { Card } from "../card.ts";

const P1_BY_NAME = 0x04;

/** The FCI. Throws `StatusWordError` with the application's name. */
export async function selectApplication(
  card: Card,
  name: string,
  aid: Uint8Array,
): Promise<Uint8Array> {
  const select = command(0x00, INS_SELECT, P1_BY_NAME, 0x00, aid, LE_ALL);
  return expectSuccess(`SELECT ${name}`, await exchange(card, select));
}
