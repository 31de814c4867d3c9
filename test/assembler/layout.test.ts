import { suite } from "uvu";
import * as assert from "uvu/assert";
import { BudgetError } from "../../assembler/errors.ts";
import { encodeConfiguration } from "../../assembler/layout.ts";
import { MAX_CONFIGURATION_BYTES } from "../../runtime/spec/configuration.ts";
import { hex } from "../helpers/bytes.ts";
import { SAMPLE_MANIFEST } from "./sample-image.ts";

const layout = suite("configuration block");

layout("is what runtime/spec/configuration.ts says, byte for byte", () => {
  assert.is(
    hex(encodeConfiguration(SAMPLE_MANIFEST)),
    [
      "80020200", // page size 512
      "81020100", // 256 pages
      "820d00112233445566778899aabbcc", // historical bytes
      "8303600000", // ATR
      "840478807002", // ATS
      "8a0104", // 4 logical channels
      "8b020020", // 32 pages for packages
      "8c0403700215", // SCP03 i=70, SCP02 i=15
      "920400001600", // 5632 bytes of RAM for applets: 8192 less the kernel's and two stacks
      "e1114f08f05761666572000185020800890101", // module 0: AID, 2048 bytes of RAM, flags
      "e2204f09f057616665720001018601008703800000", // instance: AID, module 0, privileges
      "8804ff404142", // its parameters
      "90020005", // 450 bytes: 5 chunks
      "9101c0", // implicit selection on contacts and contactless
    ].join(""),
  );
});

layout("writes long parameters with a long length", () => {
  const [instance] = SAMPLE_MANIFEST.instances;
  const long = { ...instance!, parameters: new Uint8Array(200).fill(0xee) };
  const block = hex(encodeConfiguration({ ...SAMPLE_MANIFEST, instances: [long] }));
  assert.ok(block.includes(`e281e54f09`));
  assert.ok(block.endsWith(`8881c8${"ee".repeat(200)}900200059101c0`));
});

layout("refuses a block longer than the kernel reads, and says by how much", () => {
  const [instance] = SAMPLE_MANIFEST.instances;
  const instances = Array(9).fill({ ...instance!, parameters: new Uint8Array(200) });
  assert.throws(
    () => encodeConfiguration({ ...SAMPLE_MANIFEST, instances }),
    (error: unknown) =>
      error instanceof BudgetError &&
      error.limit === MAX_CONFIGURATION_BYTES &&
      error.message.includes(`${error.used - error.limit} over`),
  );
});

layout.run();
