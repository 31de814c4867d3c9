import { suite } from "uvu";
import * as assert from "uvu/assert";
import { connectVpcd, type VpcdCard } from "../../../emulator/lines/vpcd.ts";
import { bytes } from "../../helpers/bytes.ts";
import { PCSC_PROGRAMS, type Pcscd, startPcscd } from "../../helpers/pcscd.ts";
import { needing } from "../../helpers/skip.ts";

/** T=1, historical bytes "WAFER", check byte. */
const ATR = bytes("3B 85 80 01 57 41 46 45 52 43");

const tinyCard: VpcdCard = {
  reset: () => ATR,
  powerOff: () => {},
  transmit: async (command) =>
    command[1] === 0xca ? Uint8Array.from([...command.subarray(2, 4), 0x90, 0x00]) : bytes("6D00"),
};

const pcscd = suite("a real PC/SC reader");
const withPcscd = needing(pcscd, PCSC_PROGRAMS);

withPcscd("opensc-tool, opensc-explorer and pcsc_scan see a card on the vpcd line", () =>
  withReader(async (reader) => {
    const line = await connectVpcd(tinyCard, { port: reader.port });
    try {
      await reader.cardSeen();
      const atr = await reader.run("opensc-tool", "--atr");
      assert.match(atr.text, /3b:85:80:01:57:41:46:45:52:43/i);
      assert.is(atr.exit, 0);

      const sent = await reader.run("opensc-tool", "-s", "00CA123400", "-s", "00A4040000");
      assert.match(sent.text, /Received \(SW1=0x90, SW2=0x00\):\s+12 34/);
      assert.match(sent.text, /Received \(SW1=0x6D, SW2=0x00\)/);

      const explored = await reader.type("apdu 00CA567800\nquit\n", "opensc-explorer", "-m", "");
      assert.match(explored.text, /Received \(SW1=0x90, SW2=0x00\):\s+56 78/);

      const scan = await reader.runUntil(/Card state: .*Card inserted/, "pcsc_scan", "-n");
      assert.match(scan.text, new RegExp(`Reader 0: ${reader.reader}`));
    } finally {
      await line.stop();
    }
    await reader.cardGone();
  }),
);

withPcscd("two readers live side by side", () =>
  withReader((first) =>
    withReader(async (second) => {
      assert.is.not(first.port, second.port);
      const line = await connectVpcd(tinyCard, { port: second.port });
      try {
        await second.cardSeen();
        const listed = await Promise.all(
          [first, second].map((reader) => reader.run("opensc-tool", "--list-readers")),
        );
        assert.match(listed[0]!.text, /^0 +No /m);
        assert.match(listed[1]!.text, /^0 +Yes /m);
      } finally {
        await line.stop();
      }
    }),
  ),
);

withPcscd("the card hears when the daemon ends", async () => {
  const reader = await startPcscd();
  const line = await connectVpcd(tinyCard, { port: reader.port });
  await reader.stop();
  assert.is(await line.closed, "reader gone");
});

pcscd.run();

async function withReader(body: (reader: Pcscd) => Promise<void>): Promise<void> {
  const reader = await startPcscd();
  try {
    await body(reader);
  } finally {
    await reader.stop();
  }
}
