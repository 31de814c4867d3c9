// What a Markdown page links to within the project, and what can be linked to in it.

const INLINE = /\]\((?:<([^>]+)>|([^)\s]+))[^)]*\)/g;
const REFERENCE = /^\[[^\]]+\]:\s+(\S+)/gm;

/** Targets of links and pictures that are no web or mail addresses, as they are written. */
export function linksOf(page: string): string[] {
  const text = withoutFences(page).replace(/(`+)(.+?)\1/g, "");
  const targets = [INLINE, REFERENCE].flatMap((form) =>
    Array.from(text.matchAll(form), (match) => match[1] ?? match[2] ?? ""),
  );
  return targets.filter((target) => !/^([a-z][a-z0-9+.-]*:|\/\/)/i.test(target));
}

/** Anchors of the headings of a page: lower case, hyphens for blanks, no punctuation. */
export function headingsOf(page: string): string[] {
  return Array.from(withoutFences(page).matchAll(/^#{1,6} +(.+?) *#*$/gm), ([, heading = ""]) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, "")
      .replaceAll(" ", "-"),
  );
}

function withoutFences(page: string): string {
  return page.replace(/^(```+|~~~+)[\s\S]*?^\1/gm, "");
}
