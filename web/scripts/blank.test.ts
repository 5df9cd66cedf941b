/* What shows nothing is one thing, here and on the server. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { showsNothing } from '../src/ui/blank';

/* The runs of the table that the server's test is compared with too. */
const runs = readFileSync('../tests/cases/blank.txt', 'utf8')
  .split('\n')
  .filter((line) => /^[0-9A-F]/.test(line))
  .map((line) => line.split(' ').map((point) => Number.parseInt(point, 16)) as [number, number]);

test('the server and this client take the same signs for blank', () => {
  expect(runs.length).toBeGreaterThan(20);
  const differing: string[] = [];
  for (let sign = 0; sign <= 0x10ffff; sign++) {
    if (sign >= 0xd800 && sign <= 0xdfff) continue;
    const there = runs.some(([first, last]) => sign >= first && sign <= last);
    if (there !== showsNothing(String.fromCodePoint(sign))) differing.push(sign.toString(16));
  }
  expect(differing).toEqual([]);
});

test.each([
  ['', true],
  [' \n\t', true],
  ['\u200b\u2060\ufeff', true],
  ['\u3164', true],
  ['\u202e', true],
  ['.', false],
  ['👍', false],
  ['\u200ba', false],
])('%j shows nothing: %s', (text, want) => {
  expect(showsNothing(text)).toBe(want);
});
