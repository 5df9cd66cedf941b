/* The page as an installed application: found installable, opens without a network, deep links, under its own policy. */
import { Screen } from './fixtures/screen';
import { expect, test } from './fixtures/test';
import { CUT_LINE } from './fixtures/watch';

test('the browser finds it installable @desktop', async ({ people }) => {
  const { context, page } = await people.stranger();
  await page.goto('/');
  const session = await context.newCDPSession(page);
  const { installabilityErrors } = await session.send('Page.getInstallabilityErrors');
  // A private window cannot install anything; that is all it may say.
  expect(installabilityErrors.map(({ errorId }) => errorId).filter((id) => id !== 'in-incognito')).toEqual([]);
});

test('it opens without a network, with the last chats to read', async ({ people, watch }) => {
  watch.allow(CUT_LINE);
  const ann = await people.join('Ann');
  const bob = await people.account('Bob');
  const id = await bob.direct(ann.account);
  await bob.say(id, 'read me later');
  const screen = new Screen(ann.page);
  await screen.open(/Bob/);
  await screen.shows('read me later');
  await ann.page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));
  await ann.page.reload();
  await screen.shows('read me later');

  await ann.context.setOffline(true);
  await ann.page.reload();
  await screen.shows('read me later');
  await expect(screen.connecting).toBeVisible();
});

test('where the browser keeps nothing, that is said, with a way to try again', async ({ people }) => {
  const ann = await people.browserOf(await people.account('Ann'));
  await ann.context.addInitScript(() => {
    if (sessionStorage.getItem('allowed')) return;
    IDBFactory.prototype.open = () => {
      throw new DOMException('The user denied permission to access the database.', 'SecurityError');
    };
  });
  await ann.page.goto('/');
  await expect(ann.page.getByRole('heading', { level: 1, name: 'This browser keeps nothing for Molva' })).toBeVisible();
  await ann.page.evaluate(() => sessionStorage.setItem('allowed', 'yes'));
  await ann.page.getByRole('button', { name: 'Try again' }).click();
  await expect(ann.page.getByRole('heading', { level: 1, name: 'Chats' })).toBeVisible();
});

test('a link to a chat opens it, also after signing in @desktop', async ({ people, watch }) => {
  const ann = await people.account('Ann');
  const bob = await people.account('Bob');
  const id = await bob.direct(ann);
  await bob.say(id, 'behind the link');
  const { page } = await people.stranger();
  const screen = new Screen(page);
  await page.goto(`/c/${id}`);
  await page.getByRole('textbox', { name: 'User name' }).fill(ann.username);
  await page.getByLabel('Password', { exact: true }).fill('a wrong password');
  watch.allow(/status of 401/);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await expect(page.getByRole('alert')).toContainText('is not right');
  await page.getByLabel('Password', { exact: true }).fill('correct horse battery');
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await screen.isOpen('Bob');
  await screen.shows('behind the link');
});

test('a script of somebody else does not run under the policy @desktop', async ({ people, watch }) => {
  watch.allow(/Content Security Policy|Trusted|elsewhere\.example/i);
  const { page } = await people.stranger();
  await page.goto('/');
  const ran = await page.evaluate(async () => {
    const blocked: string[] = [];
    document.addEventListener('securitypolicyviolation', (event) => blocked.push(event.effectiveDirective));
    try {
      document.createElement('script').text = 'window.ran = 1';
    } catch {
      blocked.push('trusted types');
    }
    try {
      document.body.insertAdjacentHTML('beforeend', '<b>x</b>');
    } catch {
      blocked.push('trusted types for HTML');
    }
    const refused = new Promise<void>((resolve) =>
      document.addEventListener('securitypolicyviolation', ({ effectiveDirective }) => {
        if (effectiveDirective === 'connect-src') resolve();
      }),
    );
    await fetch('https://elsewhere.example/').catch(() => undefined);
    await refused;
    return { blocked, ran: 'ran' in window };
  });
  expect(ran.ran).toBe(false);
  expect(ran.blocked).toEqual(expect.arrayContaining(['trusted types', 'trusted types for HTML', 'connect-src']));
});
