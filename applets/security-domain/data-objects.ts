// Which data objects the issuer domain keeps, and under which number of the store.

import { TAG_9F7F_CPLC, TAG_42_IIN, TAG_45_CIN } from "./spec.ts";

/** Object of a stored tag, or 0 for a tag that is not stored. */
export function objectOf(tag: i32): i32 {
  switch (tag) {
    case TAG_42_IIN:
      return 1;
    case TAG_45_CIN:
      return 2;
    case TAG_9F7F_CPLC:
      return 3;
    default:
      return 0;
  }
}
