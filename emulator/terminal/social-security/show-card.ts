// A social security card for people: what was read, with both names of each item.

import { CARDHOLDER, ISSUANCE, type ItemFile } from "./items.ts";
import type { SocialSecurityCard, Values } from "./read-card.ts";

/** Lines of text, one for each item. */
export function showCard(card: SocialSecurityCard): string {
  const lines = [
    `historical bytes  ${Buffer.from(card.historicalBytes).toString("hex").toUpperCase()}`,
    ...showFile(ISSUANCE, card.issuance),
  ];
  if (card.cardholder) lines.push(...showFile(CARDHOLDER, card.cardholder));
  if (card.portrait) lines.push(`${padded("portrait", "数字相片")}${card.portrait.length} bytes`);
  return lines.join("\n");
}

function showFile(file: ItemFile, values: Values): string[] {
  const lines: string[] = [];
  for (const { key, label, chinese } of file.items) {
    const value = values[key];
    if (value !== undefined) lines.push(`${padded(label, chinese)}${value}`);
  }
  return lines;
}

/** Both names in a column of 42; a Chinese character is two columns wide. */
function padded(label: string, chinese: string): string {
  const width = label.length + 1 + chinese.length * 2;
  return `${label} ${chinese}${" ".repeat(Math.max(1, 42 - width))}`;
}
