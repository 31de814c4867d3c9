import { readFileSync } from "node:fs";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { hex } from "../../helpers/bytes.ts";
import { sampleImage } from "../sample-image.ts";

const document = suite("assembler/IMAGE.md");

document("shows the sample image as the code writes it", () => {
  const page = readFileSync(new URL("../../../assembler/IMAGE.md", import.meta.url), "utf8");
  const listing = /```hex\n([^`]+)```/.exec(page)?.[1] ?? "";
  const shown = listing.replaceAll(/#.*$/gm, "").replaceAll(/\s/g, "");
  assert.is(shown, hex(sampleImage()));
});

document.run();
