// Walks BER-TLV data in the applet's own RAM. Tags of one byte or two, lengths up to 65535.

@unmanaged
@final
class Field {
  tag: i32;
  value: usize;
  length: i32;
}

/** The field that `nextField` found. */
// @ts-ignore: the compiler folds this to an address
export const field: Field = changetype<Field>(memory.data(offsetof<Field>(), 4));

/** Reads the field at `at` that must end by `end`; where the next begins, or 0 when it does not fit. */
export function nextField(at: usize, end: usize): usize {
  if (at + 2 > end) return 0;
  let tag = load<u8>(at++) as i32;
  if ((tag & 0x1f) == 0x1f) {
    tag = (tag << 8) | load<u8>(at++);
    if ((tag & 0x80) != 0 || at >= end) return 0;
  }
  let length = load<u8>(at++) as i32;
  if (length == 0x81) {
    if (at + 1 > end) return 0;
    length = load<u8>(at++);
  } else if (length == 0x82) {
    if (at + 2 > end) return 0;
    length = (load<u8>(at) << 8) | load<u8>(at + 1);
    at += 2;
  } else if (length > 0x7f) return 0;
  if (at + length > end) return 0;
  field.tag = tag;
  field.value = at;
  field.length = length;
  return at + length;
}

/** Finds a tag between `from` and `end`; false when it is not there or the data do not hold. */
export function findField(tag: i32, from: usize, end: usize): bool {
  for (let at = nextField(from, end); at != 0; at = nextField(at, end)) {
    if (field.tag == tag) return true;
  }
  return false;
}

/** Whether the data are fields from first byte to last. */
export function isWellFormed(from: usize, end: usize): bool {
  while (from < end) {
    from = nextField(from, end);
    if (from == 0) return false;
  }
  return true;
}
