// What the command line puts on the desk: a card, a PSAM, keys in the place of the HSM.

import type { KeyDefinition } from "../../personalization/definition/types.ts";
import { countingCard, type LineCount } from "../terminal/desk/counting-card.ts";
import { EmulatedSlot } from "../terminal/desk/emulated-slots.ts";
import { CardLibrary } from "../terminal/desk/hsm.ts";
import { PsamSecurity } from "../terminal/desk/psam-security.ts";
import { NO_TERMINAL, type TerminalSecurity } from "../terminal/desk/security.ts";
import type { Slot } from "../terminal/desk/slots.ts";
import type { PcscReaders } from "../terminal/pcsc/readers.ts";
import type { DeskOptions } from "./desk.ts";
import { FileError, UsageError } from "./fail.ts";
import { isSameFile } from "./files.ts";
import { withCard } from "./open-card.ts";
import { openKeys } from "./open-keys.ts";
import { sequenceFile } from "./sequence-file.ts";

export interface DeskStand {
  readonly slots: readonly Slot[];
  readonly security: TerminalSecurity | undefined;
  readonly library: CardLibrary | undefined;
  /** For messages: the card file or the reader. */
  readonly where: string;
  /** What went to the user's card and back. */
  count(): LineCount;
}

/** Opens what the options name, for as long as `work` takes; cards keep what was changed. */
export async function withStand(
  options: DeskOptions,
  work: (stand: DeskStand) => Promise<void>,
): Promise<void> {
  const { card, reader, psam, psamReader } = options;
  if ((card === undefined) === (reader === undefined)) {
    throw new UsageError("desk needs a card: either --card or --reader");
  }
  if (psam !== undefined && psamReader !== undefined) {
    throw new UsageError("a terminal has one PSAM: either --psam or --psam-reader");
  }
  if (card !== undefined && psam !== undefined && (await isSameFile(card, psam))) {
    throw new UsageError(`--card and --psam are the same file, ${card}`);
  }
  const library = await openLibrary(options);
  const pcsc = reader !== undefined || psamReader !== undefined ? await openReaders() : undefined;
  try {
    await withUserSlots(options, pcsc, (slots, where, count) =>
      withPsam(options, pcsc, async (security) => {
        await work({ slots, where, count, security, library });
      }),
    );
  } finally {
    pcsc?.close();
  }
}

async function openReaders(): Promise<PcscReaders> {
  const { PcscReaders } = await import("../terminal/pcsc/readers.ts");
  return PcscReaders.open();
}

async function openLibrary(options: DeskOptions): Promise<CardLibrary | undefined> {
  const { keystore, passphraseFile, masters } = options;
  if (keystore === undefined) return undefined;
  const service = await openKeys(keystore, passphraseFile);
  const nextSequence = sequenceFile(`${keystore}.purchases`);
  return new CardLibrary({ service, masterName: masterNames(masters), nextSequence });
}

/** How names of master keys begin, by the cipher of the cards. */
const PREFIXES = { sm4: "ssc-", tdes: "ssc2-" };

/** Names of master keys as products give them: UK1DF01 is ssc-uk1df01, its version 2 ssc-uk1df01-v2. */
export function masterNames(prefix?: string): (key: KeyDefinition, version: number) => string {
  return ({ name, cipher }, version) => {
    return `${prefix ?? PREFIXES[cipher]}${name.toLowerCase()}${version > 1 ? `-v${version}` : ""}`;
  };
}

type WithSlots = (slots: readonly Slot[], where: string, count: () => LineCount) => Promise<void>;

async function withUserSlots(
  { card: file, reader, keep, trust }: DeskOptions,
  pcsc: PcscReaders | undefined,
  work: WithSlots,
): Promise<void> {
  if (file === undefined) {
    const slot = countingSlot(pcsc!.slot(reader!));
    return work([slot.slot], reader!, () => slot.count);
  }
  await withCard(file, { keep, trust }, async ({ card, fresh }) => {
    if (fresh) throw new FileError(file, "is an image, not a card; wafer issue makes cards");
    const slots = [new EmulatedSlot(card, "contact"), new EmulatedSlot(card, "contactless")];
    await work(slots, file, () => sum(slots.map((slot) => slot.card.count)));
  });
}

async function withPsam(
  { psam, psamReader, keep, trust }: DeskOptions,
  pcsc: PcscReaders | undefined,
  work: (security: TerminalSecurity | undefined) => Promise<void>,
): Promise<void> {
  const inSlot = async (slot: Slot) => {
    const security = new PsamSecurity(slot);
    try {
      await work(security);
    } finally {
      await security.close();
    }
  };
  if (psamReader !== undefined) return inSlot(pcsc!.slot(psamReader));
  if (psam === undefined) return work(undefined);
  await withCard(psam, { keep, trust }, async ({ card, fresh }) => {
    if (fresh) throw new FileError(psam, "is an image, not a PSAM; wafer issue makes PSAMs");
    const slot = new EmulatedSlot(card);
    if (!(await holdsPsam(slot))) {
      throw new FileError(psam, "is no PSAM; wafer issue makes PSAMs of the product psam");
    }
    await inSlot(slot);
  });
}

/** Whether the card tells a terminal's number, as PSAMs of all algorithms do. */
async function holdsPsam(slot: Slot): Promise<boolean> {
  const asked = new PsamSecurity(slot);
  try {
    return (await asked.terminal()) !== NO_TERMINAL;
  } finally {
    await asked.close();
  }
}

/** A slot whose cards are counted, all in one. */
function countingSlot(slot: Slot): { slot: Slot; count: LineCount } {
  const count: LineCount = { commands: 0, resets: 0, sent: 0, received: 0 };
  return {
    count,
    slot: {
      interface: slot.interface,
      close: () => slot.close(),
      async power() {
        const powered = await slot.power();
        if (powered === undefined) return undefined;
        const card = countingCard(powered.card, ({ command, response }) => {
          count.commands++;
          count.sent += command.length;
          count.received += response.length;
        });
        return { ...powered, card };
      },
    },
  };
}

function sum(counts: readonly LineCount[]): LineCount {
  const total = { commands: 0, resets: 0, sent: 0, received: 0 };
  for (const one of counts) {
    total.commands += one.commands;
    total.resets += one.resets;
    total.sent += one.sent;
    total.received += one.received;
  }
  return total;
}
