// What `import ... from "wafer/emulator"` gives: a chip to boot an image on, its lines, and a desk to put its card on.
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
export { BusinessSystem } from "./terminal/desk/business-system.ts";
export { HSM_CODES, meaningOf } from "./terminal/desk/codes.ts";
export { countingCard, type LineCount } from "./terminal/desk/counting-card.ts";
export { Desk } from "./terminal/desk/desk.ts";
export { EmulatedSlot } from "./terminal/desk/emulated-slots.ts";
export { CardLibrary } from "./terminal/desk/hsm.ts";
export { KeyServiceSecurity, type MasterName } from "./terminal/desk/key-service-security.ts";
export { type NextSequence, noPurchases } from "./terminal/desk/next-sequence.ts";
export type { NoPin, PinPad, PinPrompt } from "./terminal/desk/pin-pad.ts";
export { PsamSecurity } from "./terminal/desk/psam-security.ts";
export type { DeskResult } from "./terminal/desk/result.ts";
export type { TerminalSecurity } from "./terminal/desk/security.ts";
export type { PoweredCard, Slot } from "./terminal/desk/slots.ts";
export type { Terminal } from "./terminal/desk/terminal.ts";
export { handIn, type Served, serve } from "./terminal/login/loopback.ts";
export {
  type Answer,
  type Challenge,
  type Login,
  LoginError,
  originOf,
} from "./terminal/login/protocol.ts";
export { LoginService, type TrustNow } from "./terminal/login/service.ts";
export { type Meant, signIn } from "./terminal/login/sign-in.ts";
export { PcscError } from "./terminal/pcsc/errors.ts";
export { PcscReaders } from "./terminal/pcsc/readers.ts";
