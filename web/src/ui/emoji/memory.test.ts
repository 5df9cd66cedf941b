import { beforeEach, expect, test, vi } from 'vitest';
import { emojiMemory, RECENT_MAX, rememberEmoji, rememberTone } from './memory';

beforeEach(() => localStorage.clear());

test('the last one used is the first, each once, no more than a row', () => {
  for (let i = 0; i < RECENT_MAX + 3; i++) rememberEmoji(String.fromCodePoint(0x1f600 + i));
  rememberEmoji('😅');
  rememberEmoji('👍🏽');
  const { recent } = emojiMemory();
  expect(recent.slice(0, 2)).toEqual(['👍🏽', '😅']);
  expect(new Set(recent).size).toBe(RECENT_MAX);
});

test('the skin tone stays, also when emoji are used', () => {
  rememberTone('dark');
  rememberEmoji('🙂');
  expect(emojiMemory()).toEqual({ tone: 'dark', recent: ['🙂'] });
});

test.each(['', 'null', '[1]', '{"tone":"green","recent":[1,"🙂"]}', '{"recent":"no"}'])(
  'what another version left is no harm: %s',
  (text) => {
    localStorage.setItem('molva.emoji', text);
    const { tone, recent } = emojiMemory();
    expect(tone).toBe('none');
    expect(recent.every((emoji) => typeof emoji === 'string')).toBe(true);
  },
);

test('where nothing can be stored it lasts as long as the page', () => {
  const full = vi.spyOn(Storage.prototype, 'setItem').mockImplementation(() => {
    throw new DOMException('full', 'QuotaExceededError');
  });
  rememberEmoji('🎉');
  rememberTone('light');
  expect(emojiMemory()).toEqual({ tone: 'light', recent: ['🎉'] });
  full.mockRestore();
});
