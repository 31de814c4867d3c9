// Reads a finished card back as a terminal does, with none of the issuer's keys but those a
// terminal has. Every difference is a `VerificationError` that tells the place and no data.

import { randomBytes } from "node:crypto";
import { P1_SELECT_BY_FID, REFERENCE_LOCAL } from "../../applets/filesystem/spec.ts";
import {
  INS_EXTERNAL_AUTHENTICATE,
  INS_GET_CHALLENGE,
  INS_INTERNAL_AUTHENTICATE,
  INS_READ_BINARY,
  INS_READ_RECORD,
  INS_SELECT,
  INS_VERIFY,
  P1_SELECT_BY_NAME,
} from "../../runtime/spec/instructions.ts";
import { SW_RECORD_NOT_FOUND, SW_SECURITY_NOT_SATISFIED } from "../../runtime/spec/status-words.ts";
import { command, exchange, expectSuccess, LE_ALL } from "../apdu.ts";
import { concat, equal, hex16 } from "../bytes.ts";
import type { Card } from "../card.ts";
import { VerificationError } from "../errors.ts";
import type { KeyService } from "../keys/key-service.ts";
import type {
  Directory,
  Product,
  ProductApplication,
  ProductFile,
  ProductKey,
} from "../products/product.ts";
import type { ReadBackStep } from "../products/written-application.ts";
import {
  AUTHENTICATION_BYTES,
  authenticationData,
  RANDOM_BYTES,
} from "../social-security-authentication.ts";
import { historicalBytes } from "./answer-to-reset.ts";
import { contentOf } from "./application-data.ts";
import type { CardPlan } from "./card-plan.ts";
import { selectApplication } from "./select.ts";

const TAG_5F52_HISTORICAL_BYTES = 0x5f52;
/** SELECT: EF under the current DF; no FCI wanted. ISO/IEC 7816-4:2020, table 62. */
const P1_EF = 0x02;
const P2_NO_RESPONSE = 0x0c;
/** READ RECORD: P1 is a record number of the current EF. */
const P2_BY_NUMBER = 0x04;
/** Most bytes of one short response. */
const CHUNK = 256;

/** Throws `VerificationError` or `StatusWordError`; gives the number of checks that were made. */
export async function verifyCard(
  card: Card,
  service: KeyService,
  product: Product,
  plan: CardPlan,
): Promise<number> {
  const atr = await card.reset();
  let checks = checkHistoricalBytes(atr, product, plan);
  for (const application of product.applications) {
    await selectApplication(card, application.name, application.aid);
    const terminal = new Terminal(card, service, application, plan);
    for (const step of application.readBack) {
      await terminal.do(step);
      checks++;
    }
  }
  return checks;
}

function checkHistoricalBytes(atr: Uint8Array, product: Product, plan: CardPlan): number {
  const object = product.issuerDomain.data.find(({ tag }) => tag === TAG_5F52_HISTORICAL_BYTES);
  const actual = historicalBytes(atr);
  if (object === undefined || actual === undefined) return 0;
  if (!equal(actual, plan.encoder.typed(object))) {
    throw new VerificationError("the ATR does not carry the historical bytes of this card");
  }
  return 1;
}

/** One application as a terminal sees it. */
class Terminal {
  readonly #card: Card;
  readonly #service: KeyService;
  readonly #root: Directory;
  readonly #plan: CardPlan;
  /** The directory that is selected. */
  #directory: Directory;

  constructor(card: Card, service: KeyService, application: ProductApplication, plan: CardPlan) {
    this.#card = card;
    this.#service = service;
    this.#root = application.directory;
    this.#directory = application.directory;
    this.#plan = plan;
  }

  async do(step: ReadBackStep): Promise<void> {
    if (step.directory !== undefined) await this.#selectDirectory(step.directory);
    if (step.read !== undefined) await this.#read(this.#file(step.read));
    if (step.refused !== undefined) await this.#refused(this.#file(step.refused));
    if (step.externalAuthenticate !== undefined) {
      await this.#externalAuthenticate(step.externalAuthenticate);
    }
    if (step.internalAuthenticate !== undefined) {
      await this.#internalAuthenticate(step.internalAuthenticate);
    }
    if (step.verifyPin !== undefined) await this.#verifyPin(step.verifyPin);
  }

  #file(id: number): ProductFile {
    return this.#directory.files!.find((file) => file.id === id)!;
  }

  /** By its identifier, then by its name: both must find it. */
  async #selectDirectory(id: number): Promise<void> {
    const children = this.#root.directories ?? [];
    const found = id === this.#root.id ? this.#root : children.find((one) => one.id === id)!;
    const identifier = Uint8Array.of(id >> 8, id & 0xff);
    const select = command(0x00, INS_SELECT, P1_SELECT_BY_FID, 0, identifier, LE_ALL);
    expectSuccess(`SELECT ${hex16(id)}`, await exchange(this.#card, select));
    if (found.dfName !== undefined) {
      const byName = command(0x00, INS_SELECT, P1_SELECT_BY_NAME, 0, found.dfName, LE_ALL);
      expectSuccess(`SELECT ${hex16(id)} by name`, await exchange(this.#card, byName));
    }
    this.#directory = found;
  }

  async #read(file: ProductFile): Promise<void> {
    const name = hex16(file.id);
    await this.#selectFile(file);
    if (file.type !== "transparent") {
      await this.#readRecords(name, this.#plan.encoder.records(file));
      return;
    }
    const content = contentOf(file, this.#plan.encoder);
    const expected = content ?? new Uint8Array(Math.min(file.size ?? 0, CHUNK));
    for (let at = 0; at < expected.length; at += CHUNK) {
      const part = expected.subarray(at, at + CHUNK);
      const actual = expectSuccess(`READ BINARY ${name}`, await this.#readBinary(at, part.length));
      if (!equal(actual, part)) {
        throw new VerificationError(`${name} differs from what was written, from byte ${at} on`);
      }
    }
  }

  async #readRecords(name: string, expected: readonly Uint8Array[]): Promise<void> {
    for (const [at, record] of expected.entries()) {
      const number = at + 1;
      const actual = expectSuccess(
        `READ RECORD ${number} of ${name}`,
        await this.#readRecord(number),
      );
      if (!equal(actual, record)) {
        throw new VerificationError(`record ${number} of ${name} differs from what was written`);
      }
    }
    const beyond = await this.#readRecord(expected.length + 1);
    if (beyond.sw !== SW_RECORD_NOT_FOUND) {
      throw new VerificationError(`${name} holds more than the ${expected.length} records written`);
    }
  }

  async #refused(file: ProductFile): Promise<void> {
    await this.#selectFile(file);
    const response =
      file.type === "transparent" ? await this.#readBinary(0, 1) : await this.#readRecord(1);
    if (response.sw !== SW_SECURITY_NOT_SATISFIED) {
      throw new VerificationError(
        `${hex16(file.id)} must refuse reading with 6982, but answered ${hex16(response.sw)}`,
      );
    }
  }

  /** The card's last challenge makes the session key; the terminal proves it over its own random. */
  async #externalAuthenticate(reference: number): Promise<void> {
    const key = this.#key(reference);
    const challenge = command(0x00, INS_GET_CHALLENGE, 0, 0, undefined, RANDOM_BYTES);
    const random = expectSuccess("GET CHALLENGE", await exchange(this.#card, challenge));
    const original = Uint8Array.from(randomBytes(RANDOM_BYTES));
    const proof = await authenticationData(this.#service, key, random, original);
    const data = concat(proof, original);
    const authenticate = command(0x00, INS_EXTERNAL_AUTHENTICATE, 0, reference, data);
    expectSuccess("EXTERNAL AUTHENTICATE", await exchange(this.#card, authenticate));
  }

  async #internalAuthenticate(reference: number): Promise<void> {
    const key = this.#key(reference);
    const factor = Uint8Array.from(randomBytes(RANDOM_BYTES));
    const original = Uint8Array.from(randomBytes(RANDOM_BYTES));
    const data = concat(factor, original);
    const le = AUTHENTICATION_BYTES;
    const authenticate = command(0x00, INS_INTERNAL_AUTHENTICATE, 0, reference, data, le);
    const response = await exchange(this.#card, authenticate);
    const actual = expectSuccess("INTERNAL AUTHENTICATE", response);
    if (!equal(actual, await authenticationData(this.#service, key, factor, original))) {
      throw new VerificationError("the card proves another key than the one written");
    }
  }

  async #verifyPin(reference: number): Promise<void> {
    const pin = this.#scoped(reference).pins!.find((one) => one.reference === reference)!;
    const value = this.#plan.encoder.raw(pin, pin.type);
    const verify = command(0x00, INS_VERIFY, 0, reference, value);
    expectSuccess("VERIFY", await exchange(this.#card, verify));
  }

  /** The first version of the key. */
  #key(reference: number) {
    const keys: ProductKey[] = this.#scoped(reference).keys!;
    const key = keys.find((one) => one.reference === reference)!;
    return this.#plan.versions(key)[0]!;
  }

  /** Where a reference belongs: to the selected directory, or to the root. */
  #scoped(reference: number): Directory {
    return (reference & REFERENCE_LOCAL) === 0 ? this.#root : this.#directory;
  }

  async #selectFile(file: ProductFile): Promise<void> {
    const id = Uint8Array.of(file.id >> 8, file.id & 0xff);
    const select = command(0x00, INS_SELECT, P1_EF, P2_NO_RESPONSE, id);
    expectSuccess(`SELECT ${hex16(file.id)}`, await exchange(this.#card, select));
  }

  #readRecord(number: number) {
    const read = command(0x00, INS_READ_RECORD, number, P2_BY_NUMBER, undefined, LE_ALL);
    return exchange(this.#card, read);
  }

  #readBinary(offset: number, length: number) {
    const read = command(0x00, INS_READ_BINARY, offset >> 8, offset & 0xff, undefined, length);
    return exchange(this.#card, read);
  }
}
