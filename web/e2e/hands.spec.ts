/* Hands find what they reach for: notes to oneself, the field from anywhere, menus, cards. */
import type { Locator, Page } from '@playwright/test';
import { said } from './fixtures/catalog';
import { violations } from './fixtures/checks';
import { PICTURES } from './fixtures/views';
import { expect, test } from './fixtures/test';

/* A right click, on a phone a long press. */
async function askForMenu(page: Page, what: Locator, isMobile: boolean): Promise<void> {
  if (!isMobile) return what.click({ button: 'right' });
  // What slides in is pressed when it stands.
  await what.click({ trial: true });
  const { x, y, width, height } = (await what.boundingBox())!;
  const cdp = await page.context().newCDPSession(page);
  const touchPoints = [{ x: x + width / 2, y: y + height / 2 }];
  await cdp.send('Input.dispatchTouchEvent', { type: 'touchStart', touchPoints });
  await expect(page.getByRole('menu')).toBeVisible();
  await cdp.send('Input.dispatchTouchEvent', { type: 'touchEnd', touchPoints: [] });
}

for (const language of ['en', 'ru'] as const) {
  const name = (text: string) => said(language, text);
  const options = { locale: language === 'ru' ? 'ru-RU' : 'en-GB' };
  const log = (page: Page) => page.getByRole('log', { name: name('Messages') });

  test(`the chat with oneself is in the menu, in the switcher and in the list [${language}]`, async ({
    people,
  }, info) => {
    const ann = await people.account('Ann');
    const { page } = await people.browserOf(ann, options);
    await page.goto('/');
    const saved = name('Saved messages');
    await page.getByRole('button', { name: name('Account of {name}') }).click();
    await page.getByRole('menuitem', { name: saved }).click();
    await expect(page.locator('#chat-title')).toHaveText(saved);
    const field = page.getByRole('textbox', { name: name('Message'), exact: true });
    await field.fill('remember the milk');
    await page.getByRole('button', { name: name('Send'), exact: true }).click();
    await expect(log(page).getByText('remember the milk')).toBeVisible();
    await expect(page).toHaveURL(/\/c\//);
    await expect(page.locator('#chat-title')).toHaveText(saved);
    expect(await violations(page)).toEqual([]);
    await page.screenshot({ path: `${PICTURES}/${info.project.name}-saved-${language}.png` });

    const back = page.getByRole('button', { name: name('Back to the chats') });
    if (await back.isVisible()) await back.click();
    const row = page.getByRole('grid').getByRole('row', { name: saved });
    await expect(row).toContainText('remember the milk');
    await expect(row).not.toContainText(language === 'ru' ? 'в сети' : 'online');
    await page.reload();
    await expect(row).toBeVisible();
    await page.getByRole('button', { name: name('Find a chat or a person') }).click();
    await page.keyboard.type(language === 'ru' ? 'избр' : 'saved');
    await expect(page.getByRole('option', { name: saved })).toHaveCount(1);
    await page.keyboard.press('Enter');
    await expect(log(page).getByText('remember the milk')).toBeVisible();
  });

  test(`what is typed where no field is goes to the field, from the first letter on [${language}] @desktop`, async ({
    people,
  }) => {
    const ann = await people.account('Ann');
    const bob = await people.account('Bob');
    const id = await bob.direct(ann);
    await bob.say(id, 'words to copy');
    const { page } = await people.browserOf(ann, options);
    await page.goto(`/c/${id}`);
    const field = page.getByRole('textbox', { name: name('Message'), exact: true });
    await expect(field).toBeFocused();
    const leave = () => page.evaluate(() => (document.activeElement as HTMLElement).blur());
    await leave();
    await page.keyboard.type('hi');
    await expect(field).toHaveValue('hi');
    await leave();
    await page.keyboard.type('Ж');
    await expect(field).toHaveValue('hiЖ');

    // A button keeps its keys, and gives the letters away.
    await page.getByRole('button', { name: name('New chat') }).focus();
    await page.keyboard.type('!');
    await expect(field).toHaveValue('hiЖ!');
    // Shortcuts, and what is being copied, stay what they are.
    await leave();
    await page.keyboard.press('Control+j');
    await page.keyboard.press('Alt+x');
    await expect(field).not.toBeFocused();
    await log(page).getByText('words to copy').dblclick();
    await page.keyboard.press('Control+c');
    await expect(field).not.toBeFocused();
    expect(await page.evaluate(() => getSelection()?.toString())).toBe('to');
    await page.evaluate(() => getSelection()?.removeAllRanges());
    // Lists find their entries by letters, dialogs have fields of their own.
    await page.getByRole('grid').getByRole('row').first().focus();
    await page.keyboard.type('b');
    await page.keyboard.press('Control+k');
    await page.keyboard.type('bob');
    await expect(page.getByRole('searchbox').or(page.getByRole('combobox'))).toHaveValue('bob');
    await expect(field).toHaveValue('hiЖ!');
  });

  test(`a right click and a long press open the menu of a message, a chat and a member [${language}]`, async ({
    people,
    isMobile,
  }, info) => {
    const ann = await people.account('Ann');
    const bob = await people.account('Bob');
    const id = await ann.group('Sailing', bob);
    for (const text of ['one', 'two']) await bob.say(id, text);
    const { page } = await people.browserOf(ann, options);
    const ask = (what: Locator) => askForMenu(page, what, isMobile);
    const menu = page.getByRole('menu');
    await page.goto('/');
    await ask(page.getByRole('grid').getByRole('row', { name: 'Sailing' }));
    await expect(menu.getByRole('menuitem')).toHaveText([name('Open'), name('About the group'), name('Mark as read')]);
    expect(await violations(page)).toEqual([]);
    await page.screenshot({ path: `${PICTURES}/${info.project.name}-chat-menu-${language}.png` });
    expect(new URL(page.url()).pathname, 'the press opened nothing else').toBe('/');
    await menu.getByRole('menuitem', { name: name('Open') }).click();
    await expect(menu).toHaveCount(0);

    await expect(log(page).getByText('two')).toBeVisible();
    await ask(log(page).getByRole('article').filter({ hasText: 'two' }).getByText('two'));
    await expect(menu.getByRole('menuitem', { name: name('Copy text') })).toBeVisible();
    await menu.getByRole('menuitem', { name: language === 'ru' ? 'Профиль: Bob' : 'Profile of Bob' }).click();
    await expect(page.getByRole('dialog', { name: 'Bob' })).toContainText(`@${bob.username}`);
    expect(await violations(page)).toEqual([]);
    await page.screenshot({ path: `${PICTURES}/${info.project.name}-card-${language}.png` });
    await page.keyboard.press('Escape');
    await expect(page.getByRole('dialog')).toHaveCount(0);

    await page.locator('#chat-title').click();
    const panel = page.getByRole('complementary');
    await ask(panel.getByRole('listitem').filter({ hasText: 'Bob' }).locator('[aria-hidden="true"]').first());
    await expect(menu.getByRole('menuitem', { name: name('Remove from the group') })).toBeVisible();
    expect(await violations(page)).toEqual([]);
    await page.keyboard.press('Escape');
    await panel.getByRole('button', { name: 'Bob', exact: true }).click();
    await page
      .getByRole('dialog', { name: 'Bob' })
      .getByRole('button', { name: name('Write a message') })
      .click();
    await expect(page.locator('#chat-title')).toHaveText('Bob');
  });

  test(`the picture and the name of an author lead to their card [${language}]`, async ({ people }) => {
    const ann = await people.account('Ann');
    const bob = await people.account('Bob');
    const id = await ann.group('Sailing', bob);
    await bob.say(id, 'ahoy');
    const { page } = await people.browserOf(ann, options);
    await page.goto(`/c/${id}`);
    const card = page.getByRole('dialog', { name: 'Bob' });
    const row = log(page).getByRole('article').filter({ hasText: 'ahoy' });
    for (const target of [row.getByRole('button', { name: 'Bob', exact: true }), row.locator('button[aria-hidden]')]) {
      await target.click();
      await expect(card).toContainText(`@${bob.username}`);
      await page.keyboard.press('Escape');
      await expect(card).toHaveCount(0);
    }
    expect(await violations(page)).toEqual([]);
  });

  test(`every picture of a person leads to their card, which mentions them [${language}]`, async ({ people }, info) => {
    const ann = await people.account('Ann');
    const bob = await people.account('Bob');
    const id = await ann.group('Sailing', bob);
    const direct = await bob.direct(ann);
    await bob.say(id, 'ahoy');
    await bob.say(direct, 'hi');
    const { page } = await people.browserOf(ann, options);
    const card = page.getByRole('dialog', { name: 'Bob' });
    const field = page.getByRole('textbox', { name: name('Message'), exact: true });
    const mention = card.getByRole('button', { name: name('Mention'), exact: true });
    await page.goto(`/c/${direct}`);
    await page.locator('main header button[aria-hidden]').click();
    await expect(card).toContainText(`@${bob.username}`);
    expect(new URL(page.url()).pathname, 'the header did not lead elsewhere').toBe(`/c/${direct}`);
    await page.keyboard.press('Escape');
    await expect(card).toHaveCount(0);

    await page.goto(`/c/${id}`);
    await field.fill('ask');
    await log(page).locator('button[aria-hidden]').click();
    await expect(mention).toBeVisible();
    expect(await violations(page)).toEqual([]);
    await page.screenshot({ path: `${PICTURES}/${info.project.name}-card-mention-${language}.png` });
    await mention.click();
    await expect(card).toHaveCount(0);
    await expect(field).toBeFocused();
    await expect(field).toHaveValue(`ask @${bob.username} `);
    await page.keyboard.type('first');
    await expect(field).toHaveValue(`ask @${bob.username} first`);

    // From the list of members one is back in the chat as well.
    await field.fill('');
    await page.locator('#chat-title').click();
    const members = page.getByRole('list', { name: name('Members') });
    await members.getByRole('listitem').filter({ hasText: 'Bob' }).locator('button[aria-hidden]').click();
    await mention.click();
    await expect(card).toHaveCount(0);
    await expect(field).toHaveValue(`@${bob.username} `);
  });

  test(`who is to be chosen has a menu, which chooses nobody [${language}]`, async ({ people, isMobile }, info) => {
    const ann = await people.account('Ann');
    const bob = await people.account('Bob');
    const id = await ann.group('Sailing', bob);
    await bob.say(await bob.direct(ann), 'hi');
    const { page } = await people.browserOf(ann, options);
    const menu = page.getByRole('menu');
    const option = (text: string) => page.getByRole('option').filter({ hasText: text });
    const title = page.locator('#chat-title');
    await page.goto('/');
    // Whom one talks with stands first from then on.
    await expect(page.getByRole('grid').getByRole('row', { name: 'Bob' })).toBeVisible();

    await page
      .getByRole('button', { name: name('New chat') })
      .first()
      .click();
    const asked = async () => {
      await askForMenu(page, option(`@${bob.username}`), isMobile);
      await expect(menu.getByRole('menuitem')).toHaveText([name('Profile'), name('Copy the name')]);
    };
    await asked();
    expect(await violations(page)).toEqual([]);
    await page.screenshot({ path: `${PICTURES}/${info.project.name}-picker-menu-${language}.png` });
    await page.keyboard.press('Escape');
    await expect(menu).toHaveCount(0);
    expect(new URL(page.url()).pathname, 'nobody was chosen').toBe('/');
    await asked();
    await menu.getByRole('menuitem', { name: name('Profile') }).click();
    const card = page.getByRole('dialog', { name: 'Bob' });
    await expect(card.getByRole('button', { name: name('Mention'), exact: true })).toHaveCount(0);
    await card.getByRole('button', { name: name('Write a message') }).click();
    await expect(page.getByRole('dialog')).toHaveCount(0);
    await expect(title).toHaveText('Bob');

    const back = page.getByRole('button', { name: name('Back to the chats') });
    if (await back.isVisible()) await back.click();
    await page.getByRole('button', { name: name('Find a chat or a person') }).click();
    await askForMenu(page, option('Sailing'), isMobile);
    expect(await violations(page)).toEqual([]);
    await page.screenshot({ path: `${PICTURES}/${info.project.name}-switcher-menu-${language}.png` });
    await menu.getByRole('menuitem', { name: name('About the group') }).click();
    await expect(page.getByRole('dialog')).toHaveCount(0);
    await expect(page).toHaveURL(new RegExp(`/c/${id}/info$`));
  });

  test(`the card says which groups one shares with somebody, and leads to them [${language}]`, async ({
    people,
  }, info) => {
    const ann = await people.account('Ann');
    const bob = await people.account('Bob');
    const cem = await people.account('Cem');
    const sailing = await ann.group('Sailing', bob, cem);
    await bob.group('Chess club', ann);
    await bob.group('Without Ann', cem);
    const direct = await bob.direct(ann);
    await bob.say(sailing, 'ahoy');
    await bob.say(direct, 'hi');
    const { page } = await people.browserOf(ann, options);
    await page.goto(`/c/${sailing}`);
    await log(page).getByRole('button', { name: 'Bob', exact: true }).click();
    const card = page.getByRole('dialog', { name: 'Bob' });
    const shared = page.getByRole('list', { name: name('Groups in common') }).getByRole('button');
    await expect(shared).toHaveText([/Sailing/, /Chess club/]);
    expect(await violations(page)).toEqual([]);
    await page.screenshot({ path: `${PICTURES}/${info.project.name}-groups-in-common-${language}.png` });
    await shared.filter({ hasText: 'Chess club' }).click();
    await expect(card).toHaveCount(0);
    await expect(page.locator('#chat-title')).toHaveText('Chess club');

    // What is beside the chat with them says the same; and it is how it is now.
    await page.goto(`/c/${direct}/info`);
    await expect(shared).toHaveText([/Sailing/, /Chess club/]);
    expect(await violations(page)).toEqual([]);
    await page.screenshot({ path: `${PICTURES}/${info.project.name}-groups-in-common-panel-${language}.png` });
    await shared.filter({ hasText: 'Sailing' }).click();
    await expect(page.locator('#chat-title')).toHaveText('Sailing');
    await page.goto(`/u/${cem.id}/info`);
    await expect(shared).toHaveText([/Sailing/]);
    const { page: other } = await people.browserOf(await people.account('Eve'), options);
    await other.goto(`/u/${bob.id}/info`);
    await expect(other.getByText(name('You have no groups in common.'))).toBeVisible();
  });
}
