// The sizes that the bench prints: the same as those of `wafer inspect`, each under its name.

import { suite } from "uvu";
import * as assert from "uvu/assert";
import { inspectImage } from "../../../../assembler/inspect.ts";
import { sizeFigures } from "../../../../emulator/command/bench/sizes.ts";
import { referenceImage } from "../../../helpers/card.ts";

const image = await referenceImage();
const figures = new Map(sizeFigures(image).map((figure) => [figure.name, figure]));
const kib = (name: string): number => {
  const figure = figures.get(name);
  assert.ok(figure, `no figure "${name}"`);
  assert.is(figure.unit, "KiB");
  return figure.value * 1024;
};

const sizes = suite("sizes of the bench");

sizes("count RAM with stacks as the inspection does, and without them beside it", () => {
  const { modules } = image.manifest;
  const linear = modules.reduce((sum, module) => sum + module.ramBytes, 0);
  const stacks = modules.reduce((sum, module) => sum + module.stackBytes, 0);
  assert.ok(stacks > 0);
  assert.is(kib("all: RAM, linear memory"), linear);
  assert.is(
    kib("all: static data"),
    modules.reduce((sum, module) => sum + module.dataBytes, 0),
  );
  assert.is(kib("all: RAM with stacks"), linear + stacks);
  assert.is(kib("all: RAM with stacks"), inspectImage(image).ram.used);
});

sizes("have a goal for what is ours to keep small, and none for what the chip grants", () => {
  assert.is(figures.get("kernel and three applets: RAM")?.goal, 12);
  assert.is(figures.get("all: RAM with stacks")?.goal, undefined);
});

sizes("meet their goals", () => {
  for (const { name, value, goal = value } of figures.values()) {
    assert.ok(value <= goal, `${name}: ${value} KiB, the goal is ${goal}`);
  }
});

sizes.run();
