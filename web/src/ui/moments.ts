/* When something was or will be, as people say it, by Intl. */
import { useEffect, useState } from 'react';
import { formatter } from './zone';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** "in 3 hours", "5 minutes ago", "yesterday", then the date. */
export function momentText(locale: string, at: number, now: number): string {
  const left = at - now;
  const size = Math.abs(left);
  const relative = new Intl.RelativeTimeFormat(locale, { numeric: 'auto' });
  if (size < MINUTE_MS) return relative.format(0, 'second');
  if (size < HOUR_MS) return relative.format(Math.trunc(left / MINUTE_MS), 'minute');
  if (size < DAY_MS) return relative.format(Math.trunc(left / HOUR_MS), 'hour');
  if (size < 7 * DAY_MS) return relative.format(Math.round(left / DAY_MS), 'day');
  return dateText(locale, at);
}

/** "24 November 2026". */
export function dateText(locale: string, at: number): string {
  return formatter(locale, { dateStyle: 'long' }).format(at);
}

/** The time, as often as such texts change. */
export function useMinute(): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 30_000);
    return () => clearInterval(timer);
  }, []);
  return now;
}
