/* What one was doing stays as it was: the focus, the chat, the row, the end of the log, names and times. */
import type { Page } from '@playwright/test';
import { said } from './fixtures/catalog';
import { Screen } from './fixtures/screen';
import { expect, test } from './fixtures/test';

const focused = (page: Page) =>
  page.evaluate(() => document.activeElement?.getAttribute('aria-label') ?? document.activeElement?.id ?? '');

for (const language of ['en', 'ru'] as const) {
  const name = (text: string) => said(language, text);
  const options = { locale: language === 'ru' ? 'ru-RU' : 'en-GB' };

  test(`when the panel closes, the focus is where it came from [${language}]`, async ({ people }, { project }) => {
    const ann = await people.account('Ann');
    const id = await (await people.account('Bob')).direct(ann);
    const { page } = await people.browserOf(ann, options);
    const screen = new Screen(page, language);
    await page.goto(`/c/${id}`);
    await expect(screen.composer).toBeVisible();
    await screen.details();
    await screen.closeDetails();
    await expect.poll(() => focused(page)).toBe(name('About this person'));
    await screen.details();
    await page.keyboard.press('Escape');
    await expect.poll(() => focused(page)).toBe(name('About this person'));
    // By its link, nothing opened it.
    await page.goto(`/c/${id}/info`);
    await screen.closeDetails();
    await expect.poll(() => focused(page)).toBe(project.name === 'phone' ? 'chat-title' : name('Message'));
  });

  test(`from the settings one comes back to the chat that was open [${language}] @desktop`, async ({ people }) => {
    const ann = await people.account('Ann');
    const id = await (await people.account('Bob')).direct(ann);
    const { page } = await people.browserOf(ann, options);
    const screen = new Screen(page, language);
    await page.goto(`/c/${id}`);
    await screen.composer.fill('half a thought');
    await page.getByRole('button', { name: name('Account of {name}') }).click();
    await page.getByRole('menuitem', { name: name('Settings') }).click();
    await page.getByRole('link', { name: name('Appearance and language') }).click();
    await page.getByRole('link', { name: name('Devices') }).click();
    await page.reload();
    await page.getByRole('button', { name: name('Back to the chats') }).click();
    await screen.isOpen('Bob');
    await expect(screen.composer).toHaveValue('half a thought');
    await expect(page).toHaveURL(new RegExp(id));
  });

  test(`the chat that a key opens is in view in the list [${language}] @desktop`, async ({ people }) => {
    const ann = await people.account('Ann');
    const bob = await people.account('Bob');
    const ids: string[] = [];
    for (let i = 1; i <= 24; i++) ids.unshift(await ann.group(`Chat number ${i}.`, bob));
    const { page } = await people.browserOf(ann, options);
    const screen = new Screen(page, language);
    await page.goto(`/c/${ids[0]}`);
    await screen.isOpen('Chat number 24.');
    for (let i = 23; i >= 1; i--) {
      await page.keyboard.press('Alt+ArrowDown');
      await expect(page).toHaveURL(new RegExp(ids[24 - i]!));
      await expect(screen.chat(`Chat number ${i}.`)).toBeInViewport({ ratio: 0.99 });
    }
    await page.goto(`/c/${ids[23]}`);
    await expect(screen.chat('Chat number 1.')).toBeInViewport({ ratio: 0.99 });
  });

  test(`the end of the log stays in view when a long text in the field is replaced by another [${language}]`, async ({
    people,
  }) => {
    const ann = await people.account('Ann');
    const bob = await people.account('Bob');
    const id = await bob.direct(ann);
    for (let i = 1; i < 30; i++) await bob.say(id, `line ${i}`);
    await ann.say(id, 'line 30'); // who answers has read
    const { page } = await people.browserOf(ann, options);
    const screen = new Screen(page, language);
    await page.goto(`/c/${id}`);
    await screen.shows('line 30');
    const fromEnd = () => screen.log.evaluate((log) => Math.round(log.scrollHeight - log.clientHeight - log.scrollTop));
    await expect.poll(fromEnd).toBeLessThanOrEqual(1);
    const tall = Array.from({ length: 12 }, (_, i) => `row ${i}`).join('\n');
    await screen.composer.fill(tall);
    await expect.poll(fromEnd).toBeLessThanOrEqual(1);
    // Low and high again within one frame, with the layout asked for between the two.
    await page.evaluate(async (text) => {
      const field = document.querySelector<HTMLTextAreaElement>('#composer')!;
      for (const value of ['', text]) {
        field.focus();
        field.select();
        document.execCommand(value ? 'insertText' : 'delete', false, value);
        void document.querySelector('[role="log"]')!.clientHeight;
      }
      for (let i = 0; i < 5; i++) await new Promise(requestAnimationFrame);
    }, tall);
    expect(await fromEnd()).toBeLessThanOrEqual(1);
    await bob.say(id, 'one more');
    await screen.shows('one more');
    await expect(screen.message('one more')).toBeInViewport();
  });

  test(`rows and messages appear with their names, and nothing moves when those come [${language}]`, async ({
    people,
  }) => {
    const ann = await people.account('Ann');
    const bob = await people.account('Bob with a rather long name');
    const eve = await people.account('Eve');
    await bob.say(await bob.direct(ann), 'hello');
    const group = await ann.group('Plans', bob, eve);
    await bob.say(group, 'ok');
    await eve.add(group, await people.account('Carl')).catch(() => undefined);
    const { page } = await people.browserOf(ann, options);
    await page.addInitScript(() => {
      const seen: string[] = [];
      Object.assign(window, { seen });
      new PerformanceObserver((list) => {
        for (const entry of list.getEntries()) seen.push(`moved by ${(entry as unknown as { value: number }).value}`);
      }).observe({ type: 'layout-shift', buffered: true });
      new MutationObserver(() => {
        for (const title of document.querySelectorAll('[role="grid"] [role="row"], [role="log"] article'))
          if (title.querySelector('[class*="skeleton"]') || title.textContent?.startsWith('…')) seen.push('nameless');
      }).observe(document, { subtree: true, childList: true, characterData: true });
    });
    await page.goto(`/c/${group}`);
    const screen = new Screen(page, language);
    await screen.shows('ok');
    await expect(screen.message('ok')).toContainText('Bob with a rather long name');
    expect(await page.evaluate(() => (window as unknown as { seen: string[] }).seen)).toEqual([]);
  });

  test(`times follow the zone of the computer, also in a page that is open [${language}]`, async ({ people }) => {
    const ann = await people.account('Ann');
    const bob = await people.account('Bob');
    const id = await bob.direct(ann);
    await bob.say(id, 'what time is it');
    const { page, context } = await people.browserOf(ann, { ...options, timezoneId: undefined as unknown as string });
    const screen = new Screen(page, language);
    const session = await context.newCDPSession(page);
    await session.send('Emulation.setTimezoneOverride', { timezoneId: 'Europe/Moscow' });
    await page.goto(`/c/${id}`);
    await screen.shows('what time is it');
    const times = () => page.locator('time').evaluateAll((all) => all.map((each) => each.textContent));
    const before = await times();
    await session.send('Emulation.setTimezoneOverride', { timezoneId: 'Asia/Kathmandu' });
    await page.evaluate(() => window.dispatchEvent(new Event('focus')));
    const minutes = (text: string | null) => Number(/\d+:(\d+)/.exec(text ?? '')?.[1]);
    await expect.poll(async () => minutes((await times()).at(-1) ?? null)).toBe((minutes(before.at(-1)!) + 45) % 60);
    expect((await times()).every((text, at) => text !== before[at])).toBe(true);
  });
}
