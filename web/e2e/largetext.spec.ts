/* A browser whose letters are set to twice the usual size. */
import config from '../playwright.config';
import { expect, test } from './fixtures/test';
import { inEachTheme, insideTour, outsideTour } from './fixtures/views';

/* What a browser's settings call "very large" is 24 px; this is 200 %. The other values are what Playwright sets here. */
const LARGE =
  '--blink-settings=primaryHoverType=2,availableHoverTypes=2,primaryPointerType=4,availablePointerTypes=4,defaultFontSize=32';
const { launchOptions } = config.use!;

test.use({ launchOptions: { ...launchOptions, args: [...launchOptions!.args!, LARGE] } });

// A language at each size: what is long in one is looked at where there is room, and where there is none.
for (const [language, size] of [
  ['en', '@desktop'],
  ['ru', '@phone'],
] as const)
  test(`every view in both themes [${language}] ${size}`, async ({ ownServer }, info) => {
    test.setTimeout(600_000);
    const { server, people } = await ownServer();
    const options = { reducedMotion: 'reduce' as const, locale: language === 'ru' ? 'ru-RU' : 'en-GB' };
    const outside = await people.stranger(options);
    const before = { page: outside.page, language, visit: inEachTheme(outside.page, info, 'large-') };
    await outsideTour(before, await server.ownerLink());
    const owner = await people.account('Ann', { invite_code: await server.ownerCode() });
    const { page } = await people.browserOf(owner, options);
    await insideTour(people, owner, { page, language, visit: inEachTheme(page, info, 'large-') });
    expect(await page.evaluate(() => getComputedStyle(document.body).fontSize)).toBe('30px');
  });
