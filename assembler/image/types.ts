// What an image says, once it is read and verified.

import type { TrustedKey } from "../keys/types.ts";

/** The signed part of an image. `assembler/IMAGE.md` gives the bytes. */
export interface Manifest {
  /** Version of the image format; `IMAGE_FORMAT`. */
  readonly format: number;
  readonly chip: ManifestChip;
  readonly interfaces: ManifestInterfaces;
  /** Logical channels, the basic one included. */
  readonly channels: number;
  /** Secure channels that the card speaks, in the order in which it names them. */
  readonly secureChannels: readonly ManifestSecureChannel[];
  /** The kernel first, then the applets in the order of their module indexes. */
  readonly modules: readonly ManifestModule[];
  readonly instances: readonly ManifestInstance[];
}

/** The chip that the image was built for, and what it offers. All sizes in bytes. */
export interface ManifestChip {
  readonly name: string;
  readonly pageBytes: number;
  /** Pages of the store. */
  readonly pageCount: number;
  /** Pages for packages loaded after issuance, behind those of the store. */
  readonly packagePages: number;
  /** How often the chip's maker promises that a page can be erased. */
  readonly eraseCycles: number;
  readonly codeBytes: number;
  readonly ramBytes: number;
  /** Fuel of an applet for each call of an entry; `assembler/meter` says what costs what. */
  readonly instructionLimit: number;
}

/** A secure channel protocol and its parameter `i`. GPC 2.3.1, 10.1 and appendices D and E. */
export interface ManifestSecureChannel {
  readonly protocol: number;
  readonly i: number;
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
  /** MODULE_* of `runtime/spec/configuration.ts`; the kernel has none. */
  readonly flags?: number | undefined;
}

/** An instance that a blank installs at its first boot. */
export interface ManifestInstance {
  readonly aid: Uint8Array;
  /** Index among the applets: 0 is the first module after the kernel. */
  readonly module: number;
  /** Three bytes. GPC 2.3.1, 11.1.2. */
  readonly privileges: Uint8Array;
  readonly parameters: Uint8Array;
  /** Bytes of the store that it may take; 0 for as many as the kernel gives. */
  readonly quotaBytes: number;
  /** Implicit selection parameter, 0 for none. GPC 2.3.1, 11.1.7. */
  readonly implicit: number;
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
