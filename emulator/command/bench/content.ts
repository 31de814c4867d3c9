// Content management through a secure channel with C-MAC: INSTALL, and LOAD of a package.

import { LOAD_LAST } from "../../../applets/security-domain/spec.ts";
import type { Image } from "../../../assembler/image/types.ts";
import { buildPackage } from "../../../assembler/package/build.ts";
import type { Profile } from "../../../assembler/profile.ts";
import type { Response } from "../../../personalization/apdu.ts";
import { bytes } from "../../../personalization/bytes.ts";
import { installAndMakeSelectable } from "../../../personalization/card-manager/install.ts";
import { loadPackage } from "../../../personalization/card-manager/load-package.ts";
import type { SecureChannel } from "../../../personalization/scp03/secure-channel.ts";
import { INS_INSTALL, INS_LOAD } from "../../../runtime/spec/instructions.ts";
import { LEVEL_C_MAC } from "../../../runtime/spec/secure-channel.ts";
import { Card } from "../../card.ts";
import * as bench from "./bench-card.ts";
import { type Figure, time } from "./figure.ts";
import { median, processorTime } from "./measure.ts";

const INSTANCES = 20;
const CARDS = 9;
const PACKAGE = Uint8Array.of(...bytes("F057616665720302"));

/** Takes the time of the card in each command of a channel; what the host does is not in it. */
class TimedChannel {
  readonly times: { readonly ins: number; readonly p1: number; readonly microseconds: number }[] =
    [];

  constructor(
    private readonly card: Card,
    private readonly channel: SecureChannel,
  ) {}

  get maxData(): number {
    return this.channel.maxData;
  }

  async transmit(plain: Uint8Array): Promise<Response> {
    const wrapped = this.channel.wrap(plain);
    let answer: Uint8Array = new Uint8Array();
    const microseconds = processorTime(() => {
      answer = this.card.exchange(wrapped);
    });
    this.times.push({ ins: plain[1] ?? 0, p1: plain[2] ?? 0, microseconds });
    const sw = ((answer.at(-2) ?? 0) << 8) | (answer.at(-1) ?? 0);
    return this.channel.unwrap({ data: answer.subarray(0, -2), sw });
  }
}

/** A session with the issuer's domain of a new blank, whose code is compiled anew for it. */
async function blankWithSession(image: Image): Promise<TimedChannel> {
  const card = Card.boot({ ...image }, { seed: 1 });
  const { channel } = await bench.openSession(card, bench.ISSUER, LEVEL_C_MAC);
  return new TimedChannel(card, channel);
}

/** An instance of the file system, each the first of its number on the card. */
async function installFigure(image: Image): Promise<Figure> {
  const applet = image.manifest.modules.find(({ name }) => name === bench.FILES_MODULE)!;
  const samples: number[] = [];
  for (let card = 0; card < CARDS; card++) {
    const channel = await blankWithSession(image);
    for (let n = 0; n < INSTANCES; n++) {
      await installAndMakeSelectable(channel, {
        loadFile: applet.aid!,
        module: applet.aid!,
        instance: Uint8Array.of(...applet.aid!, n),
      });
    }
    samples.push(
      ...channel.times.filter(({ ins }) => ins === INS_INSTALL).map((one) => one.microseconds),
    );
  }
  return time("INSTALL", median(samples));
}

/** The image's largest applet as a package: all of it, and blocks that are only stored and the last apart. */
async function loadFigures(
  image: Image,
  profile: Profile,
  options: { readonly root: string; readonly cache: string },
): Promise<Figure[]> {
  const applet = profile.applets.find(({ name }) => name === bench.FILES_MODULE)!;
  const built = await buildPackage(
    { ...applet, aid: PACKAGE, multiselectable: false, optimize: profile.optimize },
    options,
  );
  const all: number[] = [];
  const stored: number[] = [];
  const last: number[] = [];
  const sum = (times: readonly { readonly microseconds: number }[]) =>
    times.reduce((total, one) => total + one.microseconds, 0);
  for (let card = 0; card < CARDS; card++) {
    const channel = await blankWithSession(image);
    await loadPackage(channel, built);
    const blocks = channel.times.filter(({ ins }) => ins === INS_LOAD);
    const before = blocks.filter(({ p1 }) => p1 !== LOAD_LAST);
    all.push((built.bytes.length * 1e6) / sum(blocks));
    stored.push((before.length * channel.maxData * 1e6) / sum(before));
    last.push(sum(blocks.filter(({ p1 }) => p1 === LOAD_LAST)));
  }
  const rate = (name: string, rates: readonly number[]): Figure => {
    return { name, value: median(rates), unit: "B/s", better: "more" };
  };
  return [
    rate(`LOAD of ${built.bytes.length} bytes`, all),
    rate("LOAD, blocks that are stored", stored),
    time("LOAD, last block and checks", median(last)),
  ];
}

export async function contentFigures(
  image: Image,
  profile: Profile,
  options: { readonly root: string; readonly cache: string },
): Promise<Figure[]> {
  return [await installFigure(image), ...(await loadFigures(image, profile, options))];
}
