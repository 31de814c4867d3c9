// A social security card for people: what was read, with both names of each item.

import type { FileDefinition, ValueKind } from "../../../personalization/definition/types.ts";
import { CARDHOLDER, ISSUANCE } from "./items.ts";
import type { SocialSecurityCard, Values } from "./read-card.ts";
import type { FileContent, ItemContent } from "./read-files.ts";

/** Lines of text, one for each item. */
export function showCard(card: SocialSecurityCard): string {
  const lines = [
    `${padded("historical bytes", "历史字节")}${Buffer.from(card.historicalBytes).toString("hex").toUpperCase()}`,
    ...showFile(ISSUANCE, card.issuance),
  ];
  if (card.cardholder) lines.push(...showFile(CARDHOLDER, card.cardholder));
  if (card.portrait) lines.push(`${padded("portrait", "数字相片")}${card.portrait.length} bytes`);
  for (const content of card.files ?? []) {
    if (!isShown(content)) lines.push(...showContent(content));
  }
  return lines.join("\n");
}

function showFile(file: FileDefinition, values: Values): string[] {
  const lines: string[] = [];
  for (const item of file.items) {
    const value = values[item.key];
    if (value !== undefined) lines.push(padded(item.name, item.chinese) + readable(item, value));
  }
  return lines;
}

/** The files of the environment whose items stand above. */
function isShown({ application, file }: FileContent): boolean {
  return application === "SSSE" && [ISSUANCE.id, CARDHOLDER.id].includes(file.id);
}

/** A file with its name, then a line for each item, part and field. */
function showContent({
  application,
  file,
  items,
  records,
  bytes,
  closed,
  refused,
}: FileContent): string[] {
  const lines = [`${application}${file.id} ${file.name} ${file.chinese}`];
  const add = (shown: Shown, value: string) => {
    lines.push(`  ${padded(shown.name, shown.chinese)}${readable(shown, value)}`);
  };
  for (const item of file.items) {
    const content = items?.[item.key];
    for (const one of content === undefined ? [] : ([content].flat() as readonly ItemContent[])) {
      if (typeof one === "string") add(item, one);
      else for (const part of item.parts) add(part, (one as Values)[part.key] ?? "");
    }
  }
  for (const record of records ?? []) {
    for (const field of file.fields) add(field, record[field.key] ?? "");
  }
  if (bytes) lines.push(`  ${bytes.length} bytes`);
  if (closed) lines.push(`  not read: ${closed}${refused ? `; PIN refused, ${refused}` : ""}`);
  return lines;
}

interface Shown {
  readonly name: string;
  readonly chinese: string;
  readonly kind?: ValueKind;
  readonly codes?: Readonly<Record<string, string>>;
}

/** The value as people write it: dates with hyphens, codes with their meaning. */
function readable({ kind, codes }: Shown, value: string): string {
  // A card may hold anything, also what would steer the terminal that shows it.
  const shown = value.replace(/[\p{Cc}\p{Cf}]/gu, "\ufffd");
  const meaning = codes?.[value];
  if (meaning !== undefined) return `${shown} ${meaning}`;
  if (kind === "date") return shown.replace(/^(\d{4})(\d\d)(\d\d)$/, "$1-$2-$3");
  return shown;
}

/** Both names in a column of 42; a Chinese character is two columns wide. */
function padded(label: string, chinese: string): string {
  const width = label.length + 1 + chinese.length * 2;
  return `${label} ${chinese}${" ".repeat(Math.max(1, 42 - width))}`;
}
