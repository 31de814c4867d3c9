// Real PC/SC readers: the user's card in one, the PSAM in another.

import { suite } from "uvu";
import * as assert from "uvu/assert";
import { connectVpcd } from "../../../../emulator/lines/vpcd.ts";
import { PsamSecurity } from "../../../../emulator/terminal/desk/psam-security.ts";
import { PcscReaders } from "../../../../emulator/terminal/pcsc/readers.ts";
import { PCSC_PROGRAMS, type Pcscd, startPcscd } from "../../../helpers/pcscd.ts";
import { needing } from "../../../helpers/skip.ts";
import { type Cards, deskWith, done, ended, makeCards, servedBy } from "./desk-cards.ts";

const tests = suite("a desk with PC/SC readers");
const withReader = needing(tests, PCSC_PROGRAMS);
let cards: Cards;
tests.before(async () => {
  cards = await makeCards();
});

withReader("reads a card in a reader with a PSAM in another, then another card", async () => {
  const service = await startPcscd();
  try {
    // The library looks at it once, when it is first asked for a service.
    process.env.PCSCLITE_CSOCK_NAME = service.socket;
    await play(service);
  } finally {
    await service.stop();
  }
});

async function play(service: Pcscd): Promise<void> {
  // The PSAM is of their city; the cards tell each other apart by the edition of their standard.
  const [first] = cards[3];
  const [second] = cards[2];
  const psam = await connectVpcd(cards.psam, { port: service.port + 1 });
  const inserted = await connectVpcd(first!.card, { port: service.port });
  await service.cardSeen();
  const readers = await PcscReaders.open();
  const [name = "", psamName = ""] = readers.names();
  const security = new PsamSecurity(readers.slot(psamName));
  const desk = deskWith(first!.card, { security, slots: [readers.slot(name)] });
  try {
    const inProcess = deskWith(first!.card, { security: servedBy(cards.service) });
    const output = done(await desk.iReadCardBas(3));
    assert.is(output.split("|")[2], first!.row.card_number);
    assert.is(output.split("|")[6], "3.00");
    ended(await desk.iReadCardBas(2), -2);
    await inserted.stop();
    await service.cardGone();
    ended(await desk.iReadCardBas(3), -2);
    const next = await connectVpcd(second!.card, { port: service.port });
    await service.cardSeen();
    assert.is(done(await desk.iReadCardBas(3)).split("|")[6], "2.00");
    await next.stop();
    assert.throws(() => readers.slot("no such reader"), /"no such reader" is no reader; readers: /);
    assert.throws(() => readers.slot("reader"), /"reader" is not one reader/);
    assert.is(done(await inProcess.iReadCardBas(1)).split("|")[2], first!.row.card_number);
  } finally {
    await security.close();
    readers.close();
    await psam.stop();
  }
}

tests.run();
