/* Texts are folded alike here and on the server. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { fold } from '../src/ui/fold';

const unescaped = (text: string) =>
  text.replace(/\\u\{([0-9a-f]+)\}/g, (_, hex: string) => String.fromCodePoint(Number.parseInt(hex, 16)));

/* The table that the server's test goes through too. */
const cases = readFileSync('../tests/cases/fold.txt', 'utf8')
  .split('\n')
  .filter((line) => line !== '' && !line.startsWith('#'))
  .map((line) => line.split('|').map(unescaped) as [string, string]);

test('the table is there', () => {
  expect(cases.length).toBeGreaterThan(60);
});

test.each(cases)('%j is folded to %j', (text, want) => {
  expect(fold(text)).toBe(want);
  expect(fold(want)).toBe(want);
});
