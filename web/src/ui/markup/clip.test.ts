import { describe, expect, test } from 'vitest';
import { clipNodes, cutText } from './clip';
import { plainText, visibleText } from './nodes';
import { parseMarkup } from './parser';

const LIMITS = { signs: 1600, lines: 32, elements: 400 };
const clip = (text: string, limits = LIMITS) => clipNodes(parseMarkup(text), limits);

describe('what fits is left whole', () => {
  test.each([
    ['as long as may be', 'a'.repeat(LIMITS.signs)],
    ['a cut that would hide next to nothing', 'a'.repeat(LIMITS.signs + 100)],
    ['as many lines as may be', 'a\n'.repeat(LIMITS.lines - 1)],
  ])('%s', (_label, text) => {
    expect(clip(text)).toBeNull();
  });
});

describe('what is too long', () => {
  test('is cut at a space that is near', () => {
    expect(plainText(clip('word '.repeat(1000)) ?? [])).toMatch(/^(?:word )*word$/);
  });
  test.each([
    ['👩‍👩‍👧‍👦', '👩‍👩‍👧‍👦'],
    ['🇷🇺', '🇷🇺'],
    ['e\u0301', 'e\u0301'],
    ['👍🏽', '👍🏽'],
  ])('is never cut inside %s', (sign) => {
    for (let lead = 0; lead < 12; lead++) {
      const text = 'x'.repeat(lead) + sign.repeat(1000);
      const shown = plainText(clip(text) ?? []);
      expect(shown.length).toBeGreaterThan(LIMITS.signs - 20);
      expect(shown.slice(lead).replaceAll(sign, '')).toBe('');
    }
  });
  test('has no more lines than may be', () => {
    expect(plainText(clip('a\n'.repeat(100)) ?? []).split('\n')).toHaveLength(LIMITS.lines);
    expect(
      visibleText(clip('- a\n'.repeat(100)) ?? [], '')
        .trim()
        .split('\n'),
    ).toHaveLength(LIMITS.lines);
    expect(plainText(clip('```\n' + 'a\n'.repeat(100) + '```') ?? []).split('\n')).toHaveLength(LIMITS.lines);
  });
  test('has no more elements than may be', () => {
    expect(clip('*a* '.repeat(300), { ...LIMITS, elements: 20 })?.length).toBe(1);
    expect(plainText(clip('*a* '.repeat(300), { ...LIMITS, elements: 20 }) ?? []).match(/a/g)).toHaveLength(19);
  });
  test('stays hidden where the end of a spoiler is cut off', () => {
    const shown = clip(`**x** ||${'secret '.repeat(1000).trim()}||`) ?? [];
    expect(visibleText(shown, '▒').trim()).toBe('x ▒');
    expect(plainText(shown).length).toBeLessThan(LIMITS.signs + 1);
  });
});

test('a sign without an end is cut somewhere', () => {
  expect(cutText(`a${'\u0301'.repeat(5000)}`, 100)).toHaveLength(100);
});
