/* The first minute: an owner with nobody invites, who comes finds somebody, and it ends in a conversation. */
import { said } from './fixtures/catalog';
import { PASSWORD } from './fixtures/people';
import { Screen } from './fixtures/screen';
import { expect, test } from './fixtures/test';

for (const language of ['en', 'ru'] as const) {
  const locale = language === 'ru' ? 'ru-RU' : 'en-GB';
  const name = (text: string) => said(language, text);

  test(`an empty server greets its owner with one thing to do: invite (${language})`, async ({ ownServer }) => {
    const { server, people } = await ownServer({ MOLVA_REGISTRATION: 'invite' });
    const owner = await people.account('Ann', { invite_code: await server.ownerCode() });
    const { page } = await people.browserOf(owner, { locale });
    await page.goto('/');
    await expect(page.getByRole('heading', { name: name('Invite your people') })).toHaveCount(1);
    await page.getByRole('button', { name: name('Create an invitation link') }).click();
    const link = page.getByText(/#invite=/);
    await expect(link).toBeVisible();
    await page.getByRole('button', { name: name('QR code') }).click();
    await expect(page.getByRole('img', { name: name('QR code of the link') })).toBeVisible();
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    await page.getByRole('button', { name: name('Copy the link') }).click();
    await expect(page.getByRole('button', { name: name('Copied') })).toBeVisible();
    expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(await link.textContent());

    // Whoever follows it is in, and finds the owner without knowing a name.
    const bob = await people.stranger({ locale });
    await bob.page.goto((await link.textContent())!);
    await bob.page.getByRole('textbox', { name: name('User name') }).fill(people.username());
    await bob.page.getByRole('textbox', { name: name('Your name') }).fill('Bob');
    await bob.page.getByLabel(String(name('Password')), { exact: true }).fill(PASSWORD);
    await bob.page.locator('form button[type="submit"]').click();
    await bob.page.getByRole('button', { name: name('Start a chat') }).click();
    await bob.page.getByRole('option', { name: /Ann/ }).click();
    await bob.page.locator('#composer').fill('Hello, Ann');
    await bob.page.getByRole('button', { name: name('Send'), exact: true }).click();
    await expect(page.getByRole('grid').getByRole('row', { name: /Bob/ })).toContainText('Hello, Ann');
  });
}

test('people of the server are offered wherever a person is chosen', async ({ ownServer }) => {
  const { people } = await ownServer();
  const ann = await people.account('Ann');
  const bob = await people.account('Bob');
  await people.account('Яна');
  await people.account('anton');
  const group = await ann.group('Plans', bob);
  await ann.direct(bob);
  const { page } = await people.browserOf(ann);
  const screen = new Screen(page);
  await page.goto('/');
  const dialog = await screen.newChat();
  await expect(dialog.getByRole('group', { name: 'Recent' }).getByRole('option')).toHaveText([/Bob/]);
  await expect(dialog.getByRole('group', { name: 'On this server' }).getByRole('option')).toHaveText([/anton/, /Яна/]);
  await dialog.getByRole('button', { name: 'Not here? Invite' }).click();
  await expect(page.getByRole('dialog', { name: 'Invite people' })).toBeVisible();
  await page.keyboard.press('Escape');
  await dialog.getByRole('button', { name: 'New group' }).click();
  await expect(page.getByRole('dialog', { name: 'New group' }).getByRole('option')).toHaveCount(3);
  await page.keyboard.press('Escape');
  await page.keyboard.press('Control+k');
  const found = page.getByRole('dialog', { name: 'Go to a chat or a person' });
  await expect(found.getByRole('option')).toHaveText([/Bob/, /Plans/, /anton/, /Яна/]);
  await found.getByRole('button', { name: 'Not here? Invite' }).click();
  await expect(page.getByRole('dialog', { name: 'Invite people' })).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(page.getByRole('dialog')).toHaveCount(0);

  await page.goto(`/c/${group}/info`);
  await page.getByRole('button', { name: 'Add people' }).click();
  const add = page.getByRole('dialog', { name: 'Add people' });
  await expect(add.getByText('already in the group')).toBeVisible();
  await add.getByRole('option', { name: /Яна/ }).click();
  await add.getByRole('button', { name: 'Add 1 person' }).click();
  await expect(page.getByRole('list', { name: 'Members' }).getByText('Яна')).toBeVisible();
});
