// A store that writes its commit word first: the trials must see it, every day. More in broken.slow.

import { suite } from "uvu";
import { COMMIT_FIRST, seen } from "./breakage.ts";

const broken = suite("broken store");

broken(`${COMMIT_FIRST.name} does not pass`, async () => {
  console.log(`  ${await seen(COMMIT_FIRST)}`);
});

broken.run();
