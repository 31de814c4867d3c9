// Hex for tests: readable with spaces, refused when it is not hex.

export function bytes(hex: string): Uint8Array {
  const digits = hex.replace(/\s+/g, "");
  if (!/^([0-9a-fA-F]{2})*$/.test(digits)) throw new Error(`not hex: ${hex}`);
  return Uint8Array.from(Buffer.from(digits, "hex"));
}

export function hex(data: Uint8Array): string {
  return Buffer.from(data).toString("hex");
}
