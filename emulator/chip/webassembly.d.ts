// The part of the WebAssembly JavaScript interface that the chip uses; Node's own types leave it out.

declare namespace WebAssembly {
  type ImportValue = (...words: number[]) => unknown;
  type Imports = Record<string, Record<string, ImportValue>>;

  class Module {
    constructor(bytes: Uint8Array);
  }
  class Memory {
    readonly buffer: ArrayBuffer;
  }
  class Global {
    value: number;
  }
  class Instance {
    constructor(module: Module, imports: Imports);
    readonly exports: Record<string, unknown>;
  }
  class RuntimeError extends Error {}
}
