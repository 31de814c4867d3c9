// The chip boundary: all that the kernel needs from the world. The emulator implements these in
// TypeScript, a firmware port in C. Addresses and lengths are bytes; pointers are kernel RAM.

/** Copies `length` bytes of non-volatile memory from `address` to RAM at `to`. */
// @ts-ignore: decorator
@external("chip", "memoryRead")
export declare function memoryRead(address: i32, to: usize, length: i32): void;

/** Programs `length` bytes at `address`: bits go from 1 to 0 only. Stays within a page. */
// @ts-ignore: decorator
@external("chip", "memoryProgram")
export declare function memoryProgram(address: i32, from: usize, length: i32): void;

/** Erases page number `page` to FF. */
// @ts-ignore: decorator
@external("chip", "memoryErase")
export declare function memoryErase(page: i32): void;

/** Copies up to `length` bytes of the configuration block to `to`; answers how many there were. */
// @ts-ignore: decorator
@external("chip", "configurationRead")
export declare function configurationRead(offset: i32, to: usize, length: i32): i32;

/**
 * Runs the block cipher. `operation` = CIPHER_* | MODE_* << 8 | DIRECTION_* << 16; `iv` is one block
 * (not read in ECB). `from` and `to` may be the same; `length` is a multiple of the block.
 */
// @ts-ignore: decorator
@external("chip", "cipher")
export declare function cipher(
  operation: i32,
  key: usize,
  keyLength: i32,
  iv: usize,
  from: usize,
  to: usize,
  length: i32,
): void;

/** Fills `length` bytes with random numbers fit for keys. */
// @ts-ignore: decorator
@external("chip", "random")
export declare function random(to: usize, length: i32): void;

/** Gives `instance` a fresh memory and the code of module number `module`; 0, or APPLET_TRAPPED. */
// @ts-ignore: decorator
@external("chip", "appletStart")
export declare function appletStart(instance: i32, module: i32): i32;

/** Takes the memory of `instance` away. */
// @ts-ignore: decorator
@external("chip", "appletStop")
export declare function appletStop(instance: i32): void;

/** Sets the RAM of `instance` back to what it was after `appletStart`. */
// @ts-ignore: decorator
@external("chip", "appletClear")
export declare function appletClear(instance: i32): void;

/** Calls ENTRY_* of `instance` with three words; its result, or APPLET_TRAPPED. */
// @ts-ignore: decorator
@external("chip", "appletCall")
export declare function appletCall(instance: i32, entry: i32, a: i32, b: i32, c: i32): i32;

/** Copies from the RAM of `instance` at `offset` to kernel RAM. The kernel has checked the range. */
// @ts-ignore: decorator
@external("chip", "appletRead")
export declare function appletRead(instance: i32, offset: i32, to: usize, length: i32): void;

/** Copies from kernel RAM to the RAM of `instance` at `offset`. The kernel has checked the range. */
// @ts-ignore: decorator
@external("chip", "appletWrite")
export declare function appletWrite(instance: i32, offset: i32, from: usize, length: i32): void;

/** Runs HASH_* over `length` bytes of RAM; the result goes to `to`. */
// @ts-ignore: decorator
@external("chip", "hash")
export declare function hash(algorithm: i32, from: usize, length: i32, to: usize): void;

/** Runs HASH_* over `length` bytes of non-volatile memory from `address`; the result goes to RAM. */
// @ts-ignore: decorator
@external("chip", "memoryHash")
export declare function memoryHash(algorithm: i32, address: i32, length: i32, to: usize): void;

/** Verifies a SIGNATURE_* over a digest with a public key; 1 when it holds, else 0. */
// @ts-ignore: decorator
@external("chip", "verifySignature")
export declare function verifySignature(
  algorithm: i32,
  key: usize,
  keyLength: i32,
  digest: usize,
  digestLength: i32,
  signature: usize,
  signatureLength: i32,
): i32;

/** Makes a key pair on CURVE_*: the private key, and its public point x ‖ y. */
// @ts-ignore: decorator
@external("chip", "generateKeyPair")
export declare function generateKeyPair(curve: i32, privateKey: usize, publicKey: usize): void;

/** Signs a digest of 32 bytes with a private key of SIGNATURE_*'s curve; r ‖ s goes to `to`. */
// @ts-ignore: decorator
@external("chip", "sign")
export declare function sign(algorithm: i32, privateKey: usize, digest: usize, to: usize): void;

/**
 * Judges the module of `length` bytes at `address` of the memory by the rules for built ones, with
 * `ram` bytes of RAM and `stack` of stack: 0 when it may run on this chip.
 */
// @ts-ignore: decorator
@external("chip", "packageCheck")
export declare function packageCheck(address: i32, length: i32, ram: i32, stack: i32): i32;

/** As `appletStart`, with the module of `length` bytes at `address` of the memory. */
// @ts-ignore: decorator
@external("chip", "packageStart")
export declare function packageStart(instance: i32, address: i32, length: i32, ram: i32, stack: i32): i32;
