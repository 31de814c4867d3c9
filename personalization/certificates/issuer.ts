// An issuer of certificates: its key, its certificate, its book and its status list, in one folder.

import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { replaceFile } from "../files/atomic-file.ts";
import { makeFolder } from "../files/make-folder.ts";
import { type Certificate, makeCertificate, readCertificate } from "./certificate.ts";
import { CertificateError } from "./errors.ts";
import { IssuerKey } from "./issuer-key.ts";
import { isName, MAX_NAME, type Names, nameOf } from "./names.ts";
import { fromPem, LABEL_CERTIFICATE, LABEL_STATUS_LIST, toPem } from "./pem.ts";
import { Register } from "./register.ts";
import { makeStatusList, type Reason } from "./status-list.ts";

export const KEY_FILE = "issuer-key.json";
export const CERTIFICATE_FILE = "issuer.crt";
export const REGISTER_FILE = "certificates.json";
export const STATUS_FILE = "status.crl";

const DAY_MS = 86_400_000;
/** How long an issuer's certificate holds, a card's, and a status list, days. */
export const ISSUER_DAYS = 7305;
export const CARD_DAYS = 1826;
export const STATUS_DAYS = 30;
/** Certificate and status list are for everyone, the book for the owner alone. */
const MODE = 0o644;
const OWN_MODE = 0o600;

export interface NewIssuer {
  readonly names: Names;
  readonly passphrase: string;
  readonly now: Date;
  /** scrypt's; for tests. */
  readonly log2Cost?: number;
}

export class Issuer {
  readonly #key: IssuerKey;

  private constructor(
    readonly folder: string,
    key: IssuerKey,
    readonly certificate: Certificate,
    readonly register: Register,
  ) {
    this.#key = key;
  }

  /** Makes an issuer in a folder that has none. */
  static async create(folder: string, options: NewIssuer): Promise<Issuer> {
    const { names, passphrase, now } = options;
    for (const name of [names.organization, names.commonName]) {
      if (!isName(name)) {
        throw new CertificateError(`a name has 1 to ${MAX_NAME} characters to see, not "${name}"`);
      }
    }
    const file = join(folder, KEY_FILE);
    if (await exists(file)) throw new CertificateError(`${file} is there already; it is kept`);
    const key = IssuerKey.generate();
    const name = nameOf(names);
    const der = makeCertificate(key, {
      subject: name,
      issuer: name,
      publicKey: key.publicKey,
      notBefore: now,
      notAfter: after(now, ISSUER_DAYS),
      isIssuer: true,
    });
    const certificate = readCertificate(der, "the new certificate");
    const issuer = new Issuer(folder, key, certificate, new Register());
    await makeFolder(folder);
    await key.save(file, passphrase, options.log2Cost);
    const path = join(folder, CERTIFICATE_FILE);
    await replaceFile(path, toPem(LABEL_CERTIFICATE, der), MODE);
    await issuer.publish(now);
    return issuer;
  }

  static async open(folder: string, passphrase: string): Promise<Issuer> {
    const key = await openKey(folder, passphrase);
    const path = join(folder, CERTIFICATE_FILE);
    const der = fromPem(LABEL_CERTIFICATE, await readOf(path), path);
    const certificate = readCertificate(der, path);
    if (!certificate.isSignedBy(key.publicKey)) {
      throw new CertificateError(`${path} is not the certificate of ${KEY_FILE}`);
    }
    const register = await openRegister(folder);
    return new Issuer(folder, key, certificate, register);
  }

  /** A certificate in DER for a card's key; it stands in the book before anyone has it. */
  async certify(card: string, publicKey: Uint8Array, now: Date, days = CARD_DAYS) {
    if (!isName(card)) {
      throw new CertificateError(`a card is named by 1 to ${MAX_NAME} characters to see`);
    }
    const { subject, organization } = this.certificate;
    const der = makeCertificate(this.#key, {
      subject: nameOf({ organization, commonName: card }),
      issuer: subject,
      publicKey,
      notBefore: now,
      notAfter: earlier(after(now, days), this.certificate.notAfter),
    });
    const certificate = readCertificate(der, "the new certificate");
    this.register.add(certificate.serial, card, certificate.notAfter);
    await this.#saveRegister();
    return certificate;
  }

  /** Ends all certificates of a card and publishes it; how many there were. */
  async revoke(card: string, reason: Reason, now: Date): Promise<number> {
    const holding = this.register.holding(card);
    for (const { serial } of holding) this.register.revoke(serial, now, reason);
    if (holding.length > 0) await this.publish(now);
    return holding.length;
  }

  /** Signs a new status list of what the book says. */
  async publish(now: Date, days = STATUS_DAYS): Promise<void> {
    const revocations = this.register.certificates.flatMap(({ serial, revoked }) =>
      revoked === undefined
        ? []
        : [{ serial, at: new Date(revoked.at), reason: revoked.reason as Reason }],
    );
    const der = makeStatusList(this.#key, {
      issuer: this.certificate.subject,
      number: this.register.nextStatusList(),
      thisUpdate: now,
      nextUpdate: after(now, days),
      revocations,
    });
    // The book first: what it says can be published again, what it does not say is lost.
    await this.#saveRegister();
    await replaceFile(join(this.folder, STATUS_FILE), toPem(LABEL_STATUS_LIST, der), MODE);
  }

  async #saveRegister(): Promise<void> {
    await replaceFile(join(this.folder, REGISTER_FILE), this.register.text(), OWN_MODE);
  }
}

/** The book alone, which takes no passphrase to read. */
export async function openRegister(folder: string): Promise<Register> {
  const path = join(folder, REGISTER_FILE);
  return new Register(Buffer.from(await readOf(path)).toString("utf8"), path);
}

async function openKey(folder: string, passphrase: string): Promise<IssuerKey> {
  const path = join(folder, KEY_FILE);
  const text = Buffer.from(await readOf(path)).toString("utf8");
  const { mode } = await stat(path);
  if (mode & 0o077) {
    throw new CertificateError(`${path}: others can read this key; run: chmod 600 ${path}`);
  }
  return IssuerKey.open(text, passphrase, path);
}

async function readOf(path: string): Promise<Uint8Array> {
  return readFile(path).catch(() => {
    throw new CertificateError(`${path}: cannot be read; wafer ca new makes an issuer's folder`);
  });
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

function earlier(a: Date, b: Date): Date {
  return a < b ? a : b;
}

function after(date: Date, days: number): Date {
  return new Date(date.getTime() + days * DAY_MS);
}
