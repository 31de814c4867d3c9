// Whether a package that was loaded after issuance may run, and the module that runs then.

import { VerifyError } from "../errors.ts";
import { meter } from "../meter/meter.ts";
import { stripCustomSections } from "../strip.ts";
import { verify } from "../verify/verify.ts";

/** What a package declares, bytes. */
export interface PackageNeeds {
  readonly ramBytes: number;
  readonly stackBytes: number;
}

/** For messages: a card does not know a package by a name. */
const NAME = "package";

/**
 * Judges a package by the rules for built applets.
 * @param freeRamBytes what the chip has for one applet, linear memory and stack
 * @returns the module to run, metered
 * @throws VerifyError with every refusal
 */
export function runnablePackage(
  wasm: Uint8Array,
  { ramBytes, stackBytes }: PackageNeeds,
  freeRamBytes: number,
): Uint8Array {
  const needed = ramBytes + stackBytes;
  if (needed > freeRamBytes) {
    const reason = `declares ${needed} bytes of RAM and stack; the chip has ${freeRamBytes}`;
    throw new VerifyError(NAME, [{ rule: "chip's RAM", reason }]);
  }
  // Zeros of static data (`memory.data`) are in no segment: how many there are is not known here.
  verify(NAME, wasm, { role: "applet", ramBytes, stackBytes, dataBytes: 0 });
  const surplus = wasm.length - stripCustomSections(wasm).length;
  if (surplus > 0) {
    const reason = `has ${surplus} bytes of custom sections, which run nowhere; strip them`;
    throw new VerifyError(NAME, [{ rule: "no custom sections", reason }]);
  }
  return meter(wasm);
}
