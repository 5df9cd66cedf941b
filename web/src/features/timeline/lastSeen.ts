import { dayLabel, daysAgo, timeLabel } from './dates';

const MINUTE_MS = 60_000;

/** "5 minutes ago", "today 14:05", "yesterday 9:30", "November 3"; null for less than a minute. */
export function lastSeen(locale: string, at: number, now: number): string | null {
  const minutes = Math.floor((now - at) / MINUTE_MS);
  if (minutes < 1) return null;
  const relative = new Intl.RelativeTimeFormat(locale, { numeric: 'always' });
  if (minutes < 60) return relative.format(-minutes, 'minute');
  const day = dayLabel(locale, at, now).toLocaleLowerCase(locale);
  return daysAgo(at, now) < 2 ? `${day} ${timeLabel(locale, at)}` : dayLabel(locale, at, now);
}
