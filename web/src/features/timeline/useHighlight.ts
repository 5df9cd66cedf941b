import { useEffect } from 'react';
import type { LogController } from './LogController';
import { patch, type LogStore } from './logState';

const HIGHLIGHT_MS = 2000;

/* The row one jumped to is marked for two seconds, counted from when it can be seen. */
export function useHighlight(store: LogStore, controller: LogController): void {
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let watcher: IntersectionObserver | undefined;
    const stop = store.subscribe((state, before) => {
      if (state.highlighted === before.highlighted) return;
      clearTimeout(timer);
      watcher?.disconnect();
      const row = state.highlighted === null ? null : controller.element(state.highlighted);
      if (!row) return;
      watcher = new IntersectionObserver((entries) => {
        if (!entries.some((entry) => entry.isIntersecting)) return;
        watcher?.disconnect();
        timer = setTimeout(() => {
          patch(store, { highlighted: null });
        }, HIGHLIGHT_MS);
      });
      watcher.observe(row);
    });
    return () => {
      stop();
      clearTimeout(timer);
      watcher?.disconnect();
    };
  }, [store, controller]);
}
