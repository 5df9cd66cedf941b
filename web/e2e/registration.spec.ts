/* Who may make an account is known before one fills in a form. */
import type { Page } from '@playwright/test';
import { violations } from './fixtures/checks';
import { PASSWORD } from './fixtures/people';
import { expect, test } from './fixtures/test';

async function toSignUp(page: Page, info: { project: { name: string } }, view: string) {
  await page.goto('/');
  await page.getByRole('button', { name: 'Create an account' }).click();
  await expect(page.locator('[aria-busy="true"]')).toHaveCount(0);
  expect(await violations(page)).toEqual([]);
  await page.screenshot({ path: `../build/web/screenshots/${info.project.name}-light-${view}.png` });
}

test('a closed server shows no form, but whom to ask; its owner comes in all the same', async ({ ownServer }, info) => {
  const { server, people } = await ownServer({ MOLVA_REGISTRATION: 'closed' });
  const { page } = await people.stranger();
  await toSignUp(page, info, 'sign-up-closed');
  await expect(page.getByText(/ask whoever runs it/)).toBeVisible();
  await expect(page.getByRole('textbox')).toHaveCount(0);
  const { page: owners } = await people.stranger();
  await owners.goto(await server.ownerLink());
  await expect(owners.getByRole('button', { name: 'Become the owner' })).toBeVisible();
});

test('a server by invitation asks for the code at once', async ({ ownServer }, info) => {
  const { server, people } = await ownServer({ MOLVA_REGISTRATION: 'invite' });
  const owner = await people.account('Ann', { invite_code: await server.ownerCode() });
  const { code } = await owner.call<{ code: string }>('POST', '/v1/auth/invites', { max_uses: 1 });
  const { page } = await people.stranger();
  await toSignUp(page, info, 'sign-up-invite');
  await page.getByRole('textbox', { name: 'Invitation code' }).fill(code);
  await page.getByRole('textbox', { name: 'User name' }).fill(people.username());
  await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await page.getByRole('button', { name: 'Create the account' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Chats' })).toBeVisible();
});
