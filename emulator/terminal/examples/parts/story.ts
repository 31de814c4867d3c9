// What an example tells: a line for each thing that happened, or all of them as JSON at the end.

/** Numbers and texts that belong to a line, for programs. */
export type Facts = Readonly<Record<string, unknown>>;

export interface Told extends Facts {
  readonly step: string;
}

export class Story {
  readonly told: Told[] = [];
  readonly #print: (line: string) => void;

  /** `print` gets each line as it happens; none to tell nothing. */
  constructor(print: (line: string) => void = () => {}) {
    this.#print = print;
  }

  /** A heading for what follows. */
  chapter(title: string): void {
    this.#print(`\n${title}`);
  }

  /** `step` names the thing for programs, `text` says it to people. */
  tell(step: string, text: string, facts: Facts = {}): void {
    this.told.push({ step, ...facts });
    this.#print(`  ${text}`);
  }
}
