// What a transaction holds, and what it does with more.

import { suite } from "uvu";
import { dice } from "../../../helpers/random.ts";
import { probeImage } from "../../probe.ts";
import { Model, type Step } from "./model.ts";
import { WITH_DOORS } from "./script.ts";
import { bootProbes, both, PAGES, SLOTS } from "./trials.ts";

const image = await probeImage({ pageCount: PAGES, broken: WITH_DOORS });

const transactions = suite("transactions");

transactions(
  "refuses what a transaction cannot hold with 6A84, and then its commit: all of it is taken back",
  () => {
    const card = bootProbes(image, 2);
    const random = dice(62);
    const write = (): Step => ({
      kind: "write",
      number: 0,
      at: random.below(250),
      data: random.bytes(1),
    });
    const resize = (): Step => ({ kind: "resize", number: 0, size: 260 + random.below(300) });
    let model = both(card, new Model(SLOTS), [{ kind: "create", number: 0, size: 300 }], "create");
    for (const last of [{ kind: "abort" }, { kind: "commit" }] as const) {
      for (const step of [write, resize]) {
        for (let steps = 38; steps <= 43; steps++) {
          const many = Array.from({ length: step === write ? steps : steps >> 1 }, step);
          const end: Step = { kind: "create", number: 1, size: 0 };
          const all: Step[] = [{ kind: "begin" }, ...many, end, last];
          model = both(card, model, all, `${steps} entries, ${last.kind}`);
          if (model.totals(0)[0] === 2)
            model = both(card, model, [{ kind: "delete", number: 1 }], "");
        }
      }
    }
  },
);

transactions.run();
