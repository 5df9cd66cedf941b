// @vitest-environment node
/* Sizes follow the letters that somebody needs: they are in rem. Pixels are for what is as thin as the screen can draw it. */
import { globSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

/* Lines, and the shadows and rings around things. */
const THIN = /^(border|outline|box-shadow|text-decoration-thickness|--shadow-|--safe-|--radius-pill|--chat-row-ring)/;

/* Below the first, iOS zooms into fields. */
const ALLOWED = [/max\((1rem, 16px|16px, var\(--[\w-]+\))\)/, /(?<![\d.])-?1(\.\d+)?px/];

function declarations(text: string): string[] {
  const plain = text.replace(/\/\*.*?\*\//gs, '').replace(/@media[^{]*\{/g, '');
  return plain.split(/[;{}]/).map((each) => each.trim());
}

const styles = globSync('src/**/*.css');

test('there are styles', () => expect(styles.length).toBeGreaterThan(30));

test.each(styles)('%s measures in rem', (file) => {
  const inPixels = declarations(readFileSync(file, 'utf8')).filter((declaration) => {
    const value = ALLOWED.reduce((rest, allowed) => rest.replace(allowed, ''), declaration);
    return /\dpx/.test(value) && !THIN.test(declaration);
  });
  expect(inPixels).toEqual([]);
});

test('no style asks how wide the screen is: how much room there is depends on the letters, too', () => {
  const asking = styles.filter((file) => /@media[^{]*width/.test(readFileSync(file, 'utf8')));
  expect(asking).toEqual([]);
});
