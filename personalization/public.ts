// What `import ... from "wafer/personalization"` gives: issuing batches to any Card, and the parts of it.
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
export type { KeyHandle, KeyService } from "./keys/key-service.ts";
export { Keystore, openKeystore } from "./keys/keystore.ts";
export { SoftwareKeyService } from "./keys/software-key-service.ts";
export { loadProduct } from "./products/load.ts";
export type { Product } from "./products/schema.ts";
export {
  makeSampleBatch,
  type SampleBatch,
  type SampleBatchOptions,
} from "./sample/sample-batch.ts";
export { openSecureChannel } from "./scp03/open.ts";
export { SecureChannel } from "./scp03/secure-channel.ts";
