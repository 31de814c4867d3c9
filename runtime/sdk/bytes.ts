// Bytes in the applet's own RAM.

/** Whether two runs of `length` bytes are the same; takes the same time wherever they differ. */
export function sameBytes(a: usize, b: usize, length: i32): bool {
  let difference: u8 = 0;
  for (let i = 0; i < length; i++) difference |= load<u8>(a + i) ^ load<u8>(b + i);
  return difference == 0;
}
