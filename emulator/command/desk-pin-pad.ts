// The pad of a desk on a command line: PINs from a file, the environment, or a person. Never arguments.

import { readFile } from "node:fs/promises";
import { askHidden } from "../../personalization/keys/passphrase.ts";
import { PIN_PROMPTS, type PinPad, type PinPrompt } from "../terminal/desk/pin-pad.ts";
import { FileError, UsageError } from "./fail.ts";

export const PIN_VARIABLE = "WAFER_PIN";
export const NEW_PIN_VARIABLE = "WAFER_NEW_PIN";

/** `file`: the PIN in its first line, a new one in its last. */
export function commandPinPad(file: string | undefined, env = process.env): PinPad {
  return {
    async enter(prompt: PinPrompt) {
      const isNew = prompt === "new" || prompt === "again";
      if (file !== undefined) {
        const lines = await linesOf(file);
        return (isNew ? lines.at(-1) : lines[0]) ?? "";
      }
      const given = env[isNew ? NEW_PIN_VARIABLE : PIN_VARIABLE];
      if (given !== undefined && given !== "") return given;
      const { chinese, english } = PIN_PROMPTS[prompt];
      const typed = await askHidden(`${chinese} ${english}: `);
      if (typed === null) {
        const name = isNew ? NEW_PIN_VARIABLE : PIN_VARIABLE;
        throw new UsageError(`no ${english}: give --pin-file, set ${name}, or use a terminal`);
      }
      return typed ?? "cancelled";
    },
  };
}

/** The PIN, where there is one without asking. */
export async function pinFor(
  file: string | undefined,
  env = process.env,
): Promise<string | undefined> {
  const pin = file === undefined ? env[PIN_VARIABLE] : (await linesOf(file))[0];
  return pin === "" ? undefined : pin;
}

async function linesOf(file: string): Promise<readonly string[]> {
  const text = await readFile(file, "utf8").catch(({ code }: NodeJS.ErrnoException) => {
    throw new FileError(file, `cannot read the PIN from it (${code})`);
  });
  return text
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== "");
}
