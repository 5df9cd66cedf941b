/* Somebody is chosen to write to: no chat is made before a word is written, and no letter goes anywhere else. */
import { Screen } from './fixtures/screen';
import { expect, test } from './fixtures/test';
import { CUT_LINE } from './fixtures/watch';

test('letters that follow the choice of somebody new go to them and not to the chat that was open @desktop', async ({
  people,
}) => {
  const ann = await people.account('Ann');
  const bob = await people.account('Bob');
  const eve = await people.account('Eve');
  const id = await bob.direct(ann);
  const { page } = await people.browserOf(ann);
  const screen = new Screen(page);
  // The server takes its time to make a chat.
  let letGo = () => undefined as void;
  const held = new Promise<void>((go) => (letGo = go));
  await page.route('**/v1/conversations', async (route) => {
    if (route.request().method() === 'POST') await held;
    await route.continue();
  });
  await page.goto(`/c/${id}`);
  await screen.composer.focus();
  await page.keyboard.press('Control+k');
  await page.keyboard.type(eve.username);
  await expect(page.getByRole('option', { name: /Eve/ })).toBeVisible();
  await page.keyboard.press('Enter');
  await page.keyboard.type('hello, Eve');
  await page.keyboard.press('Enter');
  await page.keyboard.type('and one more thing');
  await screen.isOpen('Eve');
  await expect(screen.state('hello, Eve', 'sending')).toBeVisible();
  await expect(screen.composer).toHaveValue('and one more thing');

  letGo();
  await expect(screen.state('hello, Eve', 'sent')).toBeVisible();
  await expect(screen.composer).toBeFocused();
  await page.keyboard.type(', soon');
  await expect(screen.composer).toHaveValue('and one more thing, soon');
  await expect(page).toHaveURL(/\/c\//);
  expect(await ann.texts(id)).toEqual([]);
  await page.reload();
  await expect(screen.composer).toHaveValue('and one more thing, soon');
  await screen.shows('hello, Eve');
});

for (const locale of ['en-GB', 'ru-RU'])
  test(`who is chosen and not written to hears nothing; what is begun is kept (${locale})`, async ({ people }) => {
    const ann = await people.account('Ann');
    const eve = await people.account('Eve');
    const { page } = await people.browserOf(ann, { locale });
    const screen = new Screen(page);
    await page.goto('/');
    await page.locator('header button').last().click();
    await page.getByRole('dialog').getByRole('combobox').fill(eve.username);
    await page.getByRole('option', { name: /Eve/ }).click();
    await expect(screen.title).toHaveText('Eve');
    await expect(page.locator('#composer')).toBeFocused();
    await page.locator('#composer').fill('not yet');
    const chats = await eve.call<{ conversations?: unknown[] }>('GET', '/v1/conversations');
    expect(chats.conversations ?? []).toEqual([]);
    await page.reload();
    await expect(page.locator('#composer')).toHaveValue('not yet');
    await page.screenshot({ path: `../build/web/screenshots/begun-${locale}-${page.viewportSize()?.width}.png` });
    await page.goto('/');
    await page.getByRole('row', { name: /Eve/ }).click();
    await page.locator('#composer').press('Control+Enter');
    await expect(page.getByRole('log').locator('[data-state="sent"]')).toBeVisible();
    await expect(page).toHaveURL(/\/c\//);
    const after = await eve.call<{ conversations: unknown[] }>('GET', '/v1/conversations');
    expect(after.conversations).toHaveLength(1);
  });

test('what is written to somebody new without a network waits, and makes one chat', async ({ people, watch }) => {
  watch.allow(CUT_LINE);
  const ann = await people.account('Ann');
  const eve = await people.account('Eve');
  const { page, context } = await people.browserOf(ann);
  const screen = new Screen(page);
  await page.goto('/');
  await screen.writeTo(eve.username, 'Eve');
  await context.setOffline(true);
  await screen.send('first');
  await screen.send('second');
  await expect(screen.state('second', 'sending')).toBeVisible();
  await screen.backToChats();
  await expect(screen.chat(/Eve/)).toContainText('You: second');
  await screen.open(/Eve/);
  await context.setOffline(false);
  await expect(screen.state('second', 'sent')).toBeVisible({ timeout: 40_000 });
  await screen.shows('first', 'second');
  await screen.backToChats();
  await expect(screen.chats.getByRole('row')).toHaveCount(1);
  const { conversations } = await eve.call<{ conversations: { id: string }[] }>('GET', '/v1/conversations');
  expect(conversations).toHaveLength(1);
  expect(await ann.texts(conversations[0]!.id)).toEqual(['first', 'second']);
});
