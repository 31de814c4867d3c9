// Calendar dates as digits YYYYMMDD. GB/T 7408.1, basic format of a date.

import { FieldError } from "../errors.ts";

/** Digits YYYYMMDD of "YYYY-MM-DD" or "YYYYMMDD". Throws `FieldError` on a day that never was. */
export function parseDate(text: string): string {
  const match = /^(\d{4})(-?)(\d{2})\2(\d{2})$/.exec(text);
  if (match === null) throw new FieldError(`"${text}" is no date; write it as YYYY-MM-DD`);
  const [year, month, day] = [Number(match[1]), Number(match[3]), Number(match[4])];
  const date = new Date(Date.UTC(year, month - 1, day));
  const real = date.getUTCMonth() === month - 1 && date.getUTCDate() === day && year >= 1800;
  if (!real) throw new FieldError(`"${text}" is a day that does not exist; correct it`);
  return `${match[1]}${match[3]}${match[4]}`;
}

/** Whole days since 1800-01-01 of digits YYYYMMDD. */
export function dayNumber(digits: string): number {
  const at = (from: number, to: number) => Number(digits.slice(from, to));
  const milliseconds = Date.UTC(at(0, 4), at(4, 6) - 1, at(6, 8)) - Date.UTC(1800, 0, 1);
  return Math.round(milliseconds / 86_400_000);
}

/** Last digit of the year ‖ day of the year, YDDD: dates inside CPLC. GPC 2.3.1, H.6. */
export function dayOfYear(digits: string): string {
  const days = dayNumber(digits) - dayNumber(`${digits.slice(0, 4)}0101`) + 1;
  return `${digits[3]}${String(days).padStart(3, "0")}`;
}
