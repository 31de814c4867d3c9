// EF.DIR: which applications are below an environment. Card specification, part 3; ISO/IEC
// 7816-4:2020, 12.2.1.

import { concat } from "../bytes.ts";
import type { ApplicationDefinition, DirectoryFileDefinition } from "../definition/types.ts";
import { encodeGb18030 } from "../text/gb18030.ts";
import { tlv } from "../tlv.ts";
import type { ProductFile, ProductItem } from "./product.ts";

const TAG_61_APPLICATION = 0x61;
const TAG_4F_AID = 0x4f;
const TAG_50_LABEL = 0x50;

/** A linear file of records 61 { 4F AID or label, 50 label }, one for each application. */
export function directoryFile(
  file: DirectoryFileDefinition,
  applications: readonly ApplicationDefinition[],
): ProductFile {
  const items = applications.map((application) => record(application));
  const update = file.update.condition;
  return {
    id: file.fid,
    name: "applications",
    type: "linear-variable",
    sfi: file.sfi,
    access: { read: file.read.condition, update, append: update },
    items,
    recordSize: Math.max(...items.map(({ length }) => length + 2)),
    records: applications.length,
  };
}

function record({ name, dfName, label }: ApplicationDefinition): ProductItem {
  const text = label === undefined ? new Uint8Array() : tlv(TAG_50_LABEL, encodeGb18030(label));
  const value = concat(tlv(TAG_4F_AID, dfName), text);
  return { tag: TAG_61_APPLICATION, name, type: "b", length: value.length, hex: value };
}
