// Historical bytes of an ATR. ISO/IEC 7816-3:2006, 8.2.

/** The historical bytes, or undefined when the bytes are no ATR of the contact interface. */
export function historicalBytes(atr: Uint8Array): Uint8Array | undefined {
  if (atr[0] !== 0x3b && atr[0] !== 0x3f) return undefined;
  const t0 = atr[1] ?? 0;
  let at = 2;
  for (let present = t0 >> 4; present !== 0; ) {
    // TA, TB, TC, TD of this round; TD names those of the next.
    const next = present & 8 ? at + bits(present & 7) : -1;
    at += bits(present);
    present = next < 0 ? 0 : (atr[next] ?? 0) >> 4;
  }
  const historical = atr.slice(at, at + (t0 & 15));
  return historical.length === (t0 & 15) ? historical : undefined;
}

function bits(nibble: number): number {
  return (nibble & 1) + ((nibble >> 1) & 1) + ((nibble >> 2) & 1) + ((nibble >> 3) & 1);
}
