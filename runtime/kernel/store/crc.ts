// CRC-32 (ISO/IEC 3309, reflected, polynomial EDB88320), both halves of a byte at once: two tables of
// 64 bytes. Recovery and each write spend most of their time here.

/** What the high half of a byte leaves, and the low half. */
const HIGH: usize = memory.data<u32>([
  0x00000000, 0x1db71064, 0x3b6e20c8, 0x26d930ac, 0x76dc4190, 0x6b6b51f4, 0x4db26158, 0x5005713c,
  0xedb88320, 0xf00f9344, 0xd6d6a3e8, 0xcb61b38c, 0x9b64c2b0, 0x86d3d2d4, 0xa00ae278, 0xbdbdf21c,
]);
const LOW: usize = memory.data<u32>([
  0x00000000, 0x77073096, 0xee0e612c, 0x990951ba, 0x076dc419, 0x706af48f, 0xe963a535, 0x9e6495a3,
  0x0edb8832, 0x79dcb8a4, 0xe0d5e91e, 0x97d2d988, 0x09b64c2b, 0x7eb17cbd, 0xe7b82d07, 0x90bf1d91,
]);

/** CRC-32 of `length` bytes, going on from `before`: what it was of the bytes that stand in front. */
export function crc32(from: usize, length: i32, before: u32): u32 {
  let crc: u32 = ~before;
  const end = from + length;
  for (let at = from; at < end; at++) {
    crc ^= load<u8>(at);
    const low = load<u32>(LOW + ((crc & 15) << 2));
    const high = load<u32>(HIGH + (((crc >> 4) & 15) << 2));
    crc = low ^ high ^ (crc >> 8);
  }
  return ~crc;
}
