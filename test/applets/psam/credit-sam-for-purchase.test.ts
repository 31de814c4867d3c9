// CREDIT SAM FOR PURCHASE: MAC2 is checked once, and only behind INIT SAM FOR PURCHASE.

import { suite } from "uvu";
import {
  AID_PSAM,
  CLA_PSAM,
  INS_CREDIT_SAM_FOR_PURCHASE,
  INS_INITIALIZE_ENVIRONMENT,
  TYPE_MAC,
  TYPE_PURCHASE,
} from "../../../applets/psam/spec.ts";
import { CLA_PROPRIETARY } from "../../../runtime/spec/instructions.ts";
import {
  SW_COMMAND_NOT_ACCEPTED,
  SW_MAC_WRONG,
  SW_WRONG_DATA,
  SW_WRONG_LENGTH,
  SW_WRONG_P1P2,
} from "../../../runtime/spec/status-words.ts";
import { accept, apdu, refuse } from "../../helpers/card.ts";
import { hex16, selectApplication } from "../../helpers/secure-channel.ts";
import {
  ALGORITHMS,
  creditSam,
  deliver,
  enter,
  FACTORS,
  FIRST_SEQUENCE,
  INPUT,
  initSam,
  PROVINCE_KEY,
  psamCard,
  usage,
  userCardKey,
} from "./psam-card.ts";
import { purchaseData, purchaseMacs } from "./purchase.ts";

const card = await psamCard((algorithm) => [
  userCardKey(algorithm, usage(2, TYPE_PURCHASE), 1, PROVINCE_KEY),
  userCardKey(algorithm, usage(1, TYPE_MAC), 2, PROVINCE_KEY),
]);
const ready = card.snapshot();
const tests = suite("CREDIT SAM FOR PURCHASE");
tests.before.each(() => card.restore(ready));

for (const algorithm of ALGORITHMS) {
  const init = initSam(purchaseData(algorithm, 2));
  const right = (number = 0) => creditSam(purchaseMacs(algorithm, 2, FIRST_SEQUENCE + number).mac2);
  const start = () => {
    enter(card, algorithm);
    accept(card, init);
  };

  tests(`${algorithm}: accepts MAC2 of the purchase, once`, () => {
    start();
    accept(card, right());
    refuse(card, right(), SW_COMMAND_NOT_ACCEPTED);
    accept(card, init);
    accept(card, right(1));
  });

  tests(`${algorithm}: a wrong MAC2 is 9302, and the right one then comes too late`, () => {
    for (const bit of [0, 7, 12, 31]) {
      card.restore(ready);
      start();
      const { mac2 } = purchaseMacs(algorithm, 2, FIRST_SEQUENCE);
      const wrong = mac2.map((byte, at) => (at === bit >> 3 ? byte ^ (1 << (bit & 7)) : byte));
      refuse(card, creditSam(wrong), SW_MAC_WRONG);
      refuse(card, right(), SW_COMMAND_NOT_ACCEPTED);
    }
    accept(card, init);
    accept(card, right(1));
  });

  tests(`${algorithm}: MAC2 of another purchase is wrong`, () => {
    start();
    accept(card, init);
    refuse(card, right(0), SW_MAC_WRONG);
  });

  tests(`${algorithm}: MAC1 is no MAC2`, () => {
    start();
    const { mac1 } = purchaseMacs(algorithm, 2, FIRST_SEQUENCE);
    refuse(card, creditSam(mac1), SW_MAC_WRONG);
  });

  const credit = (p1: number, p2: number) =>
    apdu(CLA_PROPRIETARY, INS_CREDIT_SAM_FOR_PURCHASE, p1, p2, "00000000");
  const refusals: readonly [string, Uint8Array, number][] = [
    ["P1", credit(1, 0), SW_WRONG_P1P2],
    ["P2", credit(0, 1), SW_WRONG_P1P2],
    ["no data", creditSam(""), SW_WRONG_LENGTH],
    ["3 bytes", creditSam("000000"), SW_WRONG_LENGTH],
    ["5 bytes", creditSam("0000000000"), SW_WRONG_LENGTH],
  ];
  for (const [what, request, sw] of refusals) {
    tests(`${algorithm}: refuses ${what} with ${hex16(sw)}, and works next`, () => {
      start();
      refuse(card, request, sw);
      accept(card, right());
    });
  }

  const enders: readonly [string, () => void][] = [
    [
      "DELIVERY SESSION KEY",
      () => {
        accept(card, deliver(usage(1, TYPE_MAC), 2, FACTORS[0] + INPUT[algorithm]));
      },
    ],
    [
      "INITIALIZE ENVIRONMENT",
      () => {
        accept(card, apdu(CLA_PSAM, INS_INITIALIZE_ENVIRONMENT, 0, 0, "51"));
      },
    ],
    ["selection", () => enter(card, algorithm)],
    [
      "reset",
      () => {
        card.reset();
        enter(card, algorithm);
      },
    ],
  ];
  for (const [what, end] of enders) {
    tests(`${algorithm}: a purchase ends with ${what}`, () => {
      start();
      end();
      refuse(card, right(), SW_COMMAND_NOT_ACCEPTED);
    });
  }

  tests(`${algorithm}: a purchase goes on past reading and past refused commands`, () => {
    start();
    refuse(card, initSam(purchaseData(algorithm, 3)), SW_WRONG_DATA);
    accept(card, selectApplication(AID_PSAM));
    accept(card, right());
  });

  tests(`${algorithm}: without a purchase it is not accepted`, () => {
    enter(card, algorithm);
    refuse(card, right(), SW_COMMAND_NOT_ACCEPTED);
    accept(card, init);
    accept(card, right());
  });
}

tests.run();
