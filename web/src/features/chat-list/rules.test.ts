import { describe, expect, test } from 'vitest';
import { offScreen } from './offScreen';
import { rowTime } from './rowTime';
import { neighbour } from './useChatCommands';

describe('the chat before or after', () => {
  const ids = ['a', 'b', 'c', 'd'];
  const any = () => true;
  test.each([
    ['the next one', 'b', 1, any, 'c'],
    ['the one before', 'b', -1, any, 'a'],
    ['past the end', 'd', 1, any, null],
    ['with none open, forward', null, 1, any, 'a'],
    ['with none open, back', null, -1, any, 'd'],
    ['the next unread one', 'a', 1, (id: string) => id === 'd', 'd'],
    ['no unread one', 'a', 1, () => false, null],
    ['an open chat that is not in the list', 'x', 1, any, null],
  ] as const)('%s', (_label, open, step, wanted, want) => {
    expect(neighbour(ids, open, step, wanted)).toBe(want);
  });
});

describe('unread chats out of sight', () => {
  const view = { top: 100, height: 300, rowHeight: 100 };
  test.each([
    ['none', [], null, null],
    ['in sight', [1, 2, 3], null, null],
    ['above: the nearest', [0], 0, null],
    ['below: the nearest', [4, 8], null, 4],
    ['on both sides', [0, 2, 9], 0, 9],
  ])('%s', (_label, unread, above, below) => {
    expect(offScreen(unread, view)).toEqual({ above, below });
  });
});

describe('the time of a row', () => {
  const today = new Date(2026, 10, 24).getTime();
  const at = (...parts: [number, number, number, number, number]) => new Date(...parts).toISOString();
  test.each([
    ['today', at(2026, 10, 24, 9, 5), 'ru', '09:05'],
    ['this week', at(2026, 10, 20, 9, 5), 'en', 'Fri'],
    ['this year', at(2026, 2, 8, 9, 5), 'en', 'Mar 8'],
    ['another year', at(2024, 2, 8, 9, 5), 'ru', '08.03.24'],
    ['nothing', '', 'en', ''],
  ])('%s', (_label, when, locale, want) => {
    expect(rowTime(when, locale, today)).toBe(want);
  });
});
