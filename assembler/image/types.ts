// What an image says, once it is read and verified.

import type { TrustedKey } from "../keys/types.ts";

/** The signed part of an image. `assembler/IMAGE.md` gives the bytes. */
export interface Manifest {
  /** Version of the image format; `IMAGE_FORMAT`. */
  readonly format: number;
  readonly chip: ManifestChip;
  readonly interfaces: ManifestInterfaces;
  /** The kernel first, then the applets in the order of their module indexes. */
  readonly modules: readonly ManifestModule[];
  readonly instances: readonly ManifestInstance[];
}

/** The chip that the image was built for, and what it offers. All sizes in bytes. */
export interface ManifestChip {
  readonly name: string;
  readonly pageBytes: number;
  readonly pageCount: number;
  readonly codeBytes: number;
  readonly ramBytes: number;
}

/** How the chip introduces itself. Layout of each: `runtime/spec/configuration.ts`. */
export interface ManifestInterfaces {
  /** Historical bytes of a blank, 0 to 15. */
  readonly historicalBytes: Uint8Array;
  /** T0 with low nibble 0, then TA1, TB1, ... */
  readonly atrInterfaceBytes: Uint8Array;
  /** T0, TA, TB, TC of the ATS. */
  readonly atsInterfaceBytes: Uint8Array;
}

export interface ManifestModule {
  readonly name: string;
  /** SHA-256 of the module. */
  readonly digest: Uint8Array;
  /** Length of the module. */
  readonly codeBytes: number;
  /** Linear memory that the module may touch: [0, ramBytes). */
  readonly ramBytes: number;
  /** Of those, what its static data use. Zeros and constants; there is no heap. */
  readonly dataBytes: number;
  /** Stack that the profile grants, and the worst case that the verifier found. */
  readonly stackBytes: number;
  readonly stackUsedBytes: number;
  /** AID of the executable module; the kernel has none. */
  readonly aid?: Uint8Array | undefined;
}

/** An instance that a blank installs at its first boot. */
export interface ManifestInstance {
  readonly aid: Uint8Array;
  /** Index among the applets: 0 is the first module after the kernel. */
  readonly module: number;
  /** Three bytes. GPC 2.3.1, 11.1.2. */
  readonly privileges: Uint8Array;
  readonly parameters: Uint8Array;
}

/** A module with its code. */
export interface ImageModule {
  readonly name: string;
  readonly wasm: Uint8Array;
  readonly digest: Uint8Array;
  readonly ramBytes: number;
  readonly aid?: Uint8Array | undefined;
}

/** An image whose signature, digests and schema hold. */
export interface Image {
  /** The whole file. */
  readonly bytes: Uint8Array;
  /** SHA-256 of the whole file, as `sha256sum` prints it. */
  readonly digest: Uint8Array;
  readonly manifest: Manifest;
  /** The configuration block that the kernel reads at boot. */
  readonly configuration: Uint8Array;
  readonly kernel: ImageModule;
  readonly applets: readonly ImageModule[];
  readonly signer: TrustedKey;
}
