// The scenario of the asymmetric application: what it writes survives power cuts.

import { fileURLToPath } from "node:url";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { readScenario } from "../../../emulator/lab/scenario.ts";
import { tear } from "../../../emulator/lab/tear.ts";
import { referenceImage } from "../../helpers/card.ts";
import { host } from "./lab.ts";

const SCENARIO = fileURLToPath(
  new URL("../../../emulator/lab/scenarios/identity.yaml", import.meta.url),
);
const tests = suite("scenario of the asymmetric application");

tests("every command that writes holds when the power goes, a key pair is whole", async () => {
  const options = { seed: 2, minCuts: 600 };
  const result = await tear(await referenceImage(), readScenario(SCENARIO), host, options);
  assert.equal(result.violations, []);
  assert.ok(result.cuts >= options.minCuts, `only ${result.cuts} cuts`);
  const pairs = result.steps.filter(({ name }) => name.startsWith("GENERATE"));
  assert.equal(
    pairs.map(({ states }) => states),
    [2, 2, 5],
  );
});

tests.run();
