/* When something was, as short as it can be told: the time today, else the weekday, else the date. */
const DAY_MS = 24 * 60 * 60 * 1000;

const cache = new Map<string, Intl.DateTimeFormat>();

function format(locale: string, kind: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = `${locale} ${kind}`;
  const known = cache.get(key) ?? new Intl.DateTimeFormat(locale, options);
  cache.set(key, known);
  return known;
}

/** `today` is the beginning of the day, in ms. */
export function rowTime(at: string, locale: string, today: number): string {
  const time = Date.parse(at);
  if (Number.isNaN(time)) return '';
  if (time >= today) return format(locale, 'time', { timeStyle: 'short' }).format(time);
  if (time >= today - 6 * DAY_MS) return format(locale, 'weekday', { weekday: 'short' }).format(time);
  if (new Date(time).getFullYear() === new Date(today).getFullYear())
    return format(locale, 'day', { day: 'numeric', month: 'short' }).format(time);
  return format(locale, 'date', { day: '2-digit', month: '2-digit', year: '2-digit' }).format(time);
}
