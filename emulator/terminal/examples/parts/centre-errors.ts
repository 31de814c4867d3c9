// What an insurance centre says no with, and that none is there.

import { BureauError } from "../../../../personalization/errors.ts";

/** The centre refuses. `status` is that of HTTP, the message one line for people. */
export class CentreError extends BureauError {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

/** No centre answers. */
export class NoNetworkError extends BureauError {
  constructor(readonly url: string) {
    super(`${url}: no insurance centre answers there; --offline settles on the card`);
  }
}

export const BAD_REQUEST = 400;
export const FORBIDDEN = 403;
export const NOT_FOUND = 404;
export const METHOD_NOT_ALLOWED = 405;
export const CONFLICT = 409;
export const TOO_LARGE = 413;
export const UNPROCESSABLE = 422;
export const INTERNAL_ERROR = 500;
