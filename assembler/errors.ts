// One error class for each party at fault. Each message is one line: what, where, what to do.

/** A card-side source file does not compile. */
export class CompileError extends Error {
  override readonly name = "CompileError";
  /** `line` counts from 1; 0 where the compiler names no place. */
  constructor(
    readonly module: string,
    readonly file: string,
    readonly line: number,
    readonly reason: string,
  ) {
    super(`${module}: ${line > 0 ? `${file}:${line}` : file}: ${reason}`);
  }
}

/** A compiled module does what a card module may not. */
export class VerifyError extends Error {
  override readonly name = "VerifyError";
  constructor(
    readonly module: string,
    readonly refusals: readonly Refusal[],
  ) {
    super(refusals.map((refusal) => formatRefusal(module, refusal)).join("\n"));
  }
}

/** What one rule of the verifier found. */
export interface Refusal {
  /** Name of the rule, as `assembler/verify/rules.ts` lists it. */
  readonly rule: string;
  /** Function at fault, by name or index; undefined where the module as a whole is. */
  readonly function?: string | undefined;
  readonly reason: string;
}

function formatRefusal(module: string, refusal: Refusal): string {
  const place = refusal.function === undefined ? module : `${module}: ${refusal.function}`;
  return `${place}: ${refusal.reason} (${refusal.rule})`;
}

/** The bytes are no WebAssembly module that the verifier can read to the end. */
export class WasmError extends Error {
  override readonly name = "WasmError";
  /** `offset` is the byte in the module. */
  constructor(
    readonly offset: number,
    readonly reason: string,
  ) {
    super(`byte ${offset} of the module: ${reason}`);
  }
}

/** A profile is not what its schema says. */
export class ProfileError extends Error {
  override readonly name = "ProfileError";
  /** `path` is the place in the profile (`chip.pageBytes`); `line` counts from 1, 0 if unknown. */
  constructor(
    readonly file: string,
    readonly line: number,
    readonly path: string,
    readonly reason: string,
  ) {
    super(`${file}${line > 0 ? `:${line}` : ""}: ${path === "" ? "" : `${path}: `}${reason}`);
  }
}

/** What was built does not fit the chip. */
export class BudgetError extends Error {
  override readonly name = "BudgetError";
  constructor(
    readonly what: string,
    readonly used: number,
    readonly limit: number,
    advice: string,
  ) {
    super(`${what}: ${used} bytes, ${used - limit} over the budget of ${limit}; ${advice}`);
  }
}

/** An image is damaged, foreign or not an image. */
export class ImageError extends Error {
  override readonly name = "ImageError";
  /** `offset` is the byte in the file where it is known. */
  constructor(
    readonly file: string,
    readonly reason: string,
    readonly offset?: number,
  ) {
    super(`${file}: ${reason}`);
  }
}

/** A key file cannot be used to sign or to verify. */
export class KeyFileError extends Error {
  override readonly name = "KeyFileError";
  constructor(
    readonly file: string,
    readonly reason: string,
  ) {
    super(`${file}: ${reason}`);
  }
}

/** A load file is damaged, or no load file. */
export class LoadFileError extends Error {
  override readonly name = "LoadFileError";
  constructor(
    readonly file: string,
    readonly reason: string,
  ) {
    super(`${file}: ${reason}`);
  }
}
