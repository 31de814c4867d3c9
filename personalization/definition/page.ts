// FILES.md: the definition as tables for people, made from it and never written by hand.

import { byteOf, wordOf } from "./digits.ts";
import type {
  ApplicationDefinition,
  CardDefinition,
  ExtensionDefinition,
  FileDefinition,
  ItemDefinition,
  KeyDefinition,
} from "./types.ts";

/** The page for the cards of both generations of one definition, the third first. */
export function definitionPage(third: CardDefinition, second: CardDefinition): string {
  const lines = [
    "# Files, data items and keys of the social security card",
    "",
    "Made from [definition.yaml](definition.yaml) by `npm run files-page`; do not edit. Tags, identifiers,",
    "references and addresses are hexadecimal, lengths are decimal bytes. What differs in the second",
    "generation stands behind a slash.",
    "",
    ...table(
      ["generation", "cipher", "algorithm indicator", "tag 03"],
      [third, second].map(({ generation, cipher, algorithm, version }) => [
        String(generation),
        cipher.toUpperCase(),
        byteOf(algorithm),
        version,
      ]),
    ),
    "## Applications",
    "",
    ...table(
      ["", "name", "", "name of the DF", "label", "on the card", "blocked with"],
      third.applications.map((application) => [
        application.id,
        application.name,
        application.chinese,
        Buffer.from(application.dfName).toString("hex").toUpperCase(),
        application.label ?? "",
        application.optional ? "optional" : "always",
        application.block?.key ?? "",
      ]),
    ),
    ...countLines(third),
  ];
  for (const [at, application] of third.applications.entries()) {
    lines.push(...applicationLines(application, second.applications[at]!));
  }
  for (const [at, extension] of third.extensions.entries()) {
    lines.push(...extensionLines(extension, second.extensions[at]!));
  }
  return `${lines.join("\n").trimEnd()}\n`;
}

/** What a card needs of an instance's objects: each EF, DF, key, PIN and account, and the file table. */
export function countObjects(card: CardDefinition): Record<string, number> {
  const applications = card.applications.filter(({ optional }) => !optional);
  const parts = [...applications, ...card.extensions];
  const sum = (count: (part: (typeof parts)[number]) => number) =>
    parts.reduce((total, part) => total + count(part), 0);
  return {
    files:
      sum(({ files }) => files.length) + applications.filter((one) => one.directoryFile).length,
    directories: applications.length - 1,
    keys: sum(({ keys }) => keys.length),
    pins: applications.reduce((total, { pins }) => total + pins.length, 0),
    accounts: applications.filter(({ account }) => account).length,
    tables: 1,
  };
}

function countLines(card: CardDefinition): string[] {
  const counts = countObjects(card);
  const { files = 0, directories = 0, keys = 0, pins = 0, accounts = 0 } = counts;
  const sum = Object.values(counts).reduce((total, count) => total + count);
  const parts = [...card.applications.filter(({ optional }) => !optional), ...card.extensions];
  const room = parts.flatMap((part) => part.files).reduce((total, file) => total + roomOf(file), 0);
  return [
    `A card with all that it always has and every extension: ${files} files, ${directories} applications`,
    `below the environment, ${keys} keys, ${pins} PIN, ${accounts} account and the table of files, which is`,
    `${sum} objects of the 127 of an instance; its files hold ${room} bytes.`,
    "",
  ];
}

function roomOf({ size, recordSize, records }: FileDefinition): number {
  return size + recordSize * records;
}

function applicationLines(third: ApplicationDefinition, second: ApplicationDefinition): string[] {
  const lines = [`## ${third.id}: ${third.name} ${third.chinese}`, ""];
  const { directoryFile } = third;
  if (directoryFile !== undefined) {
    lines.push(
      `File ${wordOf(directoryFile.fid)}, short identifier ${byteOf(directoryFile.sfi)}, lists the`,
      `applications: read ${directoryFile.read.text}, write ${directoryFile.update.text}.`,
      "",
    );
  }
  if (third.account) {
    lines.push(
      "The medical account lies here: balance, yearly totals, counters; no file of the table.",
      "",
    );
  }
  return [...lines, ...partLines(third, second)];
}

function extensionLines(third: ExtensionDefinition, second: ExtensionDefinition): string[] {
  return [`## Extension of ${third.application}: ${third.name}`, "", ...partLines(third, second)];
}

type Part = Pick<ApplicationDefinition, "keys" | "files">;

function partLines(third: Part, second: Part): string[] {
  return [
    ...table(
      ["key", "reference", "versions × bytes", "tries", "PSAM usage/id", "HSM", "for"],
      third.keys.map((key, at) => keyCells(key, second.keys[at]!)),
    ),
    ...table(
      ["file", "SFI", "name", "", "type", "size", "read", "write", "status"],
      third.files.map((file, at) => fileCells(file, second.files[at]!)),
    ),
    ...third.files.flatMap(contentLines),
  ];
}

function keyCells(key: KeyDefinition, second: KeyDefinition): string[] {
  const lengths = [...new Set([key.length, second.length])].join("/");
  const { psam, hsm } = key;
  const usage = psam ? `${byteOf(psam.usage)}/${psam.ids.map(byteOf).join(", ")}` : "";
  return [
    key.name,
    byteOf(key.reference),
    `${key.versions} × ${lengths}`,
    key.tries === 0 ? "no limit" : String(key.tries),
    usage,
    hsm.map(wordOf).join(", "),
    key.use,
  ];
}

function fileCells(file: FileDefinition, second: FileDefinition): string[] {
  const { type, size, records, recordSize } = file;
  return [
    file.id,
    byteOf(file.sfi),
    file.name,
    file.chinese,
    type,
    type === "transparent" ? String(size) : `${records} × ${recordSize}`,
    [...new Set([file.read.text, second.read.text])].join(" / "),
    file.update.text,
    file.status,
  ];
}

function contentLines(file: FileDefinition): string[] {
  const heading = [`${file.id} ${file.name}:`, ""];
  if (file.fields.length > 0) {
    const cells = file.fields.map(({ key, name, chinese, type, length }) => {
      return ["", name, chinese, type, String(length), "", key];
    });
    return [...heading, ...table(ITEM_HEADS, cells)];
  }
  return file.items.length === 0 ? [] : [...heading, ...table(ITEM_HEADS, itemCells(file.items))];
}

const ITEM_HEADS = ["tag", "item", "", "type", "length", "times", "key"];

function itemCells(items: readonly ItemDefinition[]): string[][] {
  return items.flatMap((item) => {
    const { tag, name, chinese, type, length, count, key, continues } = item;
    const goesOn = continues === undefined ? "" : `, goes on where ${byteOf(continues)} ends`;
    return [
      [byteOf(tag), name + goesOn, chinese, type, String(length), String(count), key],
      ...item.parts.map((part) => [
        `└ ${byteOf(part.tag)}`,
        part.name,
        part.chinese,
        part.type,
        String(part.length),
        "",
        `${key}.${part.key}`,
      ]),
    ];
  });
}

function table(heads: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [line(heads), line(heads.map(() => "---")), ...rows.map(line), ""];
}
