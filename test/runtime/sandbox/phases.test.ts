// Calls outside their phase, calls inside calls, and life cycles that are others' to move.

import { suite } from "uvu";
import * as assert from "uvu/assert";
import { Card } from "../../../emulator/card.ts";
import type { SecureChannel } from "../../../personalization/scp03/secure-channel.ts";
import * as api from "../../../runtime/spec/card-api.ts";
import { INSTALL_AND_MAKE_SELECTABLE } from "../../../runtime/spec/content.ts";
import { CLA_PROPRIETARY, INS_GET_RESPONSE } from "../../../runtime/spec/instructions.ts";
import { LIFE_CYCLE_LOCKED, LIFE_CYCLE_SELECTABLE } from "../../../runtime/spec/life-cycle.ts";
import {
  SW_CONDITIONS_NOT_SATISFIED,
  SW_FILE_NOT_FOUND,
  SW_INTERNAL_ERROR,
  SW_SECURITY_NOT_SATISFIED,
  SW_SUCCESS,
} from "../../../runtime/spec/status-words.ts";
import { hex } from "../../helpers/bytes.ts";
import { accept, apdu, refuse, send } from "../../helpers/card.ts";
import { selectApplication, through } from "../../helpers/secure-channel.ts";
import { onChannel, open } from "../channel.ts";
import {
  ask,
  type Call,
  INS_KEPT,
  KEPT_BYTES,
  KEPT_OBJECT,
  keep,
  ON_DESELECT,
  ON_SELECT,
  outcome,
  PROBE_KEEP,
  PROBE_PEEK,
  payloadAt,
  perform,
  probeImage,
  script,
  scriptCommand,
  selectCommand,
  selectProbe,
} from "../probe.ts";
import { installer, installFields, NEW_AID, sessionOn } from "./installer.ts";
import {
  ATTACKER,
  afterwardsAllIsWell,
  BYSTANDER,
  COUNTER,
  DATA,
  DOMAIN,
  NEW,
  PIN,
  results,
  scene,
  TRIED_KEY,
  VICTIM,
  victimCanWrite,
} from "./witness.ts";

const INS_PROBE = 0x10;
const refused = SW_CONDITIONS_NOT_SATISFIED;
const denied = SW_SECURITY_NOT_SATISFIED;

const at = await scene();
const { card, scratch } = at;
const start = card.snapshot();
/** The attacker is a security domain that may manage content and personalize. */
const managing = await scene({ privileged: true, each: [{ privileges: "80C000" }] });
const managingStart = managing.card.snapshot();

const phases = suite("calls outside their phase");
phases.before.each(() => {
  card.restore(start);
  managing.card.restore(managingStart);
});

phases("an install neither begins, commits nor drops the transaction that it is", async () => {
  const install = await installer(at);
  const make: Call = [api.CARD_OBJECT_CREATE, 1, 10];
  const act = (): void => {
    for (const operation of [
      api.CARD_TRANSACTION_BEGIN,
      api.CARD_TRANSACTION_COMMIT,
      api.CARD_TRANSACTION_ABORT,
    ]) {
      assert.is(install([make, [operation]]).sw, refused);
    }
  };
  afterwardsAllIsWell(at, act, "", [ATTACKER, DOMAIN, NEW]);
});

phases("an install counts nothing, spends nothing and moves no life cycle", async () => {
  const install = await installer(at);
  const counter: Call = [api.CARD_COUNTER_CREATE, 1];
  const pin: Call = [api.CARD_PIN_CREATE, 1, 3, 0, 1];
  const act = (): void => {
    for (const calls of [
      [counter, [api.CARD_COUNTER_UP, 1]],
      [pin, [api.CARD_PIN_VERIFY, 1, 0, 1]],
      [[api.CARD_LIFE_CYCLE_SET, 0x0f]],
      [[api.CARD_LOCK]],
      [[api.CARD_TERMINATE]],
      [[api.CARD_CHANNEL_INITIALIZE]],
      [[api.CARD_CHANNEL_AUTHENTICATE]],
    ] as Call[][]) {
      assert.is(install(calls).sw, refused, `${calls}`);
    }
    assert.is(install([[api.CARD_INSTALL, INSTALL_AND_MAKE_SELECTABLE]]).sw, denied);
    assert.is(install([[api.CARD_PERSONALIZE, VICTIM]]).sw, denied);
  };
  afterwardsAllIsWell(at, act, "", [ATTACKER, DOMAIN, NEW]);
});

phases("what an install answers goes nowhere, in a command and at the first boot", async () => {
  const install = await installer(at);
  const flood: Call[] = [
    [api.CARD_REPLY, 0, 1024],
    [api.CARD_REPLY_CLEAR],
    [api.CARD_REPLY, 0, 1024],
  ];
  const act = (): void => assert.is(install(flood).sw, SW_SUCCESS);
  act();
  accept(card, open(5));
  accept(card, onChannel(5, selectApplication(NEW_AID)));
  // Before any command there is a place for answers, too: nothing is written to address 0.
  const calls: Call[] = [
    [api.CARD_COMMAND_READ, payloadAt(2), scratch, 64],
    [api.CARD_REPLY, scratch, 64],
  ];
  const payload = new Uint8Array(64).fill(0xa5);
  const own = Card.boot(await probeImage({ install: calls, payload }), { seed: 1 });
  assert.not.ok(hex(own.chip.kernelRam.subarray(0, 64)).includes("a5a5a5a5"));
});

phases("deselect has no command, and what it answers is not in the response", () => {
  keep(card, ON_DESELECT, [
    [api.CARD_COMMAND_READ, 0, scratch, 1],
    [api.CARD_OBJECT_WRITE_COMMAND, DATA, 0, 0, 1],
    [api.CARD_REPLY, 0, 200],
    [api.CARD_CHANNEL_INITIALIZE],
  ]);
  const leave = (): void => {
    const reply = send(card, selectCommand(2));
    assert.is(reply.sw, SW_SUCCESS);
    assert.is(reply.data.length, 0);
    refuse(card, apdu(0x00, INS_GET_RESPONSE, 0, 0, "", 0), refused);
  };
  afterwardsAllIsWell(at, leave, "", [ATTACKER, BYSTANDER]);
  selectProbe(card, 0);
  const { data } = perform(card, [[api.CARD_REPLY_OBJECT, DATA, 0, 1]]);
  assert.is(hex(data), "00", "it kept a byte of the SELECT");
});

phases("only INITIALIZE UPDATE and EXTERNAL AUTHENTICATE open a session", () => {
  afterwardsAllIsWell(at, () => {
    const found = results(card, [api.CARD_CHANNEL_INITIALIZE], [api.CARD_CHANNEL_AUTHENTICATE]);
    assert.equal(found, [refused, refused]);
    assert.is(ask(card, api.CARD_CHANNEL_LEVEL), 0);
    keep(card, ON_SELECT, [[api.CARD_CHANNEL_INITIALIZE], [api.CARD_CHANNEL_LEVEL]]);
    selectProbe(card, 0);
  });
});

phases("key sets are made in install alone", () => {
  const key = ask(managing.card, api.CARD_KEY_SET_CREATE, 1, 0, 48);
  assert.is(key, refused);
});

phases("what only a domain may ask is 6982 to an applet, also in select and deselect", () => {
  const asked = Object.entries(api).filter(
    ([name, value]) => name.startsWith("CARD_") && (value as number) >> 4 === 5,
  );
  afterwardsAllIsWell(at, () => {
    for (const [name, operation] of asked) {
      assert.is(ask(card, operation as number, 1, 0, 16, 1), denied, name);
    }
  });
});

phases("without its session a domain changes nothing", () => {
  const own = managing.card;
  afterwardsAllIsWell(managing, () => {
    for (const call of [
      [api.CARD_INSTALL, INSTALL_AND_MAKE_SELECTABLE],
      [api.CARD_DELETE, 0, 7],
      [api.CARD_STATUS_SET, 0x40, LIFE_CYCLE_LOCKED],
      [api.CARD_PERSONALIZE, VICTIM],
      [api.CARD_KEY_SET_DELETE, 0xff],
      [api.CARD_KEY_SET_DELETE, -0xf000 + COUNTER],
      [api.CARD_KEY_SET_PUT, 0, 0x81],
      [api.CARD_LOAD_BLOCK, 0, 1],
    ] as Call[]) {
      const result = ask(own, ...call);
      assert.ok(result === denied || result === refused, `${call}: ${result.toString(16)}`);
    }
    assert.is(ask(own, api.CARD_PERSONALIZE_FIND), 0);
    assert.is(ask(own, api.CARD_COUNTER_READ, COUNTER), 0);
  });
});

phases("numbers that wrap to objects of a domain are no key sets of it", () => {
  const own = managing.card;
  for (const number of [DATA, PIN, TRIED_KEY, COUNTER]) {
    for (const version of [-0xf000 + number, 0x1000 + number, 0x10000 - 0xf000 + number]) {
      assert.is(ask(own, api.CARD_KEY_SET_COUNTER, version), -1);
      assert.is(ask(own, api.CARD_KEY_SET_READ, version), 0);
    }
  }
});

// Calls inside calls

/** A session of the managing attacker on channel 0, in which it keeps a script. */
async function attackerSession(calls: readonly Call[]): Promise<SecureChannel> {
  const session = await sessionOn(managing, 0);
  const kept = script(calls);
  const call: Call = [PROBE_KEEP, ON_SELECT, 0, payloadAt(1), kept.length];
  const command = apdu(CLA_PROPRIETARY, INS_PROBE, 0, 0, script([call], kept), 0);
  through(managing.card, session, command);
  return session;
}

/** Has the attacker run its kept script on a command with these data. */
function runKept(session: SecureChannel, calls: number, data: string) {
  const command = apdu(CLA_PROPRIETARY, INS_KEPT, 0, 0, data, 0);
  return outcome(through(managing.card, session, command), calls);
}

const installNew: Call = [api.CARD_INSTALL, INSTALL_AND_MAKE_SELECTABLE];

phases(
  "an install that installs, deletes or personalizes is refused, and leaves nothing",
  async () => {
    for (const privileges of ["000000", "800000"]) {
      for (const inner of [
        installNew,
        [api.CARD_DELETE, 0, 1],
        [api.CARD_PERSONALIZE, ATTACKER],
        [api.CARD_STATUS_SET, 0x40, LIFE_CYCLE_LOCKED],
      ] as Call[]) {
        managing.card.restore(managingStart);
        const session = await attackerSession([installNew]);
        const data = installFields(script([inner]), privileges);
        const act = (): void => {
          assert.equal(runKept(session, 1, data).results, [denied], `${inner}`);
        };
        afterwardsAllIsWell(managing, act, `${inner}`, [ATTACKER, NEW]);
      }
    }
  },
);

/** Installs an instance of the attacker's whose `process` makes these calls when it is personalized. */
async function underling(calls: readonly Call[]): Promise<SecureChannel> {
  const kept = new Uint8Array(KEPT_BYTES);
  kept.set(script(calls));
  const make: Call[] = [
    [api.CARD_OBJECT_CREATE, KEPT_OBJECT + ON_SELECT, KEPT_BYTES],
    [api.CARD_OBJECT_WRITE_COMMAND, KEPT_OBJECT + ON_SELECT, 0, payloadAt(2), KEPT_BYTES],
  ];
  const session = await attackerSession([installNew]);
  const data = installFields(script(make, kept));
  assert.equal(runKept(session, 1, data).results, [SW_SUCCESS]);
  return session;
}

/** Has the attacker keep another script. */
function rekeep(session: SecureChannel, calls: readonly Call[]): void {
  const kept = script(calls);
  const call: Call = [PROBE_KEEP, ON_SELECT, 0, payloadAt(1), kept.length];
  const command = apdu(CLA_PROPRIETARY, INS_PROBE, 0, 0, script([call], kept), 0);
  through(managing.card, session, command);
}

const personalize: Call = [api.CARD_PERSONALIZE, NEW];

phases(
  "who is personalized opens no session, personalizes nobody and ends no session",
  async () => {
    const inner: Call[] = [
      [api.CARD_CHANNEL_INITIALIZE],
      [api.CARD_CHANNEL_AUTHENTICATE],
      [api.CARD_PERSONALIZE, ATTACKER],
      installNew,
      [api.CARD_SELF],
    ];
    const session = await underling(inner);
    rekeep(session, [personalize]);
    const act = (): void => {
      const { data, results: outer } = runKept(session, 1, "");
      assert.equal(outer, [SW_SUCCESS]);
      assert.equal(outcome(data, 5).results, [refused, refused, denied, denied, NEW]);
      // The session goes on.
      assert.equal(runKept(session, 1, "").results, [SW_SUCCESS]);
    };
    afterwardsAllIsWell(managing, act, "", [ATTACKER, NEW]);
  },
);

phases("a domain and who it personalizes have no transaction in common", async () => {
  const inner: Call[] = [
    [api.CARD_TRANSACTION_COMMIT],
    [api.CARD_TRANSACTION_BEGIN],
    [api.CARD_OBJECT_CREATE, 70, 4],
  ];
  const session = await underling(inner);
  const act = (): void => {
    // What the underling leaves open the domain does not commit.
    rekeep(session, [personalize, [api.CARD_TRANSACTION_COMMIT]]);
    const { data, results: outer } = runKept(session, 2, "");
    assert.equal(outcome(data, 3).results, [refused, SW_SUCCESS, SW_SUCCESS]);
    assert.equal(outer, [SW_SUCCESS, refused]);
    // With a transaction of its own it cannot have another run.
    rekeep(session, [[api.CARD_TRANSACTION_BEGIN], personalize, [api.CARD_TRANSACTION_COMMIT]]);
    assert.equal(runKept(session, 3, "").results, [SW_SUCCESS, refused, SW_SUCCESS]);
  };
  afterwardsAllIsWell(managing, act, "", [ATTACKER, NEW]);
  victimCanWrite(managing);
});

phases("a domain personalizes only what is its own", async () => {
  const session = await attackerSession(
    [DOMAIN, ATTACKER, VICTIM, NEW, 0, -1].map(
      (instance): Call => [api.CARD_PERSONALIZE, instance],
    ),
  );
  afterwardsAllIsWell(managing, () => {
    const { results: found } = runKept(session, 6, "");
    assert.equal(found, Array(6).fill(refused));
  });
});

phases("a domain that has answered installs nobody into its response", async () => {
  const session = await attackerSession([[api.CARD_REPLY, scratch, 4], installNew]);
  const found = runKept(session, 2, installFields(script([])));
  assert.equal(found.results, [SW_SUCCESS, refused]);
  assert.is(found.data.length, 4);
});

// Life cycles

phases("an applet without the privilege neither locks nor ends the card", () => {
  afterwardsAllIsWell(at, () => {
    assert.equal(results(card, [api.CARD_LOCK], [api.CARD_TERMINATE]), [refused, refused]);
    for (const state of [0x01, 0x07, 0x0f, 0x7f, 0xff]) {
      const result = ask(managing.card, api.CARD_STATUS_SET, 0x80, state);
      assert.is(result, denied, `card state ${state}`);
    }
  });
});

phases("an applet that locks itself is gone, for itself alone and for good", () => {
  afterwardsAllIsWell(at, () => {
    const lock: Call = [api.CARD_LIFE_CYCLE_SET, LIFE_CYCLE_SELECTABLE | LIFE_CYCLE_LOCKED];
    assert.is(ask(card, ...lock), SW_SUCCESS);
    for (const state of [LIFE_CYCLE_SELECTABLE, 0x0f, 0xff, 0x03]) {
      assert.not.equal(ask(card, api.CARD_LIFE_CYCLE_SET, state), SW_SUCCESS, `${state}`);
    }
  });
  card.reset();
  refuse(card, selectCommand(0), SW_FILE_NOT_FOUND);
  selectProbe(card, 1);
});

phases("of the life cycle nothing moves in a transaction, which could be taken back", () => {
  const calls: Call[] = [
    [api.CARD_TRANSACTION_BEGIN],
    [api.CARD_LIFE_CYCLE_SET, 0x0f],
    [api.CARD_LOCK],
    [api.CARD_TERMINATE],
    [api.CARD_LIFE_CYCLE],
  ];
  afterwardsAllIsWell(at, () => {
    const { results: found } = perform(card, calls);
    assert.equal(found, [SW_SUCCESS, refused, refused, refused, LIFE_CYCLE_SELECTABLE]);
  });
  assert.is(ask(card, PROBE_PEEK, scratch), 0);
  assert.not.equal(send(card, scriptCommand([])).sw, SW_INTERNAL_ERROR);
});

phases.run();
