// The terminal's client of its PSAM: levels found by trying, parts put together, errors by class.

import { suite } from "uvu";
import * as assert from "uvu/assert";
import {
  TYPE_ENCIPHER,
  TYPE_LOAD,
  TYPE_MAC,
  TYPE_MAC_AND_ENCIPHER,
  TYPE_PURCHASE,
  TYPE_TAC,
} from "../../../../applets/psam/spec.ts";
import type { Card as EmulatedCard } from "../../../../emulator/card.ts";
import {
  authenticationData,
  encipher,
  encipherField,
  mac,
} from "../../../../emulator/terminal/psam/cipher-data.ts";
import {
  NoPsamError,
  PsamKeyError,
  PurchaseMacError,
} from "../../../../emulator/terminal/psam/errors.ts";
import {
  type CardFactors,
  deliverSessionKey,
  type Psam,
  readSequence,
  selectPsam,
} from "../../../../emulator/terminal/psam/psam.ts";
import {
  creditSamForPurchase,
  initSamForPurchase,
  type Purchase,
} from "../../../../emulator/terminal/psam/purchase.ts";
import type { Card } from "../../../../personalization/card.ts";
import { StatusWordError } from "../../../../personalization/errors.ts";
import { cityFactor, provinceFactor } from "../../../../personalization/keys/diversify.ts";
import { SW_COMMAND_NOT_ACCEPTED } from "../../../../runtime/spec/status-words.ts";
import {
  AIDS,
  ALGORITHMS,
  FACTORS,
  FIRST_SEQUENCE,
  PROVINCE_KEY,
  psamCard,
  psamImage,
  SERIAL,
  TERMINAL,
  tree,
  usage,
  userCardKey,
} from "../../../applets/psam/psam-card.ts";
import { CARD_RANDOM, CARD_SEQUENCE, purchaseMacs } from "../../../applets/psam/purchase.ts";
import {
  BLOCK,
  cardKey,
  encipher as encipherByRule,
  mac as macByRule,
  pad80,
  padZero,
  sessionKey,
  tacKey,
} from "../../../applets/psam/rules.ts";
import { bytes, hex } from "../../../helpers/bytes.ts";
import { freshCard } from "../../../helpers/card.ts";
import { ACTIVATE, personalize } from "../../../helpers/secure-channel.ts";

const emulated = await psamCard((algorithm) => [
  userCardKey(algorithm, usage(1, TYPE_ENCIPHER), 0x24, PROVINCE_KEY),
  userCardKey(algorithm, usage(2, TYPE_MAC_AND_ENCIPHER), 0x12, PROVINCE_KEY),
  userCardKey(algorithm, usage(3, TYPE_MAC), 0x09, PROVINCE_KEY),
  userCardKey(algorithm, usage(1, TYPE_LOAD), 0x4b, PROVINCE_KEY),
  userCardKey(algorithm, usage(1, TYPE_TAC), 0x4c, PROVINCE_KEY),
  userCardKey(algorithm, usage(2, TYPE_PURCHASE), 1, PROVINCE_KEY),
]);
const ready = emulated.snapshot();
const tests = suite("client of the PSAM");
let sent = 0;
tests.before.each(() => {
  emulated.restore(ready);
  sent = 0;
});

const lineTo = (card: EmulatedCard): Card => ({
  transmit: async (command) => {
    sent++;
    return card.exchange(command);
  },
  reset: async () => card.reset(),
});
const slot = lineTo(emulated);
const REGION = "519900";
const factors: CardFactors = {
  province: provinceFactor(REGION),
  city: cityFactor(REGION),
  card: bytes(FACTORS[0]!),
};
const RANDOM = bytes("1122334455667788");

async function rejects(work: Promise<unknown>, kind: abstract new (...args: never[]) => Error) {
  const error = await work.then(
    () => assert.unreachable("nothing was thrown"),
    (thrown: unknown) => thrown,
  );
  assert.instance(error, kind);
  return error as Error;
}

for (const algorithm of ALGORITHMS) {
  const block = BLOCK[algorithm];
  const session = (levels: number) =>
    sessionKey(algorithm, cardKey(algorithm, PROVINCE_KEY, FACTORS.slice(0, levels)), RANDOM);

  tests(
    `${algorithm}: tells serial number, terminal number and the next transaction number`,
    async () => {
      const psam = await selectPsam(slot, algorithm);
      assert.is(psam.serial, SERIAL);
      assert.is(psam.terminal, TERMINAL);
      assert.is(await readSequence(psam), FIRST_SEQUENCE);
    },
  );

  for (const [use, id, levels] of [
    ["encipher", 0x24, 1],
    ["encipher", 0x12, 2],
  ] as const) {
    tests(`${algorithm}: finds key ${id} on level ${levels}, and remembers where`, async () => {
      const psam = await selectPsam(slot, algorithm);
      const original = bytes("A1A2A3A4A5A6A7A8");
      await deliverSessionKey(psam, { use, id }, factors, RANDOM);
      const x = encipherByRule(algorithm, session(levels), padZero(original, block));
      const expected = block === 8 ? x : x.subarray(0, 8).map((byte, i) => byte ^ x[8 + i]!);
      assert.is(hex(await authenticationData(psam, original)), hex(expected));
      sent = 0;
      await deliverSessionKey(psam, { use, id }, factors, RANDOM);
      assert.is(sent, 1);
    });
  }

  tests(`${algorithm}: MACs of any length, in as many parts as they take`, async () => {
    const psam = await selectPsam(slot, algorithm);
    for (const length of [1, block - 1, block, 40, 8 * block - 9, 8 * block, 300]) {
      const data = Uint8Array.from({ length }, (_, at) => at * 7);
      await deliverSessionKey(psam, { use: "mac", id: 0x09 }, factors, RANDOM);
      const expected = macByRule(algorithm, session(3), data);
      assert.is(hex(await mac(psam, data)), hex(expected), `${length} bytes`);
    }
  });

  tests(`${algorithm}: enciphers a field and makes its MAC with one session key`, async () => {
    const psam = await selectPsam(slot, algorithm);
    for (const length of [1, 3, block - 1, block, 200]) {
      const data = Uint8Array.from({ length }, (_, at) => at);
      const field = Buffer.concat([Uint8Array.of(length), data]);
      const padded = field.length % block === 0 ? field : pad80(field, block);
      await deliverSessionKey(psam, { use: "encipher-and-mac", id: 0x12 }, factors, RANDOM);
      const enciphered = await encipherField(psam, data);
      assert.is(hex(enciphered), hex(encipherByRule(algorithm, session(2), padded)));
      const expected = macByRule(algorithm, session(2), enciphered);
      assert.is(hex(await mac(psam, enciphered)), hex(expected));
    }
  });

  tests(`${algorithm}: load keys and TAC keys`, async () => {
    const psam = await selectPsam(slot, algorithm);
    const data = bytes("0102030405");
    await deliverSessionKey(psam, { use: "load", id: 0x4b }, factors, RANDOM);
    assert.is(hex(await mac(psam, data)), hex(macByRule(algorithm, session(1), data)));
    await deliverSessionKey(psam, { use: "tac", id: 0x4c }, factors, RANDOM);
    const key = tacKey(algorithm, cardKey(algorithm, PROVINCE_KEY, FACTORS.slice(0, 1)));
    assert.is(hex(await mac(psam, data)), hex(macByRule(algorithm, key, data)));
  });

  tests(`${algorithm}: a key that is on no level is PsamKeyError`, async () => {
    const psam = await selectPsam(slot, algorithm);
    const wanted = { use: "encipher", id: 0x7f } as const;
    const error = await rejects(deliverSessionKey(psam, wanted, factors, RANDOM), PsamKeyError);
    assert.match(error.message, /encipher key 7F/);
  });

  tests(`${algorithm}: without a session key the PSAM's refusal is told`, async () => {
    const psam = await selectPsam(slot, algorithm);
    const error = await rejects(encipher(psam, new Uint8Array(block)), StatusWordError);
    assert.is((error as StatusWordError).sw, SW_COMMAND_NOT_ACCEPTED);
  });

  const purchase: Purchase = {
    random: bytes(CARD_RANDOM),
    cardSequence: bytes(CARD_SEQUENCE),
    account: bytes("00000064"),
    self: bytes("00000032"),
    pool: bytes("00000000"),
    type: 0x32,
    time: bytes("20260101120000"),
    keyVersion: 1,
    keyAlgorithm: algorithm === "sm4" ? 3 : 0,
  };

  tests(`${algorithm}: a purchase gets its MAC1, and its MAC2 is checked`, async () => {
    const psam = await selectPsam(slot, algorithm);
    for (const at of [0, 1]) {
      const { mac1, mac2 } = purchaseMacs(algorithm, 2, FIRST_SEQUENCE + at);
      sent = 0;
      const started = await initSamForPurchase(psam, purchase, factors);
      // The level is found by the first purchase.
      assert.is(sent, at === 0 ? 2 : 1);
      assert.is(hex(started.mac1), hex(mac1));
      assert.is(Buffer.from(started.sequence).readUInt32BE(), FIRST_SEQUENCE + at);
      await creditSamForPurchase(psam, mac2);
    }
  });

  tests(`${algorithm}: a wrong MAC2 is PurchaseMacError`, async () => {
    const psam = await selectPsam(slot, algorithm);
    await initSamForPurchase(psam, purchase, factors);
    await rejects(creditSamForPurchase(psam, new Uint8Array(4)), PurchaseMacError);
  });

  tests(`${algorithm}: a purchase key of another version is StatusWordError`, async () => {
    const psam = await selectPsam(slot, algorithm);
    const other = { ...purchase, keyVersion: 2 };
    await rejects(initSamForPurchase(psam, other, factors), StatusWordError);
  });
}

tests("a card without the environment is NoPsamError", async () => {
  const social = lineTo(await freshCard());
  await social.reset();
  const error = await rejects(selectPsam(social, "sm4"), NoPsamError);
  assert.match(error.message, /no sm4 environment/);
});

tests("an environment that was never personalized is NoPsamError", async () => {
  const bare = await freshCard(1, await psamImage());
  await personalize(bare, AIDS.sm4, [...tree("sm4"), ACTIVATE]);
  await rejects(selectPsam(lineTo(bare), "tdes"), NoPsamError);
  assert.is((await selectPsam(lineTo(bare), "sm4")).terminal, TERMINAL);
});

tests(
  "a social security card is no PSAM, although it has an application of that name",
  async () => {
    const social = lineTo(await freshCard());
    await rejects(selectPsam(social, "tdes"), NoPsamError);
  },
);

tests("levels are remembered for each PSAM", async () => {
  const one: Psam = await selectPsam(slot, "sm4");
  await deliverSessionKey(one, { use: "mac", id: 0x09 }, factors, RANDOM);
  assert.is(one.levels.size, 1);
  assert.is((await selectPsam(slot, "sm4")).levels.size, 0);
});

tests.run();
