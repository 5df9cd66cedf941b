import { useSyncExternalStore } from 'react';
import { untilTomorrow } from './dates';

/* A moment of today that changes at midnight: "today" becomes "yesterday" in a page that stays open. */
const listeners = new Set<() => void>();
let now = Date.now();
let timer: ReturnType<typeof setTimeout> | undefined;

function arm(): void {
  clearTimeout(timer);
  timer = setTimeout(
    () => {
      now = Date.now();
      listeners.forEach((listener) => listener());
      if (listeners.size > 0) arm();
    },
    untilTomorrow(Date.now()) + 1000,
  );
}

function subscribe(listener: () => void): () => void {
  if (listeners.size === 0) {
    now = Date.now();
    arm();
  }
  listeners.add(listener);
  return () => {
    listeners.delete(listener);
    if (listeners.size === 0) clearTimeout(timer);
  };
}

export function useToday(): number {
  return useSyncExternalStore(subscribe, () => now);
}
