// What a terminal must be able to do with a finished card, and what not, derived from its tree:
// every file refused until its condition is met, and then read.

import {
  ACCESS_FREE,
  ACCESS_KEY,
  ACCESS_NEVER,
  ACCESS_PIN,
  ACCESS_PIN_AND_KEY,
  ACCESS_PIN_OR_KEY,
} from "../../applets/filesystem/spec.ts";
import type { Directory, ProductFile } from "./product.ts";
import type { ReadBackStep } from "./written-application.ts";

/** Steps in the order in which they are done. A PIN counts until power-off, so it comes last. */
export function deriveReadBack(root: Directory): ReadBackStep[] {
  const children = root.directories ?? [];
  const asksPin = (directory: Directory) => pinOf(directory) !== undefined;
  const ordered = [
    ...children.filter((one) => !asksPin(one)),
    ...children.filter((one) => asksPin(one)),
  ];
  const steps = [
    ...ownSteps(root),
    ...ordered.flatMap((one) => [{ directory: one.id }, ...ownSteps(one)]),
  ];
  const verified = steps.some(({ verifyPin }) => verifyPin !== undefined);
  const [pin] = root.pins ?? [];
  if (pin !== undefined && !verified)
    steps.push({ directory: root.id }, { verifyPin: pin.reference });
  return steps;
}

function ownSteps(directory: Directory): ReadBackStep[] {
  const files = directory.files ?? [];
  const steps: ReadBackStep[] = [];
  const of = (...modes: number[]) => files.filter(({ access }) => modes.includes(access.read.mode));
  for (const file of of(ACCESS_FREE)) steps.push({ read: file.id });
  for (const file of files) {
    if (file.access.read.mode !== ACCESS_FREE) steps.push({ refused: file.id });
  }
  for (const key of directory.keys ?? []) {
    if (key.provesCard) steps.push({ internalAuthenticate: key.reference });
  }
  for (const key of readKeys(files)) {
    steps.push({ externalAuthenticate: key });
    for (const file of of(ACCESS_KEY, ACCESS_PIN_OR_KEY)) {
      if (file.access.read.key === key) steps.push({ read: file.id });
    }
  }
  const pin = pinOf(directory);
  if (pin === undefined) return steps;
  for (const file of of(ACCESS_PIN_AND_KEY)) steps.push({ refused: file.id });
  steps.push({ verifyPin: pin });
  for (const file of of(ACCESS_PIN, ACCESS_PIN_AND_KEY)) steps.push({ read: file.id });
  return steps;
}

/** References of the keys that open files, each once. */
function readKeys(files: readonly ProductFile[]): number[] {
  const keys = files
    .filter(({ access }) => access.read.mode !== ACCESS_NEVER)
    .flatMap(({ access }) => access.read.key ?? []);
  return [...new Set(keys)];
}

/** The PIN without which a file of the directory cannot be read. */
function pinOf({ files = [] }: Directory): number | undefined {
  const modes: readonly number[] = [ACCESS_PIN, ACCESS_PIN_AND_KEY];
  return files.find(({ access }) => modes.includes(access.read.mode))?.access.read.pin;
}
