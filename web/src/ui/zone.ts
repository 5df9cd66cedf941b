/* The time zone of the page, which may change while it is open: on a journey, or because somebody sets it. Browsers tell
 * nobody; formatters keep the zone in which they were made. */

type Options = Intl.DateTimeFormatOptions;

const CHECK_MS = 60_000;
const formats = new Map<string, Intl.DateTimeFormat>();
const listeners = new Set<() => void>();

const current = () => new Intl.DateTimeFormat().resolvedOptions().timeZone;
let zone = current();

/** By its name: "Europe/Berlin". */
export const zoneNow = (): string => zone;

/** A formatter for the zone of the page, made once. */
export function formatter(locale: string, options: Options): Intl.DateTimeFormat {
  const key = locale + JSON.stringify(options);
  const known = formats.get(key) ?? new Intl.DateTimeFormat(locale, options);
  formats.set(key, known);
  return known;
}

function look(): void {
  const now = current();
  if (now === zone) return;
  zone = now;
  formats.clear();
  for (const listener of listeners) listener();
}

/** Looks when somebody comes back to the page, and each minute. `changed` has every text with a time in it made anew. */
export function watchZone(changed: () => void): () => void {
  listeners.add(changed);
  const timer = setInterval(look, CHECK_MS);
  window.addEventListener('focus', look);
  document.addEventListener('visibilitychange', look);
  return () => {
    listeners.delete(changed);
    clearInterval(timer);
    window.removeEventListener('focus', look);
    document.removeEventListener('visibilitychange', look);
  };
}
