// Where the passphrase of a keystore comes from: the environment, a file, or a person at a terminal.
// Never a command-line argument: those are seen by everyone on the machine.

import { readFile } from "node:fs/promises";
import { KeystoreError } from "../errors.ts";

/** Environment variable that holds the passphrase itself. */
export const PASSPHRASE_VARIABLE = "WAFER_PASSPHRASE";

/** What the prompt needs of a terminal: `process.stdin` and `process.stderr` have it. */
interface TerminalInput {
  readonly isTTY?: boolean;
  setRawMode?(raw: boolean): unknown;
  resume(): unknown;
  pause(): unknown;
  on(event: "data", listener: (chunk: Uint8Array) => void): unknown;
  off(event: "data", listener: (chunk: Uint8Array) => void): unknown;
}
interface TerminalOutput {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

export interface PassphraseSources {
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** A file whose first line is the passphrase. */
  readonly file?: string;
  readonly input?: TerminalInput;
  readonly output?: TerminalOutput;
}

/**
 * The passphrase from the first source that has one: file, environment, terminal.
 * Throws `KeystoreError` when there is none.
 */
export async function readPassphrase(sources: PassphraseSources = {}): Promise<string> {
  const { environment = process.env, input = process.stdin, output = process.stderr } = sources;
  if (sources.file !== undefined) return fromFile(sources.file);
  const given = environment[PASSPHRASE_VARIABLE];
  if (given !== undefined && given !== "") return given;
  if (input.isTTY && output.isTTY) {
    const typed = await ask("Keystore passphrase: ", input, output);
    if (typed === undefined) throw new KeystoreError("no passphrase was given");
    return typed;
  }
  throw new KeystoreError(
    `no passphrase: set ${PASSPHRASE_VARIABLE}, name a passphrase file, or use a terminal`,
  );
}

async function fromFile(path: string): Promise<string> {
  const text = await readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
    throw new KeystoreError(`${path}: cannot read the passphrase file (${error.code})`);
  });
  const [first = ""] = text.split(/\r?\n/, 1);
  if (first === "") throw new KeystoreError(`${path}: the first line of the file is empty`);
  return first;
}

/** What a person types at a terminal; undefined when they give up, null without a terminal. */
export async function askHidden(
  question: string,
  input: TerminalInput = process.stdin,
  output: TerminalOutput = process.stderr,
): Promise<string | undefined | null> {
  return input.isTTY && output.isTTY ? ask(question, input, output) : null;
}

/** Asks without echo. Ctrl-C and Ctrl-D give up. */
function ask(
  question: string,
  input: TerminalInput,
  output: TerminalOutput,
): Promise<string | undefined> {
  output.write(question);
  input.setRawMode?.(true);
  input.resume();
  return new Promise((resolve) => {
    let text = "";
    const finish = (settle: () => void) => {
      input.off("data", onData);
      input.setRawMode?.(false);
      input.pause();
      output.write("\n");
      settle();
    };
    const onData = (chunk: Uint8Array) => {
      for (const character of new TextDecoder().decode(chunk)) {
        if (character === "\r" || character === "\n") return finish(() => resolve(text));
        if (character === "\u0003" || character === "\u0004") {
          return finish(() => resolve(undefined));
        }
        text = character === "\u007f" ? [...text].slice(0, -1).join("") : text + character;
      }
    };
    input.on("data", onData);
  });
}
