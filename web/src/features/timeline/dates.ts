/* Days and times as people say them, by Intl in the language of the page. */
import { formatter as format } from '@/ui/zone';

const midnight = (at: number): number => new Date(at).setHours(0, 0, 0, 0);

/** Whole days from `now` back to `at`: 0 today, 1 yesterday. Days of 23 and 25 hours count as one. */
export function daysAgo(at: number, now: number): number {
  return Math.round((midnight(now) - midnight(at)) / 86_400_000);
}

/** "Today", "Yesterday", "24 November", with the year when it is another one. */
export function dayLabel(locale: string, at: number, now: number): string {
  const days = daysAgo(at, now);
  if (days === 0 || days === 1) {
    const said = new Intl.RelativeTimeFormat(locale, { numeric: 'auto' }).format(-days, 'day');
    return said.charAt(0).toLocaleUpperCase(locale) + said.slice(1);
  }
  const thisYear = new Date(at).getFullYear() === new Date(now).getFullYear();
  return format(locale, {
    day: 'numeric',
    month: 'long',
    ...(thisYear ? {} : { year: 'numeric' }),
  }).format(at);
}

export function timeLabel(locale: string, at: number): string {
  return format(locale, { timeStyle: 'short' }).format(at);
}

/** All of it, for titles and for people who listen. */
export function fullLabel(locale: string, at: number): string {
  return format(locale, { dateStyle: 'long', timeStyle: 'short' }).format(at);
}
