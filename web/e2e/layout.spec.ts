/* Columns, ways back, zoom, theme and language. */
import { Screen } from './fixtures/screen';
import { expect, test } from './fixtures/test';

test('on a phone both Back buttons return to the list @phone', async ({ people }) => {
  const ann = await people.join('Ann');
  const bob = await people.account('Bob');
  await ann.account.direct(bob);
  const screen = new Screen(ann.page);
  await screen.open(/Bob/);
  await expect(screen.chats).toBeHidden();
  await screen.backToChats();
  await screen.open(/Bob/);
  await ann.page.goBack();
  await expect(screen.chats).toBeVisible();
  await expect(screen.composer).toBeHidden();
});

test('three columns, a panel over the chat, one column: by width, also zoomed @desktop', async ({ people }) => {
  const ann = await people.account('Ann');
  const bob = await people.account('Bob');
  const id = await ann.group('Sailing', bob);
  const { page } = await people.browserOf(ann);
  const screen = new Screen(page);
  await page.goto(`/c/${id}/info`);
  const panel = page.getByRole('complementary', { name: 'Details' });
  await expect(panel).toBeVisible();
  const boxes = async () => ({
    list: await page.getByRole('navigation', { name: 'Chats' }).boundingBox(),
    main: await page.getByRole('main').boundingBox(),
    panel: await panel.boundingBox(),
  });
  const wide = await boxes();
  expect(wide.list!.width).toBeGreaterThanOrEqual(280);
  expect(wide.list!.width).toBeLessThanOrEqual(360);
  expect(wide.panel!.x, 'beside').toBeGreaterThanOrEqual(wide.main!.x + wide.main!.width - 1);

  await page.setViewportSize({ width: 900, height: 800 });
  const middle = await boxes();
  expect(middle.panel!.x, 'over').toBeLessThan(middle.main!.x + middle.main!.width - 1);
  await screen.closeDetails();
  await expect(screen.chats).toBeVisible();

  // 1280 at a zoom of 200 and 400 per cent.
  for (const width of [640, 320]) {
    await page.setViewportSize({ width, height: 400 });
    await expect(screen.composer).toBeInViewport();
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
  }
});

test('the list is as wide as one draws it, also tomorrow @desktop', async ({ people }) => {
  const { page } = await people.join('Ann');
  const list = page.getByRole('navigation', { name: 'Chats' });
  const separator = page.getByRole('separator', { name: 'Width of the list' });
  const before = (await list.boundingBox())!.width;
  await separator.focus();
  for (let i = 0; i < 3; i++) await page.keyboard.press('ArrowRight');
  await expect.poll(async () => (await list.boundingBox())!.width).toBeGreaterThan(before);
  const after = (await list.boundingBox())!.width;
  await page.reload();
  await expect.poll(async () => (await list.boundingBox())?.width).toBe(after);
});

test('the language changes without a reload, and the page says which it is', async ({ people }) => {
  const { page } = await people.stranger();
  await page.goto('/');
  await expect(page.locator('html')).toHaveAttribute('lang', /^en/);
  await page.evaluate(() => Object.assign(window, { sameDocument: true }));
  await page.getByText('Русский').click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(/[А-Яа-я]/);
  await expect(page.locator('html')).toHaveAttribute('lang', /^ru/);
  expect(await page.evaluate(() => 'sameDocument' in window)).toBe(true);
  await page.reload();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(/[А-Яа-я]/);
});

test('the chosen theme is there from the first paint on @desktop', async ({ people }) => {
  const ann = await people.browserOf(await people.account('Ann'), { colorScheme: 'light' });
  const { page } = ann;
  await page.goto('/settings/appearance');
  await page.getByText('Dark', { exact: true }).click();
  const dark = () => page.evaluate(() => getComputedStyle(document.documentElement).colorScheme);
  await expect.poll(dark).toBe('dark');
  await page.reload({ waitUntil: 'commit' });
  await page.waitForFunction(() => document.body !== null);
  expect(await dark()).toBe('dark');
});

test('the size of the text is set with a slider, and is there from the first paint on', async ({ people }) => {
  const ann = await people.account('Ann');
  const bob = await people.account('Bob');
  const id = await bob.direct(ann);
  await bob.say(id, 'large, please');
  const { page } = await people.browserOf(ann);
  const screen = new Screen(page);
  const size = () => page.evaluate(() => getComputedStyle(document.documentElement).fontSize);
  await page.goto('/settings/appearance');
  const slider = page.getByRole('slider', { name: 'Text size' });
  await slider.focus();
  for (let i = 0; i < 5; i++) await page.keyboard.press('ArrowRight');
  await expect(slider).toHaveAttribute('aria-valuetext', '150%');
  expect(await size()).toBe('24px');
  await page.goto(`/c/${id}`, { waitUntil: 'commit' });
  await page.waitForFunction(() => document.body !== null);
  expect(await size()).toBe('24px');
  await screen.shows('large, please');
  // A window of 1280 px has no room for three columns of such letters.
  await screen.details();
  await expect(page.locator('#main'), 'behind the panel').toHaveJSProperty('inert', true);
});
