import { suite } from "uvu";
import * as assert from "uvu/assert";
import { readImage } from "../../assembler/image/read.ts";
import { formatInspection, inspectImage } from "../../assembler/inspect.ts";
import { DEVELOPMENT_TRUSTED } from "../../assembler/keys/development.ts";
import { publicHalf, signer } from "../../assembler/keys/public-key.ts";
import { SAMPLE_MANIFEST, sampleImage } from "./sample-image.ts";

const inspect = suite("inspectImage");
const image = readImage(sampleImage(), DEVELOPMENT_TRUSTED);

inspect("gives sizes against budgets, digests, instances and signer as plain data", () => {
  const data = JSON.parse(JSON.stringify(inspectImage(image)));
  assert.equal(data.code, { used: 20, budget: 4096 });
  assert.equal(data.ram, { used: 1024 + 2048 + 2 * 512, budget: 8192 });
  assert.is(data.modules[1].aid, "F057616665720001");
  assert.match(data.modules[1].digest, /^[0-9a-f]{64}$/);
  assert.equal(data.instances, [
    {
      aid: "F05761666572000101",
      module: "applet",
      privileges: "800000",
      parameterBytes: 4,
      quotaBytes: 450,
      implicit: "C0",
    },
  ]);
  assert.equal(data.chip, {
    name: "sample",
    pageBytes: 512,
    pageCount: 256,
    packagePages: 32,
    eraseCycles: 100_000,
    instructionLimit: 1_000_000,
  });
  assert.is(data.channels, 4);
  assert.equal(data.secureChannels, [
    { protocol: 3, i: "70" },
    { protocol: 2, i: "15" },
  ]);
  assert.equal(
    data.modules.map((module: Record<string, unknown>) => [module.multiselectable, module.domain]),
    [
      [undefined, undefined],
      [true, false],
    ],
  );
  assert.is(data.signer.development, true);
});

inspect("prints a table with every module and a warning about the public key", () => {
  const text = formatInspection(inspectImage(image));
  assert.match(text, /^kernel +8 +100 +1024 +96\/512 +[0-9a-f]{16}$/m);
  assert.match(text, /^applet +12 +100 +2048 +96\/512 +[0-9a-f]{16} +multiselected$/m);
  assert.match(text, /^chip +sample: 256 pages of 512 bytes, 32 more for packages; 100000 erases/m);
  assert.match(text, /^limit +1000000 instructions/m);
  assert.match(text, /^speaks +SCP03 i=70, SCP02 i=15 on 4 logical channels$/m);
  assert.match(text, /^F05761666572000101 +applet +800000 +4 bytes +450 bytes +C0$/m);
  assert.match(text, /^chip +4096 +8192$/m);
  assert.match(text, /WARNING: everyone has this key/);
  assert.ok(text.split("\n").every((line) => line.length <= 100 && line === line.trimEnd()));
});

inspect("shows no install parameters: they may hold keys", () => {
  const data = inspectImage(image);
  assert.not(JSON.stringify(data).includes("404142"));
  assert.not(formatInspection(data).includes("404142"));
});

inspect("does not warn about a key of one's own", () => {
  const own = signer("vendor", "EdDSA", new Uint8Array(32).fill(7));
  const signed = readImage(sampleImage(SAMPLE_MANIFEST, own), [publicHalf(own)]);
  assert.not(formatInspection(inspectImage(signed)).includes("WARNING"));
});

inspect.run();
