// Packages loaded after issuance, read from the memory alone: each row of the store that names one must
// find its module behind the store's pages, byte for byte. Pages that no row names do not count.
//
//   row: object 0200 to 020F (hex) of the kernel, 84 bytes, lowest byte first
//   36  2   first page, counted from the first behind the store's
//   38  2   pages
//   40  2   offset of the module in them
//   44  4   length of the module
//   52 32   SHA-256 of the module

import { createHash } from "node:crypto";
import { MAX_PACKAGES } from "../../runtime/spec/configuration.ts";
import type { StoredObject } from "./store-reader.ts";

const OWNER_KERNEL = 0;
const FIRST_ROW = 0x200;
const ROW_BYTES = 84;
const DIGEST = 52;

/** Throws on a row whose module is not there. `region` is the memory behind the store's pages. */
export function checkPackages(
  objects: Iterable<StoredObject>,
  region: Uint8Array,
  pageBytes: number,
): void {
  const taken = new Set<number>();
  for (const { owner, number, content } of objects) {
    const index = number - FIRST_ROW;
    if (owner !== OWNER_KERNEL || index < 0 || index >= MAX_PACKAGES) continue;
    const name = `package ${index}`;
    if (content.length !== ROW_BYTES) throw new Error(`${name} has a row of ${content.length}`);
    const row = new DataView(content.buffer, content.byteOffset);
    const [page, pages] = [row.getUint16(36, true), row.getUint16(38, true)];
    for (let one = page; one < page + pages; one++) {
      if (taken.has(one)) throw new Error(`${name} lies where another does`);
      taken.add(one);
    }
    const offset = row.getUint16(40, true);
    const length = row.getUint32(44, true);
    if (offset + length > pages * pageBytes) throw new Error(`${name} leaves its pages`);
    const at = page * pageBytes + offset;
    const module = new Uint8Array(length).fill(0xff);
    module.set(region.subarray(at, at + length));
    const digest = createHash("sha256").update(module).digest();
    if (digest.compare(content, DIGEST, DIGEST + digest.length) !== 0) {
      throw new Error(`${name} is not the module of its row`);
    }
  }
}
