/** The contents of the ```sh blocks that directly follow a line `<!-- ci -->`. A leading `$ ` goes. */
export function markedBlocks(markdown: string): string[] {
  const blocks = markdown.matchAll(/^<!-- ci -->\n+```(?:sh|bash|console)\n([\s\S]*?)^```$/gm);
  return [...blocks].map(([, text]) => (text as string).replace(/^\$ /gm, ""));
}
