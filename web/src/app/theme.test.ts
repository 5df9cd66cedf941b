import { readFileSync } from 'node:fs';
import path from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { applyTheme } from './theme';

beforeEach(() => {
  document.head.innerHTML =
    '<meta name="theme-color" media="(prefers-color-scheme: light)" content="">' +
    '<meta name="theme-color" media="(prefers-color-scheme: dark)" content="">';
});

/* As the browser does with a script element. */
function runAsScript(text: string): void {
  const script = document.createElement('script');
  script.textContent = text;
  document.head.append(script);
}

const bars = () =>
  [...document.querySelectorAll<HTMLMetaElement>('meta[name="theme-color"]')].map((meta) => meta.content);

test('the browser’s bar follows the theme', () => {
  applyTheme('dark');
  expect(document.documentElement.dataset['theme']).toBe('dark');
  expect(new Set(bars()).size).toBe(1);
  const dark = bars()[0];
  applyTheme('system');
  expect(document.documentElement.dataset['theme']).toBeUndefined();
  expect(bars()[1]).toBe(dark);
  expect(bars()[0]).not.toBe(dark);
});

test('the early script sets the stored theme and language before anything is drawn', () => {
  localStorage.setItem('molva.preferences', JSON.stringify({ theme: 'dark', language: 'ru' }));
  const early = readFileSync(path.resolve('public/early.js'), 'utf8');
  runAsScript(early);
  expect(document.documentElement.dataset['theme']).toBe('dark');
  expect(document.documentElement.lang).toBe('ru');
  expect(new Set(bars()).size).toBe(1);
  localStorage.clear();
});
