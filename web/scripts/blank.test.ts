/* What shows nothing is one thing, here and on the server. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { showsNothing } from '../src/ui/blank';

/* The ranges of a function of the server: { 0x200b, 0x200f }, { ' ', ' ' }. */
function rangesOf(name: string): [number, number][] {
  const source = readFileSync('../src/base/letters.c', 'utf8');
  const body = source.slice(source.indexOf(`bool ${name}(`));
  const number = (text: string) => (text.startsWith("'") ? text.charCodeAt(1) : Number(text));
  return [...body.slice(0, body.indexOf('\n}')).matchAll(/\{ ('.'|\w+), ('.'|\w+) \}/g)].map(
    ([, first = '', last = '']) => [number(first), number(last)],
  );
}

test('the server and this client take the same signs for blank', () => {
  const ranges = [...rangesOf('letter_is_control'), ...rangesOf('letter_is_blank')];
  expect(ranges.length).toBeGreaterThan(20);
  const differing: string[] = [];
  for (let sign = 0; sign <= 0x10ffff; sign++) {
    if (sign >= 0xd800 && sign <= 0xdfff) continue;
    const there = ranges.some(([first, last]) => sign >= first && sign <= last);
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
