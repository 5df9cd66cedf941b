/* Parts of the client that do not arrive: once, or never. */
import type { Page } from '@playwright/test';
import { expect, test } from './fixtures/test';
import { CUT_LINE } from './fixtures/watch';

const CATALOG = /\/assets\/(ru|en)-[^/]+\.js$/;
const PROGRAM = /\/assets\/index-[^/]+\.js$/;

const userName = (page: Page) => page.getByRole('textbox', { name: 'User name' });
const tryAgain = (page: Page) => page.getByRole('link', { name: 'Try again' });

test('texts that do not arrive at the first try are asked for again @desktop', async ({ people, watch }) => {
  watch.allow(CUT_LINE);
  const { page } = await people.stranger();
  await page.route(CATALOG, (route) => route.abort(), { times: 1 });
  await page.goto('/');
  await expect(userName(page)).toBeVisible();
  await expect(tryAgain(page)).toBeHidden();
});

for (const [what, files] of [
  ['the texts', CATALOG],
  ['the program', PROGRAM],
] as const)
  test(`without ${what} the page says so, and offers another try`, async ({ people, watch }) => {
    watch.allow(CUT_LINE);
    const { page } = await people.stranger();
    await page.route(files, (route) => route.abort());
    await page.goto('/settings');
    await expect(tryAgain(page)).toBeVisible();
    await expect(page.getByRole('link', { name: 'Повторить' })).toBeVisible();
    await page.unroute(files);
    await tryAgain(page).click();
    await expect(userName(page)).toBeVisible();
    expect(new URL(page.url()).pathname).toBe('/settings');
  });
