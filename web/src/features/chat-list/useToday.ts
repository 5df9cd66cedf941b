/* The beginning of today, which changes at midnight and after a night asleep: one timer for all rows. */
import { useSyncExternalStore } from 'react';

const CHECK_MS = 60_000;

function startOfToday(): number {
  return new Date().setHours(0, 0, 0, 0);
}

const listeners = new Set<() => void>();
let timer: ReturnType<typeof setInterval> | undefined;

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  timer ??= setInterval(() => listeners.forEach((each) => each()), CHECK_MS);
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  };
}

export function useToday(): number {
  return useSyncExternalStore(subscribe, startOfToday);
}
