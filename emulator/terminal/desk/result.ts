// How every function of the reader interface ends: a code and a string, never an exception for what
// the specification has a code for.

import {
  FieldError,
  KeystoreError,
  StatusWordError,
  TransportError,
} from "../../../personalization/errors.ts";
import { TransportError as EmulatorTransportError } from "../../errors.ts";
import {
  CODE_CHECKSUM,
  CODE_KEY_NOT_FOUND,
  CODE_NO_ANSWER,
  CODE_SUCCESS,
  meaningOf,
} from "./codes.ts";

export interface DeskResult {
  /** 0 or negative. */
  readonly code: number;
  /** What was read, or, with another code than 0, what went wrong. */
  readonly output: string;
}

/** Ends a function of the interface with `code`. The message is for people; no personal data. */
export class DeskError extends Error {
  override readonly name = "DeskError";
  readonly output: string;
  constructor(
    readonly code: number,
    /** Beside the meaning of the code: which file, which tag, how many tries. */
    readonly detail = "",
    options?: ErrorOptions & {
      /** What must not be lost: the output instead of the meaning. */
      readonly output?: string;
    },
  ) {
    super(explain(code, detail), options);
    this.output = options?.output ?? this.message;
  }
}

/** The result of `work`, or of the error that it ended with. Errors that are no such are thrown on. */
export async function settle(work: () => Promise<string>): Promise<DeskResult> {
  try {
    return { code: CODE_SUCCESS, output: await work() };
  } catch (error) {
    const { code, output } = asDeskError(error);
    return { code, output };
  }
}

/** What an error of card, reader or keys is to the interface; throws what it is not. */
export function asDeskError(error: unknown): DeskError {
  if (error instanceof DeskError) return error;
  if (error instanceof StatusWordError) return new DeskError(-error.sw, error.command);
  if (error instanceof KeystoreError) return new DeskError(CODE_KEY_NOT_FOUND, error.message);
  if (error instanceof FieldError) return new DeskError(CODE_CHECKSUM, error.message);
  if (error instanceof TransportError || error instanceof EmulatorTransportError) {
    return new DeskError(CODE_NO_ANSWER, error.message);
  }
  throw error;
}

function explain(code: number, detail: string): string {
  const { chinese } = meaningOf(code);
  return detail === "" ? chinese : `${chinese}（${detail}）`;
}
