/* Several tabs of one browser are one client: drafts and read state are shared, and each message goes out once. */
import { Screen } from './fixtures/screen';
import { expect, test } from './fixtures/test';
import { CUT_LINE } from './fixtures/watch';

test('a second tab shares drafts and read positions, and one of the two sends @desktop', async ({ people, watch }) => {
  watch.allow(CUT_LINE);
  const ann = await people.join('Ann');
  const bob = await people.account('Bob');
  const id = await ann.account.direct(bob);
  const one = new Screen(ann.page);
  const two = new Screen(await ann.context.newPage());
  await two.page.goto('/');
  await one.open(/Bob/);

  await one.composer.fill('begun in the first tab');
  await expect(two.chat(/Bob/)).toContainText('begun in the first tab');
  await two.open(/Bob/);
  await expect(two.composer).toHaveValue('begun in the first tab');
  await two.composer.fill('finished in the second');
  await expect(one.composer).toHaveValue('finished in the second');
  await two.page.getByRole('button', { name: 'Send', exact: true }).click();
  await one.shows('finished in the second');
  await expect(one.composer).toHaveValue('');

  await ann.context.setOffline(true);
  await one.send('from tab one');
  await two.send('from tab two');
  await ann.context.setOffline(false);
  for (const tab of [one, two]) {
    await expect(tab.state('from tab one', 'sent')).toBeVisible({ timeout: 40_000 });
    await expect(tab.state('from tab two', 'sent')).toBeVisible({ timeout: 40_000 });
    await expect(tab.message('from tab one')).toHaveCount(1);
    await expect(tab.message('from tab two')).toHaveCount(1);
  }
  expect(await bob.texts(id)).toHaveLength(3);

  await two.page.goto('/');
  await one.page.goto('/');
  await bob.say(id, 'read in one tab');
  await expect(two.chat(/Bob/)).toContainText('unread: 1');
  await one.page.bringToFront();
  await one.open(/Bob/);
  await expect(two.chat(/Bob/)).not.toContainText('unread');
});

test('signing out in one tab signs out the other @desktop', async ({ people }) => {
  const ann = await people.join('Ann');
  const other = await ann.context.newPage();
  await other.goto('/');
  await expect(other.getByRole('heading', { level: 1, name: 'Chats' })).toBeVisible();
  await ann.page.getByRole('button', { name: /^Account of/ }).click();
  await ann.page.getByRole('menuitem', { name: 'Sign out' }).click();
  await ann.page.getByRole('alertdialog').getByRole('button', { name: 'Sign out' }).click();
  for (const page of [ann.page, other])
    await expect(page.getByRole('button', { name: 'Sign in', exact: true })).toBeVisible();
});
