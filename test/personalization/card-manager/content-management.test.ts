// The bytes of each command, as the tables of GPC 2.3.1 lay them out, and what is read of an answer.

import { suite } from "uvu";
import * as assert from "uvu/assert";
import { bytes, hex } from "../../../personalization/bytes.ts";
import {
  type ManagementChannel,
  plainChannel,
} from "../../../personalization/card-manager/channel.ts";
import { deleteContent, deleteKeys } from "../../../personalization/card-manager/delete.ts";
import {
  getData,
  getKeyInformation,
  getResources,
  getSecureChannels,
} from "../../../personalization/card-manager/get-data.ts";
import { getStatus } from "../../../personalization/card-manager/get-status.ts";
import {
  extradite,
  installAndMakeSelectable,
  installForInstall,
  installForLoad,
  installForPersonalization,
  makeSelectable,
  updateRegistry,
} from "../../../personalization/card-manager/install.ts";
import { blockBytes, load } from "../../../personalization/card-manager/load.ts";
import { selectDomain } from "../../../personalization/card-manager/select-domain.ts";
import {
  setApplicationStatus,
  setCardStatus,
  setDomainLocked,
  setLocked,
} from "../../../personalization/card-manager/set-status.ts";
import { FieldError, StatusWordError, TransportError } from "../../../personalization/errors.ts";
import { CARD_SECURED, LIFE_CYCLE_PERSONALIZED } from "../../../runtime/spec/life-cycle.ts";
import {
  PRIVILEGE_CARD_RESET,
  PRIVILEGE_SECURITY_DOMAIN,
} from "../../../runtime/spec/privileges.ts";
import { SW_CONDITIONS_NOT_SATISFIED, SW_MORE_STATUS } from "../../../runtime/spec/status-words.ts";
import { rejection } from "../helpers/rejection.ts";
import { ScriptedCard } from "../helpers/scripted-card.ts";

const management = suite("content management");

const LOAD_FILE = bytes("D0D1D2D3D4D501");
const MODULE = bytes("D0D1D2D3D4D50101");
const DOMAIN = bytes("A000000151000000");

type Step = readonly [command: string, response: string];

/** Runs `work` against a card that expects just these exchanges. */
async function exchanges<T>(
  steps: readonly Step[],
  work: (channel: ReturnType<typeof plainChannel>, card: ScriptedCard) => Promise<T>,
): Promise<T> {
  const compact = steps.map(([command, response]): Step => {
    return [command.replaceAll(" ", ""), response.replaceAll(" ", "")];
  });
  const card = new ScriptedCard(compact);
  const result = await work(plainChannel(card), card);
  assert.is(card.left, 0, "not every command was sent");
  return result;
}

management("INSTALL in each of its forms is laid out as its table says", async () => {
  const request = { loadFile: LOAD_FILE, module: MODULE, instance: MODULE };
  const names = "07D0D1D2D3D4D501 08D0D1D2D3D4D50101 08D0D1D2D3D4D50101";
  const application = "08D0D1D2D3D4D50101";
  const forms: [expected: string, work: (channel: ManagementChannel) => Promise<void>][] = [
    [
      "80E6020014 07D0D1D2D3D4D501 08A000000151000000 00 00 00 00",
      (channel) => installForLoad(channel, { loadFile: LOAD_FILE, domain: DOMAIN }),
    ],
    [
      "80E602000E 07D0D1D2D3D4D501 00 02ABCD 00 00 00",
      (channel) => installForLoad(channel, { loadFile: LOAD_FILE, hash: bytes("ABCD") }),
    ],
    [`80E6040022 ${names} 03000000 02C900 00 00`, (channel) => installForInstall(channel, request)],
    [
      `80E60C002F ${names} 03040000 0F C902ABCD EF09C80400020000CF01C0 00 00`,
      (channel) =>
        installAndMakeSelectable(channel, {
          ...request,
          privileges: PRIVILEGE_CARD_RESET,
          parameters: bytes("ABCD"),
          quota: 0x20000,
          implicitSelection: 0xc0,
        }),
    ],
    [
      `80E6080011 00 00 ${application} 03000000 00 00 00`,
      (channel) => makeSelectable(channel, MODULE),
    ],
    [
      // A published token input has these fields in this order (without the token and its length).
      "80E6100016 08D4D4D4D4D4010101 00 08D0D1D2D3D4D50101 00 00 00 00",
      (channel) => extradite(channel, MODULE, bytes("D4D4D4D4D4010101")),
    ],
    [
      `80E620000E 00 00 ${application} 00 00 00 00`,
      (channel) => installForPersonalization(channel, MODULE),
    ],
    [
      `80E6400011 00 00 ${application} 03040000 00 00 00`,
      (channel) => updateRegistry(channel, MODULE, PRIVILEGE_CARD_RESET),
    ],
  ];
  for (const [expected, work] of forms) await exchanges([[expected, "00 9000"]], work);
});

management("parameters of 128 bytes and more have a length of two bytes", async () => {
  const request = { loadFile: LOAD_FILE, module: MODULE, instance: MODULE };
  const parameters = new Uint8Array(130).fill(0x55);
  const fields = `07D0D1D2D3D4D501 08D0D1D2D3D4D50101 08D0D1D2D3D4D50101 03000000 8185 C98182`;
  const data = `${fields} ${hex(parameters)} 00`;
  const length = bytes(data).length.toString(16);
  await exchanges([[`80E60C00${length.toUpperCase()} ${data} 00`, "00 9000"]], (channel) =>
    installAndMakeSelectable(channel, { ...request, parameters }),
  );
  const long = { ...request, parameters: new Uint8Array(250) };
  const error = await rejection(
    exchanges([], (channel) => installAndMakeSelectable(channel, long)),
  );
  assert.instance(error, FieldError);
  assert.match(error.message, /INSTALL .* 255 fit one command/);
});

management("a block leaves room for MAC and padding where the domain's FCI asks for less", () => {
  const channel = { ...plainChannel(new ScriptedCard([])), maxData: 239 };
  assert.is(blockBytes(channel, { aid: DOMAIN }), 239);
  assert.is(blockBytes(channel, { aid: DOMAIN, maximumLength: 255 }), 239);
  assert.is(blockBytes(channel, { aid: DOMAIN, maximumLength: 128 }), 96);
  assert.is(blockBytes(channel, { aid: DOMAIN, maximumLength: 254 }), 222);
});

management("LOAD sends blocks that the channel takes, and marks the last", async () => {
  const file = new Uint8Array(600).map((_, at) => at);
  const block = (from: number, to: number) => hex(file.subarray(from, to));
  const seen: number[] = [];
  const steps: Step[] = [
    [`80E80000FF ${block(0, 255)} 00`, "00 9000"],
    [`80E80001FF ${block(255, 510)} 00`, "00 9000"],
    [`80E880025A ${block(510, 600)} 00`, "00 9000"],
  ];
  const count = await exchanges(steps, (channel) =>
    load(channel, file, { onProgress: (done) => seen.push(done) }),
  );
  assert.is(count, 3);
  assert.equal(seen, [0, 1, 2, 3]);
  await exchanges([["80E88000020001 00", "00 9000"]], (channel) =>
    load(channel, file.subarray(0, 2), { blockBytes: 10 }),
  );
});

management(
  "LOAD stops at the first refusal, and sends nothing that cannot be numbered",
  async () => {
    const file = new Uint8Array(600);
    const refusal: Step[] = [
      [`80E80000FF ${hex(file.subarray(0, 255))} 00`, "00 9000"],
      [`80E80001FF ${hex(file.subarray(0, 255))} 00`, "6985"],
    ];
    const error = await rejection(exchanges(refusal, (channel) => load(channel, file)));
    assert.instance(error, StatusWordError);
    assert.is((error as StatusWordError).sw, SW_CONDITIONS_NOT_SATISFIED);
    assert.match(error.message, /LOAD block 1/);
    for (const size of [0, 255 * 256 + 1]) {
      const refused = await rejection(exchanges([], (ch) => load(ch, new Uint8Array(size))));
      assert.instance(refused, FieldError);
    }
  },
);

management("DELETE names an AID, or keys", async () => {
  await exchanges([["80E4000009 4F07D0D1D2D3D4D501 00", "00 9000"]], (channel) =>
    deleteContent(channel, LOAD_FILE),
  );
  await exchanges([["80E4008009 4F07D0D1D2D3D4D501 00", "00 9000"]], (channel) =>
    deleteContent(channel, LOAD_FILE, { related: true }),
  );
  await exchanges([["80E4000003 D20130 00", "00 9000"]], (channel) =>
    deleteKeys(channel, { version: 0x30 }),
  );
  await exchanges([["80E4000006 D00101 D20130 00", "00 9000"]], (channel) =>
    deleteKeys(channel, { version: 0x30, identifier: 1 }),
  );
});

management("SET STATUS of the card, an application, a domain with all below", async () => {
  await exchanges([["80F0800F", "9000"]], (channel) => setCardStatus(channel, CARD_SECURED));
  await exchanges([["80F0408008 D0D1D2D3D4D50101", "9000"]], (channel) =>
    setLocked(channel, MODULE, true),
  );
  await exchanges([["80F0400008 D0D1D2D3D4D50101", "9000"]], (channel) =>
    setLocked(channel, MODULE, false),
  );
  await exchanges([["80F0400F08 D0D1D2D3D4D50101", "9000"]], (channel) =>
    setApplicationStatus(channel, MODULE, LIFE_CYCLE_PERSONALIZED),
  );
  await exchanges([["80F0608008 A000000151000000", "9000"]], (channel) =>
    setDomainLocked(channel, DOMAIN, true),
  );
});

management("GET STATUS goes on after 6310, and reads each row", async () => {
  const first = "E3 16 4F08D0D1D2D3D4D50101 9F700107 C503040000 CF0140";
  const second = "E3 23 4F07D0D1D2D3D4D502 9F700183 C50180 C407D0D1D2D3D4D501 CC08A000000151000000";
  const [one, two, ...rest] = await exchanges(
    [
      ["80F2400202 4F00 00", `${first} 6310`],
      ["80F2400302 4F00 00", `${second} 9000`],
    ],
    (channel) => getStatus(channel, "applications"),
  );
  assert.is(rest.length, 0);
  assert.equal(one, {
    aid: MODULE,
    lifeCycle: 0x07,
    privileges: PRIVILEGE_CARD_RESET,
    implicitSelection: [0x40],
    modules: [],
  });
  assert.is(two?.privileges, PRIVILEGE_SECURITY_DOMAIN);
  assert.equal(two?.loadFile, LOAD_FILE);
  assert.equal(two?.domain, DOMAIN);
});

management("GET STATUS of load files tells their modules; of nothing, nothing", async () => {
  const row = "E3 1E 4F07D0D1D2D3D4D501 9F700101 8408D0D1D2D3D4D50101 8405D0D1D2D3D4";
  const [file] = await exchanges([["80F2100207 4F05D0D1D2D3D4 00", `${row} 9000`]], (channel) =>
    getStatus(channel, "load-files-and-modules", bytes("D0D1D2D3D4")),
  );
  assert.equal(file?.modules.map(hex), ["D0D1D2D3D4D50101", "D0D1D2D3D4"]);
  const none = await exchanges([["80F2200202 4F00 00", "6A88"]], (channel) =>
    getStatus(channel, "load-files"),
  );
  assert.equal(none, []);
});

management(
  "an answer that is cut short or never ends is the card's fault, in one line",
  async () => {
    for (const answer of [
      "E3",
      "E305",
      "E3024F08",
      "E38000",
      "E3049F70",
      "E3039F7001",
      "E3054F03010203",
    ]) {
      const error = await rejection(
        exchanges([["80F2800202 4F00 00", `${answer} 9000`]], (ch) =>
          getStatus(ch, "issuer-domain"),
        ),
      );
      assert.instance(error, TransportError, answer);
    }
    const endless = {
      maxData: 255,
      transmit: async () => ({ data: bytes(""), sw: SW_MORE_STATUS }),
    };
    assert.match((await rejection(getStatus(endless, "applications"))).message, /never ends/);
  },
);

management(
  "GET DATA: secure channels, keys, resources; what is not there is undefined",
  async () => {
    const oid = "06 09 2A864886FC6B04 0370";
    const card = `66 17 73 15 06 07 2A864886FC6B01 64 0B ${oid}`;
    assert.equal(
      await exchanges([["80CA006600", `${card.replace("17 73 15", "18 73 16")} 9000`]], (ch) =>
        getSecureChannels(ch),
      ),
      [{ protocol: 3, i: 0x70 }],
    );
    const keys = "E0 0E C004 01308820 C006 0173B040F000 9000";
    assert.equal(await exchanges([["80CA00E000", keys]], (ch) => getKeyInformation(ch)), [
      { identifier: 1, version: 0x30, components: [{ type: 0x88, length: 0x20 }] },
      {
        identifier: 1,
        version: 0x73,
        components: [
          { type: 0xb0, length: 0x40 },
          { type: 0xf0, length: 0 },
        ],
      },
    ]);
    const left = "FF21 0B 810103 82021F40 83020400 9000";
    assert.equal(await exchanges([["80CAFF2100", left]], (channel) => getResources(channel)), {
      applications: 3,
      freeStore: 8000,
      freeRam: 1024,
    });
    const both = "FF21 0D 810103 82021F40 C20400010000 9000";
    assert.equal(await exchanges([["80CAFF2100", both]], (channel) => getResources(channel)), {
      applications: 3,
      freeStore: 8000,
      freePackages: 65_536,
    });
    assert.is(await exchanges([["80CAFF2100", "6A88"]], (ch) => getResources(ch)), undefined);
    assert.is(await exchanges([["80CA004200", "6A88"]], (ch) => getData(ch, 0x42)), undefined);
  },
);

management("SELECT of a domain reads its AID and the most that it takes", async () => {
  const fci = "6F 10 8408A000000151000000 A504 9F6501FF 9000";
  const domain = await exchanges([["00A4040000", fci]], (_, card) => selectDomain(card));
  assert.equal(domain, { aid: DOMAIN, maximumLength: 255 });
  const bare = await exchanges([["00A40400 05D0D1D2D3D4 00", "6F00 9000"]], (_, card) =>
    selectDomain(card, bytes("D0D1D2D3D4")),
  );
  assert.equal(bare, { aid: bytes("D0D1D2D3D4") });
});

management.run();
