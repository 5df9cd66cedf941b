import { readFileSync } from 'node:fs';
import { runInThisContext } from 'node:vm';
import { afterEach, expect, test, vi } from 'vitest';
import { setPreferences } from './preferences';
import { remPx, roomWords, startTextSize } from './textSize';

const root = document.documentElement;
const early = readFileSync('public/early.js', 'utf8');

/* jsdom knows no per cent. */
function withLetters(px: number): void {
  vi.spyOn(globalThis, 'getComputedStyle').mockImplementation(
    () => ({ fontSize: `${px * (parseFloat(root.style.fontSize || '100') / 100)}px` }) as CSSStyleDeclaration,
  );
}
function ofWidth(px: number): void {
  Object.assign(window, { innerWidth: px });
  window.dispatchEvent(new Event('resize'));
}

afterEach(() => {
  setPreferences({ textSize: 100 });
  localStorage.clear();
  vi.restoreAllMocks();
});

test.each([
  [1280, 16, 100, 'three'],
  [1280, 16, 150, 'over'],
  [1280, 32, 100, 'over one'],
  [1280, 16, 200, 'over one'],
  [1280, 16, 80, 'three'],
  [900, 16, 100, 'over'],
  [700, 16, 100, 'over one'],
  [390, 16, 100, 'over one narrow'],
  [320, 16, 100, 'over one narrow'],
  [390, 16, 200, 'over one narrow tight'],
])('%i px of width, letters of %i px, text size %i: %s', (width, letters, textSize, words) => {
  withLetters(letters);
  startTextSize();
  setPreferences({ textSize });
  ofWidth(width);
  expect(remPx()).toBe((letters * textSize) / 100);
  expect(root.dataset['room']).toBe(words);
  expect(roomWords(width / remPx())).toBe(words);
  const { fontSize } = root.style;

  /* The same before anything is drawn. */
  root.style.fontSize = '';
  delete root.dataset['room'];
  runInThisContext(early);
  expect(root.dataset['room']).toBe(words);
  expect(root.style.fontSize).toBe(fontSize);
});
