/* What is typed goes where it is meant to go, however fast it comes and whatever is still loading. */
import type { Page } from '@playwright/test';
import type { People } from './fixtures/people';
import { Screen } from './fixtures/screen';
import { expect, test } from './fixtures/test';
import { CUT_LINE } from './fixtures/watch';

/* What opens later than the page. */
const PARTS = /\/assets\/(Results|newChatParts|ShortcutList|panelParts)-[^/]+\.js$/;

/* A chat with Bob beside one with Eve, and the parts that are loaded late do not come before they are let go. */
async function inChat(people: People) {
  const ann = await people.account('Ann');
  const bob = await people.account('Bob');
  const eve = await people.account('Eve');
  const [id] = [await bob.direct(ann), await eve.direct(ann)];
  const { page } = await people.browserOf(ann);
  // The worker would have them already.
  await page.addInitScript(() => delete (Navigator.prototype as { serviceWorker?: unknown }).serviceWorker);
  const held: (() => void)[] = [];
  await page.route(PARTS, (route) => new Promise<void>((go) => held.push(go)).then(() => route.continue()));
  const letGo = async () => {
    await expect.poll(() => held.length).toBeGreaterThan(0);
    for (const go of held.splice(0)) go();
  };
  await page.goto(`/c/${id}`);
  const screen = new Screen(page);
  await screen.composer.focus();
  const sent = async () => ({ draft: await screen.composer.inputValue(), texts: await ann.texts(id) });
  return { page, screen, letGo, sent, eve };
}

/* The name of what has the focus in the frame of the next key with Ctrl. */
const focusInFrameOfKey = (page: Page) =>
  page.evaluate(() => {
    const seen = new Promise<string | null>((resolve) => {
      document.addEventListener(
        'keydown',
        function once(event) {
          if (!event.ctrlKey || event.key === 'Control') return;
          document.removeEventListener('keydown', once, true);
          requestAnimationFrame(() => resolve(document.activeElement?.getAttribute('aria-label') ?? null));
        },
        true,
      );
    });
    Object.assign(window, { focusInFrame: () => seen });
  });

test('the switcher has the focus in the frame of Ctrl+K; letters and Enter wait for its results', async ({
  people,
}) => {
  const { page, screen, letGo, sent } = await inChat(people);
  await focusInFrameOfKey(page);
  await page.keyboard.press('Control+KeyK');
  await page.keyboard.type('eve');
  await page.keyboard.press('Enter');
  expect(await page.evaluate(() => (window as unknown as { focusInFrame(): unknown }).focusInFrame())).toBe(
    'Chat or person',
  );
  await expect(page.getByRole('dialog').getByRole('combobox')).toHaveValue('eve');
  expect(await sent()).toEqual({ draft: '', texts: [] });
  await letGo();
  await screen.isOpen('Eve');
});

test('so do the dialogs of a new chat and of the shortcuts', async ({ people }) => {
  const { page, screen, letGo, sent, eve } = await inChat(people);
  await page.keyboard.press('Control+Slash');
  await page.keyboard.type('nobody reads this');
  await page.keyboard.press('Enter');
  expect(await sent()).toEqual({ draft: '', texts: [] });
  await page.keyboard.press('Escape');
  await expect(page.getByRole('dialog')).toHaveCount(0);

  await screen.backToChats();
  await screen.newChat();
  await page.keyboard.type(eve.username);
  await letGo();
  await expect(page.getByRole('combobox', { name: 'Name of a person' })).toHaveValue(eve.username);
  await expect(page.getByRole('combobox', { name: 'Name of a person' })).toBeFocused();
  await expect(page.getByRole('option', { name: 'Eve' })).toBeVisible();
  await page.getByRole('button', { name: 'Close' }).click();
  await screen.open('Bob');
  expect(await sent()).toEqual({ draft: '', texts: [] });
});

test('a part that does not come fails in its dialog, and can be tried again there', async ({ people, watch }) => {
  watch.allow(CUT_LINE, /Failed to fetch dynamically imported module/);
  const ann = await people.account('Ann');
  const bob = await people.account('Bob');
  const { page } = await people.browserOf(ann);
  await page.addInitScript(() => delete (Navigator.prototype as { serviceWorker?: unknown }).serviceWorker);
  await page.route(/\/assets\/(newChatParts|SignOutDialog)-[^/]+\.js$/, (route) => route.abort());
  const id = await bob.direct(ann);
  await page.goto('/');
  const screen = new Screen(page);
  const dialog = await screen.newChat();
  await expect(dialog.getByText('This did not load')).toBeVisible({ timeout: 40_000 });
  await page.unroute(/\/assets\/(newChatParts|SignOutDialog)-[^/]+\.js$/);
  await dialog.getByRole('button', { name: 'Try again' }).click();
  await dialog.getByRole('combobox', { name: 'Name of a person' }).fill(bob.username);
  await dialog.getByRole('option', { name: /Bob/ }).click();
  await expect(page).toHaveURL(new RegExp(id));
});

test('and so does the emoji picker @desktop', async ({ people }) => {
  const { page, letGo, sent } = await inChat(people);
  await page.getByRole('button', { name: 'Emoji', exact: true }).click();
  await page.keyboard.type('party popper');
  expect(await sent()).toEqual({ draft: '', texts: [] });
  await letGo();
  const picker = page.getByRole('dialog', { name: 'Emoji' });
  await expect(picker.getByRole('searchbox')).toHaveValue('party popper');
  await expect(picker.getByRole('gridcell', { name: 'Party popper' })).toBeVisible();
});
