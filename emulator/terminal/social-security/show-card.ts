// A social security card for people: what was read, with both names of each item.

import type { FileDefinition } from "../../../personalization/definition/types.ts";
import { CARDHOLDER, ISSUANCE } from "./items.ts";
import type { SocialSecurityCard, Values } from "./read-card.ts";

/** Lines of text, one for each item. */
export function showCard(card: SocialSecurityCard): string {
  const lines = [
    `${padded("historical bytes", "历史字节")}${Buffer.from(card.historicalBytes).toString("hex").toUpperCase()}`,
    ...showFile(ISSUANCE, card.issuance),
  ];
  if (card.cardholder) lines.push(...showFile(CARDHOLDER, card.cardholder));
  if (card.portrait) lines.push(`${padded("portrait", "数字相片")}${card.portrait.length} bytes`);
  return lines.join("\n");
}

function showFile(file: FileDefinition, values: Values): string[] {
  const lines: string[] = [];
  for (const { key, name, chinese } of file.items) {
    const value = values[key];
    if (value !== undefined) lines.push(`${padded(name, chinese)}${readable(key, value)}`);
  }
  return lines;
}

/** GB/T 2261.1. */
const SEXES: Values = { 0: "unknown 未知", 1: "male 男", 2: "female 女", 9: "not stated 未说明" };

/** The value as people write it: dates with hyphens, the sex in words. */
function readable(key: string, value: string): string {
  // A card may hold anything, also what would steer the terminal that shows it.
  const shown = value.replace(/[\p{Cc}\p{Cf}]/gu, "\ufffd");
  if (key === "sex") return [shown, SEXES[value]].filter(Boolean).join(" ");
  if (key.endsWith("Date")) return shown.replace(/^(\d{4})(\d\d)(\d\d)$/, "$1-$2-$3");
  return shown;
}

/** Both names in a column of 42; a Chinese character is two columns wide. */
function padded(label: string, chinese: string): string {
  const width = label.length + 1 + chinese.length * 2;
  return `${label} ${chinese}${" ".repeat(Math.max(1, 42 - width))}`;
}
