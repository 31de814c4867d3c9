// What `import ... from "wafer/assembler"` gives: building, reading and inspecting images, and
// packages to load onto cards.
export { type BuildOptions, buildFromProfile, buildImage } from "./build.ts";
export {
  BudgetError,
  CompileError,
  ImageError,
  KeyFileError,
  LoadFileError,
  ProfileError,
  VerifyError,
} from "./errors.ts";
export { readImage } from "./image/read.ts";
export type { Image, ImageModule, Manifest } from "./image/types.ts";
export { formatInspection, type Inspection, inspectImage } from "./inspect.ts";
export { DEVELOPMENT_SIGNER, DEVELOPMENT_TRUSTED } from "./keys/development.ts";
export { loadSigner, loadTrusted } from "./keys/pem.ts";
export type { SignatureAlgorithm, Signer, TrustedKey } from "./keys/types.ts";
export { type BuiltPackage, buildPackage, type PackageOptions } from "./package/build.ts";
export { type Dap, dapPublicKey, verifyDap } from "./package/dap.ts";
export { type DapBlock, type LoadFile, readLoadFile } from "./package/load-file.ts";
export {
  type PackageProfile,
  parsePackageProfile,
  readPackageProfile,
} from "./package/profile.ts";
export { type Profile, parseProfile, readProfile } from "./profile.ts";
