// The keys for user cards that a PSAM gets: those of a definition, each with its usage and identifier,
// taken down from the master key to the level that the PSAM holds it on. Part 9, 6 and appendix B.

import * as v from "valibot";
import {
  DGI_8001_USER_CARD_KEY,
  KEY_DES,
  KEY_SM4,
  KEY_TDES,
  USAGE_LEVEL_SHIFT,
  USAGE_TYPE_MASK,
} from "../../applets/psam/spec.ts";
import type { CardDefinition, KeyDefinition } from "../definition/types.ts";
import { HexNumber, Text } from "../files/yaml-fields.ts";
import type { Path } from "../files/yaml-file.ts";
import { masterName } from "../keys/master-name.ts";
import type { Level, ProductGrouping } from "./product.ts";

/** What a product says of them. */
export const UserCardKeysSchema = v.strictObject({
  /** An applet that has a definition, or the path of a file beside the product. */
  definition: Text,
  generation: v.pipe(
    v.picklist(["2", "3"], "must be 2 or 3"),
    v.transform((text) => Number(text) as 2 | 3),
  ),
  /** As in the product of the user cards. */
  masterPrefix: v.pipe(v.string(), v.regex(/^[a-z0-9.-]+$/, "must be a-z, 0-9, dot and hyphen")),
  /** Levels from the master keys down to a user card: province, city, card, or the latter two. */
  levels: v.pipe(
    v.array(v.picklist(["province", "city", "card"], "must be province, city or card")),
    v.minLength(1, "needs at least one level"),
  ),
  /** Optional applications and extensions whose keys the PSAM has too. */
  optional: v.exactOptional(v.array(Text)),
  extensions: v.exactOptional(v.array(Text)),
  /** Keys by name that this kind of terminal must not have. */
  except: v.exactOptional(v.array(Text)),
  /** Usage of a key by name, where it is another than the definition's. */
  usages: v.exactOptional(v.record(Text, HexNumber(1))),
});
export type UserCardKeys = v.InferOutput<typeof UserCardKeysSchema>;

/** Algorithm in the record of a key; a TDES key of 8 bytes is one of single DES. */
function algorithmOf({ cipher, length }: KeyDefinition): number {
  if (cipher === "sm4") return KEY_SM4;
  return length < 16 ? KEY_DES : KEY_TDES;
}

/** Throws through `fail` what does not go together with the definition. */
export function userCardKeyGroupings(
  wanted: UserCardKeys,
  card: CardDefinition,
  fail: (path: Path, reason: string) => never,
): ProductGrouping[] {
  const { usages = {} } = wanted;
  const keys = chosenKeys(wanted, card, fail).filter(({ psam }) => psam !== undefined);
  for (const name of Object.keys(usages)) {
    if (keys.some((key) => key.name === name)) continue;
    fail(["usages", name], "the PSAM has no key of this name");
  }
  return keys.flatMap((key) =>
    key.psam!.ids.map((id, version) =>
      keyGrouping(key, id, version, usages[key.name] ?? key.psam!.usage, wanted),
    ),
  );
}

function chosenKeys(
  { optional = [], extensions = [], except = [] }: UserCardKeys,
  card: CardDefinition,
  fail: (path: Path, reason: string) => never,
): KeyDefinition[] {
  const ids = card.applications.filter((one) => one.optional).map(({ id }) => id);
  for (const [at, id] of optional.entries()) {
    if (!ids.includes(id)) fail(["optional", at], `must be one of ${ids.join(", ")}`);
  }
  const names = card.extensions.map(({ name }) => name);
  for (const [at, name] of extensions.entries()) {
    if (!names.includes(name)) fail(["extensions", at], `must be one of ${names.join(", ")}`);
  }
  const keys = [
    ...card.applications.filter((one) => !one.optional || optional.includes(one.id)),
    ...card.extensions.filter(({ name }) => extensions.includes(name)),
  ].flatMap((one) => one.keys);
  for (const [at, name] of except.entries()) {
    if (keys.some((key) => key.name === name)) continue;
    fail(["except", at], "the cards have no key of this name");
  }
  return keys.filter(({ name }) => !except.includes(name));
}

/**
 * Usage ‖ identifier ‖ algorithm ‖ rights, then the key. A level above the master keys cannot be had:
 * the PSAM gets the master itself, and terminals find it there (part 9, 8).
 */
function keyGrouping(
  key: KeyDefinition,
  id: number,
  version: number,
  usage: number,
  { levels, masterPrefix }: UserCardKeys,
): ProductGrouping {
  const level = Math.min(usage >> USAGE_LEVEL_SHIFT, levels.length);
  const held = (level << USAGE_LEVEL_SHIFT) | (usage & USAGE_TYPE_MASK);
  const above: Level[] = levels.slice(0, levels.length - level);
  return {
    dgi: DGI_8001_USER_CARD_KEY,
    name: `${key.name} on the PSAM`,
    type: "b",
    length: 5,
    hex: Uint8Array.of(held, id, algorithmOf(key), 0, 0),
    key: {
      kind: key.cipher,
      master: masterName(masterPrefix, key.name, version + 1),
      levels: above,
      ...(key.length < 16 && { single: true }),
    },
  };
}
