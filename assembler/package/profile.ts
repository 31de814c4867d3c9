// What the card is told of a package: `package.yaml` beside an applet's sources.
//
//   aid: "F0636F756E74657201"   AID of the load file and of its module, 5 to 16 bytes
//   ram: 512                    linear memory, bytes: static data must fit
//   stack: 512                  stack, bytes: what the verifier's worst case must fit
//   multiselectable: false      may its instances be selected on several channels at once
//   optimize: speed             speed (-O3s) or size (-Oz)

import { basename, dirname, resolve } from "node:path";
import * as v from "valibot";
import { ProfileError } from "../errors.ts";
import { aid, name, optimize, ram, stack } from "../profile.ts";
import { flag, parseYaml, readText } from "../yaml.ts";

const packageSchema = v.strictObject({
  aid,
  ram,
  stack,
  multiselectable: v.optional(flag, false),
  optimize,
});

export type PackageProfile = v.InferOutput<typeof packageSchema> & {
  /** For messages; also the folder under `applets/` unless `entry` says otherwise. */
  readonly name: string;
};

/**
 * Reads a package profile. Its name is that of its folder.
 * @throws ProfileError with the path in the profile and the line
 */
export function readPackageProfile(file: string): PackageProfile {
  const folder = basename(dirname(resolve(file)));
  const advice = "give the folder of an applet, such as applets/NAME";
  return parsePackageProfile(readText(file, advice), file, folder);
}

/**
 * Reads a package profile from its text.
 * @throws ProfileError with the path in the profile and the line
 */
export function parsePackageProfile(text: string, file: string, folder: string): PackageProfile {
  const named = v.safeParse(name, folder);
  if (!named.success) {
    throw new ProfileError(file, 0, "", `its folder's name ${named.issues[0].message}`);
  }
  return { ...parseYaml(packageSchema, text, file), name: folder };
}
