// Text of a card: GB 18030. Encoded by iconv-lite, decoded by the platform: two tables, made by
// two parties, so a character on which they differ is refused instead of stored wrongly.

import iconv from "iconv-lite";
import { concat } from "../bytes.ts";
import { FieldError } from "../errors.ts";

const ASCII = /^[ -~]*$/;
const CONTROLS = /\p{Cc}/u;
const decoder = new TextDecoder("gb18030", { fatal: true });

/** GB 18030 bytes. Throws `FieldError` naming the first character that does not come back. */
export function encodeGb18030(text: string): Uint8Array {
  // Most fields of a batch: one byte each, the same in both tables.
  if (ASCII.test(text)) return Buffer.from(text, "latin1");
  const encoded = iconv.encode(text, "gb18030");
  if (!CONTROLS.test(text) && tryDecode(encoded) === text) return encoded;
  return concat(...encodeCharacters(text));
}

/** Text of GB 18030 bytes; throws `FieldError` on bytes that are none. */
export function decodeGb18030(data: Uint8Array): string {
  try {
    return decoder.decode(data);
  } catch {
    throw new FieldError("the bytes are not GB 18030 text");
  }
}

/** Bytes of each character by itself; GB 18030 keeps no state between characters. */
function encodeCharacters(text: string): Uint8Array[] {
  return Array.from(text, (character) => {
    const encoded = new Uint8Array(iconv.encode(character, "gb18030"));
    if (CONTROLS.test(character) || tryDecode(encoded) !== character) {
      throw new FieldError(
        `${describe(character)} cannot be written in GB 18030; write another for it`,
      );
    }
    return encoded;
  });
}

/**
 * Splits the text between a field of `first` bytes and one of `overflow` bytes (0 = there is none),
 * never inside a character. Throws `FieldError` when it does not fit.
 */
export function splitText(
  text: string,
  first: number,
  overflow: number,
): readonly [Uint8Array, Uint8Array] {
  const whole = encodeGb18030(text);
  if (whole.length <= first) return [whole, new Uint8Array()];
  const characters = encodeCharacters(text);
  let used = 0;
  let cut = 0;
  while (cut < characters.length && used + characters[cut]!.length <= first) {
    used += characters[cut]!.length;
    cut++;
  }
  const rest = concat(...characters.slice(cut));
  if (rest.length > overflow) {
    const fields = overflow === 0 ? `${first} bytes` : `${first} and ${overflow} bytes`;
    // Else the sum of both fields would seem to hold it.
    const divided =
      overflow > 0 && used < first
        ? ` (the first takes ${used}, since no character is divided)`
        : "";
    throw new FieldError(
      `needs ${used + rest.length} bytes in GB 18030; the card holds ${fields}${divided}: shorten it`,
    );
  }
  return [concat(...characters.slice(0, cut)), rest];
}

function tryDecode(encoded: Uint8Array): string | undefined {
  try {
    return decoder.decode(encoded);
  } catch {
    return undefined;
  }
}

/** `character "𠮷" (U+20BB7)`, without printing what no terminal shows. */
export function describe(character: string): string {
  const code = character.codePointAt(0)!;
  const number = `U+${code.toString(16).toUpperCase().padStart(4, "0")}`;
  const visible = !/[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}]/u.test(character);
  return visible ? `character "${character}" (${number})` : `character ${number}`;
}
