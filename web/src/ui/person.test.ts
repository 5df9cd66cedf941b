import { expect, test } from 'vitest';
import { initials, personColor } from './person';

test.each([
  ['Марина Ветрова', 'МВ'],
  ['madonna', 'M'],
  ['Anna Maria von Stein', 'AS'],
  ['tom_hill', 'TH'],
  ['Kim 🦊', 'K🦊'],
  ['👨‍👩‍👧 family', '👨‍👩‍👧F'],
  ['  ', ''],
])('the letters of "%s" are %s', (name, want) => {
  expect(initials(name)).toBe(want);
});

test('a person keeps the colour, and people differ', () => {
  const ids = Array.from({ length: 64 }, (_, index) => `01980c5e-7a3c-7c41-9d52-${String(index).padStart(12, '0')}`);
  expect(personColor(ids[0] ?? '')).toBe(personColor(ids[0] ?? ''));
  expect(new Set(ids.map(personColor)).size).toBe(8);
});
