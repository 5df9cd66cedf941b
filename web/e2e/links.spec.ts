/* What a link is good for is known when its page opens: nobody fills in a form for nothing. In both languages. */
import type { Page, TestInfo } from '@playwright/test';
import { said } from './fixtures/catalog';
import { violations } from './fixtures/checks';
import { PICTURES } from './fixtures/views';
import { expect, test } from './fixtures/test';

const UNKNOWN = 'AAAAAAAAAAAAAAAAAAAAAA';

/* Nothing to fill in, nothing to scroll on a desktop, no violation; a picture is kept. */
async function isWhole(page: Page, info: TestInfo, name: string) {
  await expect(page.locator('[aria-busy="true"]')).toHaveCount(0);
  expect.soft(await violations(page), name).toEqual([]);
  await page.screenshot({ path: `${PICTURES}/${info.project.name}-light-${name}.png` });
  if (info.project.name !== 'desktop') return;
  const { scroll, client } = await page.evaluate(() => ({
    scroll: document.documentElement.scrollHeight,
    client: document.documentElement.clientHeight,
  }));
  expect.soft(scroll, `${name}: height`).toBeLessThanOrEqual(client);
}

for (const language of ['en', 'ru'] as const) {
  const name = (text: string) => said(language, text);
  const options = { locale: language === 'ru' ? 'ru-RU' : 'en-GB' };

  test(`a link of an owner: good, replaced, and used [${language}]`, async ({ ownServer }, info) => {
    const { server, people } = await ownServer({ MOLVA_REGISTRATION: 'invite' });
    const old = await server.ownerLink();
    const { page } = await people.stranger(options);
    const title = page.getByRole('heading', { level: 1 });
    await page.goto(old);
    await expect(title).toHaveText(name('This is your server'));
    await isWhole(page, info, `link-owner-${language}`);

    await server.kill9();
    await server.up();
    await page.goto('about:blank');
    await page.goto(old);
    await expect(title).toHaveText(name('This link is out of date'));
    await expect(page.getByRole('textbox')).toHaveCount(0);
    await isWhole(page, info, `link-owner-replaced-${language}`);

    const code = (await server.log())
      .match(/#owner=(\S+)/g)!
      .at(-1)!
      .replace('#owner=', '');
    await people.account('Ann', { invite_code: code });
    await page.goto('about:blank');
    await page.goto(`/#owner=${code}`);
    await expect(title).toHaveText(name('This server has an owner'));
    await expect(page.getByRole('textbox')).toHaveCount(0);
    await isWhole(page, info, `link-owner-used-${language}`);
    await page.getByRole('button', { name: name('Sign in'), exact: true }).click();
    await expect(page.getByRole('textbox', { name: name('User name') })).toBeFocused();
  });

  test(`a link of an invitation: good, used up, and unknown [${language}]`, async ({ ownServer }, info) => {
    const { server, people } = await ownServer({ MOLVA_REGISTRATION: 'invite' });
    const owner = await people.account('Ann Arbor', { invite_code: await server.ownerCode() });
    const { code } = await owner.call<{ code: string }>('POST', '/v1/auth/invites', { max_uses: 1 });
    const { page } = await people.stranger(options);
    const title = page.getByRole('heading', { level: 1 });
    await page.goto(`/#invite=${code}`);
    await expect(title).toHaveText(language === 'ru' ? 'Ann Arbor приглашает вас' : 'Ann Arbor invites you');
    await expect(page.getByText(new URL(server.url).host)).toBeVisible();
    await isWhole(page, info, `link-invite-${language}`);

    await people.account('Bob', { invite_code: code });
    for (const dead of [code, UNKNOWN]) {
      await page.goto('about:blank');
      await page.goto(`/#invite=${dead}`);
      await expect(title).toHaveText(name('This invitation does not hold any more'));
      await expect(page.getByRole('textbox')).toHaveCount(0);
    }
    await isWhole(page, info, `link-invite-ended-${language}`);
    await page.getByRole('button', { name: name('Enter another code') }).click();
    await expect(page.getByRole('textbox', { name: name('Invitation code') })).toBeFocused();
  });

  test(`who is signed in learns whom an invitation is for [${language}]`, async ({ ownServer }, info) => {
    const { server, people } = await ownServer({ MOLVA_REGISTRATION: 'invite' });
    const owner = await people.account('Ann Arbor', { invite_code: await server.ownerCode() });
    const { code } = await owner.call<{ code: string }>('POST', '/v1/auth/invites', { max_uses: 1 });
    const { page } = await people.browserOf(owner, options);
    const told = page.getByRole('alertdialog', {
      name: language === 'ru' ? 'Вы вошли как Ann Arbor' : 'You are signed in as Ann Arbor',
    });
    await page.goto('/');
    await expect(page.getByRole('button', { name: name('New chat') }).first()).toBeVisible();
    await page.goto(`/#invite=${code}`);
    await expect(told).toContainText(name('This invitation is for somebody who has no account here yet.'));
    expect(page.url(), 'the code is in no bookmark').not.toContain(code);
    await isWhole(page, info, `link-signed-in-${language}`);
    await told.getByRole('button', { name: name('To my chats') }).click();
    await expect(told).toHaveCount(0);

    await page.goto('about:blank');
    await page.goto(`/#invite=${code}`);
    await told.getByRole('button', { name: name('Sign out and go on') }).click();
    await expect(page.getByRole('heading', { level: 1 })).toHaveText(
      language === 'ru' ? 'Ann Arbor приглашает вас' : 'Ann Arbor invites you',
    );

    await page.getByLabel(name('User name'), { exact: true }).fill('newcomer');
    await page.getByLabel(name('Password'), { exact: true }).fill('correct horse battery');
    await page.getByRole('button', { name: name('Create the account') }).click();
    await expect(page.getByRole('button', { name: name('New chat') }).first()).toBeVisible();
    await expect(told, 'the code is forgotten with the account made').toHaveCount(0);
  });

  test(`signing in and up fits, and leads to what is wrong [${language}]`, async ({ people, watch }, info) => {
    watch.allow(/status of 401/);
    const { page } = await people.stranger(options);
    await page.goto('/');
    const user = page.getByRole('textbox', { name: name('User name') });
    const password = page.getByLabel(name('Password'), { exact: true });
    await page.getByRole('button', { name: name('Sign in'), exact: true }).click();
    await expect(user).toBeFocused();
    await user.fill('nobody.here');
    await page.keyboard.press('Enter');
    await expect(password).toBeFocused();
    await password.fill('not the right one');
    await page.keyboard.press('Enter');
    await expect(page.getByRole('alert')).toBeVisible();
    await expect(password).toBeFocused();
    await page.getByText(name('Forgot your password?')).click();
    await expect(page.getByText('molva user reset-password')).toBeVisible();
    await isWhole(page, info, `sign-in-forgotten-${language}`);

    await page.getByRole('button', { name: name('Create an account') }).click();
    await isWhole(page, info, `sign-up-fits-${language}`);
    await page.getByRole('button', { name: name('Create the account') }).click();
    await expect(user).toBeFocused();
    for (const [typed, wrong] of [
      ['an na', name('A user name has no spaces.')],
      ['anna!', '!'],
      ['9anna', '9'],
      ['annа', 'а'],
    ] as const) {
      await user.fill(typed);
      await expect(page.locator('form')).toContainText(wrong);
      await expect(user).toHaveAttribute('aria-invalid', 'true');
    }
    await user.fill('anna');
    await page.getByRole('button', { name: name('Create the account') }).click();
    await expect(password).toBeFocused();
    await isWhole(page, info, `sign-up-wrong-${language}`);
  });
}
