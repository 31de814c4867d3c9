// A small scenario on a small card, for the tests of the laboratory: the issuer domain of the probes.

import { LAB_HOST } from "../../../emulator/command/lab.ts";
import { parseScenario, type Scenario } from "../../../emulator/lab/scenario.ts";
import type { Host } from "../../../emulator/lab/session.ts";

export const host: Host = LAB_HOST;

const KEY = "404142434445464748494A4B4C4D4E4F";
const OTHER = "000102030405060708090A0B0C0D0E0F";

/** A scenario of these steps and cycle; a channel to the domain is open when the steps begin. */
export function scenarioOf(steps: string, more = ""): Scenario {
  return parseScenario(scenarioText(steps, more), "small.yaml");
}

/** The same as YAML. It fits the reference image, too. */
export function scenarioText(steps: string, more = ""): string {
  return `
keys:
  transport: { version: "FF", enc: "${KEY}", mac: "${KEY}", dek: "${KEY}" }
  other: { version: "FF", enc: "${OTHER}", mac: "${OTHER}", dek: "${OTHER}" }
alive: "00A4040C [ A000000151000000 ]"
start:
  - { name: select, command: "00A40400 [ A000000151000000 ] 00" }
  - { name: open, channel: { keys: transport, level: 1 } }
${steps === "" ? "steps: []" : `steps:\n${steps}`}
${more}
`;
}

/** STORE DATA of two objects in one transaction. */
export const STORE =
  '  - { name: store, secure: true, command: "80E29000", data: "42 [ 1122 ] 45 [ 3344 ]" }';
/** The same until the memory of 24 pages has gone round. */
export const ROUND = `  - name: go round
    secure: true
    command: "80E29000"
    data: "42 [ 5566 ]"
    sweep: false
    untilErases: 40`;
/** A key set of 16 byte keys, in one slot of its own. */
export const PUT_KEY = `  - name: put key
    secure: true
    command: "80D80081"
    data: "30 ${`88 11 10 dek( ${KEY} ) [ check( ${KEY} ) ] `.repeat(3)}"
    le: 0`;
