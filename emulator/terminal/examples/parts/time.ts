// Times as cards, terminals and centres write them.

/** YYYYMMDDHHMMSS of the machine's own time zone. */
export function stamp(date: Date): string {
  const two = (value: number) => String(value).padStart(2, "0");
  const day = `${date.getFullYear()}${two(date.getMonth() + 1)}${two(date.getDate())}`;
  return `${day}${two(date.getHours())}${two(date.getMinutes())}${two(date.getSeconds())}`;
}

/** YYYY-MM-DD, as batches have dates. */
export function dayOf(date: Date): string {
  return stamp(date).replace(/^(....)(..)(..).*$/, "$1-$2-$3");
}
