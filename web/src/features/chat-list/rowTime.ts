/* When something was, as short as it can be told: the time today, else the weekday, else the date. */
import { formatter } from '@/ui/zone';

const DAY_MS = 24 * 60 * 60 * 1000;

/** `today` is the beginning of the day, in ms. */
export function rowTime(at: string, locale: string, today: number): string {
  const time = Date.parse(at);
  if (Number.isNaN(time)) return '';
  if (time >= today) return formatter(locale, { timeStyle: 'short' }).format(time);
  if (time >= today - 6 * DAY_MS) return formatter(locale, { weekday: 'short' }).format(time);
  if (new Date(time).getFullYear() === new Date(today).getFullYear())
    return formatter(locale, { day: 'numeric', month: 'short' }).format(time);
  return formatter(locale, { day: '2-digit', month: '2-digit', year: '2-digit' }).format(time);
}
