// RAM: what runs keeps to what the chip has, whatever is installed or loaded. runtime/kernel/instances.ts

import { suite } from "uvu";
import * as assert from "uvu/assert";
import { TAG_92_APPLET_RAM } from "../../../runtime/spec/configuration.ts";
import { SW_NOT_ENOUGH_MEMORY } from "../../../runtime/spec/status-words.ts";
import { accept, refuse } from "../../helpers/card.ts";
import { selectApplication } from "../../helpers/secure-channel.ts";
import { onChannel, open } from "../../runtime/channel.ts";
import { does, enter, ISSUER, install, load, managedCard, tinyPackage } from "./managed-card.ts";

const on = await managedCard();
const { card } = on;

/** What the configuration block grants to all that run. */
function granted(): number {
  const block = card.image.configuration;
  const at = block.findIndex((byte, index) => byte === TAG_92_APPLET_RAM && block[index + 1] === 4);
  return new DataView(block.buffer, block.byteOffset).getUint32(at + 2);
}

/** RAM of the instances that run, bytes. */
function inUse(): number {
  const [, ...applets] = card.chip.rams();
  return applets.reduce((sum, ram) => sum + (ram?.length ?? 0), 0);
}

const names = Array.from(
  { length: 14 },
  (_, index) => `F05761666572${(0xa0 + index).toString(16)}`,
);
for (const aid of names) does(on, install({ aid }));
const ready = card.snapshot();

const ram = suite("RAM of instances");
ram.before.each(async () => {
  card.restore(ready);
  await enter(on, ISSUER);
});

ram("one that is selected nowhere gives its RAM to another, and works when it is back", () => {
  for (let round = 0; round < 3; round++) {
    for (const aid of names) {
      accept(card, selectApplication(aid));
      assert.ok(inUse() <= granted(), `${inUse()} of ${granted()} bytes`);
    }
  }
  assert.ok(inUse() > granted() / 2, "hardly anything ran: this test proves nothing");
});

ram("an instance for which there is no RAM beside those that are selected is 6A84", () => {
  load(on, tinyPackage("F074696E7931", { ramBytes: granted() - 2000 }));
  load(on, tinyPackage("F074696E7932", { ramBytes: 4000 }));
  does(on, install({ module: "F074696E7931", aid: "F074696E793101" }));
  does(on, install({ module: "F074696E7932", aid: "F074696E793201" }));
  accept(card, selectApplication("F074696E793101"));
  accept(card, open(1));
  refuse(card, onChannel(1, selectApplication("F074696E793201")), SW_NOT_ENOUGH_MEMORY);
  // Once the large one is left, there is room.
  accept(card, selectApplication(names[0]!));
  accept(card, onChannel(1, selectApplication("F074696E793201")));
  assert.ok(inUse() <= granted());
});

ram.run();
