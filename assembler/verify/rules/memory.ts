// Linear memory is the RAM of the profile: one page is declared, less of it is there.

import { functionName } from "../module.ts";
import { OP_MEMORY_GROW } from "../opcodes.ts";
import type { Rule } from "./rule.ts";

/** One memory of exactly one page, its own. */
export const onePage: Rule = ({ module }) => {
  const [memory, ...more] = module.memories;
  if (memory === undefined) return [{ reason: "declares no memory" }];
  if (more.length > 0) return [{ reason: `declares ${1 + more.length} memories; declare one` }];
  if (memory.minimum === 1 && memory.maximum === 1) return [];
  const maximum = memory.maximum === undefined ? "no limit" : `${memory.maximum}`;
  return [
    {
      reason: `declares ${memory.minimum} pages of memory, at most ${maximum}; declare 1 and 1`,
    },
  ];
};

/** More than the functions of any applet; a table takes a chip's memory as much as RAM does. */
const MOST_TABLE_ENTRIES = 1024;

/** One table of functions at most, and no large one. It cannot grow: no such opcode is known. */
export const smallTable: Rule = ({ module: { tables } }) => {
  if (tables.length > 1) return [{ reason: `declares ${tables.length} tables; declare one` }];
  const [entries = 0] = tables;
  if (entries <= MOST_TABLE_ENTRIES) return [];
  return [{ reason: `declares a table of ${entries} functions; ${MOST_TABLE_ENTRIES} at most` }];
};

/** Memory never grows: there is no more of it. */
export const noGrowth: Rule = ({ module }) =>
  module.bodies
    .filter((body) => body.instructions.some(({ opcode }) => opcode === OP_MEMORY_GROW))
    .map((body) => ({
      function: functionName(module, body.index),
      reason: "uses memory.grow; allocate nothing, use static buffers (memory.data)",
    }));

/** What is there at start-up fits the RAM. */
export const staticData: Rule = ({ module, limits: { ramBytes, dataBytes } }) => {
  const findings = [];
  for (const [index, { address, length }] of module.data.entries()) {
    if (address === "computed") {
      findings.push({ reason: `data segment ${index} lies at an address that is no constant` });
    } else if (address !== undefined && address + length > ramBytes) {
      const over = address + length - ramBytes;
      findings.push({
        reason: `data segment ${index} ends ${over} bytes beyond the ${ramBytes} bytes of RAM`,
      });
    }
  }
  if (dataBytes > ramBytes) {
    findings.push({ reason: `static data take ${dataBytes} of ${ramBytes} bytes of RAM` });
  }
  return findings;
};
