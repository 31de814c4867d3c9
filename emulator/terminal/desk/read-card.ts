// iReadCard: any items of any files. Reader specification 2.0, 9.2.

import { expectSuccess } from "../../../personalization/apdu.ts";
import { hex } from "../../../personalization/bytes.ts";
import type { ItemDefinition } from "../../../personalization/definition/types.ts";
import { FieldError } from "../../../personalization/errors.ts";
import { SW_RECORD_NOT_FOUND } from "../../../runtime/spec/status-words.ts";
import {
  BY_NUMBER,
  FIRST_WITH_TAG,
  NEXT_WITH_TAG,
  readRecord,
  readTransparent,
} from "./card-commands.ts";
import { checkCard } from "./card-session.ts";
import { CODE_BAD_INPUT, CODE_NO_HSM_NEEDED } from "./codes.ts";
import {
  type FileAddress,
  type ItemAddress,
  parseFileAddresses,
  writeOutput,
} from "./file-address.ts";
import {
  itemOf,
  kindOf,
  notThere,
  type PlacedFile,
  place,
  RECORD_HEAD,
  ruleOf,
} from "./file-rules.ts";
import { inOrder, meet, nothingOpened, openWithPin, selectApplicationOf } from "./open-file.ts";
import { parseAuthType, parseCardInfo } from "./parameters.ts";
import { firstRecord, splitRecords, valueWithTag } from "./records.ts";
import { DeskError } from "./result.ts";
import { askForProof, type Step } from "./step.ts";
import type { CardAtTerminal, Work } from "./terminal.ts";
import { decodeValue } from "./values.ts";

/** Most records that a cyclic file is read for. */
const MOST_RECORDS = 254;
/** Ends each part of a value that has several. */
const PART_END = "^";

export function readCard(iAuthType: number, pCardInfo: string, pFileAddr: string): Work<string> {
  const choice = parseAuthType(iAuthType);
  const info = parseCardInfo(pCardInfo);
  const addresses = parseFileAddresses(pFileAddr);
  return async (session) => {
    checkCard(session, info);
    const opened = nothingOpened();
    const outputs: string[] = [];
    for (const wanted of inOrder(session, addresses)) {
      const { address, index, application, file } = wanted;
      await selectApplicationOf(session, wanted, opened);
      await meet(session, ruleOf(session.definition, application, file.read), choice, opened);
      outputs[index] = await readFile(session, address, wanted);
    }
    return outputs.join("");
  };
}

/** Only the first file counts; -2204 when no key opens it. */
export function readCardStep1(pCardInfo: string, pFileAddr: string): Work<Step> {
  const info = parseCardInfo(pCardInfo);
  const [address] = parseFileAddresses(pFileAddr);
  return async (session) => {
    checkCard(session, info);
    const placed = place(session.definition, address!);
    const rule = ruleOf(session.definition, placed.application, placed.file.read);
    if (!("key" in rule)) throw new DeskError(CODE_NO_HSM_NEEDED);
    const opened = nothingOpened();
    await selectApplicationOf(session, placed, opened);
    if (rule.mode === "pin-and-key") await openWithPin(session, opened);
    return askForProof(session, rule.key, () => async () => {
      return { output: await readFile(session, address!, placed) };
    });
  };
}

async function readFile(
  session: CardAtTerminal,
  address: FileAddress,
  placed: PlacedFile,
): Promise<string> {
  const values: string[] = [];
  const kind = kindOf(placed.file);
  if (kind === "transparent") {
    if (address.items.length > 0) notThere(address, address.items[0]!);
    values.push(hex(await readTransparent(session.card, placed.file.sfi, placed.file.size)));
  } else if (kind === "cyclic") {
    values.push(...(await readCyclic(session, address, placed)));
  } else {
    if (address.items.length === 0) {
      throw new DeskError(CODE_BAD_INPUT, `${address.application}${address.file}: no item`);
    }
    for (const item of address.items) values.push(await readItem(session, address, placed, item));
  }
  return writeOutput(address, values);
}

/** All records, the newest first, or those whose numbers are given. */
async function readCyclic(
  session: CardAtTerminal,
  address: FileAddress,
  placed: PlacedFile,
): Promise<readonly string[]> {
  const numbers = address.items.map((item) => recordNumber(address, item));
  const values: string[] = [];
  for (const number of numbers) values.push(await readNumbered(session, placed, number));
  if (numbers.length > 0) return values;
  const records = await readCyclicRecords(session, placed);
  return records.map((record) => showFields(placed, record));
}

/** Every record of a cyclic file, the newest first. */
export async function readCyclicRecords(
  session: CardAtTerminal,
  { file }: PlacedFile,
): Promise<readonly Uint8Array[]> {
  const records: Uint8Array[] = [];
  while (records.length < MOST_RECORDS) {
    const response = await readRecord(session.card, file.sfi, records.length + 1, BY_NUMBER);
    if (response.sw === SW_RECORD_NOT_FOUND) break;
    records.push(expectSuccess("READ RECORD", response));
  }
  return records;
}

async function readNumbered(
  session: CardAtTerminal,
  placed: PlacedFile,
  number: number,
): Promise<string> {
  const response = await readRecord(session.card, placed.file.sfi, number, BY_NUMBER);
  return showFields(placed, expectSuccess(`READ RECORD ${number}`, response));
}

/** A record's number stands where other files have a tag; it is decimal. */
function recordNumber(address: FileAddress, item: ItemAddress): number {
  const number = item.name === "" ? item.occurrence : Number(item.name);
  if (number === undefined || !(number >= 1 && number <= MOST_RECORDS)) notThere(address, item);
  return number;
}

function showFields({ file }: PlacedFile, record: Uint8Array): string {
  if (record.length === 0) throw new FieldError(`${file.id}: a record without bytes`);
  let at = 0;
  const values = file.fields.map(({ type, length }) => {
    const value = record.subarray(at, at + length);
    at += length;
    return decodeValue(type, value) + PART_END;
  });
  return values.join("");
}

async function readItem(
  session: CardAtTerminal,
  address: FileAddress,
  placed: PlacedFile,
  item: ItemAddress,
): Promise<string> {
  const { item: found, occurrence } = itemOf(address, placed, item);
  const le = RECORD_HEAD + found.length;
  // The short identifier makes the file current; the records behind the first are looked for there.
  let response = await readRecord(session.card, placed.file.sfi, found.tag, FIRST_WITH_TAG, le);
  for (let n = 1; n < occurrence; n++) {
    expectSuccess(`READ RECORD ${item.text}`, response);
    response = await readRecord(session.card, 0, found.tag, NEXT_WITH_TAG, le);
  }
  const record = firstRecord(expectSuccess(`READ RECORD ${item.text}`, response), item.text);
  if (record.tag !== found.tag) throw new FieldError(`asked for ${item.text}, got another record`);
  return showItem(found, record.value);
}

function showItem({ type, parts }: ItemDefinition, value: Uint8Array): string {
  if (type !== "tlv") return decodeValue(type, value);
  const inside = splitRecords(value, "constructed item");
  const values = parts.map((part) => {
    return decodeValue(part.type, valueWithTag(inside, part.tag) ?? new Uint8Array()) + PART_END;
  });
  return values.join("");
}
