// What a card module may import and must export.

/** Who a module is: each has its own boundary. */
export type Role = "kernel" | "applet";

/** Imports by namespace. The kernel sees the chip, an applet sees the card and nothing below. */
export const ALLOWED_IMPORTS: Readonly<Record<Role, ReadonlySet<string>>> = {
  kernel: new Set([
    "chip.memoryRead",
    "chip.memoryProgram",
    "chip.memoryErase",
    "chip.configurationRead",
    "chip.cipher",
    "chip.random",
    "chip.appletStart",
    "chip.appletStop",
    "chip.appletClear",
    "chip.appletCall",
    "chip.appletRead",
    "chip.appletWrite",
    "chip.hash",
    "chip.memoryHash",
    "chip.verifySignature",
    "chip.generateKeyPair",
    "chip.sign",
    "chip.packageCheck",
    "chip.packageStart",
    "chip.waitingTime",
  ]),
  applet: new Set(["card.call"]),
};

/** Imports through which the kernel runs an applet, which may then call the kernel again. */
export const APPLET_ENTRY_IMPORTS: ReadonlySet<string> = new Set([
  "chip.appletStart",
  "chip.appletCall",
  "chip.packageStart",
]);

/** Exports: all of these, none besides. */
export const REQUIRED_FUNCTIONS: Readonly<Record<Role, readonly string[]>> = {
  kernel: ["boot", "reset", "transmit", "buffer", "call"],
  applet: ["install", "select", "deselect", "process"],
};
export const REQUIRED_MEMORY = "memory";

/** Parameters of an applet's entry, and of `card.call`: 32-bit integers, as its one result is. */
export const MOST_ENTRY_PARAMETERS = 3;
export const CARD_CALL_PARAMETERS = 5;
