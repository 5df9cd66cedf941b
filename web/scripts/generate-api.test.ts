// @vitest-environment node
import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
// @ts-expect-error a script without types
import { generate } from './generate-api.mjs';

test('generated types are those of the contract', async () => {
  const files = (await generate()) as Record<string, string>;

  for (const [name, text] of Object.entries(files)) {
    const checkedIn = await readFile(new URL(`../src/api/generated/${name}`, import.meta.url), 'utf8');
    expect(checkedIn === text, `${name} differs: npm run generate`).toBe(true);
  }
});
