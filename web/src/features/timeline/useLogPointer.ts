import { useState, type MouseEvent, type PointerEvent } from 'react';
import { isForBrowser, LONG_PRESS_MS, STILL_PX } from '@/ui/PressMenu';
import { patch, type LogStore } from './logState';

/* The row under the mouse shows its bar; a finger that rests on a row, and a right click, open its menu. One listener for all
 * rows, which come and go; else as usePressMenu. */
export function useLogPointer(store: LogStore) {
  const [handlers] = useState(() => pointerHandlers(store));
  return handlers;
}

function pointerHandlers(store: LogStore) {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let from: { x: number; y: number } | null = null;
  const cancel = () => {
    clearTimeout(timer);
    from = null;
  };
  const keyAt = (target: EventTarget) => (target as Element).closest<HTMLElement>('article')?.dataset['key'] ?? null;
  /* Nothing can be done with a line about the conversation. */
  const messageAt = (target: EventTarget) =>
    (target as Element).closest<HTMLElement>('article:has([data-meta])')?.dataset['key'] ?? null;

  return {
    onPointerOver: (event: PointerEvent) => {
      if (event.pointerType !== 'touch') patch(store, { hovered: keyAt(event.target) });
    },
    onPointerLeave: () => {
      patch(store, { hovered: null });
      cancel();
    },
    onPointerDown: (event: PointerEvent) => {
      if (event.pointerType !== 'touch') return;
      const key = messageAt(event.target);
      if (key === null) return;
      const at = { x: event.clientX, y: event.clientY };
      from = at;
      timer = setTimeout(() => {
        from = null;
        navigator.vibrate?.(12);
        patch(store, { menu: { key, at } });
      }, LONG_PRESS_MS);
    },
    onPointerMove: (event: PointerEvent) => {
      if (from && Math.hypot(event.clientX - from.x, event.clientY - from.y) > STILL_PX) cancel();
    },
    onPointerUp: cancel,
    onPointerCancel: cancel,
    onContextMenu: (event: MouseEvent) => {
      /* Android's own menu would lie over ours. */
      if (store.getState().menu !== null) return event.preventDefault();
      const key = messageAt(event.target);
      if (key === null || isForBrowser(event.target)) return;
      event.preventDefault();
      cancel();
      patch(store, { menu: { key, at: { x: event.clientX, y: event.clientY } } });
    },
  };
}
