import { act, renderHook } from '@testing-library/react';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { LogController } from './LogController';
import { createLogStore, patch, type LogStore } from './logState';
import { useHighlight } from './useHighlight';

let store: LogStore;
let see: (visible: boolean) => void;

beforeEach(() => {
  vi.useFakeTimers();
  store = createLogStore();
  see = () => undefined;
  vi.stubGlobal(
    'IntersectionObserver',
    class {
      constructor(tell: (entries: { isIntersecting: boolean }[]) => void) {
        see = (visible) => tell([{ isIntersecting: visible }]);
      }
      observe = () => undefined;
      disconnect = () => {
        see = () => undefined;
      };
    },
  );
  const controller = { element: () => document.createElement('article') };
  renderHook(() => useHighlight(store, controller as unknown as LogController));
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

const marked = () => store.getState().highlighted;
function pass(ms: number): void {
  act(() => {
    vi.advanceTimersByTime(ms);
  });
}

test('the row one jumped to is marked for two seconds from when it is in view', () => {
  patch(store, { highlighted: 'm20' });
  see(false);
  pass(60_000);
  expect(marked(), 'nobody has seen it yet').toBe('m20');
  see(true);
  pass(1999);
  expect(marked()).toBe('m20');
  pass(1);
  expect(marked()).toBeNull();
});

test('another jump begins anew', () => {
  patch(store, { highlighted: 'm20' });
  see(true);
  pass(1500);
  patch(store, { highlighted: 'm40' });
  see(true);
  pass(1500);
  expect(marked()).toBe('m40');
  pass(500);
  expect(marked()).toBeNull();
});
