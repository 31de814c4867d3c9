import { p256 } from "@noble/curves/nist.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { ImageError } from "../../../assembler/errors.ts";
import { type Cbor, encodeCbor, Tagged } from "../../../assembler/image/cbor.ts";
import { encodeManifest } from "../../../assembler/image/manifest.ts";
import { MAX_IMAGE_BYTES, readImage } from "../../../assembler/image/read.ts";
import { signOne, toBeSigned } from "../../../assembler/image/sign.ts";
import type { Manifest } from "../../../assembler/image/types.ts";
import { DEVELOPMENT_SIGNER, DEVELOPMENT_TRUSTED } from "../../../assembler/keys/development.ts";
import { publicHalf, signer } from "../../../assembler/keys/public-key.ts";
import { encodeConfiguration } from "../../../assembler/layout.ts";
import { SAMPLE_MANIFEST, SAMPLE_MODULES, sampleImage } from "../sample-image.ts";

const OTHER_SIGNER = signer("vendor", "EdDSA", new Uint8Array(32).fill(7));

const read = suite("readImage");

/** The one line with which an image is refused. */
function refusal(bytes: Uint8Array, trusted = DEVELOPMENT_TRUSTED): string {
  try {
    readImage(bytes, trusted, "card.image");
  } catch (error) {
    assert.ok(error instanceof ImageError, `${error}`);
    assert.match(error.message, /^card\.image: [^\n]+$/);
    return error.reason;
  }
  return "accepted";
}

/** An image around any payload, signed as it should be. */
function signed(payload: Uint8Array): Uint8Array {
  const item = signOne(payload, DEVELOPMENT_SIGNER);
  return encodeCbor(new Tagged(55799, [item, SAMPLE_MODULES]));
}

read("gives back the manifest, the modules and the configuration that were signed", () => {
  for (const key of [DEVELOPMENT_SIGNER, OTHER_SIGNER]) {
    const bytes = sampleImage(SAMPLE_MANIFEST, key);
    const image = readImage(bytes, [publicHalf(OTHER_SIGNER), ...DEVELOPMENT_TRUSTED]);
    assert.equal(
      JSON.parse(JSON.stringify(image.manifest)),
      JSON.parse(JSON.stringify(SAMPLE_MANIFEST)),
    );
    assert.equal(image.kernel.wasm, SAMPLE_MODULES[0]);
    assert.equal(
      image.applets.map((applet) => applet.wasm),
      SAMPLE_MODULES.slice(1),
    );
    assert.equal(image.applets[0]?.aid, SAMPLE_MANIFEST.modules[1]?.aid);
    assert.is(image.applets[0]?.ramBytes, 2048);
    assert.equal(image.configuration, encodeConfiguration(SAMPLE_MANIFEST));
    assert.equal(image.digest, sha256(bytes));
    assert.is(image.signer.name, key.name);
    assert.not("secretKey" in image.signer);
  }
});

read("the same manifest, modules and key give the same bytes", () => {
  for (const key of [DEVELOPMENT_SIGNER, OTHER_SIGNER]) {
    assert.equal(
      sampleImage(SAMPLE_MANIFEST, key),
      sampleImage(structuredClone(SAMPLE_MANIFEST), key),
    );
  }
});

read("refuses the image of a key that is not trusted, and names the key", () => {
  const reason = refusal(sampleImage(SAMPLE_MANIFEST, OTHER_SIGNER));
  assert.match(reason, /^signed by an unknown key, SHA-256 [0-9a-f]{64}; name the signer/);
  assert.match(refusal(sampleImage(), []), /^signed by an unknown key/);
});

read("refuses a header that names a trusted key with another algorithm", () => {
  const { keyId } = DEVELOPMENT_SIGNER;
  const header = encodeCbor(
    new Map<number, Cbor>([
      [1, -8],
      [4, keyId],
    ]),
  );
  const item = new Tagged(18, [
    header,
    new Map(),
    encodeManifest(SAMPLE_MANIFEST),
    new Uint8Array(64),
  ]);
  const bytes = encodeCbor(new Tagged(55799, [item, SAMPLE_MODULES]));
  assert.match(refusal(bytes), /^signature is not ES256/);
});

read("refuses a key that claims the identifier of a trusted one", () => {
  const impostor = {
    ...OTHER_SIGNER,
    algorithm: "ES256" as const,
    keyId: DEVELOPMENT_SIGNER.keyId,
  };
  assert.match(refusal(sampleImage(SAMPLE_MANIFEST, impostor)), /does not hold/);
});

read("refuses a signed header with one parameter more, and a signature of another length", () => {
  const payload = encodeManifest(SAMPLE_MANIFEST);
  const { keyId, secretKey } = DEVELOPMENT_SIGNER;
  const entries: [number, Cbor][] = [
    [1, -7],
    [4, keyId],
  ];
  const image = (parameters: [number, Cbor][], change: (signature: Uint8Array) => Uint8Array) => {
    const header = encodeCbor(new Map(parameters));
    const signature = change(p256.sign(toBeSigned(header, payload), secretKey));
    const item = new Tagged(18, [header, new Map(), payload, signature]);
    return encodeCbor(new Tagged(55799, [item, SAMPLE_MODULES]));
  };
  assert.is(refusal(image(entries, (signature) => signature)), "accepted");
  const critical: [number, Cbor] = [2, [1]];
  assert.match(refusal(image([...entries, critical], (same) => same)), /^signature header is not/);
  assert.match(refusal(image(entries.slice(1), (same) => same)), /^signature header is not/);
  assert.match(refusal(image(entries, (signature) => signature.slice(1))), /does not hold/);
  assert.match(
    refusal(image(entries, (signature) => Uint8Array.of(...signature, 0))),
    /does not hold/,
  );
});

read("refuses a changed manifest, a changed module and an exchanged one", () => {
  const bytes = sampleImage();
  const tampered = bytes.slice();
  tampered[Buffer.from(bytes).indexOf("sample")] = "S".charCodeAt(0);
  assert.match(refusal(tampered), /signature of .* does not hold/);
  const damaged = bytes.slice();
  damaged[damaged.length - 1]! ^= 1;
  assert.match(refusal(damaged), /^module applet is not the one that was signed/);
  const [kernel, applet] = SAMPLE_MODULES as [Uint8Array, Uint8Array];
  const swapped = sampleImage(SAMPLE_MANIFEST, DEVELOPMENT_SIGNER, [applet, kernel]);
  assert.match(refusal(swapped), /^module kernel is not the one/);
  const fewer = sampleImage(SAMPLE_MANIFEST, DEVELOPMENT_SIGNER, [kernel]);
  assert.match(refusal(fewer), /^1 modules where the manifest names 2/);
});

read("refuses a truncated image at every length, and bytes that follow", () => {
  const bytes = sampleImage();
  for (let length = 0; length < bytes.length; length++) {
    assert.match(refusal(bytes.subarray(0, length)), /^damaged or truncated at byte \d+/);
  }
  assert.match(refusal(Uint8Array.of(...bytes, 0)), /1 bytes follow the end/);
});

read("refuses what is no image at all", () => {
  assert.match(refusal(new TextEncoder().encode("\x7fELF")), /^damaged or truncated/);
  assert.match(refusal(encodeCbor("hello")), /^is no Wafer image/);
  assert.match(refusal(encodeCbor(new Tagged(55799, []))), /^is no Wafer image/);
  assert.match(refusal(new Uint8Array(MAX_IMAGE_BYTES + 1)), /more than an image can have/);
});

read("refuses unprotected headers, a missing part and a part too many", () => {
  const item = signOne(encodeManifest(SAMPLE_MANIFEST), DEVELOPMENT_SIGNER);
  const [header, , payload, signature] = item.value as Uint8Array[];
  const shapes: Cbor[] = [
    [new Tagged(18, [header!, new Map([[4, 1]]), payload!, signature!]), SAMPLE_MODULES],
    [new Tagged(18, [header!, payload!, signature!]), SAMPLE_MODULES],
    [new Tagged(98, item.value), SAMPLE_MODULES],
    [item, SAMPLE_MODULES, "more"],
    [item],
    [item, [1, 2]],
  ];
  for (const shape of shapes) {
    assert.match(refusal(encodeCbor(new Tagged(55799, shape))), /^is no Wafer image/);
  }
});

/** Signed by the right key, wrong all the same: [what, manifest, words of the reason]. */
const WRONG_MANIFESTS: [string, object, RegExp][] = [
  ["another format", { format: 1 }, /format: is no version/],
  ["an unknown field", { extra: 1 }, /extra/],
  ["a missing field", { chip: undefined }, /chip/],
  ["a field of another type", { instances: 5 }, /instances/],
  ["no modules", { modules: [] }, /modules/],
  [
    "a kernel with an AID",
    { modules: [{ ...SAMPLE_MANIFEST.modules[0], aid: new Uint8Array(5) }] },
    /kernel has no AID/,
  ],
  [
    "an applet without an AID",
    { modules: [0, 0].map((i) => SAMPLE_MANIFEST.modules[i]) },
    /needs an AID/,
  ],
  [
    "an instance of no module",
    { instances: [{ ...SAMPLE_MANIFEST.instances[0], module: 1 }] },
    /no such module/,
  ],
  [
    "an AID too short",
    { instances: [{ ...SAMPLE_MANIFEST.instances[0], aid: new Uint8Array(4) }] },
    /aid/,
  ],
  [
    "RAM beyond a page",
    { modules: SAMPLE_MANIFEST.modules.map((m) => ({ ...m, ramBytes: 65537 })) },
    /ramBytes/,
  ],
  ["a negative size", { chip: { ...SAMPLE_MANIFEST.chip, codeBytes: -1 } }, /codeBytes/],
  [
    "a configuration too long",
    {
      instances: Array(9).fill({
        ...SAMPLE_MANIFEST.instances[0],
        parameters: new Uint8Array(255),
      }),
    },
    /configuration block/,
  ],
];

for (const [what, change, reason] of WRONG_MANIFESTS) {
  read(`refuses a signed manifest with ${what}`, () => {
    const payload = encodeManifest({ ...SAMPLE_MANIFEST, ...change } as Manifest);
    const message = refusal(signed(payload));
    assert.match(message, /^manifest: /);
    assert.match(message, reason);
  });
}

read("refuses a signed manifest that is no CBOR, or holds a tag", () => {
  assert.match(refusal(signed(Uint8Array.of(0xff))), /^manifest: byte 0/);
  assert.match(refusal(signed(encodeCbor(new Tagged(1, 1)))), /^manifest: a tag/);
});

read("takes __proto__ in a signed manifest for the unknown field that it is", () => {
  const payload = encodeCbor(new Map<string, Cbor>([["__proto__", new Map([["format", 1]])]]));
  assert.match(refusal(signed(payload)), /^manifest: /);
});

read("refuses an image with any one byte changed", () => {
  const bytes = sampleImage(SAMPLE_MANIFEST, OTHER_SIGNER);
  const trusted = [publicHalf(OTHER_SIGNER)];
  for (let offset = 0; offset < bytes.length; offset++) {
    for (const flip of offset % 8 === 0 ? [0x01, 0x20, 0x80, 0xff] : [1 << (offset % 8)]) {
      const damaged = bytes.slice();
      damaged[offset]! ^= flip;
      assert.is.not(refusal(damaged, trusted), "accepted", `byte ${offset} ^ ${flip}`);
    }
  }
});

read("signs the Sig_structure of RFC 9052, 4.4", () => {
  const toSign = toBeSigned(Uint8Array.of(0xa0), Uint8Array.of(1, 2));
  assert.is(Buffer.from(toSign).toString("hex"), "846a5369676e61747572653141a040420102");
});

read.run();
