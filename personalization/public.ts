// What `import ... from "wafer/personalization"` gives: products, keys, batches and the runner.
export { command, exchange, expectSuccess, type Response } from "./apdu.ts";
export type { Blank, CardSource } from "./batch/card-source.ts";
export {
  IssueError,
  type IssueOptions,
  type IssueProgress,
  type IssueSummary,
  issueBatch,
} from "./batch/issue.ts";
export { type ValidBatch, validateBatch } from "./batch/validate.ts";
export type { Card } from "./card.ts";
export {
  BatchError,
  type BatchProblem,
  BureauError,
  FieldError,
  JournalError,
  KeystoreError,
  OutOfBlanksError,
  ProductError,
  SecureChannelError,
  StatusWordError,
  TransportError,
  VerificationError,
} from "./errors.ts";
export type { Derivation, KeyHandle, KeyKind, KeyService } from "./keys/key-service.ts";
export { type KeyDescription, Keystore, openKeystore } from "./keys/keystore.ts";
export { readPassphrase } from "./keys/passphrase.ts";
export { loadProduct, parseProduct } from "./products/load.ts";
export type { Product } from "./products/schema.ts";
export {
  makeSampleBatch,
  type SampleBatch,
  type SampleBatchOptions,
} from "./sample/sample-batch.ts";
export { makeSampleKeystore } from "./sample/sample-keystore.ts";
export { type KeySet, type OpenOptions, openSecureChannel } from "./scp03/open.ts";
export { SecureChannel } from "./scp03/secure-channel.ts";
export { authenticationData } from "./social-security-authentication.ts";
export { decodeGb18030, encodeGb18030 } from "./text/gb18030.ts";
