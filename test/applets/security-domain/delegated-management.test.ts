// Delegated management: a domain does what the issuer's token allows, that and nothing else.
// GPC 2.3.1, 9.1.3.3 and C.4. Tokens are made with Node's crypto.

import { createPublicKey, generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { DELETE_RELATED, TAG_4F_AID } from "../../../applets/security-domain/spec.ts";
import { putPublicKey } from "../../../personalization/scp03/put-key.ts";
import {
  INSTALL_AND_MAKE_SELECTABLE,
  INSTALL_FOR_EXTRADITION,
  INSTALL_FOR_INSTALL,
  INSTALL_FOR_LOAD,
  INSTALL_FOR_MAKE_SELECTABLE,
  INSTALL_FOR_REGISTRY_UPDATE,
  STATUS_APPLICATIONS,
  STATUS_LOAD_FILES,
  TAG_9E_TOKEN,
} from "../../../runtime/spec/content.ts";
import { CLA_PROPRIETARY, INS_DELETE, INS_INSTALL } from "../../../runtime/spec/instructions.ts";
import { KVN_TOKEN } from "../../../runtime/spec/secure-channel.ts";
import {
  SW_CONDITIONS_NOT_SATISFIED,
  SW_SECURITY_NOT_SATISFIED,
} from "../../../runtime/spec/status-words.ts";
import { bytes, hex } from "../../helpers/bytes.ts";
import { accept, apdu } from "../../helpers/card.ts";
import { selectApplication } from "../../helpers/secure-channel.ts";
import { AID_FILES, tlv } from "../filesystem/file-tree.ts";
import {
  blocks,
  does,
  enter,
  extradition,
  fields,
  ISSUER,
  installDomain,
  listed,
  lv,
  managedCard,
  OTHER_DOMAIN,
  SECURITY_DOMAIN,
  SUPPLEMENTARY,
  SUPPLEMENTARY_KEYS,
  TINY,
  TINY_INSTANCE,
  tinyPackage,
} from "./managed-card.ts";

/** Security Domain, Delegated Management, Trusted Path. */
const DELEGATED_DOMAIN = "A08000";
const issuer = generateKeyPairSync("ec", { namedCurve: "P-256" });
const stranger = generateKeyPairSync("ec", { namedCurve: "P-256" });
const { x, y } = createPublicKey(issuer.privateKey).export({ format: "jwk" });
const POINT = Uint8Array.of(4, ...Buffer.from(x!, "base64url"), ...Buffer.from(y!, "base64url"));

const on = await managedCard();
const { card } = on;
does(on, installDomain(SUPPLEMENTARY, DELEGATED_DOMAIN, SUPPLEMENTARY_KEYS));
does(on, installDomain(OTHER_DOMAIN, SECURITY_DOMAIN));
does(on, extradition(OTHER_DOMAIN, SUPPLEMENTARY));
const unarmed = card.snapshot();
await putPublicKey(on.channel, 0, KVN_TOKEN, POINT);
const ready = card.snapshot();
const tests = suite("delegated management");
tests.before.each(async () => {
  card.restore(ready);
  await enter(on, SUPPLEMENTARY, SUPPLEMENTARY_KEYS);
});

/** A token over P1, P2, the length and the data, without those of the token itself. C.4. */
function token(p1: number, p2: number, data: string, key: KeyObject = issuer.privateKey): string {
  const signed = Uint8Array.of(p1, p2, data.length / 2, ...bytes(data));
  return hex(sign("sha256", signed, { key, dsaEncoding: "ieee-p1363" }));
}
const installWith = (p1: number, data: string, value: string) =>
  apdu(CLA_PROPRIETARY, INS_INSTALL, p1, 0, data + lv(value), 0);
const withToken = (p1: number, data: string) => installWith(p1, data, token(p1, 0, data));
/** Fields of INSTALL but for the token. */
const unsigned = (given: Parameters<typeof fields>[0]) => fields(given).slice(0, -2);
const aboutFields = (aid: string, given = {}) =>
  unsigned({ loadFile: "", module: "", aid, privileges: "", parameters: "", ...given });
const deletion = (aid: string, value?: string) => {
  const data = tlv(TAG_4F_AID, aid);
  const with9e = tlv(TAG_9E_TOKEN, value ?? token(0, 0, data));
  return apdu(CLA_PROPRIETARY, INS_DELETE, 0, 0, data + with9e, 0);
};

const NEW = unsigned({});

tests(
  "a domain installs by delegation with the issuer's token, and the instance is its own",
  () => {
    does(on, withToken(INSTALL_AND_MAKE_SELECTABLE, NEW));
    assert.equal(listed(on, STATUS_APPLICATIONS), [SUPPLEMENTARY, OTHER_DOMAIN, TINY_INSTANCE]);
    accept(card, selectApplication(TINY_INSTANCE));
  },
);

const made = token(INSTALL_AND_MAKE_SELECTABLE, 0, NEW);
const WRONG: readonly [string, string][] = [
  ["none", ""],
  ["a stranger's", token(INSTALL_AND_MAKE_SELECTABLE, 0, NEW, stranger.privateKey)],
  ["one with a bit turned", `${made.slice(0, -1)}${made.endsWith("0") ? "1" : "0"}`],
  ["one cut short", made.slice(0, -2)],
  ["one for another form", token(INSTALL_FOR_INSTALL, 0, NEW)],
  ["one for another P2", token(INSTALL_AND_MAKE_SELECTABLE, 1, NEW)],
  ["one for another name", token(INSTALL_AND_MAKE_SELECTABLE, 0, unsigned({ aid: "F0F0F0F0F0" }))],
  [
    "one for other privileges",
    token(INSTALL_AND_MAKE_SELECTABLE, 0, unsigned({ privileges: "100000" })),
  ],
  ["one for a deletion", token(0, 0, tlv(TAG_4F_AID, TINY_INSTANCE))],
];
for (const [what, value] of WRONG) {
  tests(`a token is refused, and nothing installed: ${what}`, () => {
    does(on, installWith(INSTALL_AND_MAKE_SELECTABLE, NEW, value), SW_SECURITY_NOT_SATISFIED);
    assert.equal(listed(on, STATUS_APPLICATIONS), [SUPPLEMENTARY, OTHER_DOMAIN]);
    does(on, withToken(INSTALL_AND_MAKE_SELECTABLE, NEW));
  });
}

tests("without the issuer's token key no token holds", async () => {
  card.restore(unarmed);
  await enter(on, SUPPLEMENTARY, SUPPLEMENTARY_KEYS);
  does(on, withToken(INSTALL_AND_MAKE_SELECTABLE, NEW), SW_SECURITY_NOT_SATISFIED);
  // One of its own does not make a domain the issuer.
  await putPublicKey(on.channel, 0, KVN_TOKEN, POINT);
  does(on, withToken(INSTALL_AND_MAKE_SELECTABLE, NEW), SW_SECURITY_NOT_SATISFIED);
});

tests("each act needs its own token: load, install, make selectable, move, update, delete", () => {
  const load = [TINY, "", "", ""].map(lv).join("");
  does(on, installWith(INSTALL_FOR_LOAD, load, ""), SW_SECURITY_NOT_SATISFIED);
  does(on, withToken(INSTALL_FOR_LOAD, load));
  for (const block of blocks(tinyPackage().bytes)) does(on, block);
  assert.equal(listed(on, STATUS_LOAD_FILES), [TINY]);
  const acts: readonly [number, string][] = [
    [INSTALL_FOR_INSTALL, unsigned({ module: TINY })],
    [INSTALL_FOR_MAKE_SELECTABLE, aboutFields(TINY_INSTANCE, { privileges: "00" })],
    [INSTALL_FOR_EXTRADITION, aboutFields(TINY_INSTANCE, { loadFile: OTHER_DOMAIN })],
    [INSTALL_FOR_REGISTRY_UPDATE, aboutFields(TINY_INSTANCE, { privileges: "100000" })],
  ];
  for (const [p1, data] of acts) {
    does(on, installWith(p1, data, ""), SW_SECURITY_NOT_SATISFIED);
    does(
      on,
      installWith(p1, data, token(p1, 0, data, stranger.privateKey)),
      SW_SECURITY_NOT_SATISFIED,
    );
    does(on, withToken(p1, data));
  }
  for (const aid of [TINY_INSTANCE, TINY]) {
    does(on, deletion(aid, ""), SW_SECURITY_NOT_SATISFIED);
    does(on, deletion(aid, token(0, 0, tlv(TAG_4F_AID, AID_FILES))), SW_SECURITY_NOT_SATISFIED);
    does(on, deletion(aid));
  }
  assert.equal(listed(on, STATUS_APPLICATIONS), [SUPPLEMENTARY, OTHER_DOMAIN]);
});

tests("a package goes with what is related only by a token that says so", () => {
  const load = [TINY, "", "", ""].map(lv).join("");
  does(on, withToken(INSTALL_FOR_LOAD, load));
  for (const block of blocks(tinyPackage().bytes)) does(on, block);
  does(on, withToken(INSTALL_AND_MAKE_SELECTABLE, unsigned({ module: TINY })));
  const data = tlv(TAG_4F_AID, TINY);
  const related = (value: string) =>
    apdu(CLA_PROPRIETARY, INS_DELETE, 0, DELETE_RELATED, data + tlv(TAG_9E_TOKEN, value), 0);
  does(on, related(token(0, 0, data)), SW_SECURITY_NOT_SATISFIED);
  does(on, related(token(0, DELETE_RELATED, data)));
  assert.equal(listed(on, STATUS_LOAD_FILES), []);
});

tests("a token does not carry a domain beyond what is below it", () => {
  does(on, deletion(AID_FILES), SW_CONDITIONS_NOT_SATISFIED);
  const data = aboutFields(AID_FILES, { loadFile: SUPPLEMENTARY });
  does(on, withToken(INSTALL_FOR_EXTRADITION, data), SW_CONDITIONS_NOT_SATISFIED);
  const update = aboutFields(ISSUER, { privileges: "800000" });
  does(on, withToken(INSTALL_FOR_REGISTRY_UPDATE, update), SW_CONDITIONS_NOT_SATISFIED);
});

tests.run();
