// What a card holds, asked over a secure channel: as data for programs, as lines for people.

import type { ManagementChannel } from "../../personalization/card-manager/channel.ts";
import {
  type CardResources,
  getKeyInformation,
  getResources,
  getSecureChannels,
} from "../../personalization/card-manager/get-data.ts";
import { getStatus, type RegistryEntry } from "../../personalization/card-manager/get-status.ts";
import {
  applicationLifeCycle,
  cardLifeCycle,
  loadFileLifeCycle,
  privilegeNames,
} from "../../personalization/card-manager/names.ts";
import { hex } from "./print.ts";

interface Application {
  readonly aid: string;
  readonly lifeCycle: string;
  readonly privileges: readonly string[];
  readonly loadFile?: string;
  readonly domain?: string;
}

interface Package {
  readonly aid: string;
  readonly lifeCycle: string;
  readonly modules: readonly string[];
  readonly domain?: string;
}

/** AIDs and key versions in hex. */
export interface CardContent {
  /** Of the card; undefined where the domain is not told. */
  readonly lifeCycle?: string;
  readonly secureChannels: readonly { readonly protocol: number; readonly i: string }[];
  readonly keys: readonly { readonly version: string; readonly identifiers: readonly number[] }[];
  readonly issuerDomain?: Application;
  readonly applications: readonly Application[];
  readonly loadFiles: readonly Package[];
  readonly resources?: CardResources;
}

export async function readContent(channel: ManagementChannel): Promise<CardContent> {
  const secureChannels = (await getSecureChannels(channel)).map(({ protocol, i }) => {
    return { protocol, i: hexByte(i) };
  });
  const information = await getKeyInformation(channel);
  const [issuer] = await getStatus(channel, "issuer-domain");
  const applications = await getStatus(channel, "applications");
  const loadFiles = await getStatus(channel, "load-files-and-modules");
  const resources = await getResources(channel);
  return {
    ...(issuer && {
      lifeCycle: cardLifeCycle(issuer.lifeCycle),
      issuerDomain: application(issuer, cardLifeCycle(issuer.lifeCycle)),
    }),
    secureChannels,
    keys: [...new Set(information.map(({ version }) => version))].map((version) => ({
      version: hexByte(version),
      identifiers: information
        .filter((key) => key.version === version)
        .map(({ identifier }) => identifier),
    })),
    applications: applications.map((entry) =>
      application(entry, applicationLifeCycle(entry.lifeCycle, entry.privileges)),
    ),
    loadFiles: loadFiles.map(({ aid, lifeCycle, modules, domain }) => ({
      aid: hex(aid),
      lifeCycle: loadFileLifeCycle(lifeCycle),
      modules: modules.map(hex),
      ...(domain && { domain: hex(domain) }),
    })),
    ...(resources && { resources }),
  };
}

function application(entry: RegistryEntry, lifeCycle: string): Application {
  const { aid, privileges = 0, loadFile, domain } = entry;
  return {
    aid: hex(aid),
    lifeCycle,
    privileges: privilegeNames(privileges),
    ...(loadFile && { loadFile: hex(loadFile) }),
    ...(domain && { domain: hex(domain) }),
  };
}

/** Lines for people, columns as wide as their longest cell. */
export function showContent(content: CardContent): string {
  const { issuerDomain, applications, loadFiles, secureChannels, keys, resources } = content;
  const rows: (readonly string[])[] = [];
  // Whatever belongs to the issuer's domain goes without saying.
  const of = (domain: string | undefined) =>
    domain === undefined || domain === issuerDomain?.aid ? "" : `of ${domain}`;
  const applicationRow = (kind: string, one: Application): readonly string[] => {
    const from = one.loadFile === undefined ? "" : `from ${one.loadFile}`;
    const can = one.privileges.filter((name) => name !== "security domain");
    const rest = [from, of(one.domain), ...can].filter((text) => text !== "");
    return [kind, one.aid, one.lifeCycle, rest.join(", ")];
  };
  if (issuerDomain) rows.push(applicationRow("issuer domain", issuerDomain));
  for (const one of applications) {
    const isDomain = one.privileges.includes("security domain");
    rows.push(applicationRow(isDomain ? "domain" : "application", one));
  }
  for (const { aid, lifeCycle, modules, domain } of loadFiles) {
    const what = modules.some((module) => module !== aid) ? `modules ${modules.join(" ")}` : "";
    rows.push(["load file", aid, lifeCycle, [what, of(domain)].filter(Boolean).join(", ")]);
  }
  for (const { version, identifiers } of keys) {
    rows.push(["keys", version, "", identifiers.join(" ")]);
  }
  for (const { protocol, i } of secureChannels) rows.push(["channel", `SCP0${protocol}`, `i ${i}`]);
  const free = (kind: string, bytes: number | undefined) => {
    if (bytes !== undefined) rows.push([`free ${kind}`, `${bytes} bytes`]);
  };
  free("for data", resources?.freeStore);
  free("for a package", resources?.freePackages);
  free("RAM", resources?.freeRam);
  const widths = [0, 1, 2].map((at) => Math.max(...rows.map((row) => row[at]?.length ?? 0)));
  return rows
    .map((row) =>
      row
        .map((cell, at) => cell.padEnd(widths[at] ?? 0))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

function hexByte(value: number): string {
  return hex(Uint8Array.of(value));
}
