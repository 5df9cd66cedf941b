/* Every view, both sizes, both themes: no wider than the screen, no violation found by axe, a picture kept. */
import AxeBuilder from '@axe-core/playwright';
import type { Page, TestInfo } from '@playwright/test';
import { expect, test } from './fixtures/test';
import { insideTour, outsideTour } from './fixtures/views';

const PICTURES = '../build/web/screenshots';

/** documentElement.clientWidth, because innerWidth grows with what overflows on a phone. */
async function checkWidth(page: Page, view: string): Promise<void> {
  const { scroll, client } = await page.evaluate(() => ({
    scroll: document.documentElement.scrollWidth,
    client: document.documentElement.clientWidth,
  }));
  expect.soft(scroll, `${view}: width`).toBeLessThanOrEqual(client);
}

async function checkAxe(page: Page, view: string): Promise<void> {
  const { violations } = await new AxeBuilder({ page })
    .withTags(['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa'])
    .analyze();
  const found = violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 160)).join(' | ')}`);
  expect.soft(found, `${view}: axe`).toEqual([]);
}

async function checkHeadings(page: Page, view: string): Promise<void> {
  const titles = await page.locator('h1:visible').allInnerTexts();
  expect.soft(titles.length, `${view}: one h1, not ${JSON.stringify(titles)}`).toBe(1);
}

function visitor(page: Page, theme: string, info: TestInfo) {
  return async (view: string) => {
    await checkWidth(page, view);
    await checkHeadings(page, view);
    await checkAxe(page, view);
    await page.screenshot({ path: `${PICTURES}/${info.project.name}-${theme}-${view}.png` });
  };
}

for (const theme of ['light', 'dark'] as const) {
  test(`every view in the ${theme} theme`, async ({ ownServer }, info) => {
    test.setTimeout(600_000);
    const { server, people } = await ownServer();
    const options = { colorScheme: theme, reducedMotion: 'reduce' as const };
    const outside = await people.stranger(options);
    await outsideTour({ page: outside.page, language: 'en', visit: visitor(outside.page, theme, info) });
    const owner = await people.account('Ann Arbor', { invite_code: await server.ownerCode() });
    const { page } = await people.browserOf(owner, options);
    await insideTour(people, owner, { page, language: 'en', visit: visitor(page, theme, info) });
  });
}

test('nothing is wider than a screen of 320 pixels in Russian @phone', async ({ ownServer }, info) => {
  test.setTimeout(600_000);
  const { server, people } = await ownServer();
  const options = { locale: 'ru-RU', viewport: { width: 320, height: 640 }, reducedMotion: 'reduce' as const };
  const narrow = (page: Page) => async (view: string) => {
    await checkWidth(page, view);
    await page.screenshot({ path: `${PICTURES}/${info.project.name}-narrow-${view}.png` });
  };
  const outside = await people.stranger(options);
  await outsideTour({ page: outside.page, language: 'ru', visit: narrow(outside.page) });
  const owner = await people.account('Аня', { invite_code: await server.ownerCode() });
  const { page } = await people.browserOf(owner, options);
  await insideTour(people, owner, { page, language: 'ru', visit: narrow(page) });
});
