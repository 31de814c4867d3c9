// Learns from the compiler how much linear memory the static data of a module take.
//
// A second entry file returns `__heap_base`, which the compiler sets to the end of the static
// data. The probe reads that number before optimization and takes the export away again, so that
// nothing of it is left in the module. Zeroed memory (`memory.data(n)`) has no segment in
// the module: the number cannot be found there.

/** What the probe needs of binaryen's module. */
interface ProbedModule {
  emitText(): string;
  removeExport(name: string): void;
  removeFunction(name: string): void;
}

const EXPORT = "waferStaticDataEnd";

/** A transform for `asc.main`, for one compilation. */
export class StaticDataProbe {
  /** Path under which the compiler finds `text`. */
  readonly file = "~wafer-static-data-end.ts";
  readonly text = `export function ${EXPORT}(): usize { return __heap_base; }\n`;
  /** Bytes from address 0, valid after the compilation. */
  dataBytes = 0;

  afterCompile(module: ProbedModule): void {
    const match = /\(global \$~lib\/memory\/__heap_base i32 \(i32\.const (\d+)\)\)/.exec(
      module.emitText(),
    );
    if (match === null) throw new Error("the compiler's module has no __heap_base");
    this.dataBytes = Number(match[1]);
    module.removeExport(EXPORT);
    module.removeFunction(`~wafer-static-data-end/${EXPORT}`);
  }
}
