import { renderHook } from '@testing-library/react';
import { beforeEach, expect, test, vi } from 'vitest';
import { realtime } from '@/realtime';
import type { Item } from './items';
import { createLogStore, patch, type LogStore } from './logState';
import { useMarkRead } from './useMarkRead';

const item = (seq: number) => ({ key: String(seq), seq, kind: 'message' }) as Item;
let store: LogStore;
let focused: boolean;
let shown: DocumentVisibilityState;
const markRead = vi.spyOn(realtime, 'markRead').mockImplementation(() => undefined);

beforeEach(() => {
  markRead.mockClear();
  store = createLogStore();
  focused = true;
  shown = 'visible';
  vi.spyOn(document, 'hasFocus').mockImplementation(() => focused);
  vi.spyOn(document, 'visibilityState', 'get').mockImplementation(() => shown);
});

const read = (...items: Item[]) =>
  renderHook(
    ({ list }) => {
      useMarkRead('c', store, list);
    },
    { initialProps: { list: items } },
  );

test('read is what stands at the end that is in view', () => {
  patch(store, { atEnd: true });
  read(item(1), item(2), item(0));
  expect(markRead).toHaveBeenCalledWith('c', 2);
});

test('nothing is read away from the end, until one comes there', () => {
  read(item(1));
  expect(markRead).not.toHaveBeenCalled();
  patch(store, { atEnd: true });
  expect(markRead).toHaveBeenCalledWith('c', 1);
});

test('nothing is read behind another window, until the focus is back', () => {
  focused = false;
  patch(store, { atEnd: true });
  read(item(1));
  expect(markRead).not.toHaveBeenCalled();
  focused = true;
  window.dispatchEvent(new Event('focus'));
  expect(markRead).toHaveBeenCalledWith('c', 1);
});

test('nothing is read in a tab that is not shown', () => {
  shown = 'hidden';
  patch(store, { atEnd: true });
  const { rerender } = read(item(1));
  rerender({ list: [item(1), item(2)] });
  expect(markRead).not.toHaveBeenCalled();
  shown = 'visible';
  document.dispatchEvent(new Event('visibilitychange'));
  expect(markRead).toHaveBeenCalledWith('c', 2);
});
