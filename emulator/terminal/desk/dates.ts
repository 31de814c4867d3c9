// Dates and times as cards have them: digits, the year first.

/** YYYYMMDD, a day of the calendar. */
export function isDate(text: string): boolean {
  const [, year = "", month = "", day = ""] = /^(\d{4})(\d\d)(\d\d)$/.exec(text) ?? [];
  const last = lastDay(Number(year), Number(month));
  return Number(day) >= 1 && Number(day) <= last;
}

/** YYYYMM. */
export function isMonth(text: string): boolean {
  return isDate(`${text}01`);
}

/** YYYYMMDDHHMMSS. */
export function isTime(text: string): boolean {
  const [, date = "", hour = 24, minute = 60, second = 60] =
    /^(\d{8})(\d\d)(\d\d)(\d\d)$/.exec(text) ?? [];
  return isDate(date) && Number(hour) < 24 && Number(minute) < 60 && Number(second) < 60;
}

/** Of a month from 1; 0 where there is no such month, or no year. */
function lastDay(year: number, month: number): number {
  if (year === 0 || month < 1 || month > 12) return 0;
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  return [4, 6, 9, 11].includes(month) ? 30 : 31;
}
