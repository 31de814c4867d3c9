// Runs the AssemblyScript compiler in a thread of its own, as plain JavaScript.
//
// In:  workerData { entry: string, options: string[] }, then { id, text } for each source asked for.
// Out: { id, path } asks for a source; { wasm, dataBytes, diagnostics, failure } ends the work.

import { parentPort, workerData } from "node:worker_threads";
import asc from "assemblyscript/asc";

/** Category of a diagnostic that ends the compilation. */
const CATEGORY_ERROR = 3;

/**
 * A second entry file, by which the size of the static data is learned. It returns `__heap_base`,
 * which the compiler sets to their end; the number is read before optimization and the
 * export taken away again, so that nothing of it is left in the module. Zeroed memory
 * (`memory.data(n)`) has no segment: the number cannot be found in the finished module.
 */
const PROBE = { file: "~wafer-static-data-end.ts", function: "waferStaticDataEnd" };
const PROBE_TEXT = `export function ${PROBE.function}(): usize { return __heap_base; }\n`;
const HEAP_BASE = /\(global \$~lib\/memory\/__heap_base i32 \(i32\.const (\d+)\)\)/;

const waiting = new Map();
parentPort.on("message", ({ id, text }) => {
  waiting.get(id)(text);
  waiting.delete(id);
});

let lastId = 0;
function readSource(path) {
  const id = ++lastId;
  return new Promise((resolve) => {
    waiting.set(id, resolve);
    parentPort.postMessage({ id, path });
  });
}

let wasm;
let dataBytes = 0;
const diagnostics = [];

const { error } = await asc.main(
  [workerData.entry, PROBE.file, "--outFile", "module.wasm", ...workerData.options],
  {
    readFile: (path) => {
      if (path === PROBE.file) return PROBE_TEXT;
      // Options come from the request alone.
      return path === "asconfig.json" ? null : readSource(path);
    },
    writeFile: (_path, contents) => {
      if (typeof contents !== "string") wasm = contents;
    },
    listFiles: () => [],
    reportDiagnostic: ({ category, message, range }) => {
      if (category !== CATEGORY_ERROR) return;
      diagnostics.push({ message, file: range?.source.normalizedPath, start: range?.start });
    },
    transforms: [
      {
        afterCompile(module) {
          dataBytes = Number(HEAP_BASE.exec(module.emitText())[1]);
          module.removeExport(PROBE.function);
          module.removeFunction(`${PROBE.file.replace(/\.ts$/, "")}/${PROBE.function}`);
        },
      },
    ],
  },
);
parentPort.postMessage({ wasm, dataBytes, diagnostics, failure: error?.message });
