// The insurance centre alone, for a clinic that runs elsewhere: npx tsx emulator/terminal/examples/centre.ts --port 8088

import { once } from "node:events";
import { integer } from "../../command/options.ts";
import { showAmount } from "../desk/parameters.ts";
import type { Place } from "./parts/place.ts";
import { type CommonOptions, runIfStarted } from "./parts/run.ts";
import { serve } from "./parts/server.ts";
import type { Story } from "./parts/story.ts";

export interface CentreOptions extends CommonOptions {
  readonly port: number;
}

/** Serves until it is stopped. */
export async function centre(place: Place, { port }: CentreOptions, story: Story): Promise<void> {
  const { book } = await place.centre();
  const served = await serve(await place.centre(), port);
  story.chapter(`An insurance centre at ${served.url}; Ctrl-C ends it`);
  for (const { card, credit, onCard, lost } of Object.values(book.content.accounts)) {
    const money = `${showAmount(onCard)} on the card, ${showAmount(credit)} here`;
    story.tell("account", `card ${card}: ${lost ? "lost" : money}`, { card });
  }
  const ended = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.once(signal, () => ended.abort());
  }
  await once(ended.signal, "abort");
  await served.close();
}

await runIfStarted<CentreOptions>(import.meta.url, {
  name: "centre",
  description:
    "The insurance centre: computes shares, grants loads, books receipts, knows lost cards.",
  help: `Example:
  $ npx tsx emulator/terminal/examples/centre.ts --port 8088
  $ npx tsx emulator/terminal/examples/clinic.ts --centre http://127.0.0.1:8088`,
  define: (command) =>
    command.option("--port <n>", "port on 127.0.0.1 (0: a free one)", integer(0, 65_535), 0),
  run: centre,
});
