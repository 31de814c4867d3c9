// Code as the engine runs it: each module of an image, and each package, is compiled once and shared
// by all cards of the image.

import { VerifyError } from "../../assembler/errors.ts";
import type { Image } from "../../assembler/image/types.ts";
import { type PackageNeeds, runnablePackage } from "../../assembler/package/runnable.ts";

/** A module that can be started. */
export interface Code {
  readonly module: WebAssembly.Module;
  /** Linear memory that it may touch: [0, ramBytes). */
  readonly ramBytes: number;
}

/** Packages kept by digest; the oldest gives way. */
const KEPT_PACKAGES = 64;

export class ImageCode {
  readonly kernel: Code;
  private readonly applets = new Map<number, Code>();
  /** By digest and needs; the refusal where a package may not run. */
  private readonly packages = new Map<string, Code | VerifyError>();

  constructor(private readonly image: Image) {
    this.kernel = compiled(image.kernel.wasm, image.kernel.ramBytes);
  }

  /** Applet module number `index`, or undefined when the image has none. */
  applet(index: number): Code | undefined {
    const known = this.applets.get(index);
    if (known) return known;
    const source = this.image.applets[index];
    if (!source) return undefined;
    const code = compiled(source.wasm, source.ramBytes);
    this.applets.set(index, code);
    return code;
  }

  /** A package, or why it may not run. `digest` names `wasm`. */
  package(digest: string, wasm: Uint8Array, needs: PackageNeeds): Code | VerifyError {
    const key = `${digest} ${needs.ramBytes} ${needs.stackBytes}`;
    const known = this.packages.get(key);
    if (known) return known;
    const judged = this.judge(wasm, needs);
    if (this.packages.size === KEPT_PACKAGES) {
      this.packages.delete(this.packages.keys().next().value as string);
    }
    this.packages.set(key, judged);
    return judged;
  }

  private judge(wasm: Uint8Array, needs: PackageNeeds): Code | VerifyError {
    const { chip, modules } = this.image.manifest;
    const kernel = modules[0]!;
    const free = chip.ramBytes - kernel.ramBytes - kernel.stackBytes;
    try {
      const code = compiled(runnablePackage(wasm, needs, free), needs.ramBytes);
      // Nothing of it runs, but what it has for its table is put there, or does not fit.
      new WebAssembly.Instance(code.module, { card: { call: () => 0 } });
      return code;
    } catch (error) {
      if (error instanceof VerifyError) return error;
      if (!(error instanceof WebAssembly.RuntimeError)) throw error;
      return new VerifyError("package", [{ rule: "starts", reason: error.message }]);
    }
  }
}

function compiled(wasm: Uint8Array, ramBytes: number): Code {
  return { module: new WebAssembly.Module(wasm), ramBytes };
}

/** A memo: what is kept follows from the image alone, and goes with it. */
const codes = new WeakMap<Image, ImageCode>();

/** The code of an image. */
export function codeOf(image: Image): ImageCode {
  let code = codes.get(image);
  if (!code) {
    code = new ImageCode(image);
    codes.set(image, code);
  }
  return code;
}
