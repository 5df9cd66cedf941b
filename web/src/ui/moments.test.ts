import { expect, test } from 'vitest';
import { momentText } from './moments';

const now = Date.UTC(2026, 10, 24, 12);
const minute = 60_000;

test.each([
  ['ru', -10_000, 'сейчас'],
  ['ru', -5 * minute, '5 минут назад'],
  ['ru', -21 * minute, '21 минуту назад'],
  ['en', -2 * 60 * minute, '2 hours ago'],
  ['en', -24 * 60 * minute, 'yesterday'],
  ['ru', 3 * 24 * 60 * minute, 'через 3 дня'],
  ['en', -40 * 24 * 60 * minute, 'October 15, 2026'],
])('in %s, %i ms from now is "%s"', (locale, distance, want) => {
  expect(momentText(locale, now + distance, now)).toBe(want);
});
