/* What one typed is what others read, and what one hid stays hidden wherever a text is shown. */
import { asTyped } from '../scripts/markup-inputs';
import { said } from './fixtures/catalog';
import { Screen } from './fixtures/screen';
import { expect, test } from './fixtures/test';

test('what is no formatting is read as it was typed, sign for sign', async ({ people }) => {
  const ann = await people.account('Ann');
  const bob = await people.account('Bob');
  const id = await bob.direct(ann);
  const { page } = await people.browserOf(ann);
  const screen = new Screen(page);
  await page.goto(`/c/${id}`);
  // One of them goes the whole way through the field.
  const typed = String.raw`C:\Users\_me ¯\_(ツ)_/¯ __init__.py 2*3*4 >_< a || b || c`;
  await screen.send(typed);
  await screen.shows(typed);
  expect(await ann.texts(id)).toEqual([typed]);

  for (let from = 0; from < asTyped.length; from += 12) {
    const texts = asTyped.slice(from, from + 12);
    for (const text of texts) await bob.say(id, text);
    await bob.say(id, `end of ${from}.`);
    await expect(screen.message(`end of ${from}.`)).toHaveCount(1);
    const shown = await screen.messages.locator('[dir="auto"]:has([data-meta])').evaluateAll((bubbles) =>
      bubbles.map((bubble) => {
        const words = bubble.cloneNode(true) as HTMLElement;
        words.querySelectorAll('[data-meta]').forEach((meta) => meta.remove());
        return { text: words.textContent, marks: words.querySelectorAll('strong, em, s, a, code, button, li').length };
      }),
    );
    for (const text of texts) expect.soft(shown).toContainEqual({ text, marks: 0 });
  }
});

for (const language of ['en', 'ru'] as const) {
  test(`hidden words show neither in the list, nor in what is read aloud, nor where a text is cut (${language})`, async ({
    people,
  }) => {
    const ann = await people.account('Ann');
    const bob = await people.account('Bob');
    const eve = await people.account('Eve');
    const id = await bob.direct(ann);
    await bob.say(id, 'Have you seen it?');
    await ann.direct(eve);
    const { page } = await people.browserOf(ann, { locale: language === 'ru' ? 'ru-RU' : 'en-GB' });
    const chats = page.getByRole('grid', { name: said(language, 'Chats') });
    const log = page.getByRole('log');
    await page.goto(`/c/${id}`);
    await expect(log.getByText('Have you seen it?')).toBeVisible();

    await bob.say(id, 'it was ||the butler||');
    await expect(page.getByRole('status').filter({ hasText: 'Bob: it was' })).toHaveText(
      `Bob: it was ${String(said(language, 'hidden text'))}`,
    );
    const cover = log.getByRole('button', { name: said(language, 'Hidden text, show it') });
    await expect(cover).toHaveCount(1);
    await cover.click();
    await expect(log.getByText('the butler')).toBeVisible();

    await bob.say(id, `||${'the gardener '.repeat(300).trim()}||`);
    await expect(log.getByRole('button', { name: said(language, 'Show more') })).toBeVisible();
    await expect(cover).toHaveCount(1);
    await expect(log.getByText('the gardener').first()).toBeHidden();

    await page.goto('/');
    await expect(chats.getByRole('row', { name: /Bob/ })).toContainText('▒▒▒');
    expect(await chats.innerText()).not.toMatch(/butler|gardener/);
    await page.goto(`/c/${id}`);

    await bob.say(id, '[||the cook||](https://cook.example) was ||in||');
    // After the reload the butler is covered again.
    await expect(cover).toHaveCount(4);
    await expect(log.getByRole('link')).toHaveCount(0);
    await page.goto('/');
    await expect(chats.getByRole('row', { name: /Bob/ })).toContainText('▒▒▒ was ▒▒▒');
    expect(await chats.innerText()).not.toMatch(/butler|gardener|cook/);
  });
}

test('a host in punycode is never shown as the letters it stands for', async ({ people }) => {
  const ann = await people.account('Ann');
  const bob = await people.account('Bob');
  const id = await bob.direct(ann);
  await bob.say(id, 'see https://xn--80ak6aa92e.com and https://аррӏе.com');
  const { page } = await people.browserOf(ann);
  await page.goto(`/c/${id}`);
  const links = page.getByRole('log').getByRole('link');
  await expect(links).toHaveText(['https://xn--80ak6aa92e.com', 'https://аррӏе.com']);
  await expect(page.getByRole('log')).toContainText('https://аррӏе.com (xn--80ak6aa92e.com)');
});

test('a text that shows nothing is not sent, neither by the field nor by the server', async ({ people }) => {
  const ann = await people.account('Ann');
  const bob = await people.account('Bob');
  const id = await bob.direct(ann);
  const { page } = await people.browserOf(ann);
  const screen = new Screen(page);
  await page.goto(`/c/${id}`);
  const button = page.getByRole('button', { name: 'Send', exact: true });
  for (const text of [' \n ', '\u200b\u2060', '\u3164', '\u202e\u2069', '\u2800']) {
    await screen.composer.fill(text);
    await expect(button).toBeDisabled();
    await screen.composer.press('Control+Enter');
    await expect(screen.composer).toHaveValue(text);
    await expect(ann.say(id, text)).rejects.toThrow(/400.*shows nothing/s);
  }
  await screen.send('.');
  await screen.shows('.');
  expect(await ann.texts(id)).toEqual(['.']);
});
