import { expect, test } from 'vitest';
import { dayLabel, daysAgo, timeLabel } from './dates';

const at = (...parts: [number, number, number, number, number]) => new Date(...parts).getTime();
const NOW = at(2026, 10, 24, 12, 0);

test.each([
  ['ru', at(2026, 10, 24, 0, 0), 'Сегодня'],
  ['ru', at(2026, 10, 23, 23, 59), 'Вчера'],
  ['ru', at(2026, 10, 22, 12, 0), '22 ноября'],
  ['ru', at(2025, 11, 31, 12, 0), '31 декабря 2025 г.'],
  ['en', at(2026, 10, 24, 23, 59), 'Today'],
  ['en', at(2026, 10, 23, 0, 0), 'Yesterday'],
  ['en', at(2026, 10, 22, 12, 0), 'November 22'],
])('%s: %i is %s', (locale, when, want) => {
  expect(dayLabel(locale, when, NOW)).toBe(want);
});

test('a message of the other side of midnight is of yesterday, whatever the hours', () => {
  expect(daysAgo(at(2026, 10, 23, 23, 59), at(2026, 10, 24, 0, 1))).toBe(1);
});

test('times are those of the language', () => {
  expect(timeLabel('ru', at(2026, 10, 24, 9, 5))).toBe('09:05');
  expect(timeLabel('en', at(2026, 10, 24, 9, 5)).replace(/\s/u, ' ')).toBe('9:05 AM');
});
