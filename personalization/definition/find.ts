// Looks things up in a card's definition by the names that terminals use.

import { FieldError } from "../errors.ts";
import { byteOf } from "./digits.ts";
import type {
  ApplicationDefinition,
  CardDefinition,
  FileDefinition,
  ItemDefinition,
  KeyDefinition,
} from "./types.ts";

/** The application with its regional files and keys ("SSSE", "DF01"). Throws `FieldError`. */
export function findApplication(card: CardDefinition, id: string): ApplicationDefinition {
  const found = card.applications.find((application) => application.id === id);
  if (found === undefined) throw new FieldError(`the card has no application ${id}`);
  const added = card.extensions.filter(({ application }) => application === id);
  return {
    ...found,
    keys: [...found.keys, ...added.flatMap(({ keys }) => keys)],
    files: [...found.files, ...added.flatMap(({ files }) => files)],
  };
}

/** The file of an application ("DF01", "EF05"). Throws `FieldError`. */
export function findFile(card: CardDefinition, application: string, id: string): FileDefinition {
  const found = findApplication(card, application).files.find((file) => file.id === id);
  if (found === undefined) throw new FieldError(`${application} has no file ${id}`);
  return found;
}

/** The item of a file. Throws `FieldError`. */
export function findItem(file: FileDefinition, tag: number): ItemDefinition {
  const found = file.items.find((item) => item.tag === tag);
  if (found !== undefined) return found;
  throw new FieldError(`${file.id} has no item ${byteOf(tag)}`);
}

/** A key by name: of the application, or of the environment. Throws `FieldError`. */
export function findKey(card: CardDefinition, application: string, name: string): KeyDefinition {
  const own = findApplication(card, application).keys;
  const root = findApplication(card, card.applications[0]!.id).keys;
  const found = [...own, ...root].find((key) => key.name === name);
  if (found === undefined) throw new FieldError(`${application} has no key ${name}`);
  return found;
}
