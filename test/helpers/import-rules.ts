// The direction of imports, as pure functions over paths and source text. design: "Layers".
import { posix } from "node:path";

/** One import, or re-export, as a file writes it. */
export interface Import {
  /** Path of the importing file from the project's root, with `/`. */
  readonly file: string;
  readonly specifier: string;
}

const CARD_SIDE = ["runtime", "applets"];
const OFF_CARD = ["assembler", "emulator", "personalization"];
const COMPOSITION_ROOT = "emulator/command/";
/** Programs as others write them: they put the parts together too, and nothing imports them. */
const EXAMPLES = "emulator/terminal/examples/";
/**
 * What the emulator takes from the assembler: the reader of images and the words it speaks in, and the
 * judge of packages, since those that a card loads stand under the rules for built ones.
 */
const IMAGE_READER =
  /^assembler\/(image\/(read|types|manifest)|keys\/types|package\/runnable|errors)\.ts$/;
/**
 * What a terminal takes from the bureau: how APDUs and texts of a card are written and read, what a
 * card holds and how a card number is checked, what is asked of whoever keeps its keys, and how
 * certificates and lists of lost cards are read and checked.
 */
const TERMINAL = "emulator/terminal/";
const APDU_LAYER =
  /^personalization\/(apdu|bytes|card|errors|tlv|social-security-authentication|text\/gb18030|batch\/answer-to-reset|identity\/card-number|card-manager\/read-tlv|keys\/(key-service|diversify|block-cipher)|definition\/.+|certificates\/(card|certificate|check|sm2|status-list))\.ts$/;
/** Off card code that must run in a browser too. */
const ANYWHERE = /^emulator\/chip\/coprocessor\/(?!node\.ts$)/;
const SPEC = /^(runtime\/spec\/.+|applets\/[^/]+\/spec)\.ts$/;

/** Every module that the text names, in order. */
export function importsOf(file: string, source: string): Import[] {
  const found = [
    ...source.matchAll(/^(?:import|export)\s[^;"'`]*?\bfrom\s*["']([^"']+)["']/gm),
    ...source.matchAll(/^import\s*["']([^"']+)["']/gm),
    ...source.matchAll(/\bimport\(\s*["']([^"']+)["']/g),
  ];
  return found
    .sort((a, b) => a.index - b.index)
    .map((one) => ({ file, specifier: one[1] as string }));
}

/** The reason why the import is refused, or undefined when it is in order. */
export function importFault({ file, specifier }: Import): string | undefined {
  const from = top(file);
  if (!specifier.startsWith(".")) {
    if (CARD_SIDE.includes(from)) {
      return specifier.startsWith("node:")
        ? "card code runs on a chip: there is no Node there"
        : "card code imports nothing from outside the project";
    }
    if (specifier.startsWith("node:") && ANYWHERE.test(file)) {
      return "this must also run in a browser: only node.ts may use Node";
    }
    return undefined;
  }
  if (!/\.(ts|json)$/.test(specifier)) return "write the .ts suffix: asc, tsx and tsc all want it";
  const target = posix.normalize(posix.join(posix.dirname(file), specifier));
  if (target.startsWith("../")) return "the import leaves the project";
  if (from === "test") return undefined;
  if (top(target) === "test") return "product code never sees the tests";
  if (file === "runtime/spec" || file.startsWith("runtime/spec/")) {
    return target.startsWith("runtime/spec/")
      ? undefined
      : "runtime/spec is read on both sides of the card: it holds constants and imports only itself";
  }
  if (from === "runtime") {
    return top(target) === "runtime"
      ? undefined
      : "runtime imports nothing of the project: the kernel names no applet";
  }
  if (from === "applets") return appletFault(file, target);
  if (CARD_SIDE.includes(top(target))) {
    return SPEC.test(target)
      ? undefined
      : "off card code imports only runtime/spec and an applet's spec.ts from the card side";
  }
  return OFF_CARD.includes(from) ? offCardFault(file, target) : undefined;
}

function appletFault(file: string, target: string): string | undefined {
  if (top(target) === "runtime") {
    return target.startsWith("runtime/kernel/")
      ? "an applet reaches the kernel through the card API (runtime/sdk), never by import"
      : undefined;
  }
  if (top(target) !== "applets") return "applets import only runtime and themselves";
  if (file.split("/")[1] === target.split("/")[1]) return undefined;
  if (/^applets\/filesystem\/(engine\/.+|spec\.ts)$/.test(target)) return undefined;
  return "applets never import each other, except the file engine (applets/filesystem/engine)";
}

function offCardFault(file: string, target: string): string | undefined {
  if (file.startsWith(COMPOSITION_ROOT) || file.startsWith(EXAMPLES)) return undefined;
  if (target.startsWith(EXAMPLES)) return "examples show how parts are used: nothing imports them";
  if (target.startsWith(COMPOSITION_ROOT)) {
    return "emulator/command puts the parts together: nothing imports it";
  }
  if (top(file) === top(target)) return undefined;
  if (file.startsWith(TERMINAL) && APDU_LAYER.test(target)) return undefined;
  switch (top(file)) {
    case "personalization":
      return "personalization knows the Card interface, never the emulator or the assembler";
    case "emulator":
      return IMAGE_READER.test(target)
        ? undefined
        : "the emulator imports only the image reader and the judge of packages; emulator/command may put parts together";
    default:
      return "the assembler knows neither the emulator nor personalization";
  }
}

/** Faults of a file's text beyond its imports. */
export function textFaults(file: string, source: string): string[] {
  const faults: string[] = [];
  const code = withoutComments(source);
  const cardSide = CARD_SIDE.includes(top(file));
  if (/^export default\b/m.test(code) && !file.endsWith(".d.ts")) {
    faults.push("no default exports: a thing has one name everywhere");
  }
  if (/^export\s*(type\s*)?(\*|\{[^}]*\})[^;]*\bfrom\b/m.test(code) && !mayReexport(file, code)) {
    faults.push("no barrels: import a thing from where it is; only public.ts re-exports");
  }
  if (cardSide && !file.startsWith("runtime/kernel/") && /@external\(\s*"chip"/.test(code)) {
    faults.push("only the kernel sees the chip imports");
  }
  return faults;
}

/** The text without its comments, as far as whole lines and blocks of them go. */
export function withoutComments(source: string): string {
  return source.replace(/\/\*[\s\S]*?\*\//g, "").replace(/^\s*\/\/.*$/gm, "");
}

/** An entry file of card code may name what its wasm module exports. */
function mayReexport(file: string, code: string): boolean {
  if (/^(assembler|emulator|personalization)\/public\.ts$/.test(file)) return true;
  return CARD_SIDE.includes(top(file)) && !/^export\s*(type\s*)?\*/m.test(code);
}

/** Faults of the page that each top-level folder begins with. */
export function readmeFaults(text: string | undefined): string[] {
  if (text === undefined)
    return ["has no README.md: what it is, what it may import, where to start"];
  const faults: string[] = [];
  const lines = text.trimEnd().split("\n").length;
  if (lines > 120) faults.push(`README.md has ${lines} lines: a page is at most 120`);
  if (!/^#+ .*\bWhy\b/m.test(text))
    faults.push('README.md has no heading with "Why": the decisions');
  return faults;
}

function top(path: string): string {
  return path.split("/", 1)[0]!;
}
