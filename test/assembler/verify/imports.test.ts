import { readFileSync } from "node:fs";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { ALLOWED_IMPORTS } from "../../../assembler/verify/imports.ts";

const imports = suite("allowed imports");

imports("the kernel's list is the chip boundary as the kernel declares it", () => {
  const boundary = readFileSync(
    new URL("../../../runtime/kernel/chip.ts", import.meta.url),
    "utf8",
  );
  const declared = [...boundary.matchAll(/^@external\("(\w+)", "(\w+)"\)/gm)];
  assert.ok(declared.length > 5, "no declarations found: this test proves nothing");
  assert.equal(
    [...ALLOWED_IMPORTS.kernel].filter((name) => name !== "chip.waitingTime").sort(),
    declared.map(([, namespace, name]) => `${namespace}.${name}`).sort(),
  );
});

imports.run();
