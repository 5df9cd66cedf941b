import { useState, type MouseEvent, type PointerEvent } from 'react';
import { patch, type LogStore } from './logState';

const LONG_PRESS_MS = 450;
const STILL_PX = 8;

/* The row under the mouse shows its bar; a finger that rests on a row opens its menu. One listener for all rows. */
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
      const key = keyAt(event.target);
      if (key === null) return;
      from = { x: event.clientX, y: event.clientY };
      timer = setTimeout(() => {
        from = null;
        navigator.vibrate?.(12);
        patch(store, { menu: key });
      }, LONG_PRESS_MS);
    },
    onPointerMove: (event: PointerEvent) => {
      if (from && Math.hypot(event.clientX - from.x, event.clientY - from.y) > STILL_PX) cancel();
    },
    onPointerUp: cancel,
    onPointerCancel: cancel,
    onContextMenu: (event: MouseEvent) => {
      /* Android's own menu would lie over ours. */
      if (store.getState().menu !== null) event.preventDefault();
    },
  };
}
