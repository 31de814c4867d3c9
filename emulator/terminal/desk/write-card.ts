// iWriteCard: items of files, behind the keys that guard them. Reader specification 2.0, 9.3.

import { terminalRandom } from "./authenticate.ts";
import {
  BY_NUMBER,
  FIRST_WITH_TAG,
  PREVIOUS,
  updateRecord,
  updateTransparent,
} from "./card-commands.ts";
import { checkCard } from "./card-session.ts";
import { CODE_BAD_INPUT, CODE_BAD_LENGTH } from "./codes.ts";
import { continuationOf, continued, encodeFields, encodeItem, splitParts } from "./encode-items.ts";
import { type FileAddress, parseFileAddresses, parseWriteData } from "./file-address.ts";
import { itemOf, kindOf, type PlacedFile, place, ruleOf } from "./file-rules.ts";
import {
  inOrder,
  meet,
  nothingOpened,
  openWithPin,
  refuseAlways,
  selectApplicationOf,
} from "./open-file.ts";
import { parseCardInfo } from "./parameters.ts";
import { numbersOf, readTags } from "./record-numbers.ts";
import { DeskError } from "./result.ts";
import { askForProof, type Step } from "./step.ts";
import { type CardAtTerminal, securityFor, type Work } from "./terminal.ts";
import { encodeValue } from "./values.ts";

/**
 * A change of a file, encoded before any of them is made: what does not fit changes nothing. `number` is of
 * the record, where its tag alone does not tell.
 */
type Change = (session: CardAtTerminal, number?: number) => Promise<void>;

export function writeCard(pCardInfo: string, pFileAddr: string, pWriteData: string): Work<string> {
  const info = parseCardInfo(pCardInfo);
  const addresses = parseFileAddresses(pFileAddr);
  const values = parseWriteData(pWriteData, addresses);
  return async (session) => {
    checkCard(session, info);
    const opened = nothingOpened();
    const files = inOrder(session, addresses).map((wanted) => {
      return { wanted, changes: changesOf(wanted.address, wanted, values[wanted.index]!) };
    });
    if (files.length > 1) {
      await expectKeys(
        session,
        files.map(({ wanted }) => wanted),
      );
    }
    const numbers: (readonly number[])[] = [];
    for (const { wanted } of files.filter(({ wanted }) => hasRepeated(wanted.address))) {
      const rule = ruleOf(session.definition, wanted.application, wanted.file.read);
      await selectApplicationOf(session, wanted, opened);
      await meet(session, rule, "key", opened);
      numbers[wanted.index] = await findNumbers(session, wanted.address, wanted);
    }
    for (const { wanted, changes } of files) {
      const rule = ruleOf(session.definition, wanted.application, wanted.file.update);
      await selectApplicationOf(session, wanted, opened);
      await meet(session, rule, "key", opened);
      await make(session, changes, numbers[wanted.index]);
    }
    return "";
  };
}

/** Only the first file is written; the data of step 2 are those of all that were addressed. */
export function writeCardStep1(pCardInfo: string, pFileAddr: string): Work<Step> {
  const info = parseCardInfo(pCardInfo);
  const addresses = parseFileAddresses(pFileAddr);
  const [address] = addresses;
  return async (session) => {
    checkCard(session, info);
    const placed = place(session.definition, address!);
    const rule = ruleOf(session.definition, placed.application, placed.file.update);
    if (!("key" in rule)) refuseAlways();
    const opened = nothingOpened();
    await selectApplicationOf(session, placed, opened);
    let numbers: readonly number[] | undefined;
    if (hasRepeated(address!)) {
      // The HSM proves one key, that of writing: for reading there is the PIN.
      const { mode } = ruleOf(session.definition, placed.application, placed.file.read);
      if (mode !== "free") await openWithPin(session, opened);
      numbers = await findNumbers(session, address!, placed);
    }
    return askForProof(session, rule.key, (data) => {
      const [values = []] = parseWriteData(data, addresses);
      const changes = changesOf(address!, placed, values);
      return async () => {
        await make(session, changes, numbers);
        return { output: "" };
      };
    });
  };
}

/** Every file can be opened, as far as the desk knows: none is written when a later one's key is missing. */
async function expectKeys(session: CardAtTerminal, files: readonly PlacedFile[]): Promise<void> {
  const rules = files.map(({ application, file }) =>
    ruleOf(session.definition, application, file.update),
  );
  if (rules.some(({ mode }) => mode === "never")) refuseAlways();
  for (const rule of rules.filter((one) => "key" in one)) {
    const security = await securityFor(session);
    await security.authenticate(session, rule.key, terminalRandom(), terminalRandom());
  }
}

async function make(
  session: CardAtTerminal,
  changes: readonly Change[],
  numbers: readonly number[] = [],
): Promise<void> {
  for (const [at, change] of changes.entries()) await change(session, numbers[at]);
}

/** Whether it names a record that its tag alone does not lead to. */
function hasRepeated({ items }: FileAddress): boolean {
  return items.some(({ occurrence = 1 }) => occurrence > 1);
}

/** Numbers of the records of an address, as they lie on the card. */
async function findNumbers(
  { card }: CardAtTerminal,
  address: FileAddress,
  placed: PlacedFile,
): Promise<readonly number[]> {
  const wanted = address.items.map((one) => itemOf(address, placed, one));
  const tags = await readTags(card, placed.file);
  return numbersOf(
    tags,
    wanted.map(({ item, occurrence }) => ({ tag: item.tag, occurrence })),
  );
}

function changesOf(
  address: FileAddress,
  placed: PlacedFile,
  values: readonly string[],
): readonly Change[] {
  const { sfi, size, status, fields } = placed.file;
  const kind = kindOf(placed.file);
  const name = `${address.application}${address.file}`;
  if (kind !== "records") {
    if (address.items.length > 0) throw new DeskError(CODE_BAD_INPUT, `${name}: the file alone`);
    if (kind === "cyclic") {
      const record = encodeFields(fields, splitParts(values[0]!, fields.length));
      return [({ card }) => updateRecord(card, sfi, 0, PREVIOUS, record)];
    }
    const content = encodeValue("b", values[0]!, size);
    // A portrait or a fingerprint that is filled up is none; a reserved file holds what a region likes.
    if (status !== "reserved" && values[0]!.length !== 2 * size) {
      throw new DeskError(CODE_BAD_LENGTH, `${name}: ${size} bytes, no less`);
    }
    return [({ card }) => updateTransparent(card, sfi, content)];
  }
  if (address.items.length === 0) throw new DeskError(CODE_BAD_INPUT, `${name}: no item`);
  return address.items.map((one, at) => {
    const { item } = itemOf(address, placed, one);
    const continuation = continuationOf(item, address, placed);
    const [head, rest] = continued(item, continuation, values[at]!);
    const record = encodeItem(item, head);
    const behind = continuation && encodeItem(continuation, rest);
    // By tag a card writes the first record, or adds one that it has not.
    return async ({ card }, number) => {
      if (number !== undefined) return updateRecord(card, sfi, number, BY_NUMBER, record);
      await updateRecord(card, sfi, item.tag, FIRST_WITH_TAG, record);
      if (behind) await updateRecord(card, sfi, continuation.tag, FIRST_WITH_TAG, behind);
    };
  });
}
