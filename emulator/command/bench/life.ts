// What happens to a card as a whole: boot, reset, snapshot, restore.

import { buildImage } from "../../../assembler/build.ts";
import type { Image } from "../../../assembler/image/types.ts";
import type { Profile } from "../../../assembler/profile.ts";
import { bytes } from "../../../personalization/bytes.ts";
import { Card } from "../../card.ts";
import * as bench from "./bench-card.ts";
import { succeed } from "./commands.ts";
import { type Figure, rate, time } from "./figure.ts";
import { microseconds } from "./measure.ts";

/** Instances of the file system on the full card, beside the issuer's domain, and files in each. */
const INSTANCES = 20;
const FILES_EACH = 3;

const BOOT_GOAL = 5000;

const coldBoot = (card: Card) =>
  microseconds(() => {
    card.powerOff();
    card.powerOn();
  });

export function lifeFigures(card: Card, image: Image): Figure[] {
  const snapshot = card.snapshot();
  const restoreAfter = (command: Uint8Array) => () => {
    card.exchange(command);
    card.restore(snapshot);
  };
  const update = microseconds(() => card.exchange(bench.UPDATE_16));
  card.restore(snapshot);
  const blank = microseconds(() => void Card.boot(image, { seed: 1 }));
  return [
    time("boot of a blank", blank, BOOT_GOAL),
    time("boot of this card", coldBoot(card), BOOT_GOAL),
    time(
      "warm reset",
      microseconds(() => void card.reset()),
      5,
    ),
    time(
      "snapshot",
      microseconds(() => void card.snapshot()),
    ),
    time(
      "restore, nothing written",
      microseconds(() => card.restore(snapshot)),
      2,
    ),
    time("restore after an UPDATE", microseconds(restoreAfter(bench.UPDATE_16)) - update, 2),
  ];
}

/**
 * A card of many instances of one module of the image, each with files; SELECT goes round from one to
 * the next. Loaded packages are not among them.
 */
export async function manyInstancesFigures(
  profile: Profile,
  options: Parameters<typeof buildImage>[1],
): Promise<Figure[]> {
  const issuer = profile.instances[0]!;
  const applet = profile.instances.find(({ module }) => module === bench.FILES_MODULE)!;
  const names = Array.from({ length: INSTANCES }, (_, n) =>
    Uint8Array.of(...bytes("F0576166657202"), n),
  );
  const instances = [issuer, ...names.map((aid) => ({ ...applet, aid }))];
  const image = await buildImage({ ...profile, instances }, options);
  const card = Card.boot(image, { seed: 1 });
  for (const name of names) await bench.personalize(card, name, FILES_EACH);
  const boot = coldBoot(card);
  card.reset();
  const selects = names.map(bench.selectOf);
  for (const select of selects) succeed(card, "SELECT", select);
  let next = 0;
  const select = microseconds(() => {
    next = next + 1 === INSTANCES ? 0 : next + 1;
    card.exchange(selects[next]!);
  });
  return [
    time(`boot, ${INSTANCES} of one module`, boot, BOOT_GOAL),
    rate(`SELECT, ${INSTANCES} of one module`, select),
  ];
}
