// Personalization of a PSAM: its algorithm, its keys for user cards, and what is refused of them.

import { suite } from "uvu";
import * as assert from "uvu/assert";
import {
  DGI_0086_ALGORITHM,
  KEY_DES,
  KEY_SM4,
  KEY_SSF33,
  KEY_TDES,
  P1_WHOLE_MAC,
  TYPE_MAC,
  TYPE_TAC,
} from "../../../applets/psam/spec.ts";
import type { SecureChannel } from "../../../personalization/scp03/secure-channel.ts";
import {
  SW_CONDITIONS_NOT_SATISFIED,
  SW_FILE_EXISTS,
  SW_REFERENCED_DATA_NOT_FOUND,
  SW_SECURITY_NOT_SATISFIED,
  SW_SUCCESS,
  SW_WRONG_DATA,
} from "../../../runtime/spec/status-words.ts";
import { accept, freshCard, refuse } from "../../helpers/card.ts";
import { sweepCuts } from "../../helpers/power-loss.ts";
import {
  ACTIVATE,
  grouping,
  hex16,
  openChannel,
  personalize,
  selectApplication,
  sendThrough,
  storeData,
  through,
} from "../../helpers/secure-channel.ts";
import {
  AIDS,
  ALGORITHMS,
  cipherData,
  deliver,
  enter,
  INPUT,
  OTHER_KEY,
  PROVINCE_KEY,
  psamImage,
  SINGLE_KEY,
  tree,
  usage,
  userCardKey,
} from "./psam-card.ts";

const tests = suite("personalization of a PSAM");
const ONE = usage(0, TYPE_MAC);

for (const algorithm of ALGORITHMS) {
  const card = await freshCard(1, await psamImage());
  await personalize(card, AIDS[algorithm], tree(algorithm));
  const ready = card.snapshot();
  const key = userCardKey(algorithm, ONE, 1, PROVINCE_KEY);
  const restart = async (): Promise<SecureChannel> => {
    card.restore(ready);
    card.reset();
    accept(card, selectApplication(AIDS[algorithm]));
    return openChannel(card);
  };
  const works = (use = ONE, id = 1) => {
    enter(card, algorithm);
    accept(card, deliver(use, id, INPUT[algorithm]));
    accept(card, cipherData(P1_WHOLE_MAC, "00".repeat(32)));
  };

  tests(`${algorithm}: keys come beside the groupings of files, several to a block`, async () => {
    const channel = await restart();
    const two = key + userCardKey(algorithm, ONE, 2, OTHER_KEY);
    through(card, channel, storeData(0, two + ACTIVATE));
    works();
    works(ONE, 2);
  });

  const foreign = algorithm === "sm4" ? [KEY_TDES, KEY_DES, KEY_SSF33] : [KEY_SM4, KEY_SSF33];
  const change = (how: Parameters<typeof userCardKey>[4]) =>
    userCardKey(algorithm, ONE, 1, PROVINCE_KEY, how);
  const refusals: readonly [string, string][] = [
    ...foreign.map((code): [string, string] => [`algorithm ${code}`, change({ algorithm: code })]),
    ["algorithm 4", change({ algorithm: 4 })],
    ["rights that are none", change({ rights: "0001" })],
    ["a length of 8", change({ length: 8 })],
    ["a length of 24", change({ length: 24 })],
    ["a usage of level 4", userCardKey(algorithm, usage(4, TYPE_MAC), 1, PROVINCE_KEY)],
    ["a usage without a type", userCardKey(algorithm, usage(1, 0), 1, PROVINCE_KEY)],
    ["a record that is too short", key.replace(/^(....)../, "$115").slice(0, -2)],
    ["an unknown algorithm of the environment", grouping(DGI_0086_ALGORITHM, "02")],
    ["an algorithm of two bytes", grouping(DGI_0086_ALGORITHM, "0303")],
    ...(algorithm === "tdes"
      ? [
          ["a TAC key of single DES", userCardKey("tdes", usage(1, TYPE_TAC), 1, SINGLE_KEY)] as [
            string,
            string,
          ],
        ]
      : []),
  ];
  for (const [what, bad] of refusals) {
    tests(
      `${algorithm}: refuses ${what} with ${hex16(SW_WRONG_DATA)}, and works next`,
      async () => {
        const channel = await restart();
        through(card, channel, storeData(0, bad), SW_WRONG_DATA, what);
        through(card, channel, storeData(1, key + ACTIVATE));
        works();
      },
    );
  }

  tests(`${algorithm}: refuses a key that is there, on the same level only`, async () => {
    const channel = await restart();
    through(card, channel, storeData(0, key));
    let block = 1;
    const again = [userCardKey(algorithm, ONE, 1, OTHER_KEY)];
    if (algorithm === "tdes") again.push(userCardKey(algorithm, ONE, 1, SINGLE_KEY));
    for (const one of again) through(card, channel, storeData(block++, one), SW_FILE_EXISTS);
    const below = userCardKey(algorithm, usage(1, TYPE_MAC), 1, OTHER_KEY);
    through(card, channel, storeData(block++, below));
    through(card, channel, storeData(block++, ACTIVATE));
    works();
  });

  tests(`${algorithm}: takes no key after its activation`, async () => {
    const channel = await restart();
    assert.is(
      sendThrough(card, channel, storeData(0, ACTIVATE + key)).sw,
      SW_CONDITIONS_NOT_SATISFIED,
    );
    through(card, channel, storeData(1, key), SW_CONDITIONS_NOT_SATISFIED);
    enter(card, algorithm);
    refuse(card, deliver(ONE, 1, INPUT[algorithm]), SW_REFERENCED_DATA_NOT_FOUND);
  });

  tests(`${algorithm}: takes no key without the secure channel`, () => {
    card.restore(ready);
    card.reset();
    accept(card, selectApplication(AIDS[algorithm]));
    refuse(card, storeData(0, key), SW_SECURITY_NOT_SATISFIED);
  });

  tests(`${algorithm}: a key is there whole or not at all, wherever the power goes`, async () => {
    const channel = await restart();
    const request = channel.wrap(storeData(0, key));
    const found = new Set<number>();
    sweepCuts(card, {
      action: (one) => void one.exchange(request),
      check: (one) => {
        enter(one, algorithm);
        const response = one.exchange(deliver(ONE, 1, INPUT[algorithm]));
        const sw = (response.at(-2)! << 8) | response.at(-1)!;
        assert.ok([SW_SUCCESS as number, SW_REFERENCED_DATA_NOT_FOUND].includes(sw));
        found.add(sw);
      },
    });
    assert.is(found.size, 2);
  });
}

tests.run();
