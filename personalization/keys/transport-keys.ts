// The PUBLIC transport keys: what test cards in the whole world, and blanks of the reference image,
// are delivered with.

import { bytes } from "../bytes.ts";
import type { KeySet } from "../scp03/open.ts";
import type { KeyService } from "./key-service.ts";
import { SoftwareKeyService } from "./software-key-service.ts";

/** Known to everybody: a card that still has it belongs to nobody. GPC test key. */
export const PUBLIC_TRANSPORT_KEY = "404142434445464748494A4B4C4D4E4F";
/** Its check value, as an AES key. */
export const PUBLIC_KEY_CHECK_VALUE = "504A77";
/** Key version of the keys that a card is delivered with. */
export const TRANSPORT_KEY_VERSION = 0xff;

/** The PUBLIC keys as `openSecureChannel` takes them. Never for real cards. */
export async function publicTransportKeys(): Promise<{ service: KeyService; keys: KeySet }> {
  const value = bytes(PUBLIC_TRANSPORT_KEY);
  const service = new SoftwareKeyService([{ name: "transport", kind: "aes", value }]);
  const key = await service.open("transport");
  return { service, keys: { version: TRANSPORT_KEY_VERSION, enc: key, mac: key, dek: key } };
}
