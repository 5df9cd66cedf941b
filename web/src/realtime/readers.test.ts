import { expect, test } from 'vitest';
import { readersOf } from './readers';

const read = (seq: number, sinceSeq = 0) => ({ seq, sinceSeq });

test.each([
  [1, 3],
  [5, 3],
  [6, 2],
  [9, 1],
  [10, 0],
  [0, 0],
])('seq %i is read by %i', (seq, want) => {
  expect(readersOf({ anna: read(5), boris: read(8), vera: read(9) }, seq)).toBe(want);
});

test.each([
  [3, 1],
  [4, 2],
  [5, 2],
  [6, 1],
  [8, 1],
  [9, 0],
])('who came after the third message does not count before it: seq %i is read by %i', (seq, want) => {
  expect(readersOf({ anna: read(5), boris: read(8, 3), vera: read(0, 7), gleb: read(4, 6) }, seq)).toBe(want);
});

test('nobody is known to have read anything', () => {
  expect(readersOf(undefined, 1)).toBe(0);
  expect(readersOf({}, 1)).toBe(0);
});
