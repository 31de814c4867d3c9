// Both products onto cards of the reference image, and a terminal of this test's own, which shares no
// code with the bureau, opens what the tables say: by key, by PIN, by both.

import { createCipheriv, randomBytes } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { DEVELOPMENT_TRUSTED } from "../../../assembler/keys/development.ts";
import { Card } from "../../../emulator/card.ts";
import { EmulatedBlanks } from "../../../emulator/command/emulated-blanks.ts";
import { bytes, concat, hex } from "../../../personalization/bytes.ts";
import { Keystore } from "../../../personalization/keys/keystore.ts";
import { referenceImage } from "../../helpers/card.ts";
import { AID, Bureau, PRODUCT, PRODUCT_2 } from "../helpers/bureau.ts";

const ROWS = 2;
const tree = suite("cards of the whole tree");

interface Generation {
  readonly product: string;
  readonly algorithm: string;
  readonly block: number;
  /** E(key, data), whole blocks. */
  encrypt(key: Uint8Array, data: Uint8Array): Uint8Array;
  readonly cipher: "sm4-ecb" | "des-ede";
}

function generation(product: string, algorithm: string, cipher: "sm4-ecb" | "des-ede"): Generation {
  return {
    product,
    algorithm,
    cipher,
    block: cipher === "sm4-ecb" ? 16 : 8,
    encrypt: (key, data) =>
      Uint8Array.from(createCipheriv(cipher, key, null).setAutoPadding(false).update(data)),
  };
}

const GENERATIONS = [
  generation(PRODUCT, "03", "sm4-ecb"),
  generation(PRODUCT_2, "01", "des-ede"),
] as const;

/** A master key that this test knows: of a name, and of a version. */
function master(name: string): Uint8Array {
  const value = new Uint8Array(16);
  for (const [at, character] of [...name].entries()) {
    value[at % 16]! ^= (character.charCodeAt(0) * (at + 3)) & 0xff;
  }
  return value;
}

function send(card: Card, command: string, expected = "9000"): Uint8Array {
  const response = card.exchange(bytes(command));
  assert.is(hex(response.subarray(-2)), expected, command);
  return response.subarray(0, -2);
}

class Terminal {
  readonly #card: Card;
  readonly #generation: Generation;
  readonly #region: string;
  readonly #factor: Uint8Array;

  constructor(card: Card, generation: Generation, region: string) {
    this.#card = card;
    this.#generation = generation;
    this.#region = region;
    this.#factor = card.reset().slice(-8);
  }

  /** EXTERNAL AUTHENTICATE; part 4, 8 and 9, part 9, 7.3.3 from the text. */
  open(reference: string, name: string, version = ""): void {
    const { encrypt, block } = this.#generation;
    const child = (key: Uint8Array, factor: Uint8Array) =>
      encrypt(
        key,
        concat(
          factor,
          factor.map((byte) => ~byte),
        ),
      );
    const city = child(master(name), Buffer.from(`${this.#region}sx`, "latin1"));
    const key = child(city, this.#factor);
    const challenge = send(this.#card, "0084000008");
    const original = Uint8Array.from(randomBytes(8));
    const fill = (data: Uint8Array) => concat(data, new Uint8Array(block - 8));
    const session = encrypt(key, fill(challenge));
    const x = encrypt(block === 8 ? concat(session, session) : session, fill(original));
    const proof = block === 8 ? x : x.subarray(0, 8).map((byte, at) => byte ^ x[8 + at]!);
    const length = version === "" ? "10" : "11";
    send(this.#card, `008200${reference}${length}${hex(concat(proof, original))}${version}`);
  }
}

for (const made of GENERATIONS) {
  const name = made.product === PRODUCT ? "third" : "second";
  const prefix = name === "third" ? "ssc-" : "ssc2-";

  tree(`the ${name} generation: conditions, values, directory`, async () => {
    const folder = mkdtempSync(join(tmpdir(), "wafer-tree-"));
    const bureau = await Bureau.open(ROWS, made.product);
    const known = new Keystore();
    for (const { name: key, kind, length } of bureau.keystore.list()) {
      const transport = bytes("404142434445464748494A4B4C4D4E4F");
      const value = key === "transport" ? transport : master(key).slice(0, length);
      // A key of one DES length is held twice.
      if (key.startsWith("ssc2-stk")) value.set(value.slice(0, 8), 8);
      known.add({ name: key, kind, value });
    }
    bureau.keystore = known;
    const summary = await bureau.issue(
      new EmulatedBlanks(await referenceImage(), folder, { seed: 1 }),
    );
    assert.equal([summary.issued, summary.complete], [ROWS, true]);
    const [head = "", , second = ""] = bureau.csv.trim().split("\n");
    const columns = head.split(",");
    const row = Object.fromEntries(second.split(",").map((value, at) => [columns[at], value]));
    const card = Card.load(readFileSync(join(folder, `${row.card_number}.card`)), {
      trusted: DEVELOPMENT_TRUSTED,
    });
    const terminal = new Terminal(card, made, row.issuing_region!);

    const fci = hex(send(card, `00A404000F${AID}00`));
    assert.match(fci, new RegExp(`8801..9F0C038601${made.algorithm}`));
    const version = Buffer.from(send(card, "00B2032806").subarray(2)).toString();
    assert.is(version, name === "third" ? "3.00" : "2.00");
    // The directory: five applications, by the short identifier of the FCI.
    const sfi = Number.parseInt(/8801(..)/.exec(fci)![1]!, 16);
    const directory = ((sfi << 3) | 4).toString(16).padStart(2, "0");
    assert.is(hex(send(card, `00B201${directory}1A`)).slice(0, 20), "61184F06D15600000500");
    send(card, `00B206${directory}1A`, "6A83");

    // The cardholder: free in the second generation.
    send(card, "00B2083014", name === "third" ? "6982" : "9000");
    terminal.open("0A", `${prefix}rkssse`);
    assert.is(Buffer.from(send(card, "00B2083014").subarray(2)).toString(), row.id_number);
    if (row.fingerprints !== "") {
      const templates = readFileSync(join(bureau.folder, row.fingerprints!));
      assert.is(hex(send(card, "00B0870000")), hex(templates.subarray(0, 256)));
    }
    assert.is(hex(send(card, "00B2EB6805")), `EB03${row.issuing_region}`);

    // An application by its name: refused, then by key; another application forgets the key.
    send(card, "00A4040006D1560000050000");
    send(card, "00B22B4003", "6982");
    terminal.open("88", `${prefix}rk1df01`);
    assert.is(hex(send(card, "00B22B4003")), `2B01${hex(Buffer.from(row.marital_status!))}`);
    send(card, "00A4000002DF0400");
    send(card, "00B28F2803", "6982");
    // The second version of a key opens too, where the command names it.
    terminal.open("84", `${prefix}rk1df04-v2`, "02");
    assert.is(hex(send(card, "00B28F2803")), "8F0132");
    // PIN and key; then the PIN alone.
    send(card, "00B2903003", "6982");
    send(card, "0020000003123456");
    assert.is(hex(send(card, "00B2903003")), "900131");
    send(card, "00B201441C", "6A83");
    const fen = Number(row.medical_balance!.replace(".", ""));
    assert.is(hex(send(card, "B026000104")), fen.toString(16).toUpperCase().padStart(8, "0"));
    bureau.close();
    rmSync(folder, { recursive: true });
  });
}

tree.run();
