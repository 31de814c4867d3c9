import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import * as statusWords from "../runtime/spec/status-words.ts";
import {
  importFault,
  importsOf,
  readmeFaults,
  textFaults,
  withoutComments,
} from "./helpers/import-rules.ts";
import { headingsOf, linksOf } from "./helpers/page-links.ts";

const PROJECT = fileURLToPath(new URL("..", import.meta.url));
const FOLDERS = ["applets", "assembler", "emulator", "personalization", "runtime", "test"];

const files = FOLDERS.filter((folder) => existsSync(join(PROJECT, folder)))
  .flatMap((folder) =>
    readdirSync(join(PROJECT, folder), { recursive: true, encoding: "utf8" })
      .filter((path) => path.endsWith(".ts"))
      .map((path) => join(folder, path).replaceAll("\\", "/")),
  )
  .sort();
/** Folders that a build makes or fetches. */
const MADE = new Set(["node_modules", "dist", "build", ".git"]);
const pages = readdirSync(PROJECT, { withFileTypes: true })
  .filter(({ name }) => !MADE.has(name))
  .flatMap((entry) =>
    entry.isDirectory()
      ? readdirSync(join(PROJECT, entry.name), { recursive: true, encoding: "utf8" }).map((path) =>
          join(entry.name, path),
        )
      : [entry.name],
  )
  .filter((path) => path.endsWith(".md"));
const sources = files.map((file) => ({ file, text: readFileSync(join(PROJECT, file), "utf8") }));

const architecture = suite("architecture");

architecture("every import keeps to the direction of the layers", () => {
  const imports = sources.flatMap(({ file, text }) => importsOf(file, text));
  assert.ok(imports.length > 50, "hardly any import was found: this test proves nothing");
  const faults = imports.flatMap((one) => {
    const reason = importFault(one);
    return reason ? [`${one.file} imports ${one.specifier}: ${reason}`] : [];
  });
  assert.is(faults.join("\n"), "");
});

architecture("every relative import names a file that exists", () => {
  const missing = sources
    .filter(({ file }) => file !== "test/architecture.test.ts") // its samples name no real file
    .flatMap(({ file, text }) => importsOf(file, text))
    .filter(({ specifier }) => specifier.startsWith("."))
    .filter(({ file, specifier }) => !existsSync(join(PROJECT, file, "..", specifier)))
    .map(({ file, specifier }) => `${file} imports ${specifier}: no such file`);
  assert.is(missing.join("\n"), "");
});

architecture("no default exports, no barrels, chip imports in the kernel only", () => {
  const faults = sources.flatMap(({ file, text }) =>
    textFaults(file, text).map((reason) => `${file}: ${reason}`),
  );
  assert.is(faults.join("\n"), "");
});

architecture("status words are named in one place only", () => {
  // 61XX is a mask elsewhere, and a data grouping is numbered 6200.
  const alsoElse: readonly unknown[] = [
    statusWords.SW_MORE_DATA,
    statusWords.SW_CHANNEL_ALREADY_CLOSED,
  ];
  const named = Object.entries(statusWords).filter(([, word]) => !alsoElse.includes(word));
  const faults = sources
    .filter(({ file }) => file !== "runtime/spec/status-words.ts")
    .flatMap(({ file, text }) => {
      const numbers = new Set(
        withoutComments(text)
          .match(/\b0x[0-9a-f]{4}\b/gi)
          ?.map(Number),
      );
      return named
        .filter(([, word]) => typeof word === "number" && numbers.has(word))
        .map(([name]) => `${file} has the number of ${name}: import it`);
    });
  assert.is(faults.join("\n"), "");
});

architecture("the kernel names no applet", () => {
  const applets = new Set(
    files.filter((file) => /^applets\/.+\//.test(file)).map((file) => file.split("/")[1] as string),
  );
  const named = sources
    .filter(({ file }) => file.startsWith("runtime/"))
    .flatMap(({ file, text }) =>
      [...applets]
        .filter((name) => new RegExp(`\\b${name}\\b`).test(withoutComments(text)))
        .map((name) => `${file} names ${name}`),
    );
  assert.is(named.join("\n"), "");
});

for (const folder of FOLDERS) {
  architecture(`${folder}/ begins with a page that says what it is and why`, () => {
    const path = join(PROJECT, folder, "README.md");
    const faults = readmeFaults(existsSync(path) ? readFileSync(path, "utf8") : undefined);
    assert.is(faults.map((fault) => `${folder}/ ${fault}`).join("\n"), "");
  });
}

architecture(
  "every relative link of a page leads to a file, and its heading if it names one",
  () => {
    const links = pages.flatMap((page) => {
      return linksOf(readFileSync(join(PROJECT, page), "utf8")).map((link) => ({ page, link }));
    });
    assert.ok(links.length > 5, "hardly any link was found: this test proves nothing");
    const faults = links
      .map(({ page, link }) => {
        const [path = "", heading] = link.split("#");
        const file = path === "" ? page : join(page, "..", decodeURIComponent(path));
        if (!existsSync(join(PROJECT, file))) return `${page} links to ${link}: no such file`;
        if (heading === undefined || !file.endsWith(".md")) return "";
        const known = headingsOf(readFileSync(join(PROJECT, file), "utf8"));
        return known.includes(heading) ? "" : `${page} links to ${link}: no such heading`;
      })
      .filter((fault) => fault !== "");
    assert.is(faults.join("\n"), "");
  },
);

architecture("finds the relative links of a page, and its headings", () => {
  const page = [
    "# The `store`, and why",
    "[a](a/B.md#part) and [`b`](<c d.md>), ![p](p.png 'title'), [web](https://example.org/x)",
    "[mail](mailto:a@example.org) `[no](code.md)`",
    "```",
    "[no](fence.md)",
    "# no heading",
    "```",
    "[ref]: ../r.md",
  ].join("\n");
  assert.equal(linksOf(page), ["a/B.md#part", "c d.md", "p.png", "../r.md"]);
  assert.equal(headingsOf(page), ["the-store-and-why"]);
});

const REFUSED: [file: string, specifier: string, reason: RegExp][] = [
  ["runtime/kernel/select.ts", "node:fs", /no Node there/],
  ["applets/payment/verify.ts", "node:crypto", /no Node there/],
  ["applets/payment/verify.ts", "@noble/hashes", /nothing from outside/],
  ["runtime/kernel/select.ts", "../../applets/payment/applet.ts", /kernel names no applet/],
  ["runtime/kernel/select.ts", "../../emulator/card.ts", /runtime imports nothing/],
  ["runtime/spec/tags.ts", "../kernel/select.ts", /imports only itself/],
  ["runtime/kernel/select.ts", "./apdu", /\.ts suffix/],
  ["applets/payment/verify.ts", "../../runtime/kernel/store.ts", /through the card API/],
  ["applets/payment/verify.ts", "../transit/purse.ts", /never import each other/],
  ["applets/payment/verify.ts", "../filesystem/applet.ts", /never import each other/],
  ["applets/payment/verify.ts", "../../emulator/card.ts", /only runtime and themselves/],
  ["assembler/compile.ts", "../runtime/kernel/select.ts", /only runtime\/spec/],
  ["assembler/compile.ts", "../applets/payment/verify.ts", /only runtime\/spec/],
  ["assembler/compile.ts", "../emulator/card.ts", /neither the emulator nor/],
  ["personalization/issue.ts", "../emulator/card.ts", /Card interface/],
  ["personalization/issue.ts", "../assembler/image/read.ts", /Card interface/],
  ["emulator/card.ts", "../personalization/issue.ts", /only the image reader/],
  ["emulator/card.ts", "../assembler/image/write.ts", /only the image reader/],
  ["emulator/card.ts", "./command/run.ts", /nothing imports it/],
  ["personalization/issue.ts", "../emulator/command/run.ts", /nothing imports it/],
  ["emulator/terminal/desk/desk.ts", "../examples/parts/time.ts", /nothing imports them/],
  ["emulator/card.ts", "../test/helpers/bytes.ts", /never sees the tests/],
  ["emulator/card.ts", "../../elsewhere/x.ts", /leaves the project/],
  ["emulator/chip/coprocessor/noble.ts", "node:crypto", /browser/],
];
for (const [file, specifier, reason] of REFUSED) {
  architecture(`refuses ${file} importing ${specifier}`, () => {
    assert.match(importFault({ file, specifier }) ?? "was let through", reason);
  });
}

const ALLOWED: [file: string, specifier: string][] = [
  ["runtime/kernel/select.ts", "../spec/status-words.ts"],
  ["applets/payment/verify.ts", "../../runtime/sdk/apdu.ts"],
  ["applets/payment/verify.ts", "../../runtime/spec/status-words.ts"],
  ["applets/payment/verify.ts", "./spec.ts"],
  ["applets/payment/verify.ts", "../filesystem/engine/select.ts"],
  ["applets/payment/verify.ts", "../filesystem/spec.ts"],
  ["assembler/compile.ts", "node:fs"],
  ["assembler/compile.ts", "../runtime/spec/chip.ts"],
  ["personalization/issue.ts", "../applets/payment/spec.ts"],
  ["emulator/card.ts", "../assembler/image/read.ts"],
  ["emulator/command/issue.ts", "../../personalization/issue.ts"],
  ["emulator/command/build.ts", "../../assembler/build.ts"],
  ["emulator/chip/coprocessor/node.ts", "node:crypto"],
  ["emulator/terminal/examples/parts/issue.ts", "../../../../personalization/batch/issue.ts"],
  ["emulator/terminal/examples/parts/stand.ts", "../../../command/open-card.ts"],
  ["test/emulator/card.test.ts", "../../emulator/command/run.ts"],
];
for (const [file, specifier] of ALLOWED) {
  architecture(`allows ${file} importing ${specifier}`, () => {
    assert.is(importFault({ file, specifier }), undefined);
  });
}

architecture("finds imports in every form, and no more", () => {
  const text = [
    'import { a,\n  b } from "./one.ts";',
    'import "./two.ts";',
    'export { c } from "./three.ts";',
    'import type { D } from "./four.ts";',
    'const e = await import("./five.ts");',
    '// import { f } from "./comment.ts";',
    'const g = "import x from nowhere";',
  ].join("\n");
  const found = importsOf("x.ts", text).map(({ specifier }) => specifier);
  assert.equal(found, ["./one.ts", "./two.ts", "./three.ts", "./four.ts", "./five.ts"]);
});

architecture("refuses texts that break a rule", () => {
  const faults = (file: string, text: string) => textFaults(file, text).join();
  assert.match(faults("emulator/a.ts", "export default class A {}"), /default/);
  assert.match(faults("emulator/index.ts", 'export * from "./a.ts";'), /barrels/);
  assert.match(faults("emulator/a.ts", 'export { a } from "./a.ts";'), /barrels/);
  assert.match(faults("emulator/a.ts", 'export type { A } from "./a.ts";'), /barrels/);
  assert.match(faults("applets/payment/applet.ts", 'export * from "./a.ts";'), /barrels/);
  assert.match(faults("applets/payment/a.ts", '@external("chip", "random")'), /only the kernel/);
  assert.is(faults("emulator/public.ts", 'export { a } from "./a.ts";'), "");
  assert.is(faults("applets/payment/applet.ts", 'export { process } from "./a.ts";'), "");
  assert.is(faults("runtime/kernel/chip.ts", '@external("chip", "random")'), "");
  assert.is(faults("emulator/a.ts", "export { a, b };"), "");
});

architecture("refuses a folder without its page", () => {
  assert.match(readmeFaults(undefined).join(), /no README/);
  assert.match(readmeFaults("# x\n").join(), /Why/);
  assert.match(readmeFaults(`## Why\n${"line\n".repeat(130)}`).join(), /at most 120/);
  assert.equal(readmeFaults("# x\n\n## Why\n"), []);
});

architecture.run();
