// CRC-32 (ISO/IEC 3309, reflected, polynomial EDB88320), four bits at a step: a table of 64 bytes.

const TABLE: usize = memory.data<u32>([
  0x00000000, 0x1db71064, 0x3b6e20c8, 0x26d930ac, 0x76dc4190, 0x6b6b51f4, 0x4db26158, 0x5005713c,
  0xedb88320, 0xf00f9344, 0xd6d6a3e8, 0xcb61b38c, 0x9b64c2b0, 0x86d3d2d4, 0xa00ae278, 0xbdbdf21c,
]);

/** CRC-32 of `length` bytes, going on from `before`: what it was of the bytes that stand in front. */
export function crc32(from: usize, length: i32, before: u32): u32 {
  let crc: u32 = ~before;
  const end = from + length;
  for (let at = from; at < end; at++) {
    crc ^= load<u8>(at);
    crc = load<u32>(TABLE + ((crc & 15) << 2)) ^ (crc >> 4);
    crc = load<u32>(TABLE + ((crc & 15) << 2)) ^ (crc >> 4);
  }
  return ~crc;
}
