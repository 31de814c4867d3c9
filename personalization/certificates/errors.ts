// What can be wrong with a certificate, a status list or a login.

import { BureauError } from "../errors.ts";

/** A certificate or status list that cannot be read, made or trusted. */
export class CertificateError extends BureauError {
  override readonly name = "CertificateError";
}
