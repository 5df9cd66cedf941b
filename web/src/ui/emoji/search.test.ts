import { expect, test } from 'vitest';
import { emojiColumns } from '../../../scripts/emoji-data';
import { entriesOf } from './data';
import { emojiOfCode, findEmoji } from './search';

const entries = entriesOf(emojiColumns());
const find = (query: string, language: 'en' | 'ru' = 'en', recent: string[] = []) =>
  findEmoji(entries, query, { language, recent, limit: 6 }).map(({ emoji }) => emoji);

test.each([
  ['tada', 'en', '🎉'],
  ['thumbsup', 'en', '👍'],
  ['red heart', 'en', '❤\uFE0F'],
  ['red_heart', 'en', '❤\uFE0F'],
  ['fire', 'en', '🔥'],
  ['огонь', 'ru', '🔥'],
  ['хлопушка', 'ru', '🎉'],
  ['ёж', 'ru', '🦔'],
  ['еж', 'ru', '🦔'],
  ['fire', 'ru', '🔥'],
  ['огонь', 'en', '🔥'],
] as const)('%s, read in %s', (query, language, emoji) => {
  expect(find(query, language)[0]).toBe(emoji);
});

test('words typed on the other keyboard layout are understood', () => {
  expect(find('jujym', 'ru')[0]).toBe('🔥');
  expect(find('ашку')[0]).toBe('🔥');
});

test('a word in the middle of another is no hit, nonsense finds nothing', () => {
  expect(find('ire').includes('🔥')).toBe(false);
  expect(find('qqqq')).toEqual([]);
});

test('those used last come first among alike', () => {
  const [, second] = find('heart');
  expect(second).toBeDefined();
  const [first] = find('hear', 'en', [second ?? '']);
  expect(first).toBe(second);
});

test('a skin tone does not hide that it was used', () => {
  const used = find('hand', 'en', ['🤚']);
  expect(used).not.toEqual(find('hand'));
  expect(find('hand', 'en', ['🤚🏽'])).toEqual(used);
});

test('a short name is itself and nothing else', () => {
  expect(emojiOfCode(entries, 'TADA')?.emoji).toBe('🎉');
  expect(emojiOfCode(entries, 'tad')).toBeUndefined();
});
