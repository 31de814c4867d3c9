// What `import ... from "wafer/emulator"` gives: a chip to boot an image on, and its lines.
export { Card, type CardOptions, type Snapshot } from "./card.ts";
export { type Coprocessor, CoprocessorError } from "./chip/coprocessor/coprocessor.ts";
export { NobleCoprocessor } from "./chip/coprocessor/noble.ts";
export { NodeCoprocessor } from "./chip/coprocessor/node.ts";
export { CardFileError, PowerLoss, TransportError } from "./errors.ts";
export { VpcdError } from "./lines/errors.ts";
export {
  connectVpcd,
  type VpcdCard,
  type VpcdConnection,
  type VpcdEvent,
  type VpcdOptions,
} from "./lines/vpcd.ts";
