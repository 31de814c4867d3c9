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
export { type ManagementChannel, plainChannel } from "./card-manager/channel.ts";
export { deleteContent, deleteKeys } from "./card-manager/delete.ts";
export {
  type CardResources,
  getData,
  getKeyInformation,
  getResources,
  getSecureChannels,
} from "./card-manager/get-data.ts";
export { getStatus, type RegistryEntry } from "./card-manager/get-status.ts";
export {
  type InstallRequest,
  installAndMakeSelectable,
  installForInstall,
  installForLoad,
  installForPersonalization,
  type LoadRequest,
  makeSelectable,
} from "./card-manager/install.ts";
export { type LoadOptions, load } from "./card-manager/load.ts";
export { type LoadFile, loadPackage } from "./card-manager/load-package.ts";
export { type Domain, selectDomain } from "./card-manager/select-domain.ts";
export { setApplicationStatus, setCardStatus, setLocked } from "./card-manager/set-status.ts";
export { type Certificate, readCertificate } from "./certificates/certificate.ts";
export { checkCertificate, type Trust } from "./certificates/check.ts";
export { type Enrolment, type EnrolmentChannel, enrolCard } from "./certificates/enrol.ts";
export { CertificateError } from "./certificates/errors.ts";
export { Issuer, type NewIssuer } from "./certificates/issuer.ts";
export { giveNewPin } from "./certificates/new-pin.ts";
export { readStatusList, type StatusList } from "./certificates/status-list.ts";
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
export { publicTransportKeys } from "./keys/transport-keys.ts";
export { loadProduct, parseProduct } from "./products/load.ts";
export type { Product } from "./products/product.ts";
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
