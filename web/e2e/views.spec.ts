/* Every view, both sizes, both themes: no wider than the screen, nothing cut, no violation found by axe, a picture kept. */
import type { Page } from '@playwright/test';
import { checkWidth } from './fixtures/checks';
import { test } from './fixtures/test';
import { inEachTheme, insideTour, outsideTour, PICTURES } from './fixtures/views';

test('every view in both themes', async ({ ownServer }, info) => {
  test.setTimeout(600_000);
  const { server, people } = await ownServer();
  const options = { reducedMotion: 'reduce' as const };
  const outside = await people.stranger(options);
  const before = { page: outside.page, language: 'en', visit: inEachTheme(outside.page, info) } as const;
  await outsideTour(before, await server.ownerLink());
  const owner = await people.account('Ann Arbor', { invite_code: await server.ownerCode() });
  const { page } = await people.browserOf(owner, options);
  await insideTour(people, owner, { page, language: 'en', visit: inEachTheme(page, info) });
});

test('nothing is wider than a screen of 320 pixels in Russian @phone', async ({ ownServer }, info) => {
  test.setTimeout(600_000);
  const { server, people } = await ownServer();
  const options = { locale: 'ru-RU', viewport: { width: 320, height: 640 }, reducedMotion: 'reduce' as const };
  const narrow = (page: Page) => async (view: string) => {
    await checkWidth(page, view);
    await page.screenshot({ path: `${PICTURES}/${info.project.name}-narrow-${view}.png` });
  };
  const outside = await people.stranger(options);
  await outsideTour({ page: outside.page, language: 'ru', visit: narrow(outside.page) }, await server.ownerLink());
  const owner = await people.account('Аня', { invite_code: await server.ownerCode() });
  const { page } = await people.browserOf(owner, options);
  await insideTour(people, owner, { page, language: 'ru', visit: narrow(page) });
});
