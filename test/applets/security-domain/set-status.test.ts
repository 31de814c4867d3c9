// SET STATUS: the life cycles of the card, of domains and of applications. GPC 2.3.1, 5 and 11.10.

import { suite } from "uvu";
import * as assert from "uvu/assert";
import { TAG_9F70_LIFE_CYCLE } from "../../../applets/security-domain/spec.ts";
import {
  CARD_LIFE_CYCLE,
  CARD_LIFE_CYCLE_SET,
  CARD_LOCK,
  CARD_TERMINATE,
} from "../../../runtime/spec/card-api.ts";
import {
  INSTALL_FOR_INSTALL,
  STATUS_APPLICATIONS,
  STATUS_DOMAIN_AND_ITS_APPLICATIONS,
  STATUS_ISSUER_DOMAIN,
} from "../../../runtime/spec/content.ts";
import {
  CLA_PROPRIETARY,
  INS_GET_CHALLENGE,
  INS_GET_DATA,
  INS_INITIALIZE_UPDATE,
  INS_MANAGE_CHANNEL,
  INS_SELECT,
  INS_STORE_DATA,
} from "../../../runtime/spec/instructions.ts";
import {
  CARD_INITIALIZED,
  CARD_LOCKED,
  CARD_OP_READY,
  CARD_SECURED,
  CARD_TERMINATED,
  LIFE_CYCLE_INSTALLED,
  LIFE_CYCLE_LOCKED,
  LIFE_CYCLE_PERSONALIZED,
  LIFE_CYCLE_SELECTABLE,
} from "../../../runtime/spec/life-cycle.ts";
import {
  SW_CARD_LOCKED,
  SW_CONDITIONS_NOT_SATISFIED,
  SW_FILE_NOT_FOUND,
  SW_FUNCTION_NOT_SUPPORTED,
  SW_REFERENCED_DATA_NOT_FOUND,
  SW_SECURITY_NOT_SATISFIED,
  SW_SUCCESS,
  SW_WRONG_DATA,
} from "../../../runtime/spec/status-words.ts";
import { hex } from "../../helpers/bytes.ts";
import { accept, apdu, everyPowerCut, refuse } from "../../helpers/card.ts";
import { hex8, openChannel, selectApplication } from "../../helpers/secure-channel.ts";
import { ask } from "../../runtime/probe.ts";
import { AID_FILES } from "../filesystem/file-tree.ts";
import {
  deleteCommand,
  does,
  enter,
  extradition,
  getStatus,
  ISSUER,
  install,
  installDomain,
  installForLoad,
  load,
  managedCard,
  OTHER_DOMAIN,
  PROBE,
  PROBE_INSTANCE,
  probePackage,
  SECURITY_DOMAIN,
  SUPPLEMENTARY,
  SUPPLEMENTARY_KEYS,
  setStatus,
  TINY_INSTANCE,
} from "./managed-card.ts";

const on = await managedCard();
const { card } = on;
// A domain of its own keys with one below it, and probes under the issuer's and under that.
load(on, await probePackage());
const UNDER = "F070726F626502";
does(on, installDomain(SUPPLEMENTARY, "80C000", SUPPLEMENTARY_KEYS));
does(on, installDomain(OTHER_DOMAIN, SECURITY_DOMAIN));
does(on, install({ module: PROBE, aid: PROBE_INSTANCE }));
await enter(on, SUPPLEMENTARY, SUPPLEMENTARY_KEYS);
does(on, install({ module: PROBE, aid: UNDER }));
const ready = card.snapshot();
const tests = suite("SET STATUS");
tests.before.each(async () => {
  card.restore(ready);
  await enter(on, ISSUER);
});

/** Life cycle of an instance as GET STATUS has it. */
function stateOf(aid: string, p1: number = STATUS_APPLICATIONS): number {
  const found = does(on, getStatus(p1, aid)).match(
    new RegExp(`${TAG_9F70_LIFE_CYCLE.toString(16)}01(..)`),
  );
  return Number.parseInt(found![1]!, 16);
}
const cardState = () => stateOf("", STATUS_ISSUER_DOMAIN);
const moveCard = (state: number, sw: number = SW_SUCCESS) =>
  does(on, setStatus(STATUS_ISSUER_DOMAIN, state), sw, hex8(state));
const move = (aid: string, state: number, sw: number = SW_SUCCESS) =>
  does(on, setStatus(STATUS_APPLICATIONS, state, aid), sw, hex8(state));
const moveAll = (aid: string, state: number, sw: number = SW_SUCCESS) =>
  does(on, setStatus(STATUS_DOMAIN_AND_ITS_APPLICATIONS, state, aid), sw, hex8(state));
const LOCK = LIFE_CYCLE_LOCKED;
const UNLOCK = 0;

// The card

const STATES = [CARD_OP_READY, CARD_INITIALIZED, CARD_SECURED, CARD_LOCKED, CARD_TERMINATED];
/** Which states may follow which. GPC 2.3.1, figure 5-1; forward steps may be left out. */
const FOLLOW = new Map<number, readonly number[]>([
  [CARD_OP_READY, [CARD_INITIALIZED, CARD_SECURED, CARD_TERMINATED]],
  [CARD_INITIALIZED, [CARD_SECURED, CARD_TERMINATED]],
  [CARD_SECURED, [CARD_LOCKED, CARD_TERMINATED]],
  [CARD_LOCKED, [CARD_SECURED, CARD_TERMINATED]],
]);

tests("the card's life cycle goes the ways of figure 5-1 and no other", async () => {
  for (const [from, allowed] of FOLLOW) {
    for (const to of [...STATES, 0x00, 0x03, 0x8f]) {
      card.restore(ready);
      await enter(on, ISSUER);
      if (from === CARD_LOCKED) moveCard(CARD_SECURED);
      if (from !== CARD_OP_READY) moveCard(from);
      moveCard(to, allowed.includes(to) ? SW_SUCCESS : SW_CONDITIONS_NOT_SATISFIED);
      if (to !== CARD_TERMINATED) assert.is(cardState(), allowed.includes(to) ? to : from);
    }
  }
});

tests(
  "the card's life cycle outlives a power cut; the data of the command do not matter",
  async () => {
    does(on, setStatus(STATUS_ISSUER_DOMAIN, CARD_SECURED, "0102"));
    card.powerOff();
    card.reset();
    on.channel = await openChannel(card);
    assert.is(cardState(), CARD_SECURED);
  },
);

tests("a locked card lets only its final application be selected, and is not changed", async () => {
  moveCard(CARD_SECURED);
  moveCard(CARD_LOCKED);
  const refused = [
    installForLoad(),
    install({}),
    deleteCommand(UNDER),
    setStatus(STATUS_APPLICATIONS, LOCK, UNDER),
    apdu(CLA_PROPRIETARY, INS_STORE_DATA, 0x90, 0, "420101"),
  ];
  for (const command of refused) does(on, command, SW_CONDITIONS_NOT_SATISFIED);
  for (const aid of [AID_FILES, PROBE_INSTANCE, SUPPLEMENTARY]) {
    refuse(card, selectApplication(aid), SW_FUNCTION_NOT_SUPPORTED);
  }
  refuse(card, apdu(0, INS_MANAGE_CHANNEL, 0, 0, "", 1), SW_FUNCTION_NOT_SUPPORTED);
  card.reset();
  accept(card, selectApplication(ISSUER), SW_CARD_LOCKED);
  accept(card, selectApplication(""), SW_CARD_LOCKED);
  accept(card, apdu(CLA_PROPRIETARY, INS_GET_DATA, 0, 0x66, "", 0));
  on.channel = await openChannel(card);
  assert.is(cardState(), CARD_LOCKED);
  moveCard(CARD_SECURED);
  does(on, install({}));
  accept(card, selectApplication(TINY_INSTANCE));
});

tests("the final application of a locked card is the one with the privilege", async () => {
  does(on, deleteCommand(PROBE_INSTANCE));
  does(on, install({ module: PROBE, aid: PROBE_INSTANCE, privileges: "000200" }));
  moveCard(CARD_SECURED);
  moveCard(CARD_LOCKED);
  accept(card, selectApplication(PROBE_INSTANCE), SW_CARD_LOCKED);
  refuse(card, selectApplication(ISSUER), SW_FUNCTION_NOT_SUPPORTED);
  card.reset();
  assert.is(ask(card, CARD_LIFE_CYCLE), LIFE_CYCLE_SELECTABLE, "selected at reset");
});

tests("a terminated card answers GET DATA of the issuer's domain, and nothing else ever", () => {
  moveCard(CARD_TERMINATED);
  const refused = [
    selectApplication(ISSUER),
    selectApplication(AID_FILES),
    apdu(CLA_PROPRIETARY, INS_INITIALIZE_UPDATE, 0, 0, "0102030405060708", 0),
    apdu(0, INS_MANAGE_CHANNEL, 0, 0, "", 1),
  ];
  for (let times = 0; times < 2; times++) {
    card.powerOff();
    card.reset();
    accept(card, apdu(CLA_PROPRIETARY, INS_GET_DATA, 0, 0x66, "", 0));
    for (const command of refused) refuse(card, command, SW_FUNCTION_NOT_SUPPORTED);
  }
});

// Applications

tests("a locked application is not selected; unlocked it is in the state it was in", () => {
  for (const aid of [AID_FILES, PROBE_INSTANCE, UNDER]) {
    move(aid, LOCK);
    assert.is(stateOf(aid), LIFE_CYCLE_SELECTABLE | LOCK);
    move(aid, LOCK, SW_CONDITIONS_NOT_SATISFIED);
  }
  card.powerOff();
  card.reset();
  refuse(card, selectApplication(AID_FILES), SW_FILE_NOT_FOUND);
});

tests("an application that is merely installed is locked and unlocked to that", () => {
  does(on, install({}, INSTALL_FOR_INSTALL));
  move(TINY_INSTANCE, LIFE_CYCLE_SELECTABLE, SW_CONDITIONS_NOT_SATISFIED);
  move(TINY_INSTANCE, LOCK);
  assert.is(stateOf(TINY_INSTANCE), LIFE_CYCLE_INSTALLED | LOCK);
  move(TINY_INSTANCE, UNLOCK);
  assert.is(stateOf(TINY_INSTANCE), LIFE_CYCLE_INSTALLED);
  refuse(card, selectApplication(TINY_INSTANCE), SW_FILE_NOT_FOUND);
});

tests("an application that is selected when it is locked stays so until it is left", () => {
  accept(card, apdu(0, INS_MANAGE_CHANNEL, 0, 0, "", 1));
  const select = (aid: string) => apdu(1, INS_SELECT, 4, 0, aid, 0);
  accept(card, select(AID_FILES));
  move(AID_FILES, LOCK);
  accept(card, apdu(1, INS_GET_CHALLENGE, 0, 0, "", 8));
  accept(card, select(ISSUER));
  refuse(card, select(AID_FILES), SW_FILE_NOT_FOUND);
  move(AID_FILES, UNLOCK);
  accept(card, select(AID_FILES));
});

const REFUSALS: readonly [string, () => Uint8Array, number][] = [
  ["P1 of nothing", () => setStatus(0x20, LOCK, AID_FILES), SW_WRONG_DATA],
  [
    "an unknown AID",
    () => setStatus(STATUS_APPLICATIONS, LOCK, "F012345678"),
    SW_REFERENCED_DATA_NOT_FOUND,
  ],
  [
    "the beginning of an AID",
    () => setStatus(STATUS_APPLICATIONS, LOCK, AID_FILES.slice(0, -2)),
    SW_REFERENCED_DATA_NOT_FOUND,
  ],
  ["no AID", () => setStatus(STATUS_APPLICATIONS, LOCK), SW_REFERENCED_DATA_NOT_FOUND],
  [
    "the issuer's domain as an application",
    () => setStatus(STATUS_APPLICATIONS, LOCK, ISSUER),
    SW_CONDITIONS_NOT_SATISFIED,
  ],
  [
    "the issuer's domain with all below",
    () => setStatus(STATUS_DOMAIN_AND_ITS_APPLICATIONS, LOCK, ISSUER),
    SW_CONDITIONS_NOT_SATISFIED,
  ],
  [
    "an application with all below it",
    () => setStatus(STATUS_DOMAIN_AND_ITS_APPLICATIONS, LOCK, AID_FILES),
    SW_CONDITIONS_NOT_SATISFIED,
  ],
  [
    "the state that it has",
    () => setStatus(STATUS_APPLICATIONS, LIFE_CYCLE_SELECTABLE, AID_FILES),
    SW_CONDITIONS_NOT_SATISFIED,
  ],
];

for (const [what, command, sw] of REFUSALS) {
  tests(`SET STATUS refuses ${what} with ${sw.toString(16)}, and works next`, () => {
    does(on, command(), sw);
    move(AID_FILES, LOCK);
  });
}

tests("SET STATUS without a session is refused", () => {
  card.reset();
  refuse(card, setStatus(STATUS_APPLICATIONS, LOCK, AID_FILES), SW_SECURITY_NOT_SATISFIED);
  refuse(card, setStatus(STATUS_ISSUER_DOMAIN, CARD_TERMINATED), SW_SECURITY_NOT_SATISFIED);
  accept(card, selectApplication(AID_FILES));
});

// Domains

tests("a domain moves what is below it, and neither the card nor what is not", async () => {
  await enter(on, SUPPLEMENTARY, SUPPLEMENTARY_KEYS);
  move(UNDER, LOCK);
  move(UNDER, UNLOCK);
  move(AID_FILES, LOCK, SW_CONDITIONS_NOT_SATISFIED);
  moveAll(OTHER_DOMAIN, LOCK, SW_CONDITIONS_NOT_SATISFIED);
  for (const state of STATES) moveCard(state, SW_CONDITIONS_NOT_SATISFIED);
});

tests(
  "privileges let a domain lock and terminate the card, and lock what is not below it",
  async () => {
    const domain = "F0737364CC";
    does(on, installDomain(domain, "988800"));
    moveCard(CARD_SECURED);
    await enter(on, domain);
    move(AID_FILES, LOCK);
    move(AID_FILES, UNLOCK);
    moveCard(CARD_LOCKED);
    moveCard(CARD_SECURED);
    moveCard(CARD_TERMINATED);
    refuse(card, selectApplication(ISSUER), SW_FUNCTION_NOT_SUPPORTED);
  },
);

tests(
  "a domain becomes personalized by its own word, and locks itself but does not come back",
  async () => {
    move(SUPPLEMENTARY, LIFE_CYCLE_PERSONALIZED, SW_CONDITIONS_NOT_SATISFIED);
    await enter(on, SUPPLEMENTARY, SUPPLEMENTARY_KEYS);
    for (const state of [LIFE_CYCLE_INSTALLED, LIFE_CYCLE_SELECTABLE, 0x17]) {
      move(SUPPLEMENTARY, state, SW_CONDITIONS_NOT_SATISFIED);
    }
    move(SUPPLEMENTARY, LIFE_CYCLE_PERSONALIZED);
    move(SUPPLEMENTARY, LIFE_CYCLE_SELECTABLE, SW_CONDITIONS_NOT_SATISFIED);
    move(SUPPLEMENTARY, LIFE_CYCLE_PERSONALIZED | LOCK);
    move(SUPPLEMENTARY, LIFE_CYCLE_PERSONALIZED, SW_CONDITIONS_NOT_SATISFIED);
    // A locked domain refuses all, though it is selected still. 5.3.2.4.
    move(UNDER, LOCK, SW_CONDITIONS_NOT_SATISFIED);
    does(on, deleteCommand(UNDER), SW_CONDITIONS_NOT_SATISFIED);
    await enter(on, ISSUER);
    refuse(card, selectApplication(SUPPLEMENTARY), SW_FILE_NOT_FOUND);
  },
);

const TREE = [SUPPLEMENTARY, UNDER, "F070726F626503"];

/** A third probe under the supplementary domain, which is personalized. */
async function growTree(): Promise<void> {
  await enter(on, SUPPLEMENTARY, SUPPLEMENTARY_KEYS);
  does(on, install({ module: PROBE, aid: TREE[2]! }));
  move(SUPPLEMENTARY, LIFE_CYCLE_PERSONALIZED);
  await enter(on, ISSUER);
}

tests(
  "a domain is locked and unlocked with all below it, each to the state it was in",
  async () => {
    await growTree();
    const before = TREE.map((aid) => stateOf(aid));
    for (let times = 0; times < 2; times++) moveAll(SUPPLEMENTARY, LOCK);
    assert.equal(
      TREE.map((aid) => stateOf(aid)),
      before.map((state) => state | LOCK),
    );
    assert.is(stateOf(PROBE_INSTANCE), LIFE_CYCLE_SELECTABLE);
    move(TREE[2]!, UNLOCK);
    for (let times = 0; times < 2; times++) moveAll(SUPPLEMENTARY, UNLOCK);
    assert.equal(
      TREE.map((aid) => stateOf(aid)),
      before,
    );
  },
);

tests("the final application below a domain is not locked with it", async () => {
  does(on, deleteCommand(UNDER));
  await enter(on, ISSUER);
  does(on, install({ module: PROBE, aid: UNDER, privileges: "000200" }));
  move(UNDER, LOCK, SW_CONDITIONS_NOT_SATISFIED);
  does(on, extradition(UNDER, SUPPLEMENTARY));
  moveAll(SUPPLEMENTARY, LOCK);
  assert.is(stateOf(SUPPLEMENTARY), LIFE_CYCLE_SELECTABLE | LOCK);
  assert.is(stateOf(UNDER), LIFE_CYCLE_SELECTABLE);
});

tests("locking a whole tree, cut anywhere, locks all of it or nothing", async () => {
  await growTree();
  const free = TREE.map((aid) => stateOf(aid));
  const command = on.channel.wrap(
    setStatus(STATUS_DOMAIN_AND_ITS_APPLICATIONS, LOCK, SUPPLEMENTARY),
  );
  const seen = { free: 0, locked: 0 };
  // What counts can be seen without a session: whether each can be selected.
  const cuts = everyPowerCut(
    card,
    () => accept(card, command),
    (cut) => {
      const states = TREE.map((aid) => card.exchange(selectApplication(aid)).at(-2) === 0x90);
      assert.ok(
        states.every((one) => one === states[0]),
        `${cut}: ${states}`,
      );
      if (states[0]) seen.free++;
      else seen.locked++;
    },
  );
  assert.ok(cuts > 0 && seen.free > 0 && seen.locked > 0, JSON.stringify(seen));
  assert.equal(free, [LIFE_CYCLE_PERSONALIZED, LIFE_CYCLE_SELECTABLE, LIFE_CYCLE_SELECTABLE]);
});

// What an application does itself

tests(
  "an application goes through states of its own, and locks itself, but neither back nor out",
  () => {
    accept(card, selectApplication(PROBE_INSTANCE));
    const set = (state: number) => ask(card, CARD_LIFE_CYCLE_SET, state);
    assert.is(ask(card, CARD_LIFE_CYCLE), LIFE_CYCLE_SELECTABLE);
    for (const state of [0x0f, 0x7f, 0x17, LIFE_CYCLE_SELECTABLE]) {
      assert.is(set(state), SW_SUCCESS, hex8(state));
      assert.is(ask(card, CARD_LIFE_CYCLE), state);
      assert.is(set(state), SW_CONDITIONS_NOT_SATISFIED, "the state that it has");
    }
    for (const state of [0x00, 0x01, 0x03, 0x0e]) assert.is(set(state), SW_WRONG_DATA, hex8(state));
    for (const state of [0x83, 0x8f, 0xff]) {
      assert.is(set(state), SW_CONDITIONS_NOT_SATISFIED, hex8(state));
    }
    for (const call of [CARD_LOCK, CARD_TERMINATE]) {
      assert.is(ask(card, call), SW_CONDITIONS_NOT_SATISFIED);
    }
    assert.is(set(LIFE_CYCLE_SELECTABLE | LOCK), SW_SUCCESS);
    for (const state of [LIFE_CYCLE_SELECTABLE, 0x0f]) {
      assert.is(set(state), SW_CONDITIONS_NOT_SATISFIED, "out of the lock");
    }
    accept(card, selectApplication(ISSUER));
    refuse(card, selectApplication(PROBE_INSTANCE), SW_FILE_NOT_FOUND);
  },
);

tests("an application with the privileges locks and terminates the card", async () => {
  const aid = "F070726F626509";
  does(on, install({ module: PROBE, aid, privileges: "180000" }));
  accept(card, selectApplication(aid));
  assert.is(ask(card, CARD_LOCK), SW_CONDITIONS_NOT_SATISFIED, "OP_READY");
  await enter(on, ISSUER);
  moveCard(CARD_SECURED);
  accept(card, selectApplication(aid));
  assert.is(ask(card, CARD_LOCK), SW_SUCCESS);
  assert.is(ask(card, CARD_LOCK), SW_CONDITIONS_NOT_SATISFIED);
  assert.is(ask(card, CARD_TERMINATE), SW_SUCCESS);
  card.reset();
  refuse(card, selectApplication(aid), SW_FUNCTION_NOT_SUPPORTED);
  assert.is(hex(accept(card, apdu(CLA_PROPRIETARY, INS_GET_DATA, 0, 0xd3, "", 0))), "d30100");
});

tests.run();
