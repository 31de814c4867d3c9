// Reads examples and verbs out of a help text.

/** A run in the reader at its usual place. */
export const DEFAULT_RUN = /--vpcd &$/;

/** The lines after `$`, with what a backslash continues. */
export function examplesOf(help: string): string[] {
  return [...help.matchAll(/^ {2}\$ ((?:.*\\\n)*.*)$/gm)].map(([, line]) =>
    line!.replace(/\\\n\s*/g, "").trim(),
  );
}

/** The verbs of the front page. */
export function verbsOf(help: string): string[] {
  const [, commands = ""] = help.split("Commands:\n");
  return [...commands.split("\n\n")[0]!.matchAll(/^ {2}([a-z-]+) /gm)]
    .map(([, verb]) => verb!)
    .filter((verb) => verb !== "help");
}
