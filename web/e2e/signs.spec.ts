/* What a glance tells: when, how far, who came, who is here, and what is heard. */
import type { Page } from '@playwright/test';
import { said } from './fixtures/catalog';
import { violations } from './fixtures/checks';
import { Screen } from './fixtures/screen';
import { PICTURES } from './fixtures/views';
import { expect, test } from './fixtures/test';

for (const language of ['en', 'ru'] as const) {
  const name = (text: string) => said(language, text);
  const options = { locale: language === 'ru' ? 'ru-RU' : 'en-GB' };
  const log = (page: Page) => page.getByRole('log', { name: name('Messages') });

  test(`every message has its time, in the line of its last words where there is room [${language}]`, async ({
    people,
  }) => {
    const ann = await people.account('Ann');
    const bob = await people.account('Bob');
    const id = await bob.direct(ann);
    // One's own, so that no line of what is unread stands between them.
    for (const text of ['first', 'second', 'third']) await ann.say(id, text);
    const { page } = await people.browserOf(ann, options);
    await page.goto(`/c/${id}`);
    const rows = log(page).locator('article[data-seq]');
    await expect(rows).toHaveCount(3);
    for (const row of await rows.all()) await expect(row.locator('time')).toHaveText(/^\d+:\d\d/);
    const heights = await Promise.all(
      ['second', 'third'].map(async (text) => (await rows.filter({ hasText: text }).boundingBox())!.height),
    );
    // One line of text, and what is around it.
    for (const height of heights) expect(height).toBeLessThan(40);
  });

  test(`the list says how far one's own last message has come [${language}]`, async ({ people }, info) => {
    const ann = await people.account('Ann');
    const bob = await people.account('Bob');
    const id = await bob.direct(ann);
    await bob.say(id, 'hello');
    await ann.say(id, 'are you there?');
    const { page } = await people.browserOf(ann, options);
    await page.goto('/');
    const row = page.getByRole('grid').getByRole('row', { name: 'Bob' });
    await expect(row.locator('[data-state="sent"]')).toHaveCount(1);
    await expect(row.getByText(name('Sent'), { exact: true })).toHaveCount(1);
    await bob.call('PUT', `/v1/conversations/${id}/delivered`, { seq: 2 });
    await expect(row.locator('[data-state="delivered"]')).toHaveCount(1);
    await bob.call('PUT', `/v1/conversations/${id}/read`, { seq: 2 });
    await expect(row.locator('[data-state="read"]')).toHaveCount(1);
    expect(await violations(page)).toEqual([]);
    await page.screenshot({ path: `${PICTURES}/${info.project.name}-list-ticks-${language}.png` });
    await bob.say(id, 'yes');
    await expect(row.locator('[data-state]')).toHaveCount(0);
  });

  test(`those who were added one after the other are one line, and the header counts who is here [${language}]`, async ({
    people,
  }, info) => {
    const owner = await people.account('Anna');
    const dan = await people.join('Dan');
    const id = await owner.group('Sailing', dan.account);
    const { page } = await people.browserOf(owner, options);
    await page.goto(`/c/${id}`);
    const header = page.getByRole('main').locator('header').first();
    await expect(header).toContainText(language === 'ru' ? '2 участника' : '2 members');
    const added = ['Boris', 'Vera', 'Gleb', 'Inna'];
    for (const one of added) await owner.add(id, await people.account(one));
    const line = log(page).getByText('Boris');
    await expect(line).toHaveText(
      language === 'ru' ? /^Вы добавили: .Dan., .Boris. и ещё 3 человека$/ : /^You added .Dan., .Boris., and 3 others$/,
    );
    await expect(log(page).getByText('Inna')).toHaveCount(0);
    await expect(header).toContainText(language === 'ru' ? '6 участников' : '6 members');
    await expect(header).not.toContainText(language === 'ru' ? 'в сети' : 'online');
    // Who has acted in a group may be seen in it.
    await dan.account.say(id, 'ahoy');
    await expect(header).toContainText(language === 'ru' ? '6 участников, 2 в сети' : '6 members, 2 online');
    expect(await violations(page)).toEqual([]);
    await page.screenshot({ path: `${PICTURES}/${info.project.name}-joined-${language}.png` });
    await dan.context.close();
    await expect(header).not.toContainText(language === 'ru' ? 'в сети' : 'online');
  });
}

test('on the keyboard of a phone Enter is a new line, and the button sends @phone', async ({ people }) => {
  const ann = await people.account('Ann');
  const bob = await people.account('Bob');
  const id = await bob.direct(ann);
  const { page } = await people.browserOf(ann);
  const screen = new Screen(page);
  await page.goto(`/c/${id}`);
  await screen.composer.tap();
  await page.keyboard.type('one');
  await page.keyboard.press('Enter');
  await page.keyboard.type('two');
  await expect(screen.composer).toHaveValue('one\ntwo');
  await expect(screen.composer).toHaveAttribute('enterkeyhint', 'enter');
  await page.getByRole('button', { name: 'Send', exact: true }).tap();
  await expect(screen.message(/one\s*two/)).toHaveCount(1);
});

/* How often something was to be heard, since the page was opened. */
async function listen(page: Page): Promise<() => Promise<number>> {
  await page.addInitScript(() => {
    const heard = { count: 0 };
    Object.assign(window, { heard });
    const original = Reflect.get(AudioScheduledSourceNode.prototype, 'start') as AudioScheduledSourceNode['start'];
    AudioScheduledSourceNode.prototype.start = function (this: AudioScheduledSourceNode, at?: number) {
      heard.count++;
      original.call(this, at);
    };
  });
  return () => page.evaluate(() => (window as unknown as { heard: { count: number } }).heard.count);
}

test('a message that nobody looks at is heard once, in one of the windows, and not where sounds are off', async ({
  people,
}) => {
  const ann = await people.account('Ann');
  const bob = await people.account('Bob');
  const eve = await people.account('Eve');
  const one = await bob.direct(ann);
  const other = await eve.direct(ann);
  await bob.say(one, 'to start');
  await eve.say(other, 'to start');
  const { page } = await people.browserOf(ann);
  const heard = await listen(page);
  await page.goto(`/c/${one}`);
  const screen = new Screen(page);
  await expect(screen.message('to start')).toBeVisible();
  await screen.composer.click();
  await bob.say(one, 'in the open chat');
  await expect(screen.message('in the open chat')).toBeVisible();
  expect(await heard()).toBe(0);
  await ann.say(other, 'my own, from another device');
  await screen.send('my own');
  await eve.say(other, 'heard');
  await expect.poll(heard).toBe(2); // two notes

  await page.goto('/settings/chats');
  await page.getByText('Sound for a new message').click();
  await eve.say(other, 'silent');
  await page.goto(`/c/${other}`);
  await expect(screen.message('silent')).toBeVisible();
  expect(await heard()).toBe(0);
});
