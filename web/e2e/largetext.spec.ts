/* A browser whose letters are set to twice the usual size. */
import type { Page } from '@playwright/test';
import config from '../playwright.config';
import { checkView } from './fixtures/checks';
import { expect, test } from './fixtures/test';
import { insideTour, outsideTour, PICTURES } from './fixtures/views';

/* What a browser's settings call "very large" is 24 px; this is 200 %. The other values are what Playwright sets here. */
const LARGE =
  '--blink-settings=primaryHoverType=2,availableHoverTypes=2,primaryPointerType=4,availablePointerTypes=4,defaultFontSize=32';
const { launchOptions } = config.use!;

test.use({ launchOptions: { ...launchOptions, args: [...launchOptions!.args!, LARGE] } });

for (const [theme, language] of [
  ['light', 'en'],
  ['dark', 'ru'],
] as const)
  test(`every view in the ${theme} theme`, async ({ ownServer }, info) => {
    test.setTimeout(600_000);
    const { server, people } = await ownServer();
    const options = {
      colorScheme: theme,
      reducedMotion: 'reduce' as const,
      locale: language === 'ru' ? 'ru-RU' : 'en-GB',
    };
    const visitor = (page: Page) => async (view: string) => {
      await checkView(page, view);
      await page.screenshot({ path: `${PICTURES}/${info.project.name}-${theme}-large-${view}.png` });
    };
    const outside = await people.stranger(options);
    await outsideTour({ page: outside.page, language, visit: visitor(outside.page) }, await server.ownerLink());
    const owner = await people.account('Ann', { invite_code: await server.ownerCode() });
    const { page } = await people.browserOf(owner, options);
    await insideTour(people, owner, { page, language, visit: visitor(page) });
    expect(await page.evaluate(() => getComputedStyle(document.body).fontSize)).toBe('30px');
  });
