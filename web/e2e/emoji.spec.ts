/* Emoji in a message: by the picker, and by a name behind a colon. */
import type { Page } from '@playwright/test';
import { violations } from './fixtures/checks';
import type { People } from './fixtures/people';
import { Screen } from './fixtures/screen';
import { expect, test } from './fixtures/test';

async function inChat(people: People, options: Parameters<People['browserOf']>[1] = {}) {
  const ann = await people.account('Ann');
  const bob = await people.account('Bob');
  const id = await bob.direct(ann);
  const { page } = await people.browserOf(ann, options);
  await page.goto(`/c/${id}`);
  await expect(page.locator('#composer')).toBeVisible();
  return { page, field: page.locator('#composer'), screen: new Screen(page), id, ann };
}

const picker = (page: Page) => page.getByRole('dialog', { name: 'Emoji' });
const button = (page: Page) => page.getByRole('button', { name: 'Emoji', exact: true });

async function openPicker(page: Page) {
  await button(page).click();
  await expect(picker(page).getByRole('searchbox')).toBeFocused();
  await expect(picker(page).getByRole('gridcell').first()).toBeVisible();
  return picker(page);
}

test('an emoji put in by mouse stands at the caret and is in the draft @desktop', async ({ people }) => {
  const { page, field, screen, id, ann } = await inChat(people);
  await expect(field).toBeFocused();
  await page.keyboard.type('ab');
  await page.keyboard.press('ArrowLeft');

  const open = await openPicker(page);
  expect(await violations(page)).toEqual([]);
  await page.keyboard.type('party popper');
  await open.getByRole('gridcell', { name: 'Party popper' }).click();
  await expect(field).toHaveValue('a🎉b');
  await expect(field).toBeFocused();
  await expect(open).toHaveCount(0);

  await page.keyboard.type('c');
  await page.reload();
  await expect(field).toHaveValue('a🎉cb');
  await field.press('Enter');
  await screen.shows('a🎉cb');
  await expect.poll(() => ann.texts(id)).toContain('a🎉cb');
});

test('the keyboard finds one and puts it in; Esc leads back; the last ones and the skin tone are remembered @desktop', async ({
  people,
}) => {
  const { page, field, id, ann } = await inChat(people);
  const open = await openPicker(page);
  await page.keyboard.type('no emoji has this name');
  await expect(open.getByText('Nothing found')).toBeVisible();
  await page.keyboard.press('Enter');
  await page.keyboard.press('Escape');
  await expect(open).toHaveCount(0);
  await expect(field).toBeFocused();
  expect(await ann.texts(id)).toEqual([]);

  await openPicker(page);
  await open.getByTitle('Dark skin', { exact: true }).click();
  await open.getByRole('searchbox').fill('waving hand');
  await expect(open.getByRole('gridcell')).toHaveCount(1);
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await expect(field).toHaveValue('👋🏿');
  await expect(field).toBeFocused();

  await page.reload();
  await expect(field).toHaveValue('👋🏿');
  await openPicker(page);
  await expect(open.getByRole('radio', { name: 'Dark skin', exact: true })).toBeChecked();
  const recent = open.getByRole('toolbar', { name: 'Used last' }).getByRole('button');
  await expect(recent).toHaveCount(1);
  await recent.click({ modifiers: ['Shift'] });
  await recent.click();
  await expect(field).toHaveValue('👋🏿👋🏿👋🏿');
});

test('kinds of emoji are jumped to; a click elsewhere closes @desktop', async ({ people }) => {
  const { page } = await inChat(people);
  const open = await openPicker(page);
  await open.getByRole('button', { name: 'Flags' }).click();
  await expect(
    open.getByRole('gridcell', { name: 'Chequered flag' }).or(open.getByRole('gridcell', { name: 'Checkered flag' })),
  ).toBeInViewport();
  await page.getByRole('log').click({ position: { x: 5, y: 5 } });
  await expect(open).toHaveCount(0);
  await openPicker(page);
  // Nothing there takes the focus.
  await page.getByRole('form', { name: 'Write a message' }).click({ position: { x: 4, y: 20 } });
  await expect(open).toHaveCount(0);
});

test('names that do not arrive are asked for again @desktop', async ({ people }) => {
  const { page, field } = await inChat(people);
  // In the page, because what its worker fetches is out of reach.
  await page.evaluate(() => {
    const real = window.fetch;
    window.fetch = () => {
      window.fetch = real;
      return Promise.reject(new TypeError('Failed to fetch'));
    };
  });
  await button(page).click();
  await expect(picker(page).getByRole('alert')).toContainText('could not be loaded');
  await picker(page).getByRole('button', { name: 'Try again' }).click();
  await expect(picker(page).getByRole('gridcell').first()).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(field).toBeFocused();
});

test('a name behind a colon becomes an emoji', async ({ people, isMobile }) => {
  const { page, field, screen } = await inChat(people);
  // The keyboard of a phone has emoji of its own.
  await expect(button(page)).toHaveCount(isMobile ? 0 : 1);
  await field.click();
  await page.keyboard.type('it works :par');
  const offers = page.getByRole('listbox', { name: 'Emoji' }).getByRole('option');
  await expect(offers.first()).toBeVisible();
  await page.keyboard.type('ty_p');
  await expect(offers.first()).toContainText('🎉');
  const active = await field.getAttribute('aria-activedescendant');
  await expect(page.locator(`[id="${active}"]`)).toContainText('party popper');
  expect(await violations(page)).toEqual([]);
  await page.keyboard.press('Enter');
  await expect(field).toHaveValue('it works 🎉');
  await page.keyboard.press('Control+z');
  await expect(field, 'one step back').toHaveValue('it works :party_p');
  await page.keyboard.press('Escape');
  await page.keyboard.press('Control+Shift+z');
  await expect(field).toHaveValue('it works 🎉');
  if (isMobile) await page.getByRole('button', { name: 'Send', exact: true }).click();
  else await page.keyboard.press('Enter');
  await screen.shows('it works 🎉');
});

test('names are Russian where the page is, English ones work too', async ({ people }) => {
  const { page, field } = await inChat(people, { locale: 'ru-RU' });
  await field.click();
  await page.keyboard.type(':огон');
  const offers = page.getByRole('listbox', { name: 'Эмодзи' }).getByRole('option');
  await expect(offers.filter({ hasText: '🔥' }).first()).toBeVisible();
  await offers.filter({ hasText: '🔥' }).first().click();
  await expect(field).toBeFocused();
  await page.keyboard.type(' :tada');
  await expect(offers.first()).toContainText('🎉');
  await page.keyboard.type(':');
  await expect(field).toHaveValue(/^\S*🔥 🎉$/u);
});
