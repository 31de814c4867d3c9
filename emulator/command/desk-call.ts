// Calls one function of the reader interface with what the command line names.

import { BusinessSystem } from "../terminal/desk/business-system.ts";
import { CODE_SUCCESS, meaningOf } from "../terminal/desk/codes.ts";
import { Desk } from "../terminal/desk/desk.ts";
import type { DeskResult } from "../terminal/desk/result.ts";
import type { DeskOptions } from "./desk.ts";
import { LineHsm, type ShowStep } from "./desk-hsm.ts";
import { commandPinPad } from "./desk-pin-pad.ts";
import { type DeskStand, withStand } from "./desk-stand.ts";
import { FileError, UsageError } from "./fail.ts";
import { note, print, printJson } from "./print.ts";

/** A function, and how many values it takes; those that name a card are given its information. */
interface Call {
  readonly values: readonly string[];
  readonly namesCard: boolean;
  readonly run: (
    system: BusinessSystem,
    desk: Desk,
    input: { type: number; auth: number; info: string; values: readonly string[] },
  ) => Promise<DeskResult>;
}

const call = (values: readonly string[], namesCard: boolean, run: Call["run"]): Call => {
  return { values, namesCard, run };
};

const CALLS: Readonly<Record<string, Call>> = {
  iReadCardBas: call([], false, (system, _desk, { type }) => system.readBasic(type)),
  iReadCard: call(["ADDRESSES"], true, (system, _desk, { type, auth, info, values }) =>
    system.read(type, auth, info, values[0]!),
  ),
  iWriteCard: call(["ADDRESSES", "DATA"], true, (system, _desk, { type, info, values }) =>
    system.write(type, info, values[0]!, values[1]!),
  ),
  iVerifyPIN: call([], false, (_system, desk, { type }) => desk.iVerifyPIN(type)),
  iChangePIN: call([], false, (_system, desk, { type }) => desk.iChangePIN(type)),
  iReloadPIN: call([], true, (system, _desk, { type, info }) => system.reloadPin(type, info)),
  iUnblockPIN: call([], true, (system, _desk, { type, info }) => system.unblockPin(type, info)),
  iDoDebit: call(["PAYINFO"], true, (system, _desk, { type, info, values }) =>
    system.debit(type, info, values[0]!),
  ),
  iReadDebitRecord: call([], false, (_system, desk, { type }) => desk.iReadDebitRecord(type)),
};

export async function callDesk(
  name: string,
  values: readonly string[],
  options: DeskOptions,
): Promise<void> {
  const found = CALLS[name];
  if (found === undefined) {
    throw new UsageError(
      `desk has no function "${name}"; it has: ${Object.keys(CALLS).join(", ")}`,
    );
  }
  if (values.length !== found.values.length) {
    const wanted = found.values.length === 0 ? "no values" : found.values.join(" and ");
    throw new UsageError(`${name} takes ${wanted}, not ${values.length}; mind the shell's quotes`);
  }
  if (options.hsm && options.keystore !== undefined) {
    throw new UsageError("the steps are answered either by --hsm or by --keystore");
  }
  const hsm = options.hsm ? new LineHsm(name, showStep(options)) : undefined;
  try {
    await withStand(options, (stand) => perform(name, found, values, options, stand, hsm));
  } finally {
    hsm?.close();
  }
}

function showStep({ json }: DeskOptions): ShowStep {
  return (step, output) => print(json ? JSON.stringify({ step, output }) : `${step} ${output}`);
}

async function perform(
  name: string,
  { namesCard, run }: Call,
  values: readonly string[],
  options: DeskOptions,
  stand: DeskStand,
  hsm: LineHsm | undefined,
): Promise<void> {
  const { slots, security, library, where, count } = stand;
  const pinPad = commandPinPad(options.pinFile);
  const desk = new Desk({ slots, pinPad, ...(security && { security }) });
  const see = (step: string, text: string) => {
    if (options.steps) note(`${step} ${text}`);
  };
  const system = new BusinessSystem(desk, hsm ?? library, see);
  const { type, auth } = options;
  let result: DeskResult = { code: CODE_SUCCESS, output: "" };
  let info = options.cardInfo ?? "";
  // Appendix C: the basic information comes first, and says which card it is.
  if (namesCard) result = await system.readBasic(type);
  if (namesCard && options.cardInfo === undefined) info = system.cardInfo;
  const before = { ...count() };
  if (result.code === CODE_SUCCESS) result = await run(system, desk, { type, auth, info, values });
  const { code, output } = result;
  const { english } = meaningOf(code);
  if (options.json) {
    const now = count();
    const line = {
      commands: now.commands - before.commands,
      sent: now.sent - before.sent,
      received: now.received - before.received,
    };
    printJson({ function: name, code, meaning: english, output, line });
  } else if (code === CODE_SUCCESS && output !== "") print(output);
  if (code !== CODE_SUCCESS) throw new FileError(where, `${name}: ${code} ${output}: ${english}`);
}
