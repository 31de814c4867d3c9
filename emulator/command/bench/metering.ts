// What the counting of instructions costs: the same commands with and without it.

import { buildModule } from "../../../assembler/build-module.ts";
import type { Image } from "../../../assembler/image/types.ts";
import { withFuel } from "../../../assembler/meter/meter.ts";
import type { Profile } from "../../../assembler/profile.ts";
import * as bench from "./bench-card.ts";
import { reach } from "./commands.ts";
import type { Figure } from "./figure.ts";
import { ratioOf } from "./measure.ts";

/** The image with a file system that has the fuel but takes nothing of it. */
async function unmetered(
  image: Image,
  profile: Profile,
  options: { readonly root: string; readonly cache: string },
): Promise<Image> {
  const { name, ram, stack } = profile.applets.find(({ name }) => name === bench.FILES_MODULE)!;
  const { root, cache } = options;
  const { optimize } = profile;
  const entry = `applets/${name}/index.ts`;
  const { wasm } = await buildModule(
    { name, role: "applet", root, entry, ramBytes: ram, stackBytes: stack, optimize },
    cache,
  );
  const index = profile.applets.findIndex((applet) => applet.name === name);
  const applets = image.applets.map((applet, at) =>
    at === index ? { ...applet, wasm: withFuel(wasm, []) } : applet,
  );
  return { ...image, applets };
}

/** Time that the metered file system takes more, per cent. */
export async function meteringFigures(
  image: Image,
  profile: Profile,
  options: { readonly root: string; readonly cache: string },
): Promise<Figure[]> {
  const metered = await bench.makeBenchCard(image);
  const plain = await bench.makeBenchCard(await unmetered(image, profile, options));
  const figure = (name: string, command: Uint8Array): Figure => {
    for (const card of [metered, plain]) reach(card, name, command);
    const ratio = ratioOf(
      () => metered.exchange(command),
      () => plain.exchange(command),
    );
    return { name: `metering of ${name}`, value: (ratio - 1) * 100, unit: "%", better: "less" };
  };
  return [figure("SELECT by AID", bench.SELECT), figure("READ BINARY 16", bench.READ_16)];
}
