// What opensc's programs print, as bytes.

export interface OpenscResponse {
  readonly sw: string;
  readonly data: string;
}

/** What the card answered to each command: status, and the hex dump that has its text beside it. */
export function openscResponses({ text }: { readonly text: string }): OpenscResponse[] {
  return text
    .split("Received (SW1=0x")
    .slice(1)
    .map((part) => {
      const [, high = "", low = ""] = /^(..), SW2=0x(..)/.exec(part) ?? [];
      const dump = [...part.matchAll(/^((?:[0-9A-F]{2} ){1,16})/gm)].map(([, line]) => line);
      return { sw: `${high}${low}`.toLowerCase(), data: hexOf(dump.join("")) };
    });
}

/** The pairs of hex digits in a text, without what is between them. */
export function hexOf(text: string): string {
  return (text.match(/\b[0-9a-f]{2}\b/gi) ?? []).join("").toLowerCase();
}
