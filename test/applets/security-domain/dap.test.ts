// DAP: signatures of security domains over the hash of a load file. GPC 2.3.1, 9.2.1 and C.3.
// They are made with Node's crypto and another CMAC than the card's.

import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  sign,
} from "node:crypto";
import { cmac } from "@noble/ciphers/aes.js";
import { sha1 } from "@noble/hashes/legacy.js";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { type DapBlock, readLoadFile } from "../../../assembler/package/load-file.ts";
import { SoftwareKeyService } from "../../../personalization/keys/software-key-service.ts";
import { putKey, putPublicKey } from "../../../personalization/scp03/put-key.ts";
import { STATUS_APPLICATIONS, STATUS_LOAD_FILES } from "../../../runtime/spec/content.ts";
import { LIFE_CYCLE_LOCKED, LIFE_CYCLE_PERSONALIZED } from "../../../runtime/spec/life-cycle.ts";
import { KVN_DAP } from "../../../runtime/spec/secure-channel.ts";
import {
  SW_CONDITIONS_NOT_SATISFIED,
  SW_SECURITY_NOT_SATISFIED,
  SW_SUCCESS,
  SW_WRONG_DATA,
} from "../../../runtime/spec/status-words.ts";
import { bytes, hex } from "../../helpers/bytes.ts";
import {
  does,
  enter,
  extradition,
  ISSUER,
  install,
  installDomain,
  listed,
  load,
  type Managed,
  managedCard,
  OTHER_DOMAIN,
  SUPPLEMENTARY,
  SUPPLEMENTARY_KEYS,
  setStatus,
  TINY,
  tinyPackage,
} from "./managed-card.ts";

/** Security Domain, DAP Verification, Trusted Path; the same with Mandated DAP Verification. */
const DAP_DOMAIN = "C08000";
const MANDATED_DOMAIN = "C18000";
const AES_KEY = bytes("D0D1D2D3D4D5D6D7D8D9DADBDCDDDEDF");
const pair = generateKeyPairSync("ec", { namedCurve: "P-256" });
const stranger = generateKeyPairSync("ec", { namedCurve: "P-256" });

function pointOf(key: KeyObject): Uint8Array {
  const { x, y } = createPublicKey(key).export({ format: "jwk" });
  return Uint8Array.of(4, ...Buffer.from(x!, "base64url"), ...Buffer.from(y!, "base64url"));
}
const ecdsa = (key: KeyObject) => (hash: Uint8Array) =>
  new Uint8Array(sign("sha256", hash, { key, dsaEncoding: "ieee-p1363" }));
const byKey = ecdsa(createPrivateKey(pair.privateKey.export({ format: "pem", type: "pkcs8" })));
const byStranger = ecdsa(stranger.privateKey);
const byMac = (hash: Uint8Array) => cmac(hash, AES_KEY);

/** Puts the domain's DAP key and makes it personalized. */
async function personalizeDomain(on: Managed, kind: "ec" | "aes"): Promise<void> {
  await enter(on, SUPPLEMENTARY, SUPPLEMENTARY_KEYS);
  if (kind === "ec") await putPublicKey(on.channel, 0, KVN_DAP, pointOf(pair.privateKey));
  else {
    const value = bytes(SUPPLEMENTARY_KEYS.dek);
    const service = new SoftwareKeyService([
      { name: "dek", kind: "aes", value },
      { name: "dap", kind: "aes", value: AES_KEY },
    ]);
    const [dek, dap] = [await service.open("dek"), await service.open("dap")];
    await putKey(on.channel, service, dek, 0, KVN_DAP, 1, dap);
  }
  does(on, setStatus(STATUS_APPLICATIONS, LIFE_CYCLE_PERSONALIZED, SUPPLEMENTARY));
  await enter(on, ISSUER);
}

async function cardWith(privileges: string, kind: "ec" | "aes") {
  const on = await managedCard();
  does(on, installDomain(SUPPLEMENTARY, privileges, SUPPLEMENTARY_KEYS));
  does(on, installDomain(OTHER_DOMAIN, "808000"));
  await personalizeDomain(on, kind);
  return { on, ready: on.card.snapshot() };
}

const ec = await cardWith(DAP_DOMAIN, "ec");
const aes = await cardWith(DAP_DOMAIN, "aes");
const mandated = await cardWith(MANDATED_DOMAIN, "ec");
const tests = suite("DAP");

type Sign = (hash: Uint8Array) => Uint8Array;
/** The tiny package with one block for each signature. */
const signed = (...by: (readonly [domain: string, sign: Sign])[]) =>
  tinyPackage(TINY, {
    sign: (hash) =>
      by.map(([domain, one]): DapBlock => ({ domain: bytes(domain), signature: one(hash) })),
  });

async function start({ on, ready }: typeof ec): Promise<Managed> {
  on.card.restore(ready);
  await enter(on, ISSUER);
  return on;
}

/** Loads under the domain that verifies, unless another is named. */
async function loads(
  which: typeof ec,
  by: readonly (readonly [string, Sign])[],
  sw: number = SW_SUCCESS,
  domain = SUPPLEMENTARY,
): Promise<Managed> {
  const on = await start(which);
  const before = listed(on, STATUS_LOAD_FILES);
  const file = signed(...by);
  load(on, file, { hash: hex(file.hash), domain, sw });
  const after = sw === SW_SUCCESS ? [...before, TINY] : before;
  assert.equal(listed(on, STATUS_LOAD_FILES), after);
  return on;
}

for (const [name, which, by] of [
  ["ECDSA", ec, byKey],
  ["AES-CMAC", aes, byMac],
] as const) {
  tests(`a package of a domain that verifies needs its signature: ${name}`, async () => {
    const on = await loads(which, [[SUPPLEMENTARY, by]]);
    does(on, install({ module: TINY }));
    await loads(which, [], SW_SECURITY_NOT_SATISFIED);
    await loads(which, [], SW_SUCCESS, OTHER_DOMAIN);
    await loads(which, [], SW_SUCCESS, "");
  });

  tests(`a wrong signature is refused, also where none is needed: ${name}`, async () => {
    const turned: Sign = (hash) => by(hash).map((byte, at) => (at === 3 ? byte ^ 1 : byte));
    for (const domain of [SUPPLEMENTARY, ""]) {
      for (const wrong of [turned, byStranger, (hash: Uint8Array) => by(hash).slice(0, -1)]) {
        await loads(which, [[SUPPLEMENTARY, wrong]], SW_SECURITY_NOT_SATISFIED, domain);
      }
    }
    await loads(
      which,
      [[SUPPLEMENTARY, () => new Uint8Array(65).fill(1)]],
      SW_SECURITY_NOT_SATISFIED,
    );
    // The card holds no grudge.
    await loads(which, [[SUPPLEMENTARY, by]]);
  });
}

tests("a signature holds for its load file alone", async () => {
  const on = await start(ec);
  const other = tinyPackage("F074696E7A");
  const file = signed([SUPPLEMENTARY, () => byKey(other.hash)]);
  load(on, file, { hash: hex(file.hash), sw: SW_SECURITY_NOT_SATISFIED });
});

tests("a block of a domain that is unknown, or does not verify, is refused", async () => {
  for (const domain of ["F012345678", OTHER_DOMAIN, ISSUER]) {
    await loads(
      ec,
      [
        [SUPPLEMENTARY, byKey],
        [domain, byKey],
      ],
      SW_SECURITY_NOT_SATISFIED,
    );
  }
  await loads(ec, [
    [SUPPLEMENTARY, byKey],
    [SUPPLEMENTARY, byKey],
  ]);
});

tests("a block needs the hash in INSTALL [for load], of at least 32 bytes", async () => {
  const on = await start(ec);
  const file = signed([SUPPLEMENTARY, byKey]);
  load(on, file, { hash: "", sw: SW_WRONG_DATA });
  const { daps } = readLoadFile(file.bytes);
  assert.is(daps.length, 1);
  const block = file.bytes.subarray(-tinyPackage().bytes.length);
  const short = sha1(block.subarray(3));
  load(on, signed([SUPPLEMENTARY, () => byKey(short)]), { hash: hex(short), sw: SW_WRONG_DATA });
});

tests("a domain that verifies every load holds up each that it did not sign", async () => {
  for (const domain of [SUPPLEMENTARY, OTHER_DOMAIN, ""]) {
    await loads(mandated, [], SW_SECURITY_NOT_SATISFIED, domain);
    await loads(mandated, [[SUPPLEMENTARY, byStranger]], SW_SECURITY_NOT_SATISFIED, domain);
    await loads(mandated, [[SUPPLEMENTARY, byKey]], SW_SUCCESS, domain);
  }
});

tests("it holds up loads once it is personalized, and while it is locked too", async () => {
  const on = await managedCard();
  does(on, installDomain(SUPPLEMENTARY, MANDATED_DOMAIN, SUPPLEMENTARY_KEYS));
  load(on, tinyPackage());
  await personalizeDomain(on, "ec");
  load(on, tinyPackage("F074696E7A"), { sw: SW_SECURITY_NOT_SATISFIED });
  does(on, setStatus(STATUS_APPLICATIONS, LIFE_CYCLE_LOCKED, SUPPLEMENTARY));
  load(on, tinyPackage("F074696E7A"), { sw: SW_SECURITY_NOT_SATISFIED });
  const file = tinyPackage("F074696E7A", {
    sign: (hash) => [{ domain: bytes(SUPPLEMENTARY), signature: byKey(hash) }],
  });
  load(on, file, { hash: hex(file.hash), sw: SW_SECURITY_NOT_SATISFIED });
});

tests("a package is not handed to a domain that would have had to sign it", async () => {
  const on = await start(ec);
  load(on, tinyPackage());
  does(on, extradition(TINY, SUPPLEMENTARY), SW_CONDITIONS_NOT_SATISFIED);
  does(on, extradition(TINY, OTHER_DOMAIN));
});

tests.run();
