// Keys of a PSAM made of a definition: level by level, and what does not go together.

import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { KEY_DES, KEY_SM4, KEY_TDES } from "../../../applets/psam/spec.ts";
import { socialSecurityCard } from "../../../personalization/definition/load.ts";
import { parseProduct } from "../../../personalization/products/load.ts";
import type { ProductGrouping } from "../../../personalization/products/product.ts";
import {
  type UserCardKeys,
  userCardKeyGroupings,
} from "../../../personalization/products/user-card-keys.ts";
import { hex } from "../../helpers/bytes.ts";

const PSAM = fileURLToPath(new URL("../../../personalization/products/psam.yaml", import.meta.url));
const tests = suite("keys for user cards");

const WANTED: UserCardKeys = {
  definition: "social-security",
  generation: 3,
  masterPrefix: "ssc-",
  levels: ["city", "card"],
};
const fail = (path: readonly (string | number)[], reason: string): never => {
  throw new Error(`${path.join(".")}: ${reason}`);
};

function keysOf(change: Partial<UserCardKeys> = {}): ProductGrouping[] {
  const wanted = { ...WANTED, ...change };
  return userCardKeyGroupings(wanted, socialSecurityCard(wanted.generation), fail);
}

function named(keys: readonly ProductGrouping[], name: string): ProductGrouping[] {
  return keys.filter((one) => one.name.startsWith(`${name} `));
}

const header = (one: ProductGrouping) => hex(one.hex!);

/** Usage, identifier and rights by appendix B; 03 is SM4. */
const NATIONAL: readonly [name: string, header: string, levels: readonly string[]][] = [
  ["IRK", "6708030000", []],
  ["UKSSSE", "4812030000", ["province"]],
  ["UK3DF01", "2724030000", ["province", "city"]],
];
const PROVINCIAL: readonly [name: string, header: string, levels: readonly string[]][] = [
  ["IRK", "4708030000", []],
  ["UKSSSE", "4812030000", []],
  ["UK3DF01", "2724030000", ["city"]],
];

for (const [what, levels, rows] of [
  ["the nation", ["province", "city", "card"], NATIONAL],
  ["a province", ["city", "card"], PROVINCIAL],
] as const) {
  for (const [name, expected, above] of rows) {
    tests(`of ${what}'s masters ${name} goes onto the PSAM as ${expected}`, () => {
      const [key] = named(keysOf({ levels: [...levels] }), name);
      assert.is(header(key!), expected);
      assert.equal(key!.key!.levels, above);
      assert.is(key!.key!.master, `ssc-${name.toLowerCase()}`);
    });
  }
}

tests("of a city's masters every key goes on as it is, on level 1", () => {
  for (const key of keysOf({ levels: ["card"] })) {
    assert.is(key.hex![0]! >> 5, 1, key.name);
    assert.equal(key.key!.levels, []);
  }
});

tests("each version of the purchase key has its master", () => {
  const keys = named(keysOf(), "DPK");
  assert.equal(keys.map(header), ["2201030000", "2202030000", "2203030000"]);
  assert.equal(
    keys.map(({ key }) => key!.master),
    ["ssc-dpk", "ssc-dpk-v2", "ssc-dpk-v3"],
  );
});

tests("the algorithm is that of the generation, single DES where a key has 8 bytes", () => {
  const algorithms = (generation: 2 | 3) =>
    ["IRK", "STKSSSE"].map((name) => named(keysOf({ generation }), name)[0]!);
  const [irk, stk] = algorithms(2);
  assert.equal([irk!.hex![2], stk!.hex![2]], [KEY_TDES, KEY_DES]);
  assert.equal([irk!.key!.single, stk!.key!.single], [undefined, true]);
  for (const key of algorithms(3)) {
    assert.is(key.hex![2], KEY_SM4);
    assert.is(key.key!.single, undefined);
  }
});

tests("a product may give a key another usage", () => {
  const keys = keysOf({ usages: { STKSSSE: 0x28, DTK: 0x4c } });
  assert.is(header(named(keys, "STKSSSE")[0]!), "2809030000");
  assert.is(header(named(keys, "DTK")[0]!), "4c4c030000");
});

tests("a product leaves out what its terminals must not have", () => {
  const names = (change: Partial<UserCardKeys>) => keysOf(change).map(({ name }) => name);
  const without = names({ except: ["DLK", "DTK"] });
  const left = names({}).filter((name) => !without.includes(name));
  assert.equal([...new Set(left)], ["DLK on the PSAM", "DTK on the PSAM"]);
});

tests("no usage and identifier come twice", () => {
  for (const generation of [2, 3] as const) {
    const all = keysOf({ generation, optional: ["DF05"], extensions: ["person-number"] });
    const names = all.map((one) => header(one).slice(0, 4));
    assert.is(new Set(names).size, names.length);
  }
});

tests("keys of optional applications and extensions come when they are named", () => {
  const [few, more] = [keysOf(), keysOf({ optional: ["DF05"], extensions: ["person-number"] })];
  assert.is(named(few, "UK1DF05").length + named(few, "UKEF0D").length, 0);
  assert.is(named(more, "UK1DF05").length + named(more, "UKEF0D").length, 2);
});

const MISTAKES: readonly [Partial<UserCardKeys>, RegExp][] = [
  [{ usages: { NONE: 0x27 } }, /^usages\.NONE: the PSAM has no key of this name$/],
  [{ optional: ["DF99"] }, /^optional\.0: must be one of .*DF05/],
  [{ except: ["NONE"] }, /^except\.0: the cards have no key of this name$/],
  [{ extensions: ["none"] }, /^extensions\.0: must be one of person-number/],
];
for (const [change, message] of MISTAKES) {
  tests(`tells ${Object.keys(change)[0]} that the definition does not know`, () => {
    assert.throws(
      () => keysOf(change),
      (error: Error) => message.test(error.message),
    );
  });
}

tests("a mistake in a product file is told with its line", () => {
  const text = readFileSync(PSAM, "utf8").replace("STKSSSE: 28", "STKNONE: 28");
  assert.throws(
    () => parseProduct(Buffer.from(text), "psam.yaml"),
    (error: Error) =>
      /^psam\.yaml:\d+: applications\[0\]\.userCardKeys\.usages\.STKNONE: the PSAM has no key/.test(
        error.message,
      ),
  );
});

tests("what the definition says counts for the product's digest", () => {
  const product = parseProduct(readFileSync(PSAM), "psam.yaml");
  const own = createHash("sha256").update(readFileSync(PSAM)).digest("hex");
  assert.not.equal(hex(product.digest), own);
});

tests.run();
