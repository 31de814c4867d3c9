// Dates and times as BCD. Part 6; V2.0, 8.1.1.5.

/** Whether a byte is BCD and in a range of BCD bytes. */
function isWithin(at: usize, least: u8, most: u8): bool {
  const byte = load<u8>(at);
  return (byte & 0x0f) < 10 && byte >= least && byte <= most;
}

/** Whether two bytes are a day of some year, mmdd. */
export function isMonthAndDay(at: usize): bool {
  const month = load<u8>(at);
  let last: u8 = 0x31;
  if (month == 0x02) last = 0x29;
  if (month == 0x04 || month == 0x06 || month == 0x09 || month == 0x11) last = 0x30;
  return isWithin(at, 0x01, 0x12) && isWithin(at + 1, 0x01, last);
}

export function isYear(at: usize): bool {
  return isWithin(at, 0x00, 0x99) && isWithin(at + 1, 0x00, 0x99);
}

/** Whether seven bytes are a time, YYYYMMDDhhmmss; 29 February is taken in any year. */
export function isTime(at: usize): bool {
  if (!isYear(at) || !isMonthAndDay(at + 2)) return false;
  return (
    isWithin(at + 4, 0x00, 0x23) && isWithin(at + 5, 0x00, 0x59) && isWithin(at + 6, 0x00, 0x59)
  );
}

/** The number that `length` BCD bytes write. */
export function decimal(at: usize, length: i32): i32 {
  let value = 0;
  for (let i = 0; i < length; i++) {
    const byte = load<u8>(at + i) as i32;
    value = value * 100 + (byte >> 4) * 10 + (byte & 0x0f);
  }
  return value;
}

/** Writes a number below 10,000 as two BCD bytes. */
export function storeDecimal(at: usize, value: i32): void {
  store<u8>(at, (((value / 1000) << 4) | ((value / 100) % 10)) as u8);
  store<u8>(at + 1, ((((value / 10) % 10) << 4) | (value % 10)) as u8);
}
