/* A list of more chats than fit into a page's memory without thought. */
import { violations } from './fixtures/checks';
import { Screen } from './fixtures/screen';
import { expect, test } from './fixtures/test';

const CHATS = 130;

test('of a long list only what is in view is in the page; keys and pills reach the rest', async ({ people }) => {
  const ann = await people.account('Ann');
  const bob = await people.account('Bob');
  const ids: string[] = [];
  // Nobody is put into so many groups by somebody whom they have not answered.
  for (let i = 1; i <= CHATS; i++) ids.push(await ann.group(`Chat number ${i}.`, ...(i === 61 ? [bob] : [])));
  const { page } = await people.browserOf(ann);
  const screen = new Screen(page);
  await page.goto('/');
  await expect(screen.chat(`Chat number ${CHATS}.`)).toBeVisible();
  expect(await screen.chats.getByRole('row').count()).toBeLessThan(60);
  await expect(screen.chats).toHaveAttribute('aria-rowcount', String(CHATS));

  await screen.chats.focus();
  await page.keyboard.press('End');
  await expect(screen.chat('Chat number 1.')).toBeFocused();
  await expect(screen.chat('Chat number 1.')).toBeInViewport();
  await expect(screen.chat(`Chat number ${CHATS}.`)).toHaveCount(0);
  expect(await screen.chats.getByRole('row').count()).toBeLessThan(60);

  /* A message brings its chat to the top, which is out of sight. */
  await bob.say(ids[60]!, 'Look up here');
  await page.getByRole('button', { name: 'Unread above' }).click();
  await expect(screen.chat('Chat number 61.')).toBeInViewport();
  await expect(page.getByRole('button', { name: 'Unread above' })).toHaveCount(0);
  await expect(page).toHaveTitle('(1) Molva');

  /* More than fits into the switcher. */
  await page.getByRole('button', { name: 'Find a chat or a person' }).click();
  await expect(page.getByRole('option').first()).toBeVisible();
  expect(await violations(page)).toEqual([]);
});
