import { expect, test } from 'vitest';
import { readersOf } from './reads';

test.each([
  [1, 3],
  [5, 3],
  [6, 2],
  [9, 1],
  [10, 0],
  [0, 0],
])('seq %i is read by %i', (seq, want) => {
  expect(readersOf({ anna: 5, boris: 8, vera: 9 }, seq)).toBe(want);
});

test('nobody is known to have read anything', () => {
  expect(readersOf(undefined, 1)).toBe(0);
  expect(readersOf({}, 1)).toBe(0);
});
