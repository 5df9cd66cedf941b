import { act, renderHook } from '@testing-library/react';
import { expect, test } from 'vitest';
import type { ConversationView, TimelineEntry, TimelineView } from '@/realtime';
import type { Item } from './items';
import { reachesUnread, useUnreadDivider } from './useUnreadDivider';

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

const messages = (...seqs: number[]) => seqs.map((seq) => ({ kind: 'message', seq }) as TimelineEntry);
const mine = { kind: 'pending' } as TimelineEntry;

test.each<[string, TimelineView['status'], number, number, TimelineEntry[], boolean]>([
  ['a message that comes while the unread ones are loaded', 'loading', 41, 40, messages(81), false],
  ['one of mine that waits meanwhile', 'loading', 41, 40, [mine], false],
  ['from the first unread on', 'loading', 3, 40, messages(41, 42, 43), true],
  ['from before it', 'loading', 3, 40, messages(39, 40, 41, 42, 43), true],
  ['nothing is unread', 'loading', 0, 43, messages(43), true],
  ['all that there is, or will be', 'ready', 300, 40, messages(41), true],
  ['it could not be loaded', 'failed', 41, 40, messages(81), true],
])(
  'the log has its place when what is loaded goes back to where reading stopped: %s',
  (_, status, unread, readSeq, entries, reaches) => {
    expect(reachesUnread({ unread, readSeq }, { status, entries })).toBe(reaches);
  },
);
