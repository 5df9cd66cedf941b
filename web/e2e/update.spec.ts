/* A newer build on the server: told of, and taken when the reader wants it. */
import { PASSWORD } from './fixtures/people';
import { Front } from './fixtures/front';
import { Screen } from './fixtures/screen';
import { expect, test } from './fixtures/test';

test('a new version waits for the reader, and what was being written is there after it', async ({ people, server }) => {
  const ann = await people.account('Ann');
  const bob = await people.account('Bob');
  const id = await bob.direct(ann);
  const front = await Front.before(server.url);
  try {
    const { page } = await people.stranger({ baseURL: front.url });
    const screen = new Screen(page);
    await page.goto(`/c/${id}`);
    await page.getByRole('textbox', { name: 'User name' }).fill(ann.username);
    await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
    await screen.isOpen('Bob');
    await page.waitForFunction(() => navigator.serviceWorker.controller !== null);
    const update = page.getByRole('button', { name: 'Update', exact: true });
    const build = () => page.evaluate(() => caches.keys());
    const before = await build();
    expect(before).toHaveLength(1);

    await screen.composer.fill('half a sentence');
    await page.evaluate(() => navigator.serviceWorker.getRegistration().then((found) => found?.update()));
    expect(await build(), 'the same build is no news').toEqual(before);
    await expect(update).toHaveCount(0);

    front.release('ffffffffffff');
    await page.evaluate(() => navigator.serviceWorker.getRegistration().then((found) => found?.update()));
    await expect(page.getByText('There is a new version of Molva.')).toBeVisible();
    await expect(screen.composer, 'nothing was loaded again').toHaveValue('half a sentence');
    await screen.composer.press('End');
    await screen.composer.pressSequentially(', and the rest');

    const loaded = page.waitForEvent('load');
    await update.click();
    await loaded;
    await expect(screen.composer).toHaveValue('half a sentence, and the rest');
    await expect(update).toHaveCount(0);
    expect(await build()).toContain('shell-ffffffffffff');
  } finally {
    await people.leave(); // before the line goes that its page still asks over
    await front.close();
  }
});
