// A card whose content tests manage: commands of content management, packages to load, domains to make.

import { fileURLToPath } from "node:url";
import * as assert from "uvu/assert";
import {
  AID_ISSUER_DOMAIN,
  LOAD_LAST,
  STATUS_NEXT,
  STATUS_TLV_FORMAT,
  TAG_4F_AID,
} from "../../../applets/security-domain/spec.ts";
import { defaultCache } from "../../../assembler/compiler/cache.ts";
import type { Image } from "../../../assembler/image/types.ts";
import { buildPackage } from "../../../assembler/package/build.ts";
import {
  type LoadFile,
  type SignHash,
  writeLoadFile,
} from "../../../assembler/package/load-file.ts";
import type { Card } from "../../../emulator/card.ts";
import type { SecureChannel } from "../../../personalization/scp03/secure-channel.ts";
import {
  INSTALL_AND_MAKE_SELECTABLE,
  INSTALL_FOR_EXTRADITION,
  INSTALL_FOR_LOAD,
  TAG_C9_PARAMETERS,
} from "../../../runtime/spec/content.ts";
import {
  CLA_PROPRIETARY,
  INS_DELETE,
  INS_GET_STATUS,
  INS_INSTALL,
  INS_LOAD,
  INS_SET_STATUS,
} from "../../../runtime/spec/instructions.ts";
import { SW_MORE_STATUS, SW_SUCCESS } from "../../../runtime/spec/status-words.ts";
import { APPLET, assemble, I32, type Parts } from "../../assembler/wasm-bytes.ts";
import { bytes, hex } from "../../helpers/bytes.ts";
import { accept, apdu, freshCard, imageWith } from "../../helpers/card.ts";
import {
  hex8,
  openChannel,
  type StaticKeys,
  selectApplication,
  sendThrough,
  through,
} from "../../helpers/secure-channel.ts";
import { tlv } from "../filesystem/file-tree.ts";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));

/** Modules of the image: load file and module have the same name. */
export const DOMAIN_MODULE = "A0000001515350";
export const FILES_MODULE = "F057616665720001";
export const SOCIAL_MODULE = "F057616665720002";
export const IDENTITY_MODULE = "F057616665720003";
export const ISSUER: string = AID_ISSUER_DOMAIN.toUpperCase();
/** Names that tests give. */
export const TINY = "F074696E79";
export const TINY_INSTANCE = "F074696E7901";
export const PROBE = "F070726F6265";
export const PROBE_INSTANCE = "F070726F626501";
export const SUPPLEMENTARY = "F0737364AA";
export const OTHER_DOMAIN = "F0737364BB";

/** The reference image; its issuer domain is the default, and nobody holds a privilege that only one may. */
export function managedImage(): Promise<Image> {
  return imageWith((profile) => ({
    ...profile,
    instances: profile.instances.map((instance) => ({
      ...instance,
      privileges: new Uint8Array(
        bytes(instance.module === "security-domain" ? "800000" : "000000"),
      ),
    })),
  }));
}

export interface Managed {
  readonly card: Card;
  /** The session with the domain that is selected. */
  channel: SecureChannel;
}

/** A blank of `managedImage` with a session to the issuer's domain. */
export async function managedCard(image?: Image): Promise<Managed> {
  const card = await freshCard(1, image ?? (await managedImage()));
  return { card, channel: await openChannel(card) };
}

/** Selects a domain and opens a session with it. */
export async function enter(on: Managed, aid: string, keys?: StaticKeys): Promise<void> {
  accept(on.card, selectApplication(aid));
  on.channel = await openChannel(on.card, undefined, keys);
}

/** Sends through the session; the answer must end with `sw`. Gives the data in hex. */
export function does(on: Managed, plain: Uint8Array, sw: number = SW_SUCCESS, what = ""): string {
  return hex(through(on.card, on.channel, plain, sw, what));
}

// INSTALL

export const lv = (value: string): string => {
  const length = value.length / 2;
  return (length < 0x80 ? hex8(length) : `81${hex8(length)}`) + value;
};
export const APPLET_PARAMETERS: string = tlv(TAG_C9_PARAMETERS, "");

export interface InstallFields {
  readonly loadFile?: string;
  readonly module?: string;
  readonly aid?: string;
  readonly privileges?: string;
  readonly parameters?: string;
  readonly token?: string;
}

/** The fields of INSTALL; unless given those of an instance of the file system. */
export function fields(given: InstallFields = {}): string {
  const { module = FILES_MODULE, loadFile = module } = given;
  const { aid = TINY_INSTANCE, privileges = "000000", parameters = APPLET_PARAMETERS } = given;
  return [loadFile, module, aid, privileges, parameters, given.token ?? ""].map(lv).join("");
}

export const installCommand = (p1: number, data: string, p2 = 0): Uint8Array =>
  apdu(CLA_PROPRIETARY, INS_INSTALL, p1, p2, data, 0);

/** INSTALL [for install and make selectable]. */
export const install = (given: InstallFields, p1: number = INSTALL_AND_MAKE_SELECTABLE) =>
  installCommand(p1, fields(given));

/** INSTALL that names an application, and in place of the load file perhaps a domain. */
export const about = (p1: number, aid: string, given: InstallFields = {}): Uint8Array =>
  installCommand(
    p1,
    fields({ loadFile: "", module: "", aid, privileges: "", parameters: "", ...given }),
  );

/** INSTALL [for extradition] of an application or a package. */
export const extradition = (aid: string, domain: string): Uint8Array =>
  about(INSTALL_FOR_EXTRADITION, aid, { loadFile: domain });

/** Install parameters of a domain with keys of its own: all three are `key`. */
export function domainParameters({ version, enc, mac, dek }: StaticKeys): string {
  return tlv(TAG_C9_PARAMETERS, hex8(version) + enc + mac + dek);
}

export const SUPPLEMENTARY_KEYS: StaticKeys = {
  version: 0x30,
  enc: "A0A1A2A3A4A5A6A7A8A9AAABACADAEAF",
  mac: "B0B1B2B3B4B5B6B7B8B9BABBBCBDBEBF",
  dek: "C0C1C2C3C4C5C6C7C8C9CACBCCCDCECF",
};

/** Security Domain and Trusted Path, with Authorized Management or without. */
export const SECURITY_DOMAIN = "808000";
export const MANAGING_DOMAIN = "80C000";

/** INSTALL of a supplementary domain; without keys those of the domain above are its keys. */
export const installDomain = (aid: string, privileges: string, keys?: StaticKeys): Uint8Array =>
  install({
    module: DOMAIN_MODULE,
    aid,
    privileges,
    parameters: keys === undefined ? APPLET_PARAMETERS : domainParameters(keys),
  });

// LOAD

/** The bytes of an applet whose entries all answer 9000; some more code makes it larger. */
export function tinyModule(more: Parts = {}, fill = 0): Uint8Array {
  // i32.const 0; drop, `fill` times; i32.const 9000; end
  const padding = Array.from({ length: fill }, () => [0x41, 0, 0x1a]).flat();
  const entry = { type: 0, code: [...padding, 0x41, 0x80, 0xa0, 0x02, 0x0b] };
  return assemble({
    ...APPLET,
    types: [[[I32, I32, I32], [I32]]],
    functions: [entry, entry, entry, entry],
    ...more,
  });
}

/** A load file of a module that is small, unless it is given. */
export function tinyPackage(
  aid: string = TINY,
  {
    wasm = tinyModule(),
    sign,
    ramBytes = 256,
  }: { wasm?: Uint8Array; sign?: SignHash; ramBytes?: number } = {},
): LoadFile {
  const module = { aid: bytes(aid), ramBytes, stackBytes: 256, multiselectable: false, wasm };
  return writeLoadFile(module, sign);
}

let probe: Promise<LoadFile> | undefined;

/** The probe of test/runtime/probe.ts as a package. */
export function probePackage(): Promise<LoadFile> {
  probe ??= buildPackage(
    {
      name: "probe",
      aid: new Uint8Array(bytes(PROBE)),
      ram: 2048,
      stack: 1024,
      multiselectable: false,
      optimize: "speed",
    },
    { root: ROOT, entry: "test/runtime/applets/hostile/index.ts", cache: defaultCache(ROOT) },
  );
  return probe;
}

export interface LoadFields {
  readonly aid?: string;
  readonly domain?: string;
  readonly hash?: string;
  readonly parameters?: string;
  readonly token?: string;
}

/** INSTALL [for load]. */
export function installForLoad(given: LoadFields = {}): Uint8Array {
  const { aid = TINY, domain = "", hash = "", parameters = "", token = "" } = given;
  return installCommand(INSTALL_FOR_LOAD, [aid, domain, hash, parameters, token].map(lv).join(""));
}

export const loadCommand = (number: number, block: Uint8Array, last: boolean): Uint8Array =>
  apdu(CLA_PROPRIETARY, INS_LOAD, last ? LOAD_LAST : 0, number, block, 0);

/** The LOAD commands of a load file. */
export function blocks(file: Uint8Array, size = 200): Uint8Array[] {
  const count = Math.ceil(file.length / size);
  return Array.from({ length: count }, (_, number) => {
    const block = file.subarray(number * size, (number + 1) * size);
    return loadCommand(number, block, number === count - 1);
  });
}

/** Loads a package; the last LOAD answers `sw`. */
export function load(
  on: Managed,
  file: LoadFile,
  { sw = SW_SUCCESS, ...given }: LoadFields & { readonly sw?: number } = {},
): void {
  does(on, installForLoad({ aid: hex(file.aid), ...given }));
  const commands = blocks(file.bytes);
  for (const [at, command] of commands.entries()) {
    const isLast = at === commands.length - 1;
    assert.is(
      does(on, command, isLast ? sw : SW_SUCCESS, `block ${at}`),
      isLast && sw !== SW_SUCCESS ? "" : "00",
    );
  }
}

/** Loads the tiny package and makes an instance of it. */
export function loadAndInstall(on: Managed, aid = TINY, instance = TINY_INSTANCE): void {
  load(on, tinyPackage(aid));
  does(on, install({ module: aid, aid: instance }));
}

// The rest

export const deleteCommand = (aid: string, p2 = 0): Uint8Array =>
  apdu(CLA_PROPRIETARY, INS_DELETE, 0, p2, tlv(TAG_4F_AID, aid), 0);

export const setStatus = (p1: number, state: number, aid = ""): Uint8Array =>
  apdu(CLA_PROPRIETARY, INS_SET_STATUS, p1, state, aid);

export const getStatus = (p1: number, aid = "", p2: number = STATUS_TLV_FORMAT): Uint8Array =>
  apdu(CLA_PROPRIETARY, INS_GET_STATUS, p1, p2, tlv(TAG_4F_AID, aid), 0);

/** The AIDs that GET STATUS lists for P1, over as many answers as it takes; other fields are left out. */
export function listed(on: Managed, p1: number): string[] {
  const found: string[] = [];
  for (let p2: number = STATUS_TLV_FORMAT; ; p2 = STATUS_TLV_FORMAT | STATUS_NEXT) {
    const { data, sw } = sendThrough(on.card, on.channel, getStatus(p1, "", p2));
    for (let at = 0; at < data.length; at += 2 + data[at + 1]!) {
      // E3 L 4F L AID
      const length = data[at + 3]!;
      found.push(hex(data.slice(at + 4, at + 4 + length)).toUpperCase());
    }
    if (sw !== SW_MORE_STATUS) return found;
  }
}
