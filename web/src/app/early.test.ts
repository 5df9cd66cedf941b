import { readFileSync } from 'node:fs';
import path from 'node:path';
import { runInThisContext } from 'node:vm';
import { afterEach, expect, test } from 'vitest';

const early = readFileSync(path.resolve('public/early.js'), 'utf8');
const asked = () =>
  [...document.head.querySelectorAll('link')].map(
    (link) => `${link.rel} ${link.getAttribute('as') ?? ''} ${link.getAttribute('href')}`,
  );

function run(): void {
  const script = document.createElement('script');
  script.dataset['signedIn'] = '/assets/a.js /assets/b.css';
  Object.defineProperty(document, 'currentScript', { value: script, configurable: true });
  runInThisContext(early);
}

afterEach(() => {
  localStorage.clear();
  document.head.replaceChildren();
  Object.defineProperty(document, 'currentScript', { value: null, configurable: true });
});

test('what is behind the sign-in is asked for at once by who is signed in', () => {
  localStorage.setItem('molva.tokens', '{}');
  run();
  expect(asked()).toEqual(['modulepreload  /assets/a.js', 'preload style /assets/b.css']);
});

test('and by nobody else', () => {
  run();
  expect(asked()).toEqual([]);
});
