// Every file of a card that PIN and keys open, decoded by the card's definition.

import { expectSuccess } from "../../../personalization/apdu.ts";
import type { Card } from "../../../personalization/card.ts";
import { findApplication } from "../../../personalization/definition/find.ts";
import { socialSecurityCard } from "../../../personalization/definition/load.ts";
import type { FileDefinition, ItemDefinition } from "../../../personalization/definition/types.ts";
import { StatusWordError } from "../../../personalization/errors.ts";
import { SW_FILE_NOT_FOUND, SW_RECORD_NOT_FOUND } from "../../../runtime/spec/status-words.ts";
import { proveCard } from "../desk/authenticate.ts";
import { BY_NUMBER, readRecord, readTransparent } from "../desk/card-commands.ts";
import { openSession } from "../desk/card-session.ts";
import { CODE_PIN_BLOCKED, CODE_PIN_LENGTH, CODE_PIN_WRONG } from "../desk/codes.ts";
import { kindOf, type PlacedFile, type Rule, ruleOf } from "../desk/file-rules.ts";
import { meet, nothingOpened, selectApplicationOf } from "../desk/open-file.ts";
import { readCyclicRecords } from "../desk/read-card.ts";
import { DeskError } from "../desk/result.ts";
import type { TerminalSecurity } from "../desk/security.ts";
import type { CardAtTerminal } from "../desk/terminal.ts";
import { inEnglish } from "./in-english.ts";
import { decodeFields, decodeItem, decodeParts } from "./items.ts";

/** A value, the parts of one, or several of either where the item occurs several times. */
export type ItemContent = string | Readonly<Record<string, string>> | readonly ItemContent[];

export interface FileContent {
  /** "DF01" and its file. */
  readonly application: string;
  readonly file: FileDefinition;
  /** Of a file with items: by their keys, in the order of the file. */
  readonly items?: Readonly<Record<string, ItemContent>>;
  /** Of a cyclic file, the newest first: by the keys of its fields. */
  readonly records?: readonly Readonly<Record<string, string>>[];
  readonly bytes?: Uint8Array;
  /** What it would have taken, when it was not read. */
  readonly closed?: string;
  /** How the card refused the PIN that was to open it. */
  readonly refused?: string;
}

/** What opens files. */
export interface Openers {
  /** Digits. */
  readonly pin?: string;
  readonly security?: TerminalSecurity;
}

const PIN_CODES: readonly number[] = [CODE_PIN_WRONG, CODE_PIN_BLOCKED, CODE_PIN_LENGTH];
/** Most records that a file is read for. */
const MOST_RECORDS = 254;

/**
 * All files that the definition has and the card too. `answer` is what the card said to its reset. A PIN that
 * the card refuses is not tried again: what it was to open stays closed and says so. Rejects with
 * what a wrong key is answered, and before any is proved when the card's own proof is another's.
 */
export async function readAllFiles(
  card: Card,
  answer: Uint8Array,
  openers: Openers,
): Promise<readonly FileContent[]> {
  const { pin, security } = openers;
  const session: CardAtTerminal = {
    ...(await openSession({ card, answer }, socialSecurityCard)),
    terminal: {
      slots: [],
      pinPad: { enter: async () => pin ?? { none: "cancelled" } },
      ...(security !== undefined && { security }),
    },
    close: async () => {},
  };
  const { definition } = session;
  if (security !== undefined) await proveCard(session, security);
  const pins: PinState = { refused: undefined };
  const opened = nothingOpened();
  const contents: FileContent[] = [];
  for (const { id } of definition.applications) {
    const { fid, files } = findApplication(definition, id);
    for (const file of files) {
      const placed = { application: id, df: fid, file };
      const selected = await exists(selectApplicationOf(session, placed, opened));
      if (!selected) break;
      const content = await readOne(session, placed, { openers, pins }, opened);
      if (content !== undefined) contents.push(content);
    }
  }
  return contents;
}

/** How the card refused the PIN, once it did. */
interface PinState {
  refused: string | undefined;
}

async function readOne(
  session: CardAtTerminal,
  placed: PlacedFile,
  { openers, pins }: { openers: Openers; pins: PinState },
  opened: ReturnType<typeof nothingOpened>,
): Promise<FileContent | undefined> {
  const { application, file } = placed;
  const place = { application, file };
  const rule = ruleOf(session.definition, application, file.read);
  const { security, pin } = openers;
  const usable = pins.refused === undefined ? openers : security && { security };
  if (!opens(rule, usable ?? {})) {
    const refused = opens(rule, openers) ? pins.refused : undefined;
    return { ...place, closed: file.read.text, ...(refused !== undefined && { refused }) };
  }
  try {
    await meet(session, rule, usable?.pin === undefined ? "key" : "pin", opened);
  } catch (error) {
    if (pin === undefined || pins.refused !== undefined || !isOfPin(error)) throw error;
    pins.refused = inEnglish(error);
    return readOne(session, placed, { openers, pins }, opened);
  }
  let content: FileContent | undefined;
  const there = await exists(
    readContent(session, placed).then((read) => {
      content = { ...place, ...read };
    }),
  );
  return there ? content : undefined;
}

function isOfPin(error: unknown): error is DeskError {
  return error instanceof DeskError && PIN_CODES.includes(error.code);
}

function opens({ mode }: Rule, { pin, security }: Openers): boolean {
  const [hasPin, hasKeys] = [pin !== undefined, security !== undefined];
  switch (mode) {
    case "free":
      return true;
    case "pin":
      return hasPin;
    case "key":
      return hasKeys;
    case "pin-or-key":
      return hasPin || hasKeys;
    case "pin-and-key":
      return hasPin && hasKeys;
    default:
      return false;
  }
}

async function readContent(
  session: CardAtTerminal,
  placed: PlacedFile,
): Promise<Omit<FileContent, "application" | "file">> {
  const { file } = placed;
  const kind = kindOf(file);
  if (kind === "transparent") {
    return { bytes: await readTransparent(session.card, file.sfi, file.size) };
  }
  if (kind === "cyclic") {
    const records = await readCyclicRecords(session, placed);
    return { records: records.map((record) => decodeFields(file.fields, record)) };
  }
  return { items: decodeItems(file, await readLinear(session.card, file)) };
}

async function readLinear(card: Card, file: FileDefinition): Promise<readonly Uint8Array[]> {
  const records: Uint8Array[] = [];
  for (let number = 1; number <= MOST_RECORDS; number++) {
    const response = await readRecord(card, file.sfi, number, BY_NUMBER);
    if (response.sw === SW_RECORD_NOT_FOUND) break;
    records.push(expectSuccess(`READ RECORD ${file.id}`, response));
  }
  return records;
}

/** Records whose tag the definition does not have are passed over: regions add some. */
function decodeItems(
  { items }: FileDefinition,
  records: readonly Uint8Array[],
): Record<string, ItemContent> {
  const decoded: Record<string, ItemContent> = {};
  for (const item of items) {
    const own = records.filter(([tag]) => tag === item.tag);
    const values = own.map((record) => decodeOne(item, record));
    if (values.length === 0) continue;
    decoded[item.key] = item.count > 1 ? values : values[0]!;
  }
  return decoded;
}

function decodeOne(item: ItemDefinition, record: Uint8Array): ItemContent {
  return item.type === "tlv" ? decodeParts(item, record) : decodeItem(item, record);
}

/** False when there is no such file or application on this card. */
async function exists(work: Promise<void>): Promise<boolean> {
  try {
    await work;
    return true;
  } catch (error) {
    if (error instanceof StatusWordError && error.sw === SW_FILE_NOT_FOUND) return false;
    throw error;
  }
}
