// PIN CHANGE/UNBLOCK: the recorded bytes, both forms, refusals in their order, all or nothing.

import { suite } from "uvu";
import * as assert from "uvu/assert";
import { AID_SSSE, CLA_MAINTENANCE, PIN_SSSE } from "../../../applets/social-security/spec.ts";
import {
  INS_PIN_CHANGE_UNBLOCK,
  INS_READ_BINARY,
  INS_VERIFY,
} from "../../../runtime/spec/instructions.ts";
import {
  SW_AUTHENTICATION_BLOCKED,
  SW_REFERENCE_DATA_NOT_USABLE,
  SW_REFERENCED_DATA_NOT_FOUND,
  SW_SECURE_MESSAGING_WRONG,
  SW_SECURITY_NOT_SATISFIED,
  SW_SUCCESS,
  SW_WRONG_DATA,
  SW_WRONG_LENGTH,
  SW_WRONG_P1P2,
  swTriesLeft,
} from "../../../runtime/spec/status-words.ts";
import { accept, apdu, everyPowerCut, freshCard, refuse, send } from "../../helpers/card.ts";
import { hex16, selectApplication } from "../../helpers/secure-channel.ts";
import { type Header, Terminal } from "./card-terminal.ts";
import { encipheredBlocks, encipheredData, FAMILIES, TDES } from "./family.ts";
import {
  BK,
  DF_GUARDED,
  fullCard,
  GUARDED,
  PIN,
  PIN_TRIES,
  PUK,
  STK,
  STK_FREE,
} from "./full-card.ts";

const tests = suite("PIN CHANGE/UNBLOCK");
const verify = (pin = "") => apdu(0, INS_VERIFY, 0, 0, pin);
const UNBLOCK: Header = [CLA_MAINTENANCE, INS_PIN_CHANGE_UNBLOCK, 0, 0];
const CHANGE: Header = [CLA_MAINTENANCE, INS_PIN_CHANGE_UNBLOCK, 0, 1];
const NEW = "7654321F";
const WRONG = "999999";

for (const family of FAMILIES) {
  const card = await fullCard(family);
  const terminal = new Terminal(card, family);
  const ready = card.snapshot();
  const test = (name: string, run: () => void) =>
    tests(`${family.name}: ${name}`, () => {
      card.restore(ready);
      run();
    });
  const blockPin = () => {
    for (const left of [2, 1, 0]) refuse(card, verify(WRONG), swTriesLeft(left));
    refuse(card, verify(PIN), SW_AUTHENTICATION_BLOCKED);
  };
  const blocks = (plain: string) => {
    const session = terminal.session(STK);
    return terminal.sealed(session, CHANGE, encipheredBlocks(family, session, plain));
  };
  const fill = (plain: string) => plain.padEnd(2 * family.block, "0");

  test("the first form gives a blocked PIN its tries back and leaves its value", () => {
    blockPin();
    terminal.prove(PUK);
    accept(card, terminal.unblock());
    refuse(card, verify(), swTriesLeft(PIN_TRIES));
    accept(card, verify(PIN));
  });

  for (const pin of ["123456", "1234", NEW, "12345678901234", "1122334455667788"]) {
    test(`the second form sets the PIN ${pin}, blocked or not`, () => {
      blockPin();
      terminal.prove(PUK);
      accept(card, terminal.reload(pin));
      terminal.start();
      refuse(card, verify(), swTriesLeft(PIN_TRIES));
      accept(card, verify(pin));
    });
  }

  test("the second form takes the PIN away, and sets the first one", () => {
    terminal.prove(PUK);
    accept(card, terminal.reload(""));
    accept(card, verify());
    accept(card, terminal.reload(NEW));
    accept(card, verify(NEW));
  });

  test("what the forgotten PIN proved is over, what the key proved is not", () => {
    const readWithPin = apdu(0, INS_READ_BINARY, 0x80 | GUARDED.pin.sfi, 0, "", 4);
    terminal.selectDf(DF_GUARDED);
    for (const command of [() => terminal.unblock(), () => terminal.reload(PIN)]) {
      accept(card, verify(PIN));
      accept(card, readWithPin);
      terminal.prove(PUK);
      accept(card, command());
      refuse(card, readWithPin, SW_SECURITY_NOT_SATISFIED);
      accept(card, command());
    }
  });

  const refusals: readonly [string, (terminal: Terminal) => Uint8Array, number][] = [
    ["P1", (t) => t.withMac(STK, [CLA_MAINTENANCE, INS_PIN_CHANGE_UNBLOCK, 1, 0]), SW_WRONG_P1P2],
    [
      "P2 02",
      (t) => t.withMac(STK, [CLA_MAINTENANCE, INS_PIN_CHANGE_UNBLOCK, 0, 2]),
      SW_WRONG_P1P2,
    ],
    ["no MAC", () => apdu(...UNBLOCK), SW_WRONG_LENGTH],
    ["a PIN that is not to be changed", (t) => t.withMac(STK, UNBLOCK, fill("")), SW_WRONG_LENGTH],
    ["a missing PIN", (t) => t.withMac(STK, CHANGE), SW_WRONG_LENGTH],
    ["half a block", (t) => t.withMac(STK, CHANGE, fill("").slice(8)), SW_WRONG_LENGTH],
    ["too many blocks", (t) => t.withMac(STK, CHANGE, "00".repeat(24)), SW_WRONG_LENGTH],
    ["a wrong MAC", () => apdu(...UNBLOCK, "00000000"), SW_SECURE_MESSAGING_WRONG],
    ["a MAC of another key", (t) => t.withMac(BK, UNBLOCK), SW_SECURE_MESSAGING_WRONG],
    ["a MAC of another DF's key", (t) => t.withMac(STK_FREE, UNBLOCK), SW_SECURE_MESSAGING_WRONG],
    ["a PIN with letters", () => blocks(fill("03AABBCC80")), SW_WRONG_DATA],
    ["a PIN of two digits", () => blocks(fill("011280")), SW_WRONG_DATA],
    ["a length that is not there", () => blocks(fill("10112233445566778880")), SW_WRONG_DATA],
    ["a wrong padding byte", () => blocks(fill("0312345681")), SW_WRONG_DATA],
    ["padding without 80", () => blocks(fill("03123456")), SW_WRONG_DATA],
    ["bytes behind the padding", () => blocks(fill("031234568001")), SW_WRONG_DATA],
  ];
  for (const [what, build, sw] of refusals) {
    test(`${what} is refused with ${hex16(sw)}, changes nothing, and the next works`, () => {
      blockPin();
      terminal.prove(PUK);
      // A challenge is at hand, so that it is no reason.
      terminal.challenge();
      refuse(card, build(terminal), sw);
      refuse(card, verify(PIN), SW_AUTHENTICATION_BLOCKED);
      accept(card, terminal.reload(NEW));
      accept(card, verify(NEW));
    });
  }

  test("without a proof of PUK it is refused", () => {
    for (const prove of [() => {}, () => terminal.prove(BK), () => accept(card, verify(PIN))]) {
      card.restore(ready);
      prove();
      refuse(card, terminal.unblock(), SW_SECURITY_NOT_SATISFIED);
      refuse(card, terminal.reload(NEW), SW_SECURITY_NOT_SATISFIED);
      accept(card, verify(PIN));
    }
  });

  test("without a challenge it is refused, and a command is good once", () => {
    terminal.prove(PUK);
    refuse(card, apdu(...UNBLOCK, "00000000"), SW_REFERENCE_DATA_NOT_USABLE);
    const command = terminal.reload(NEW);
    accept(card, command);
    refuse(card, command, SW_REFERENCE_DATA_NOT_USABLE);
    terminal.challenge();
    refuse(card, command, SW_SECURE_MESSAGING_WRONG);
  });

  test("a wrong MAC costs the key nothing, however often", () => {
    terminal.prove(PUK);
    for (let i = 0; i < 20; i++) {
      terminal.challenge();
      refuse(card, apdu(...UNBLOCK, "00000000"), SW_SECURE_MESSAGING_WRONG);
    }
    accept(card, terminal.unblock());
  });

  test("wrong proofs of PUK block it; then nothing helps", () => {
    blockPin();
    for (const left of [2, 1, 0]) {
      const wrong = terminal.proof({ ...PUK, df: 1 });
      refuse(card, wrong, swTriesLeft(left));
    }
    refuse(card, terminal.proof(PUK), SW_AUTHENTICATION_BLOCKED);
    refuse(card, terminal.unblock(), SW_SECURITY_NOT_SATISFIED);
  });

  for (const [what, build] of [
    ["unblocked", () => terminal.unblock()],
    ["changed", () => terminal.reload(NEW)],
  ] as const) {
    test(`cut anywhere, a blocked PIN is blocked or ${what}`, () => {
      blockPin();
      terminal.prove(PUK);
      const command = build();
      const seen = new Set<string>();
      const now = what === "changed" ? NEW : PIN;
      const cuts = everyPowerCut(
        card,
        () => accept(card, command),
        (cut) => {
          terminal.start();
          const { sw } = send(card, verify());
          if (sw !== swTriesLeft(0)) {
            assert.is(sw, swTriesLeft(PIN_TRIES), cut);
            accept(card, verify(now));
          }
          seen.add(hex16(sw));
        },
      );
      assert.ok(cuts > 0, "nothing was written: this test proves nothing");
      assert.is(seen.size, 2, "the cuts did not reach both sides of the write");
      accept(card, verify(now));
    });
  }
}

tests("a card without a PIN has none to unblock", async () => {
  const bare = await freshCard();
  accept(bare, selectApplication(AID_SSSE));
  refuse(bare, apdu(...UNBLOCK, "00000000"), SW_REFERENCED_DATA_NOT_FOUND);
});

tests("a PIN enciphered for one generation is none for the other", async () => {
  const card = await fullCard(TDES);
  const terminal = new Terminal(card, TDES);
  terminal.prove(PUK);
  const session = terminal.session(STK);
  const other = FAMILIES.find((family) => family !== TDES)!;
  const data = encipheredData(other, session + session, PIN);
  refuse(card, terminal.sealed(session, CHANGE, data), SW_WRONG_DATA);
  accept(card, apdu(0, INS_VERIFY, 0, PIN_SSSE, PIN), SW_SUCCESS);
});

tests("keys of a maintenance command are those of the environment, wherever one is", async () => {
  const [family] = FAMILIES as [(typeof FAMILIES)[0]];
  const card = await fullCard(family);
  const terminal = new Terminal(card, family);
  terminal.selectDf(DF_GUARDED);
  terminal.prove(PUK);
  accept(card, terminal.reload(NEW));
});

tests.run();
