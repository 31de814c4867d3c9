// Load files: written, signed, read back, and each way in which one can be wrong.

import { createPublicKey, verify } from "node:crypto";
import { sha256 } from "@noble/hashes/sha2.js";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { KeyFileError, LoadFileError } from "../../../assembler/errors.ts";
import { publicHalf, publicKeyInfo, signer } from "../../../assembler/keys/public-key.ts";
import { dapPublicKey, signDaps, verifyDap } from "../../../assembler/package/dap.ts";
import {
  type LoadFile,
  type PackageModule,
  readLoadFile,
  writeLoadFile,
} from "../../../assembler/package/load-file.ts";
import { bytes, hex } from "../../helpers/bytes.ts";
import { APPLET, assemble } from "../wasm-bytes.ts";

const AID = bytes("F0636F756E74657201");
const DOMAIN = bytes("A000000151000001");
const MODULE: PackageModule = {
  aid: AID,
  ramBytes: 0x0123,
  stackBytes: 0x0456,
  multiselectable: false,
  wasm: bytes("0061736d01000000"),
};
const KEY = signer("vendor", "ES256", new Uint8Array(32).fill(7));

const files = suite("load file");

/** What the reader made of a module, without the file around it. */
function core({ aid, ramBytes, stackBytes, multiselectable, wasm, hash }: LoadFile) {
  return { aid: hex(aid), ramBytes, stackBytes, multiselectable, wasm: hex(wasm), hash: hex(hash) };
}

files("is what runtime/spec/load-file.ts says, byte for byte", () => {
  const block = [
    "e116",
    "4f09f0636f756e74657201",
    "85020123",
    "8f020456",
    "890100",
    hex(MODULE.wasm),
  ];
  const file = writeLoadFile(MODULE);
  assert.is(hex(file.bytes), `c420${block.join("")}`);
  assert.is(hex(file.hash), hex(sha256(bytes(block.join("")))), "over the value of C4 alone");
  assert.is(hex(file.moduleAid), hex(AID));
  const more = writeLoadFile({ ...MODULE, multiselectable: true }, () => [
    { domain: DOMAIN, signature: bytes("0102") },
  ]);
  assert.is(
    hex(more.bytes),
    `e20e4f08${hex(DOMAIN)}c3020102c420${block.join("").replace("890100", "890101")}`,
  );
});

files("is read back as it was written, whatever its size", () => {
  for (const length of [8, 0x50, 0x60, 0xd0, 0xf0, 0x1000, 0xffe0, 0x10000, 0x18000]) {
    const wasm = new Uint8Array(length);
    wasm.set(MODULE.wasm);
    const written = writeLoadFile(
      { ...MODULE, multiselectable: true, wasm },
      signDaps([{ domain: DOMAIN, key: KEY }]),
    );
    const read = readLoadFile(written.bytes);
    assert.equal(core(read), core(written), `${length}`);
    assert.equal(read.daps, written.daps);
  }
});

files("is signed over its hash by a P-256 key, as OpenSSL verifies it", () => {
  const file = writeLoadFile(MODULE, signDaps([{ domain: DOMAIN, key: KEY }]));
  const [dap] = file.daps;
  assert.is(dap!.signature.length, 64);
  const key = createPublicKey({
    key: Buffer.from(publicKeyInfo("ES256", KEY.publicKey)),
    format: "der",
    type: "spki",
  });
  const options = { key, dsaEncoding: "ieee-p1363" } as const;
  assert.ok(verify("sha256", file.hash, options, dap!.signature));
  assert.ok(verifyDap(file.hash, dap!.signature, publicHalf(KEY)));
  const [other] = writeLoadFile(
    { ...MODULE, ramBytes: 1 },
    signDaps([{ domain: DOMAIN, key: KEY }]),
  ).daps;
  assert.not.ok(verifyDap(file.hash, other!.signature, publicHalf(KEY)));
  assert.not.ok(verifyDap(file.hash, new Uint8Array(5), publicHalf(KEY)));
  const point = dapPublicKey(KEY);
  assert.is(point.length, 65);
  assert.is(hex(publicKeyInfo("ES256", KEY.publicKey).slice(-65)), hex(point));
});

files("is signed by each domain in turn, with AES where the domain has it", () => {
  // SP 800-38B, D.1, example 3.
  const aes = bytes("2b7e151628aed2a6abf7158809cf4f3c");
  const message =
    "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e5130c81c46a35ce411";
  const [vector] = signDaps([{ domain: DOMAIN, key: aes }])(bytes(message));
  assert.is(hex(vector!.signature), "dfa66747de9ae63030ca32611497c827");
  const file = writeLoadFile(
    MODULE,
    signDaps([
      { domain: DOMAIN, key: aes },
      { domain: AID, key: KEY },
    ]),
  );
  assert.equal(
    file.daps.map(({ domain, signature }) => [hex(domain), signature.length]),
    [
      [hex(DOMAIN), 16],
      [hex(AID), 64],
    ],
  );
  assert.equal(readLoadFile(file.bytes).daps, file.daps);
});

files("the same key and package give the same bytes", () => {
  const sign = (): string =>
    hex(writeLoadFile(MODULE, signDaps([{ domain: DOMAIN, key: KEY }])).bytes);
  assert.is(sign(), sign());
});

files("is signed by no key that a card cannot check", () => {
  const ed = signer("vendor", "EdDSA", new Uint8Array(32).fill(7));
  for (const key of [ed, new Uint8Array(24)]) {
    assert.throws(
      () => writeLoadFile(MODULE, signDaps([{ domain: DOMAIN, key }])),
      (error: unknown) => error instanceof KeyFileError && !error.message.includes("\n"),
    );
  }
});

/** [what, bytes, words of the reason] */
const GOOD = hex(writeLoadFile(MODULE).bytes);
const WRONG: readonly [string, string, RegExp][] = [
  ["nothing", "", /cut short, or no load file/],
  ["a module by itself", hex(assemble(APPLET)), /no load file/],
  ["a length of no form", "c4804f", /no load file/],
  ["a length of four bytes", "c48400000001", /no load file/],
  ["another block", "c50100", /no data block/],
  ["a DAP block and nothing behind it", `e20e4f08${hex(DOMAIN)}c3020102`, /cut short/],
  ["a DAP block without a signature", `e20a4f08${hex(DOMAIN)}${GOOD}`, /DAP block 1 is not/],
  [
    "a DAP block with an empty signature",
    `e20c4f08${hex(DOMAIN)}c300${GOOD}`,
    /DAP block 1 is not/,
  ],
  ["a DAP block of a short AID", `e2084f02a000c3020102${GOOD}`, /DAP block 1 is not/],
  ["something behind it", `${GOOD}00`, /1 bytes follow/],
  ["no description", "c4080061736d01000000", /does not say/],
  [
    "a description without stack",
    GOOD.replace("c420", "c41c").replace("e116", "e112").replace("8f020456", ""),
    /does not say/,
  ],
  [
    "a field more",
    GOOD.replace("c420", "c423").replace("e116", "e119").replace("890100", "890100950100"),
    /does not say/,
  ],
  [
    "a flag that only images give",
    GOOD.replace("890100", "890102"),
    /only an image makes security domains/,
  ],
  [
    "no module",
    GOOD.replace("c420", "c418").replace(hex(MODULE.wasm), ""),
    /no WebAssembly module/,
  ],
  ["another module", GOOD.replace("0061736d", "0061736e"), /no WebAssembly module/],
];

for (const [what, content, reason] of WRONG) {
  files(`refuses ${what} with one line that names the file`, () => {
    assert.throws(
      () => readLoadFile(bytes(content), "counter.load"),
      (error: unknown) => {
        assert.instance(error, LoadFileError);
        assert.match((error as Error).message, /^counter\.load: [^\n]+$/);
        assert.match((error as Error).message, reason);
        return true;
      },
    );
  });
}

files("refuses a file cut anywhere, and one that is too large", () => {
  const whole = writeLoadFile(MODULE, signDaps([{ domain: DOMAIN, key: KEY }])).bytes;
  for (let length = 0; length < whole.length; length++) {
    assert.throws(
      () => readLoadFile(whole.subarray(0, length)),
      (error: unknown) => error instanceof LoadFileError,
    );
  }
  assert.throws(() => readLoadFile(new Uint8Array((1 << 20) + 1)), /more than a load file has/);
});

files.run();
