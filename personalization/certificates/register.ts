// The issuer's book: which certificates it gave to whom, and which hold no more. One file, replaced whole.

import * as v from "valibot";
import { CertificateError } from "./errors.ts";
import { REASONS, type Reason } from "./status-list.ts";

const isoTime = v.pipe(v.string(), v.isoTimestamp());
const reasons = Object.keys(REASONS) as [Reason, ...Reason[]];
const Schema = v.strictObject({
  "wafer-certificates": v.literal(1),
  /** Number of the last status list. */
  statusList: v.pipe(v.number(), v.integer(), v.minValue(0)),
  certificates: v.array(
    v.strictObject({
      serial: v.pipe(v.string(), v.regex(/^([0-9A-F]{2})+$/)),
      card: v.string(),
      notAfter: isoTime,
      revoked: v.optional(v.strictObject({ at: isoTime, reason: v.picklist(reasons) })),
    }),
  ),
});
type Content = v.InferOutput<typeof Schema>;

/** One certificate of the book; times are ISO 8601. */
export type Registered = Content["certificates"][number];

export class Register {
  readonly #content: Content;

  constructor(text?: string, path = "") {
    try {
      this.#content =
        text === undefined
          ? { "wafer-certificates": 1, statusList: 0, certificates: [] }
          : v.parse(Schema, JSON.parse(text));
    } catch {
      throw new CertificateError(`${path}: not a book of certificates; restore the backup`);
    }
  }

  get certificates(): readonly Registered[] {
    return this.#content.certificates;
  }

  /** Certificates of a card that still hold. */
  holding(card: string): readonly Registered[] {
    return this.certificates.filter((one) => one.card === card && one.revoked === undefined);
  }

  add(serial: string, card: string, notAfter: Date): void {
    this.#content.certificates.push({ serial, card, notAfter: notAfter.toISOString() });
  }

  revoke(serial: string, at: Date, reason: Reason): void {
    const found = this.#content.certificates.find((one) => one.serial === serial);
    if (found !== undefined) found.revoked = { at: at.toISOString(), reason };
  }

  /** The number of the next status list. */
  nextStatusList(): number {
    this.#content.statusList += 1;
    return this.#content.statusList;
  }

  text(): string {
    return `${JSON.stringify(this.#content, null, 2)}\n`;
  }
}
