// The scenario of the PSAM: what it writes survives power cuts, and no purchase number comes back.

import { fileURLToPath } from "node:url";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { readScenario } from "../../../emulator/lab/scenario.ts";
import { tear } from "../../../emulator/lab/tear.ts";
import { psamImage } from "../../applets/psam/psam-card.ts";
import { host } from "./lab.ts";

const SCENARIO = fileURLToPath(
  new URL("../../../emulator/lab/scenarios/psam.yaml", import.meta.url),
);
const tests = suite("scenario of the PSAM");

tests("every command of a PSAM that writes holds when the power goes", async () => {
  const options = { seed: 2, minCuts: 600 };
  const result = await tear(await psamImage(), readScenario(SCENARIO), host, options);
  assert.equal(result.violations, []);
  assert.ok(result.cuts >= options.minCuts, `only ${result.cuts} cuts`);
  const purchases = result.steps.filter(({ name }) => name.startsWith("INIT SAM"));
  assert.equal(
    purchases.map(({ states }) => states),
    [2, 2, 17],
  );
});

tests.run();
