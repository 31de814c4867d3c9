// A clinic's desk: who is it, what is the person entitled to, who pays the bill, with and without network.
//
//     npx tsx emulator/terminal/examples/clinic.ts [--offline] [--help]

import { join } from "node:path";
import { INS_DEBIT_FOR_PURCHASE } from "../../../runtime/spec/instructions.ts";
import { showAmount } from "../desk/parameters.ts";
import { CentreError } from "./parts/centre-errors.ts";
import { CentreLine } from "./parts/client.ts";
import { type Clinic, enter, handIn, settle } from "./parts/clinic-desk.ts";
import { takeFee } from "./parts/fee.ts";
import { balancesOf } from "./parts/payment.ts";
import type { Place } from "./parts/place.ts";
import { readFiles } from "./parts/reader.ts";
import { ReceiptQueue } from "./parts/receipt.ts";
import { type CommonOptions, runIfStarted } from "./parts/run.ts";
import { serve } from "./parts/server.ts";
import { withStand } from "./parts/stand.ts";
import type { Story } from "./parts/story.ts";

// Change these, and run again. Bills are in fen: 320_00 is 320.00 yuan.
const PATIENT = 0;
const BIG_BILL = 320_00;
const SMALL_BILL = 45_60;
const PULLED_BILL = 12_00;
const FEE = 20_00;

export interface ClinicOptions extends CommonOptions {
  readonly card?: string;
  readonly offline?: boolean;
  readonly centre?: string;
}

/** One visit of a patient. */
export async function clinic(place: Place, options: ClinicOptions, story: Story): Promise<void> {
  const { offline = false } = options;
  const served =
    offline || options.centre !== undefined ? undefined : await serve(await place.centre());
  const line = new CentreLine(options.centre ?? served?.url ?? "no centre");
  line.plugged = !offline;
  const files = { card: options.card ?? place.cardFile(PATIENT), psam: place.psamFile };
  try {
    await withStand(files, process.env.WAFER_PIN, async (stand) => {
      const queue = new ReceiptQueue(join(place.folder, "queue.jsonl"));
      const desk = { line, queue, lostFile: join(place.folder, "lost.txt") };
      await visit(await enter(stand, desk, story), story, offline);
    });
  } finally {
    await served?.close();
  }
}

async function visit(desk: Clinic, story: Story, offline: boolean): Promise<void> {
  if (!offline) {
    story.chapter("With network: the insurance centre computes, the card pays");
    await handIn(desk, story);
    await settle(desk, BIG_BILL, story);
    await handIn(desk, story);
  }
  story.chapter("Without network: the card pays, and its receipt waits");
  desk.line.plugged = false;
  await settle(desk, SMALL_BILL, story);
  await takeFee(desk, FEE, story);

  story.chapter("The card is pulled in the middle: it tells afterwards whether it has paid");
  desk.stand.slot.pullAt(INS_DEBIT_FOR_PURCHASE, "before it answers");
  await settle(desk, PULLED_BILL, story);
  desk.stand.slot.pullAt(INS_DEBIT_FOR_PURCHASE, "while it writes");
  await settle(desk, PULLED_BILL, story);

  if (!offline) {
    story.chapter("The network is back: the centre believes a card's TAC, once");
    desk.line.plugged = true;
    await tryToCheat(desk, story);
    await handIn(desk, story);
  }
  await leave(desk, story);
}

/** What a dishonest clinic would try with a receipt that it has. */
async function tryToCheat({ line, queue }: Clinic, story: Story): Promise<void> {
  const [receipt] = await queue.waiting();
  if (receipt === undefined) return;
  const more = { ...receipt, account: receipt.account + 100_00 };
  const refused = async (what: string, one: typeof receipt) => {
    const reason = await line.book(one).then(
      () => "it was booked",
      (error: unknown) => {
        if (error instanceof CentreError) return error.message;
        throw error;
      },
    );
    story.tell("refused", `${what}: ${reason}`, { what, reason });
  };
  await refused("100.00 more", more);
  await line.book(receipt);
  await refused("the same twice", receipt);
}

async function leave({ stand, person }: Clinic, story: Story): Promise<void> {
  story.chapter("What the card remembers");
  const { account, selfInYear, poolInYear, year } = await balancesOf(stand.terminal, person);
  const totals = `in ${year} the person paid ${showAmount(selfInYear)}, the fund ${showAmount(poolInYear)}`;
  story.tell("balance", `account ${showAmount(account)}; ${totals}`, {
    account,
    ...{ selfInYear, poolInYear, year },
  });
  const { DF04EF08: records = [] } = await readFiles(stand.desk, person, "DF04EF08|$");
  for (const record of records.slice(0, 5)) {
    const [number = "", type, , time, ...amounts] = record.split("^");
    const [fromAccount, self, pool] = amounts.map((text) => showAmount(Number.parseInt(text, 16)));
    const shares = `account ${fromAccount}, person ${self}, fund ${pool}`;
    const what = type === "1" ? `load ${fromAccount}` : shares;
    story.tell("record", `${Number.parseInt(number, 16)}  ${time}  ${what}`, { record });
  }
}

await runIfStarted<ClinicOptions>(import.meta.url, {
  name: "clinic",
  description:
    "A clinic's desk: reads a card and its entitlement, settles bills with and without network.",
  help: `The card's PIN comes from WAFER_PIN; without it, that of a new sample card.
Receipts of --offline wait in queue.jsonl for the next run with network.

Example:
  $ npx tsx emulator/terminal/examples/clinic.ts --offline
  $ npx tsx emulator/terminal/examples/clinic.ts`,
  define: (command) =>
    command
      .option("--card <file>", "card of the patient (default: one of the folder's)")
      .option("--offline", "there is no network at all")
      .option("--centre <url>", "a centre that runs elsewhere (default: one of its own)"),
  run: clinic,
});
