// Identifiers as people write them.

/** Two digits. */
export function byteOf(value: number): string {
  return value.toString(16).toUpperCase().padStart(2, "0");
}

/** Four digits. */
export function wordOf(value: number): string {
  return value.toString(16).toUpperCase().padStart(4, "0");
}
