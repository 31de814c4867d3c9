// Whether a package that was loaded after issuance may run, and the module that runs then.

import { VerifyError } from "../errors.ts";
import { meter } from "../meter/meter.ts";
import { verify } from "../verify/verify.ts";

/** What a package declares, bytes. */
export interface PackageNeeds {
  readonly ramBytes: number;
  readonly stackBytes: number;
}

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
    throw new VerifyError("package", [{ rule: "chip's RAM", reason }]);
  }
  verify("package", wasm, { role: "applet", ramBytes, stackBytes, dataBytes: 0 });
  return meter(wasm);
}
