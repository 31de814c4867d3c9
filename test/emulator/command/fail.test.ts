// What a person sees of each error: those of the project in one line, others as a bug of ours.

import { suite } from "uvu";
import * as assert from "uvu/assert";
import * as assembler from "../../../assembler/errors.ts";
import { FileError, linesOf, UsageError } from "../../../emulator/command/fail.ts";
import * as emulator from "../../../emulator/errors.ts";
import { ScenarioError } from "../../../emulator/lab/errors.ts";
import { VpcdError } from "../../../emulator/lines/errors.ts";
import { DeskError } from "../../../emulator/terminal/desk/result.ts";
import * as centre from "../../../emulator/terminal/examples/parts/centre-errors.ts";
import { LoginError } from "../../../emulator/terminal/login/protocol.ts";
import { PcscError } from "../../../emulator/terminal/pcsc/errors.ts";
import * as psam from "../../../emulator/terminal/psam/errors.ts";
import { IssueError } from "../../../personalization/batch/issue.ts";
import { CertificateError } from "../../../personalization/certificates/errors.ts";
import * as bureau from "../../../personalization/errors.ts";
import { ColumnError } from "../../../personalization/products/encode.ts";

const fail = suite("how the command ends");

type ErrorClass = new (...parts: never[]) => Error;

const MODULES: readonly object[] = [assembler, emulator, bureau, psam, centre];
const ALONE: readonly object[] = [
  ...[ScenarioError, VpcdError, DeskError, PcscError, LoginError],
  ...[IssueError, CertificateError, ColumnError, FileError, UsageError],
];
const classes = [...MODULES.flatMap((one) => Object.values(one)), ...ALONE].filter(
  (one): one is ErrorClass => typeof one === "function" && one.prototype instanceof Error,
);

for (const one of new Set(classes)) {
  fail(`${one.name} speaks in its own words`, async () => {
    // Each class makes its message in another way: here only its kind matters.
    const error = Object.create(one.prototype) as Error;
    Object.defineProperty(error, "message", { value: "what, where, what to do" });
    Object.defineProperty(error, "lines", { value: undefined });
    assert.equal(await linesOf(error), ["what, where, what to do"]);
  });
}

fail("an error of the language or of a package is a bug of ours", async () => {
  const foreign = class ProductError extends Error {};
  for (const error of [new TypeError("x is no function"), new foreign("a name proves nothing")]) {
    assert.match((await linesOf(error))[0] ?? "", /^internal error: .* report it\)$/);
  }
});

fail.run();
