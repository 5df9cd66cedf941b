import { afterEach, expect, test, vi } from 'vitest';
import type { EmojiEntry } from './data';
import { supported } from './supported';

const entry = (emoji: string, version: number): EmojiEntry => ({
  emoji,
  version,
  group: 0,
  toned: false,
  codes: [],
  label: { en: emoji, ru: emoji },
  tags: { en: [], ru: [] },
});
const entries = [entry('🙂', 1), entry('🤣', 3), entry('🫠', 14), entry('🇫🇷', 2), entry('🫩', 16)];
const kept = () => supported(entries).map(({ emoji }) => emoji);

type Look = 'picture' | 'letter' | 'nothing' | 'two';

/* A browser that draws these so. */
function draws(look: (emoji: string) => Look) {
  let text = '';
  let colour = '';
  vi.spyOn(HTMLCanvasElement.prototype, 'getContext').mockReturnValue({
    clearRect: () => undefined,
    set fillStyle(value: string) {
      colour = value;
    },
    fillText: (value: string) => {
      text = value;
    },
    measureText: (value: string) => ({ width: look(value) === 'two' ? 40 : 19 }),
    getImageData: () => {
      const shade = { picture: 9, letter: colour === '#f00' ? 1 : 2, nothing: 0, two: 9 }[look(text)];
      return { data: Uint8ClampedArray.of(shade, 0, 0, shade) };
    },
  } as unknown as RenderingContext);
}
afterEach(() => vi.restoreAllMocks());

test('all are kept where all are drawn, and where nobody can tell', () => {
  draws(() => 'picture');
  expect(kept()).toHaveLength(5);
  draws(() => 'letter');
  expect(kept()).toHaveLength(5);
  vi.spyOn(HTMLCanvasElement.prototype, 'getContext').mockReturnValue(null);
  expect(kept()).toHaveLength(5);
});

test.each(['letter', 'nothing', 'two'] as const)(
  'of newer ones than the font has, which would be a %s, none is kept',
  (look) => {
    draws((emoji) => (emoji === '🫩' ? look : 'picture'));
    expect(kept()).toEqual(['🙂', '🤣', '🫠', '🇫🇷']);
  },
);

test('a browser that writes flags as letters gets none of countries', () => {
  draws((emoji) => (/\p{RI}/u.test(emoji) ? 'two' : 'picture'));
  expect(kept()).toEqual(['🙂', '🤣', '🫠', '🫩']);
});
