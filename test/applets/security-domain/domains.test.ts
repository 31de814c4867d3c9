// Supplementary security domains: their keys, what is below them, and what they may do there and beyond.

import { suite } from "uvu";
import * as assert from "uvu/assert";
import {
  INSTALL_FOR_EXTRADITION,
  INSTALL_FOR_MAKE_SELECTABLE,
  INSTALL_FOR_PERSONALIZATION,
  INSTALL_FOR_REGISTRY_UPDATE,
  STATUS_APPLICATIONS,
  STATUS_LOAD_FILES,
} from "../../../runtime/spec/content.ts";
import { CLA_PROPRIETARY, INS_INITIALIZE_UPDATE } from "../../../runtime/spec/instructions.ts";
import { LIFE_CYCLE_LOCKED } from "../../../runtime/spec/life-cycle.ts";
import {
  SW_CONDITIONS_NOT_SATISFIED,
  SW_REFERENCED_DATA_NOT_FOUND,
  SW_SUCCESS,
  SW_WRONG_DATA,
} from "../../../runtime/spec/status-words.ts";
import { accept, apdu, everyPowerCut, refuse } from "../../helpers/card.ts";
import { hex16, selectApplication } from "../../helpers/secure-channel.ts";
import { AID_FILES } from "../filesystem/file-tree.ts";
import {
  about,
  DOMAIN_MODULE,
  deleteCommand,
  does,
  enter,
  extradition,
  FILES_MODULE,
  getStatus,
  ISSUER,
  install,
  installCommand,
  installDomain,
  installForLoad,
  listed,
  load,
  lv,
  MANAGING_DOMAIN,
  managedCard,
  OTHER_DOMAIN,
  SECURITY_DOMAIN,
  SUPPLEMENTARY,
  SUPPLEMENTARY_KEYS,
  setStatus,
  TINY,
  TINY_INSTANCE,
  tinyPackage,
} from "./managed-card.ts";

const on = await managedCard();
const { card } = on;
// One that manages what is below it, with keys of its own; one that does not, without.
does(on, installDomain(SUPPLEMENTARY, MANAGING_DOMAIN, SUPPLEMENTARY_KEYS));
does(on, installDomain(OTHER_DOMAIN, SECURITY_DOMAIN));
const ready = card.snapshot();
const tests = suite("security domains");
tests.before.each(async () => {
  card.restore(ready);
  await enter(on, ISSUER);
});
const own = () => enter(on, SUPPLEMENTARY, SUPPLEMENTARY_KEYS);

const initializeUpdate = (version: number) =>
  apdu(CLA_PROPRIETARY, INS_INITIALIZE_UPDATE, version, 0, "0102030405060708", 0);

/** Whose an instance or a load file is, as GET STATUS has it. */
function domainOf(aid: string, p1: number = STATUS_APPLICATIONS): string {
  const row = does(on, getStatus(p1, aid));
  return row.slice(row.lastIndexOf("cc") + 4).toUpperCase();
}

// Keys

tests(
  "a domain's channel opens with its own keys and no other's; without any with those above",
  async () => {
    await own();
    accept(card, selectApplication(SUPPLEMENTARY));
    const initialize = (version: number) =>
      apdu(CLA_PROPRIETARY, INS_INITIALIZE_UPDATE, version, 0, "0102030405060708", 0);
    refuse(card, initialize(0xff), SW_REFERENCED_DATA_NOT_FOUND);
    await enter(on, OTHER_DOMAIN);
    assert.equal(listed(on, STATUS_APPLICATIONS), [OTHER_DOMAIN]);
    await enter(on, ISSUER);
  },
);

tests(
  "an application's channel opens with the keys of its domain, also when that changes",
  async () => {
    does(on, extradition(AID_FILES, SUPPLEMENTARY));
    await enter(on, AID_FILES, SUPPLEMENTARY_KEYS);
    await enter(on, ISSUER);
    does(on, extradition(AID_FILES, OTHER_DOMAIN), SW_SUCCESS);
    await enter(on, AID_FILES);
  },
);

tests("a locked domain's keys open no channel, not for what is below it either", () => {
  does(on, extradition(AID_FILES, SUPPLEMENTARY));
  does(on, setStatus(STATUS_APPLICATIONS, LIFE_CYCLE_LOCKED, SUPPLEMENTARY));
  accept(card, selectApplication(AID_FILES));
  refuse(card, initializeUpdate(SUPPLEMENTARY_KEYS.version), SW_REFERENCED_DATA_NOT_FOUND);
  refuse(card, initializeUpdate(0), SW_REFERENCED_DATA_NOT_FOUND);
});

tests(
  "a domain takes the install parameters of other cards: TLVs, which give it no keys",
  async () => {
    // Protocol and i, who may move things here, delete here, move them away.
    const parameters = "C90F810203708202202083012087022020";
    const aid = "F0737364CC";
    const given = { module: DOMAIN_MODULE, aid, privileges: SECURITY_DOMAIN };
    does(on, install({ ...given, parameters: "C90381020370" }), SW_WRONG_DATA);
    does(on, install({ ...given, parameters: "C90481020370" }));
    does(on, deleteCommand(aid));
    does(on, install({ ...given, parameters }));
    await enter(on, aid);
  },
);

// What a domain may do below itself

tests("a managing domain loads, installs and deletes; all of it is its own", async () => {
  await own();
  load(on, tinyPackage());
  does(on, install({ module: TINY }));
  assert.is(domainOf(TINY_INSTANCE), SUPPLEMENTARY);
  assert.is(domainOf(TINY, STATUS_LOAD_FILES), SUPPLEMENTARY);
  does(on, installDomain("F0737364CC", SECURITY_DOMAIN));
  assert.is(domainOf("F0737364CC"), SUPPLEMENTARY);
  does(on, deleteCommand(TINY_INSTANCE));
  does(on, deleteCommand(TINY));
});

tests("a domain that does not manage is refused all that changes content", async () => {
  load(on, tinyPackage());
  await enter(on, OTHER_DOMAIN);
  const refused = [
    installForLoad({ aid: "F074696E7A" }),
    install({}),
    about(INSTALL_FOR_MAKE_SELECTABLE, OTHER_DOMAIN, { privileges: "00" }),
    extradition(OTHER_DOMAIN, SUPPLEMENTARY),
    about(INSTALL_FOR_REGISTRY_UPDATE, OTHER_DOMAIN, { privileges: MANAGING_DOMAIN }),
    deleteCommand(OTHER_DOMAIN),
    deleteCommand(TINY),
  ];
  for (const command of refused) does(on, command, SW_CONDITIONS_NOT_SATISFIED);
});

tests("a managing domain does not reach what is not below it", async () => {
  load(on, tinyPackage());
  does(on, install({ module: TINY }));
  does(on, installDomain("F0737364CC", SECURITY_DOMAIN));
  await own();
  const refused = [
    installForLoad({ aid: "F074696E7A", domain: OTHER_DOMAIN }),
    installForLoad({ aid: "F074696E7A", domain: ISSUER }),
    extradition(TINY_INSTANCE, SUPPLEMENTARY),
    extradition(TINY, SUPPLEMENTARY),
    extradition(ISSUER, SUPPLEMENTARY),
    about(INSTALL_FOR_REGISTRY_UPDATE, TINY_INSTANCE, { privileges: "000000" }),
    about(INSTALL_FOR_REGISTRY_UPDATE, ISSUER, { privileges: "800000" }),
    deleteCommand(TINY_INSTANCE),
    deleteCommand(TINY),
    deleteCommand("F0737364CC"),
    deleteCommand(ISSUER),
  ];
  for (const command of refused) does(on, command, SW_CONDITIONS_NOT_SATISFIED);
  does(on, about(INSTALL_FOR_PERSONALIZATION, TINY_INSTANCE), SW_REFERENCED_DATA_NOT_FOUND);
});

tests("Global Delete reaches what is not below the domain", async () => {
  load(on, tinyPackage());
  does(on, install({ module: TINY }));
  const domain = "F0737364CC";
  does(on, installDomain(domain, "80D000"));
  await enter(on, domain);
  does(on, deleteCommand(TINY, 0x80));
  does(on, deleteCommand(AID_FILES));
  does(on, deleteCommand(ISSUER), SW_CONDITIONS_NOT_SATISFIED);
});

tests(
  "an instance is of the domain of its load file, or of the one below that asks for it",
  async () => {
    load(on, tinyPackage(), { domain: SUPPLEMENTARY });
    does(on, install({ module: TINY }));
    assert.is(domainOf(TINY_INSTANCE), SUPPLEMENTARY);
    load(on, tinyPackage("F074696E7A"));
    load(on, tinyPackage("F074696E7B"), { domain: OTHER_DOMAIN });
    await own();
    does(on, install({ module: "F074696E7A", aid: "F074696E7A01" }));
    assert.is(domainOf("F074696E7A01"), SUPPLEMENTARY);
    does(on, install({ module: "F074696E7B", aid: "F074696E7B01" }), SW_CONDITIONS_NOT_SATISFIED);
  },
);

// Privileges

/** Those that reach beyond what is below a domain. */
const FAR = ["100000", "080000", "040000", "001000", "000800", "000400", "000200"];

tests(
  "a managing domain does not give what reaches beyond it, unless it has that itself",
  async () => {
    await own();
    does(on, install({}));
    for (const privileges of FAR) {
      does(on, install({ aid: "F0F0F0F0F0", privileges }), SW_CONDITIONS_NOT_SATISFIED, privileges);
      const update = about(INSTALL_FOR_REGISTRY_UPDATE, TINY_INSTANCE, { privileges });
      does(on, update, SW_CONDITIONS_NOT_SATISFIED, privileges);
    }
    const itself = about(INSTALL_FOR_REGISTRY_UPDATE, SUPPLEMENTARY, { privileges: "80D000" });
    does(on, itself, SW_CONDITIONS_NOT_SATISFIED);
    await enter(on, ISSUER);
    does(on, about(INSTALL_FOR_REGISTRY_UPDATE, SUPPLEMENTARY, { privileges: "90C000" }));
    await own();
    does(on, install({ aid: "F0F0F0F0F0", privileges: "100000" }));
  },
);

tests("card reset and final application have one holder; its end gives them back", () => {
  for (const privileges of ["040000", "000200"]) {
    does(on, install({ privileges }));
    does(on, install({ aid: "F0F0F0F0F0", privileges }), SW_WRONG_DATA);
    const update = about(INSTALL_FOR_REGISTRY_UPDATE, AID_FILES, { privileges });
    does(on, update, SW_WRONG_DATA);
    does(on, about(INSTALL_FOR_REGISTRY_UPDATE, TINY_INSTANCE, { privileges: "000000" }));
    does(on, update);
    does(on, about(INSTALL_FOR_REGISTRY_UPDATE, AID_FILES, { privileges: "000000" }));
    does(on, deleteCommand(TINY_INSTANCE));
  }
});

tests("a registry update keeps what its holder has, and takes what it leaves out", () => {
  does(on, install({ privileges: "140000" }));
  const held = () =>
    does(on, getStatus(STATUS_APPLICATIONS, TINY_INSTANCE)).match(/c503(.{6})/)![1];
  does(on, about(INSTALL_FOR_REGISTRY_UPDATE, TINY_INSTANCE, { privileges: "1C0000" }));
  assert.is(held(), "1c0000");
  does(on, about(INSTALL_FOR_REGISTRY_UPDATE, TINY_INSTANCE, { parameters: "EF03CF0181" }));
  assert.is(held(), "1c0000");
  does(on, about(INSTALL_FOR_REGISTRY_UPDATE, TINY_INSTANCE, { privileges: "080000" }));
  assert.is(held(), "080000");
});

tests("Mandated DAP is added to DAP Verification, and goes before it", () => {
  const update = (privileges: string) =>
    about(INSTALL_FOR_REGISTRY_UPDATE, OTHER_DOMAIN, { privileges });
  does(on, update("818000"), SW_WRONG_DATA);
  does(on, update("C08000"));
  does(on, update("C18000"));
  does(on, update("818000"), SW_WRONG_DATA);
  does(on, update("808000"));
});

const WRONG_PRIVILEGES: readonly [string, string][] = [
  ["of a domain on an application", "800000"],
  ["to verify DAP on an application", "400000"],
  ["to manage by delegation on an application", "200000"],
  ["of CVM management", "020000"],
  ["to verify tokens", "002000"],
  ["of a global service", "000100"],
  ["to give receipts", "000080"],
  ["of ciphered load files", "000040"],
  ["of contactless activation", "000020"],
  ["of a bit reserved", "000001"],
  ["in two bytes", "0000"],
  ["in four bytes", "00000000"],
];
for (const [what, privileges] of WRONG_PRIVILEGES) {
  tests(`a privilege ${what} is refused`, () => {
    does(on, install({ privileges }), SW_WRONG_DATA);
    does(on, install({}));
    const update = about(INSTALL_FOR_REGISTRY_UPDATE, TINY_INSTANCE, { privileges });
    does(on, update, SW_WRONG_DATA);
  });
}

tests(
  "a domain does not manage by its own right and by delegation at once, nor mandate alone",
  () => {
    for (const privileges of ["A0C000", "818000"]) {
      does(on, installDomain("F0737364CC", privileges), SW_WRONG_DATA);
    }
  },
);

tests("a domain given one byte of privileges has Trusted Path, as table 6-2 says", () => {
  does(on, installDomain("F0737364CC", "80"));
  assert.match(does(on, getStatus(STATUS_APPLICATIONS, "F0737364CC")), "c503808000");
  does(on, install({ privileges: "10" }));
  assert.match(does(on, getStatus(STATUS_APPLICATIONS, TINY_INSTANCE)), "c503100000");
});

tests("only a module that the image trusts becomes a domain", () => {
  load(on, tinyPackage());
  does(on, install({ module: TINY, privileges: "808000" }), SW_WRONG_DATA);
  does(on, install({ module: TINY }));
  const update = about(INSTALL_FOR_REGISTRY_UPDATE, TINY_INSTANCE, { privileges: "808000" });
  does(on, update, SW_WRONG_DATA);
});

// Extradition

tests("an application and a package go to another domain and back", () => {
  load(on, tinyPackage());
  does(on, install({ module: TINY }));
  for (const domain of [SUPPLEMENTARY, OTHER_DOMAIN, ISSUER]) {
    does(on, extradition(TINY_INSTANCE, domain));
    assert.is(domainOf(TINY_INSTANCE), domain);
    does(on, extradition(TINY, domain));
    assert.is(domainOf(TINY, STATUS_LOAD_FILES), domain);
  }
});

const EXTRADITIONS: readonly [string, Uint8Array, number][] = [
  ["to nobody", extradition(AID_FILES, ""), SW_REFERENCED_DATA_NOT_FOUND],
  ["to an unknown domain", extradition(AID_FILES, "F012345678"), SW_REFERENCED_DATA_NOT_FOUND],
  ["to an application", extradition(AID_FILES, AID_FILES), SW_REFERENCED_DATA_NOT_FOUND],
  [
    "of an unknown application",
    extradition("F012345678", OTHER_DOMAIN),
    SW_REFERENCED_DATA_NOT_FOUND,
  ],
  ["of the issuer's domain", extradition(ISSUER, OTHER_DOMAIN), SW_CONDITIONS_NOT_SATISFIED],
  [
    "of a module of the image",
    extradition(FILES_MODULE, OTHER_DOMAIN),
    SW_CONDITIONS_NOT_SATISFIED,
  ],
  ["of a domain to itself", extradition(OTHER_DOMAIN, OTHER_DOMAIN), SW_CONDITIONS_NOT_SATISFIED],
  [
    "with a field too few",
    installCommand(INSTALL_FOR_EXTRADITION, lv(OTHER_DOMAIN)),
    SW_WRONG_DATA,
  ],
  [
    "with a token that nobody needs",
    about(INSTALL_FOR_EXTRADITION, AID_FILES, { loadFile: OTHER_DOMAIN, token: "00" }),
    SW_WRONG_DATA,
  ],
];
for (const [what, request, sw] of EXTRADITIONS) {
  tests(`extradition ${what} is refused with ${hex16(sw)}; the next is done`, () => {
    does(on, request, sw);
    assert.is(domainOf(AID_FILES), ISSUER);
    does(on, extradition(AID_FILES, OTHER_DOMAIN));
  });
}

tests("a domain does not come below one that is below it", () => {
  does(on, extradition(OTHER_DOMAIN, SUPPLEMENTARY));
  does(on, extradition(SUPPLEMENTARY, OTHER_DOMAIN), SW_CONDITIONS_NOT_SATISFIED);
});

tests("nothing new comes to a domain that is locked", () => {
  does(on, setStatus(STATUS_APPLICATIONS, LIFE_CYCLE_LOCKED, OTHER_DOMAIN));
  does(on, extradition(AID_FILES, OTHER_DOMAIN), SW_REFERENCED_DATA_NOT_FOUND);
  does(on, installForLoad({ domain: OTHER_DOMAIN }), SW_REFERENCED_DATA_NOT_FOUND);
});

tests("an extradition cut anywhere is done or not", () => {
  const command = on.channel.wrap(extradition(AID_FILES, SUPPLEMENTARY));
  // Whose keys open the channel tells whose the application is.
  const initialize = initializeUpdate(SUPPLEMENTARY_KEYS.version);
  const seen = { before: 0, after: 0 };
  const cuts = everyPowerCut(
    card,
    () => accept(card, command),
    () => {
      accept(card, selectApplication(AID_FILES));
      const sw = card.exchange(initialize).at(-2);
      if (sw === 0x90) seen.after++;
      else seen.before++;
    },
  );
  assert.ok(cuts > 0 && seen.before > 0 && seen.after > 0, JSON.stringify(seen));
});

// Registry update

const UPDATES: readonly [string, Uint8Array, number][] = [
  [
    "of nobody: functions of the card",
    about(INSTALL_FOR_REGISTRY_UPDATE, "", { parameters: "EF03D90101" }),
    SW_REFERENCED_DATA_NOT_FOUND,
  ],
  [
    "that restricts a domain",
    about(INSTALL_FOR_REGISTRY_UPDATE, SUPPLEMENTARY, { parameters: "EF03D90101" }),
    SW_WRONG_DATA,
  ],
  [
    "that extradites too",
    about(INSTALL_FOR_REGISTRY_UPDATE, AID_FILES, { loadFile: OTHER_DOMAIN }),
    SW_WRONG_DATA,
  ],
  [
    "with parameters cut short",
    about(INSTALL_FOR_REGISTRY_UPDATE, AID_FILES, { parameters: "EF03CF01" }),
    SW_WRONG_DATA,
  ],
  [
    "of the issuer's domain",
    about(INSTALL_FOR_REGISTRY_UPDATE, ISSUER, { privileges: "800000" }),
    SW_CONDITIONS_NOT_SATISFIED,
  ],
  [
    "that makes a domain an application",
    about(INSTALL_FOR_REGISTRY_UPDATE, OTHER_DOMAIN, { privileges: "000000" }),
    SW_WRONG_DATA,
  ],
  [
    "of an unknown application",
    about(INSTALL_FOR_REGISTRY_UPDATE, "F012345678"),
    SW_REFERENCED_DATA_NOT_FOUND,
  ],
];
for (const [what, request, sw] of UPDATES) {
  tests(`a registry update ${what} is refused with ${hex16(sw)}; the next is done`, () => {
    does(on, request, sw);
    does(on, about(INSTALL_FOR_REGISTRY_UPDATE, AID_FILES, { privileges: "040000" }));
  });
}

tests.run();
