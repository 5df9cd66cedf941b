import { act, renderHook } from '@testing-library/react';
import { expect, test } from 'vitest';
import type { ConversationView } from '@/realtime';
import type { Item } from './items';
import { useUnreadDivider } from './useUnreadDivider';

const conversation = (unread: number, readSeq: number) => ({ unread, readSeq }) as ConversationView;
const items = [{ seq: 1 } as Item];
const open = (unread: number, readSeq: number) =>
  renderHook(({ now }) => useUnreadDivider(now, items), { initialProps: { now: conversation(unread, readSeq) } });

test('stands where it was when the chat was opened, whatever is read since', () => {
  const { result, rerender } = open(3, 7);
  expect(result.current.after).toBe(7);
  rerender({ now: conversation(0, 10) });
  expect(result.current.after).toBe(7);
});

test('does not appear under the eyes of who had read everything', () => {
  const { result, rerender } = open(0, 10);
  rerender({ now: conversation(2, 10) });
  expect(result.current.after).toBeNull();
});

test('goes when one sends', () => {
  const { result } = open(3, 7);
  act(() => {
    result.current.clear();
  });
  expect(result.current.after).toBeNull();
});

test('goes at Escape, unless Escape was for something else', () => {
  const { result } = open(3, 7);
  const used = new KeyboardEvent('keydown', { key: 'Escape', cancelable: true });
  used.preventDefault();
  act(() => {
    document.dispatchEvent(used);
  });
  expect(result.current.after).toBe(7);
  act(() => {
    document.dispatchEvent(new KeyboardEvent('keydown', { key: 'Escape' }));
  });
  expect(result.current.after).toBeNull();
});
