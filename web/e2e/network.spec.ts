/* A bad line and a dying server: nothing lost, nothing doubled. */
import type { Page } from '@playwright/test';
import { type Account, PASSWORD } from './fixtures/people';
import { Screen } from './fixtures/screen';
import { expect, test } from './fixtures/test';
import { CUT_LINE, REFUSED } from './fixtures/watch';

test('what is written without a network is sent when it is back, once and in order', async ({ people, watch }) => {
  watch.allow(CUT_LINE);
  const ann = await people.join('Ann');
  const bob = await people.join('Bob');
  const id = await ann.account.direct(bob.account);
  const a = new Screen(ann.page);
  const b = new Screen(bob.page);
  await a.open(/Bob/);
  await b.open(/Ann/);
  await a.send('before');
  await b.shows('before');

  await ann.context.setOffline(true);
  for (const text of ['first in the tunnel', 'second in the tunnel', 'third in the tunnel']) await a.send(text);
  await expect(a.state('third in the tunnel', 'sending')).toBeVisible();
  await b.send('meanwhile outside');
  await expect(a.connecting).toBeVisible({ timeout: 45_000 });
  await expect(a.message('meanwhile outside')).toHaveCount(0);

  await ann.context.setOffline(false);
  const all = ['before', 'first in the tunnel', 'second in the tunnel', 'third in the tunnel'];
  await b.shows(...all);
  await a.shows(...all);
  await a.shows('meanwhile outside');
  await expect(a.state('third in the tunnel', 'sending')).toHaveCount(0);
  await expect(a.connecting).toBeHidden();
  expect((await ann.account.texts(id)).toSorted()).toEqual([...all, 'meanwhile outside'].toSorted());
});

test('while the line is cut the headers say so, nothing moves, nobody counts as online, the list shows what waits', async ({
  people,
  watch,
}) => {
  watch.allow(CUT_LINE);
  const ann = await people.join('Ann');
  const bob = await people.join('Bob');
  await bob.account.say(await ann.account.direct(bob.account), 'hello'); // who has answered is seen
  const a = new Screen(ann.page);
  await a.open(/Bob/);
  await a.send('before');
  await expect(a.header.getByText('online')).toBeVisible();
  const places = async () => [await a.title.boundingBox(), await a.composer.boundingBox(), await a.log.boundingBox()];
  const before = await places();

  await ann.context.setOffline(true);
  await expect(a.connecting).toBeVisible({ timeout: 45_000 });
  await expect(a.header.getByText('online')).toHaveCount(0);
  expect(await places()).toEqual(before);
  await a.send('in the tunnel');
  await a.backToChats();
  const row = a.chat(/Bob/);
  await expect(row).toContainText('You: in the tunnel');
  await expect(row).toContainText('Sending');
  await expect(row).not.toContainText('online');
  await expect(ann.page.getByRole('button', { name: 'Try now' }).filter({ visible: true })).not.toHaveCount(0);

  await ann.context.setOffline(false);
  await expect(a.connecting).toBeHidden({ timeout: 40_000 });
  await expect(row).not.toContainText('Sending');
  await expect(row).toContainText('online');
});

test('what the other one reads while the line is cut is seen when it is back', async ({ people, watch }) => {
  watch.allow(CUT_LINE);
  const ann = await people.join('Ann');
  const bob = await people.join('Bob');
  await bob.account.say(await ann.account.direct(bob.account), 'hello'); // who has answered is seen
  const a = new Screen(ann.page);
  const b = new Screen(bob.page);
  await a.open(/Bob/);
  await a.send('before the tunnel');
  await expect(a.state('before the tunnel', 'delivered')).toBeVisible();

  await ann.context.setOffline(true);
  await expect(a.connecting).toBeVisible({ timeout: 45_000 });
  await b.open(/Ann/);
  await b.shows('before the tunnel');
  await expect(bob.page).not.toHaveTitle(/^\(1\)/);
  await ann.context.setOffline(false);
  await expect(a.state('before the tunnel', 'read')).toBeVisible({ timeout: 40_000 });
});

test('what waits in the outbox survives a reload without a network @desktop', async ({ people, watch }) => {
  watch.allow(CUT_LINE);
  const ann = await people.join('Ann');
  const bob = await people.account('Bob');
  const id = await ann.account.direct(bob);
  const a = new Screen(ann.page);
  await a.open(/Bob/);
  await ann.page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));
  // The worker has the page from now on.
  await ann.page.reload();
  await expect(a.composer).toBeVisible();

  await ann.context.setOffline(true);
  await a.send('kept over the reload');
  await a.composer.fill('a draft as well');
  await expect(a.state('kept over the reload', 'sending')).toBeVisible();
  await ann.page.reload();
  await expect(a.message('kept over the reload')).toHaveCount(1);
  await expect(a.composer).toHaveValue('a draft as well');

  await ann.context.setOffline(false);
  await expect(a.state('kept over the reload', 'sent')).toBeVisible({ timeout: 40_000 });
  expect(await ann.account.texts(id)).toEqual(['kept over the reload']);
});

test('the server is killed in mid-conversation and comes back', async ({ ownServer, watch }) => {
  // Until the next try it may take half a minute.
  test.setTimeout(120_000);
  watch.allow(CUT_LINE);
  const { server, people } = await ownServer();
  const ann = await people.join('Ann');
  const bob = await people.join('Bob');
  const id = await ann.account.direct(bob.account);
  const a = new Screen(ann.page);
  const b = new Screen(bob.page);
  await a.open(/Bob/);
  await b.open(/Ann/);
  await a.send('one');
  await b.send('two');
  await a.shows('one', 'two');

  await server.kill9();
  await a.send('three, to nobody');
  await b.send('four, to nobody');
  await expect(a.connecting).toBeVisible();
  await server.up();
  const all = ['one', 'two', 'three, to nobody', 'four, to nobody'];
  for (const screen of [a, b]) {
    await expect(screen.message('three, to nobody')).toHaveCount(1, { timeout: 40_000 });
    await expect(screen.message('four, to nobody')).toHaveCount(1, { timeout: 40_000 });
    for (const text of all) await expect(screen.message(text)).toHaveCount(1);
  }
  await a.send('five');
  await b.shows('five');
  expect((await ann.account.texts(id)).toSorted()).toEqual([...all, 'five'].toSorted());
});

test('tokens that run out in mid-session are renewed unseen', async ({ ownServer, watch }) => {
  // On a slow machine five seconds can be over before the first call; then that is what Chromium says of it.
  watch.allow(REFUSED(401));
  const { people } = await ownServer({ MOLVA_ACCESS_TOKEN_SECONDS: '5' });
  const ann = await people.join('Ann');
  const bob = await people.account('Bob');
  await ann.account.direct(bob);
  const a = new Screen(ann.page);
  await a.open(/Bob/);
  const token = () => ann.page.evaluate(() => localStorage.getItem('molva.tokens'));
  let last = await token();
  for (const text of ['first token', 'second token', 'third token']) {
    await a.send(text);
    await expect(a.state(text, 'sent')).toBeVisible();
    const before = last;
    await expect.poll(token, { timeout: 15_000 }).not.toBe(before);
    last = await token();
  }
  await a.shows('first token', 'second token', 'third token');
  await expect(a.connecting).toBeHidden();
});

test('a session that is ended elsewhere leads to sign-in, and back to the same chat with its draft', async ({
  people,
  watch,
}) => {
  watch.allow(REFUSED(401), CUT_LINE);
  const ann = await people.join('Ann');
  const bob = await people.account('Bob');
  const id = await ann.account.direct(bob);
  await bob.say(id, 'between the two of us');
  const a = new Screen(ann.page);
  await a.open(/Bob/);
  await a.composer.fill('half a thought');
  await expect.poll(() => kept(ann.page, ann.account.id)).toContain('conversations');
  await endOthers(ann.account);

  await expect(ann.page.getByText('Your session has ended')).toBeVisible();
  await expect.poll(() => kept(ann.page, ann.account.id)).toEqual(['drafts']);
  await signIn(ann.page, ann.account.username);
  await a.isOpen('Bob');
  expect(ann.page.url()).toContain(id);
  await expect(a.composer).toHaveValue('half a thought');
});

test('of a session that is ended elsewhere nothing is left for the next one at this browser @desktop', async ({
  people,
  watch,
}) => {
  watch.allow(REFUSED(401), CUT_LINE);
  const ann = await people.join('Ann');
  const bob = await people.account('Bob');
  const carl = await people.account('Carl');
  await bob.say(await ann.account.direct(bob), 'between the two of us');
  const a = new Screen(ann.page);
  await a.open(/Bob/);
  await a.composer.fill('half a thought');
  await expect.poll(() => kept(ann.page, ann.account.id)).toContain('conversations');
  // While no page is open; the page that comes next has no tokens, as after a crash in the middle of it.
  await ann.page.goto('about:blank');
  await endOthers(ann.account);
  const next = await ann.context.newPage();
  await next.addInitScript(() => localStorage.removeItem('molva.tokens'));
  await next.goto('/');
  await expect(next.getByRole('button', { name: 'Sign in', exact: true })).toBeVisible();
  await expect.poll(() => kept(next, ann.account.id)).toEqual(['drafts']);

  await next.close();
  await ann.page.goto('/');
  await signIn(ann.page, carl.username);
  await expect(ann.page.getByRole('heading', { level: 1, name: 'Chats' })).toBeVisible();
  await expect.poll(() => kept(ann.page, ann.account.id)).toEqual([]);
});

/* The other session of this account ends all others. */
async function endOthers(account: Account): Promise<void> {
  const { sessions } = await account.call<{ sessions: { id: string; current?: boolean }[] }>(
    'GET',
    '/v1/auth/sessions',
  );
  for (const session of sessions) if (!session.current) await account.call('DELETE', `/v1/auth/sessions/${session.id}`);
}

async function signIn(page: Page, username: string): Promise<void> {
  await page.getByRole('textbox', { name: 'User name' }).fill(username);
  await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
}

/* What the browser keeps of somebody: the names of what is not empty. */
function kept(page: Page, userId: string): Promise<string[]> {
  return page.evaluate(async (id) => {
    const done = <T>(request: IDBRequest<T>): Promise<T> =>
      new Promise((resolve, reject) => {
        request.onsuccess = () => resolve(request.result);
        request.onerror = () => reject(request.error);
      });
    const all = await indexedDB.databases();
    if (!all.some(({ name }) => name === `molva-${id}`)) return [];
    const opening = indexedDB.open(`molva-${id}`);
    const db = await done(opening);
    const names = [...db.objectStoreNames];
    const counts = await Promise.all(names.map((name) => done(db.transaction(name).objectStore(name).count())));
    db.close();
    return names.filter((_, at) => (counts[at] ?? 0) > 0);
  }, userId);
}
