// The pad of a desk on a command line: PINs from where read-pin.ts has them.

import { askHidden } from "../../personalization/keys/passphrase.ts";
import { type NoPin, PIN_PROMPTS, type PinPad, type PinPrompt } from "../terminal/desk/pin-pad.ts";
import { FileError } from "./fail.ts";
import { NEW_PIN_VARIABLE, noPin, PIN_VARIABLE, pinLines } from "./read-pin.ts";

/** `file`: the PIN in its first line, a new one in its last. */
export function commandPinPad(file: string | undefined, env = process.env): PinPad {
  return {
    async enter(prompt: PinPrompt): Promise<string | NoPin> {
      const isNew = prompt === "new" || prompt === "again";
      if (file !== undefined) return pinOf(file, prompt, isNew);
      const variable = isNew ? NEW_PIN_VARIABLE : PIN_VARIABLE;
      const given = env[variable];
      if (given !== undefined && given !== "") return given;
      const { chinese, english } = PIN_PROMPTS[prompt];
      const typed = await askHidden(`${chinese} ${english}: `);
      if (typed === null) throw noPin(english, variable);
      return typed ?? { none: "cancelled" };
    },
  };
}

async function pinOf(file: string, prompt: PinPrompt, isNew: boolean): Promise<string> {
  const lines = await pinLines(file);
  // What a change asks for first: the old PIN would else be the new one too.
  if (prompt === "old" && lines.length !== 2) {
    const reason = `a change of the PIN needs two lines, the PIN until now and the new one`;
    throw new FileError(file, `${reason}; there are ${lines.length}`);
  }
  return isNew ? lines.at(-1)! : lines[0];
}
