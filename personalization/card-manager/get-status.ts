// GET STATUS: what is on the card. GPC 2.3.1, 11.4.

import {
  STATUS_NEXT,
  STATUS_TLV_FORMAT,
  TAG_4F_AID,
  TAG_9F70_LIFE_CYCLE,
  TAG_84_MODULE,
  TAG_C4_LOAD_FILE,
  TAG_C5_PRIVILEGES,
  TAG_CC_DOMAIN,
  TAG_CE_VERSION,
  TAG_E3_REGISTRY,
} from "../../applets/security-domain/spec.ts";
import {
  STATUS_APPLICATIONS,
  STATUS_ISSUER_DOMAIN,
  STATUS_LOAD_FILES,
  STATUS_LOAD_FILES_AND_MODULES,
  TAG_CF_IMPLICIT_SELECTION,
} from "../../runtime/spec/content.ts";
import { CLA_PROPRIETARY, INS_GET_STATUS } from "../../runtime/spec/instructions.ts";
import { SW_MORE_STATUS, SW_REFERENCED_DATA_NOT_FOUND } from "../../runtime/spec/status-words.ts";
import { command, expectSuccess, LE_ALL } from "../apdu.ts";
import { concat } from "../bytes.ts";
import { TransportError } from "../errors.ts";
import { tlv } from "../tlv.ts";
import type { ManagementChannel } from "./channel.ts";
import { findValue, numberOf, readFields } from "./read-tlv.ts";

const KINDS = {
  "issuer-domain": STATUS_ISSUER_DOMAIN,
  applications: STATUS_APPLICATIONS,
  "load-files": STATUS_LOAD_FILES,
  "load-files-and-modules": STATUS_LOAD_FILES_AND_MODULES,
} as const;

/** One row of the card's registry. What the card does not tell is left out. */
export interface RegistryEntry {
  readonly aid: Uint8Array;
  readonly lifeCycle: number;
  /** PRIVILEGE_* added; of applications and domains. */
  readonly privileges?: number;
  readonly implicitSelection: readonly number[];
  /** Load file that an application comes from. */
  readonly loadFile?: Uint8Array;
  /** Domain that it belongs to. */
  readonly domain?: Uint8Array;
  readonly version?: Uint8Array;
  /** Modules of a load file. */
  readonly modules: readonly Uint8Array[];
}

/** Answers after which a card is taken to be broken. */
const MAX_ANSWERS = 64;

/** All entries of a kind whose AID begins with `aid`; none is no mistake. */
export async function getStatus(
  channel: ManagementChannel,
  kind: keyof typeof KINDS,
  aid: Uint8Array = new Uint8Array(),
): Promise<RegistryEntry[]> {
  let data: Uint8Array = new Uint8Array();
  for (let round = 0; round < MAX_ANSWERS; round++) {
    const p2 = STATUS_TLV_FORMAT | (round > 0 ? STATUS_NEXT : 0);
    const criteria = tlv(TAG_4F_AID, aid);
    const ask = command(CLA_PROPRIETARY, INS_GET_STATUS, KINDS[kind], p2, criteria, LE_ALL);
    const response = await channel.transmit(ask);
    if (response.sw === SW_REFERENCED_DATA_NOT_FOUND) return entries(data);
    data = concat(data, expectSuccess("GET STATUS", response, [SW_MORE_STATUS]));
    if (response.sw !== SW_MORE_STATUS) return entries(data);
  }
  throw new TransportError("GET STATUS: the card never ends its answer");
}

function entries(data: Uint8Array): RegistryEntry[] {
  return readFields(data, "GET STATUS")
    .filter(({ tag }) => tag === TAG_E3_REGISTRY)
    .map(({ value }) => entry(value));
}

function entry(template: Uint8Array): RegistryEntry {
  const fields = readFields(template, "GET STATUS");
  const all = (tag: number) => fields.filter((field) => field.tag === tag);
  const aid = findValue(fields, TAG_4F_AID);
  const lifeCycle = findValue(fields, TAG_9F70_LIFE_CYCLE);
  if (aid === undefined || lifeCycle === undefined) {
    throw new TransportError("GET STATUS: the card's answer lacks an AID or a life cycle");
  }
  const privileges = findValue(fields, TAG_C5_PRIVILEGES);
  const loadFile = findValue(fields, TAG_C4_LOAD_FILE);
  const domain = findValue(fields, TAG_CC_DOMAIN);
  const version = findValue(fields, TAG_CE_VERSION);
  return {
    aid,
    lifeCycle: lifeCycle[0] ?? 0,
    implicitSelection: all(TAG_CF_IMPLICIT_SELECTION).map(({ value }) => value[0] ?? 0),
    modules: all(TAG_84_MODULE).map(({ value }) => value),
    ...(privileges === undefined ? {} : { privileges: privilegesOf(privileges) }),
    ...(loadFile === undefined ? {} : { loadFile }),
    ...(domain === undefined ? {} : { domain }),
    ...(version === undefined ? {} : { version }),
  };
}

/** Three bytes, or the first alone. 11.1.2. */
function privilegesOf(bytes: Uint8Array): number {
  return bytes.length === 1 ? bytes[0]! << 16 : numberOf(bytes);
}
