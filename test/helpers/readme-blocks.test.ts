import { suite } from "uvu";
import * as assert from "uvu/assert";
import { markedBlocks } from "./readme-blocks.ts";

const readme = suite("README blocks");

readme("finds the marked blocks only, and drops the prompt", () => {
  const text = [
    "# x",
    "```sh\nnot marked\n```",
    "<!-- ci -->",
    "```sh\n$ one\ntwo\n```",
    "text",
    "<!-- ci -->\n",
    "```bash\nthree\n```",
  ].join("\n");
  assert.equal(markedBlocks(text), ["one\ntwo\n", "three\n"]);
});

readme("finds nothing where nothing is marked", () => {
  assert.equal(markedBlocks("```sh\nls\n```\n<!-- ci -->\ntext\n```sh\nls\n```\n"), []);
});

readme.run();
