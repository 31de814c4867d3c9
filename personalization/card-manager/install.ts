// INSTALL in its forms. The data of each are fields of length and value, without tags.
// GPC 2.3.1, 11.5.

import {
  INSTALL_AND_MAKE_SELECTABLE,
  INSTALL_FOR_EXTRADITION,
  INSTALL_FOR_INSTALL,
  INSTALL_FOR_LOAD,
  INSTALL_FOR_MAKE_SELECTABLE,
  INSTALL_FOR_PERSONALIZATION,
  INSTALL_FOR_REGISTRY_UPDATE,
  TAG_C8_QUOTA,
  TAG_C9_PARAMETERS,
  TAG_CF_IMPLICIT_SELECTION,
  TAG_EF_SYSTEM_PARAMETERS,
} from "../../runtime/spec/content.ts";
import { CLA_PROPRIETARY, INS_INSTALL } from "../../runtime/spec/instructions.ts";
import { command, expectSuccess, LE_ALL } from "../apdu.ts";
import { concat } from "../bytes.ts";
import { FieldError } from "../errors.ts";
import { encodeLength, tlv } from "../tlv.ts";
import type { ManagementChannel } from "./channel.ts";

const NONE = new Uint8Array();

export interface LoadRequest {
  /** AID that the load file gets on the card. */
  readonly loadFile: Uint8Array;
  /** Domain that it will belong to; the selected one without. */
  readonly domain?: Uint8Array | undefined;
  /** Load file data block hash; needed with a DAP block or a token. */
  readonly hash?: Uint8Array | undefined;
  /** Load parameters, as table 11-48 has them. */
  readonly parameters?: Uint8Array | undefined;
  readonly token?: Uint8Array | undefined;
}

export interface InstallRequest {
  readonly loadFile: Uint8Array;
  readonly module: Uint8Array;
  readonly instance: Uint8Array;
  /** PRIVILEGE_* to be added. */
  readonly privileges?: number | undefined;
  /** What the applet's `install` gets. */
  readonly parameters?: Uint8Array | undefined;
  /** Bytes of the store that the instance may use. */
  readonly quota?: number | undefined;
  /** GPC 2.3.1, 11.1.7: contactless 80, contact 40, logical channel. */
  readonly implicitSelection?: number | undefined;
  readonly token?: Uint8Array | undefined;
}

/** Announces a load file; LOAD follows. 11.5.2.3.1. */
export function installForLoad(channel: ManagementChannel, request: LoadRequest): Promise<void> {
  const { loadFile, domain = NONE, hash = NONE, parameters = NONE, token = NONE } = request;
  return install(channel, "INSTALL [for load]", INSTALL_FOR_LOAD, [
    loadFile,
    domain,
    hash,
    parameters,
    token,
  ]);
}

/** Makes an instance of a module, and lets it be selected. 11.5.2.3.2. */
export function installAndMakeSelectable(
  channel: ManagementChannel,
  request: InstallRequest,
): Promise<void> {
  const name = "INSTALL [for install and make selectable]";
  return install(channel, name, INSTALL_AND_MAKE_SELECTABLE, installFields(request));
}

/** Makes an instance that cannot be selected yet. 11.5.2.3.2. */
export function installForInstall(
  channel: ManagementChannel,
  request: InstallRequest,
): Promise<void> {
  return install(channel, "INSTALL [for install]", INSTALL_FOR_INSTALL, installFields(request));
}

/** 11.5.2.3.3. */
export function makeSelectable(
  channel: ManagementChannel,
  instance: Uint8Array,
  privileges = 0,
): Promise<void> {
  const fields = [NONE, NONE, instance, privilegeBytes(privileges), NONE, NONE];
  return install(channel, "INSTALL [for make selectable]", INSTALL_FOR_MAKE_SELECTABLE, fields);
}

/** Gives an application or a load file to another domain. 11.5.2.3.4. */
export function extradite(
  channel: ManagementChannel,
  application: Uint8Array,
  domain: Uint8Array,
): Promise<void> {
  const fields = [domain, NONE, application, NONE, NONE, NONE];
  return install(channel, "INSTALL [for extradition]", INSTALL_FOR_EXTRADITION, fields);
}

/** Changes the privileges of an application. 11.5.2.3.5. */
export function updateRegistry(
  channel: ManagementChannel,
  application: Uint8Array,
  privileges: number,
): Promise<void> {
  const fields = [NONE, NONE, application, privilegeBytes(privileges), NONE, NONE];
  return install(channel, "INSTALL [for registry update]", INSTALL_FOR_REGISTRY_UPDATE, fields);
}

/** The STORE DATA that follow go to an application of the domain. 11.5.2.3.6. */
export function installForPersonalization(
  channel: ManagementChannel,
  application: Uint8Array,
): Promise<void> {
  const fields = [NONE, NONE, application, NONE, NONE, NONE];
  return install(channel, "INSTALL [for personalization]", INSTALL_FOR_PERSONALIZATION, fields);
}

function installFields(request: InstallRequest): Uint8Array[] {
  const { loadFile, module, instance, privileges = 0, token = NONE } = request;
  return [
    loadFile,
    module,
    instance,
    privilegeBytes(privileges),
    installParameters(request),
    token,
  ];
}

/** C9 ‖ L ‖ for the applet, then EF ‖ L ‖ for the card where it is told anything. Table 11-49. */
function installParameters(request: InstallRequest): Uint8Array {
  const { parameters = NONE, quota, implicitSelection } = request;
  const system = concat(
    quota === undefined ? NONE : tlv(TAG_C8_QUOTA, memorySize(quota)),
    implicitSelection === undefined
      ? NONE
      : tlv(TAG_CF_IMPLICIT_SELECTION, Uint8Array.of(implicitSelection)),
  );
  return concat(
    tlv(TAG_C9_PARAMETERS, parameters),
    system.length === 0 ? NONE : tlv(TAG_EF_SYSTEM_PARAMETERS, system),
  );
}

/** Two bytes up to 32767, four above. 11.5.2.3.7. */
function memorySize(size: number): Uint8Array {
  const bytes = new Uint8Array(size > 0x7fff ? 4 : 2);
  const view = new DataView(bytes.buffer);
  if (size > 0x7fff) view.setUint32(0, size);
  else view.setUint16(0, size);
  return bytes;
}

function privilegeBytes(privileges: number): Uint8Array {
  return Uint8Array.of(privileges >> 16, (privileges >> 8) & 0xff, privileges & 0xff);
}

async function install(
  channel: ManagementChannel,
  name: string,
  p1: number,
  fields: readonly Uint8Array[],
): Promise<void> {
  const data = concat(...fields.flatMap((field) => [encodeLength(field.length), field]));
  if (data.length > channel.maxData) {
    const most = `${channel.maxData} fit one command`;
    throw new FieldError(`${name}: ${data.length} bytes of data, and ${most}: shorten parameters`);
  }
  const request = command(CLA_PROPRIETARY, INS_INSTALL, p1, 0x00, data, LE_ALL);
  expectSuccess(name, await channel.transmit(request));
}
