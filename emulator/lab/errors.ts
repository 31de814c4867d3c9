// Who is at fault when a sweep cannot be done at all.

/** A scenario is not what its schema says, or the card does not answer as it says. */
export class ScenarioError extends Error {
  override readonly name = "ScenarioError";
  /** `path` is the place in the scenario (`steps.3.status`); `line` counts from 1, 0 if unknown. */
  constructor(
    readonly file: string,
    readonly line: number,
    readonly path: string,
    readonly reason: string,
  ) {
    super(`${file}${line > 0 ? `:${line}` : ""}: ${path === "" ? "" : `${path}: `}${reason}`);
  }
}
