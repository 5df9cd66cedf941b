/* The beginning of today, which changes at midnight, after a night asleep and with the time zone: one timer for all rows. */
import { useSyncExternalStore } from 'react';

const CHECK_MS = 60_000;

function startOfToday(): number {
  return new Date().setHours(0, 0, 0, 0);
}

const listeners = new Set<() => void>();
let timer: ReturnType<typeof setInterval> | undefined;

const look = () => listeners.forEach((each) => each());

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  if (timer === undefined) {
    timer = setInterval(look, CHECK_MS);
    window.addEventListener('focus', look);
    document.addEventListener('visibilitychange', look);
  }
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0) return;
    clearInterval(timer);
    timer = undefined;
    window.removeEventListener('focus', look);
    document.removeEventListener('visibilitychange', look);
  };
}

export function useToday(): number {
  return useSyncExternalStore(subscribe, startOfToday);
}
