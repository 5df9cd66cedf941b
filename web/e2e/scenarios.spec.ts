/* Six afternoons of somebody new (docs/scenarios.md): each counts what a hand does, and how long this machine takes for it. */
import type { Locator, Page, TestInfo } from '@playwright/test';
import { mkdirSync, writeFileSync } from 'node:fs';
import { said } from './fixtures/catalog';
import { PASSWORD } from './fixtures/people';
import { Screen } from './fixtures/screen';
import { expect, test } from './fixtures/test';
import { CUT_LINE } from './fixtures/watch';

const RECORDS = '../build/web/scenarios';

/* A hand: what it does counts, what it waits for does not. */
class Hand {
  steps = 0;
  private readonly begin = Date.now();

  async open(page: Page, address: string): Promise<void> {
    this.steps++;
    await page.goto(address);
  }
  async press(what: Locator): Promise<void> {
    this.steps++;
    await what.click();
  }
  async write(where: Locator, text: string): Promise<void> {
    this.steps++;
    await where.fill(text);
  }
  /** Several letters are one step, as one field is for a mouse. */
  async type(page: Page, text: string): Promise<void> {
    this.steps++;
    await page.keyboard.type(text);
  }
  async key(page: Page, ...keys: string[]): Promise<void> {
    for (const key of keys) {
      this.steps++;
      await page.keyboard.press(key);
    }
  }

  done(info: TestInfo, scenario: string): void {
    const seconds = ((Date.now() - this.begin) / 1000).toFixed(1);
    mkdirSync(RECORDS, { recursive: true });
    writeFileSync(`${RECORDS}/${info.project.name}-${scenario}.txt`, `${this.steps} steps, ${seconds} s\n`);
  }
}

async function signUp(hand: Hand, page: Page, username: string, name: string): Promise<void> {
  await hand.write(page.getByRole('textbox', { name: 'User name' }), username);
  await hand.write(page.getByRole('textbox', { name: 'Your name' }), name);
  await hand.write(page.getByLabel('Password', { exact: true }), PASSWORD);
  await hand.press(page.locator('form button[type="submit"]'));
}

async function say(hand: Hand, page: Page, text: string): Promise<void> {
  await hand.write(page.locator('#composer'), text);
  await hand.press(page.getByRole('button', { name: 'Send', exact: true }));
}

test('an owner comes from nothing to the first answer of a friend', async ({ ownServer }, info) => {
  const { server, people } = await ownServer({ MOLVA_REGISTRATION: 'invite' });
  const [owner, friend] = [(await people.stranger()).page, (await people.stranger()).page];
  const hand = new Hand();
  await hand.open(owner, await server.ownerLink());
  await signUp(hand, owner, people.username(), 'Ann');
  await hand.press(owner.getByRole('button', { name: 'Create an invitation link' }));
  await hand.open(friend, (await owner.getByText(/#invite=/).textContent())!);
  await signUp(hand, friend, people.username(), 'Bob');
  await hand.press(friend.getByRole('button', { name: 'Start a chat' }));
  await hand.press(friend.getByRole('option', { name: /Ann/ }));
  await say(hand, friend, 'Here I am');
  await hand.press(new Screen(owner).chat(/Bob/));
  await say(hand, owner, 'Welcome!');
  await new Screen(friend).shows('Here I am', 'Welcome!');
  hand.done(info, 'owner');
});

test('somebody with a phone, in Russian, signs in, reads what is new and answers @phone', async ({ people }, info) => {
  const ann = await people.account('Анна');
  const bob = await people.account('Борис');
  const id = await bob.direct(ann);
  for (let i = 1; i <= 40; i++) await bob.say(id, `Новость ${i}.`);
  const { page } = await people.stranger({ locale: 'ru-RU' });
  const name = (text: string) => said('ru', text);
  const screen = new Screen(page, 'ru');
  const hand = new Hand();
  await hand.open(page, '/');
  await hand.write(page.getByRole('textbox', { name: name('User name') }), ann.username);
  await hand.write(page.getByLabel(String(name('Password')), { exact: true }), PASSWORD);
  await hand.press(page.locator('form button[type="submit"]'));
  await hand.press(screen.chat(/Борис/));
  await expect(screen.log.getByText(name('Unread messages'))).toBeInViewport();
  await hand.press(page.getByRole('button', { name: /40/ }));
  await expect(screen.message('Новость 40.')).toBeInViewport();
  await hand.write(screen.composer, 'Прочла');
  await hand.press(page.getByRole('button', { name: name('Send'), exact: true }));
  await screen.shows('Прочла');
  await hand.press(page.getByRole('button', { name: name('Back to the chats') }));
  await expect(screen.chat(/Борис/)).toContainText('Прочла');
  hand.done(info, 'phone');
});

test('the keyboard alone signs in, finds a chat, answers, and goes to the message before @desktop', async ({
  people,
}, info) => {
  const ann = await people.account('Ann');
  const bob = await people.account('Bob');
  const id = await bob.group('Sailing', ann);
  for (let i = 1; i <= 3; i++) await bob.say(id, `wind ${i}`);
  const { page } = await people.stranger();
  const screen = new Screen(page);
  const hand = new Hand();
  await hand.open(page, '/');
  await expect(page.getByRole('textbox', { name: 'User name' })).toBeFocused();
  await hand.type(page, ann.username);
  await hand.key(page, 'Tab');
  await hand.type(page, PASSWORD);
  await hand.key(page, 'Enter');
  await expect(screen.chat('Sailing')).toBeVisible();
  await hand.key(page, 'Control+k');
  await hand.type(page, 'sail');
  await expect(page.getByRole('option')).toHaveCount(1);
  await hand.key(page, 'Enter');
  await expect(screen.composer).toBeFocused();
  await hand.type(page, 'aye');
  await hand.key(page, 'Enter');
  await expect(screen.state('aye', 'sent')).toBeVisible();
  // Into the log, and to the message before one's own.
  await hand.key(page, 'Shift+Tab');
  for (let i = 0; i < 8 && !(await page.evaluate(() => document.activeElement?.closest('[role="log"]') !== null)); i++)
    await hand.key(page, 'Shift+Tab');
  await hand.key(page, 'ArrowUp');
  await expect(screen.message('wind 3')).toBeFocused();
  hand.done(info, 'keyboard');
});

test('read aloud line by line, every control of the first views has a name, and the log says who wrote what', async ({
  people,
}, info) => {
  const ann = await people.account('Ann');
  const bob = await people.account('Bob');
  const id = await bob.direct(ann);
  await bob.say(id, 'can you hear me?');
  const stranger = await people.stranger();
  const { page } = await people.browserOf(ann);
  const hand = new Hand();
  await hand.open(stranger.page, '/');
  await expect(stranger.page.getByRole('textbox', { name: 'User name' })).toBeVisible();
  await hand.open(page, `/c/${id}`);
  await new Screen(page).shows('can you hear me?');
  const pages: string[] = [];
  for (const each of [stranger.page, page]) {
    const lines = (await each.locator('body').ariaSnapshot()).split('\n');
    // A control without a name would be read as its kind alone.
    const nameless = lines.filter((line) =>
      /^\s*- (button|link|textbox|combobox|checkbox|switch|menuitem|row)(:|$| \[)/.test(line),
    );
    expect(nameless).toEqual([]);
    pages.push(lines.join('\n'));
  }
  expect(pages[1]).toMatch(/article "Bob, [^"]*"[\s\S]*can you hear me\?/);
  mkdirSync(RECORDS, { recursive: true });
  writeFileSync(`${RECORDS}/${info.project.name}-aloud.txt`, pages.join('\n\n'));
  hand.done(info, 'reader');
});

test('with a network that comes and goes nothing written is lost, doubled or out of order', async ({
  people,
  watch,
}, info) => {
  watch.allow(CUT_LINE);
  const ann = await people.account('Ann');
  const bob = await people.account('Bob');
  const id = await bob.direct(ann);
  await bob.say(id, 'before the tunnel');
  const { page, context } = await people.browserOf(ann);
  const screen = new Screen(page);
  await page.goto(`/c/${id}`);
  await screen.shows('before the tunnel');
  await page.evaluate(async () => void (await navigator.serviceWorker.ready));
  const hand = new Hand();
  const texts: string[] = [];
  for (const round of [1, 2, 3]) {
    await context.setOffline(true);
    texts.push(`in tunnel ${round}`);
    await say(hand, page, texts.at(-1)!);
    await expect(screen.state(texts.at(-1)!, 'sending')).toBeVisible();
    if (round === 2) await hand.open(page, `/c/${id}`);
    await context.setOffline(false);
    await expect(screen.state(texts.at(-1)!, 'sent')).toBeVisible();
  }
  await screen.shows('before the tunnel', ...texts);
  expect(await bob.texts(id)).toEqual(['before the tunnel', ...texts]);
  hand.done(info, 'network');
});

test('five people talk in a group: all read all in one order, and see who has read', async ({ people }, info) => {
  const owner = await people.join('Anna');
  const others = await Promise.all(['Boris', 'Clara', 'Dan', 'Eva'].map((name) => people.join(name)));
  const hand = new Hand();
  const screen = new Screen(owner.page);
  await hand.press(owner.page.getByRole('button', { name: 'New chat' }));
  await hand.press(owner.page.getByRole('button', { name: 'New group' }));
  const form = owner.page.getByRole('dialog', { name: 'New group' });
  await hand.write(form.getByRole('textbox', { name: 'Name of the group' }), 'Five');
  for (const { account } of others) {
    await hand.write(form.getByRole('combobox', { name: 'Find people for the group' }), account.username);
    await hand.press(form.getByRole('option', { name: account.name }));
  }
  await hand.press(form.getByRole('button', { name: /^Create/ }));
  await screen.isOpen('Five');
  await say(hand, owner.page, 'Who is here?');
  for (const { page, name } of others) {
    await hand.press(new Screen(page).chat(/Five/));
    await say(hand, page, `${name} is`);
  }
  const said = ['Who is here?', ...others.map(({ name }) => `${name} is`)];
  for (const { page } of [owner, ...others]) await new Screen(page).shows(...said);
  await expect(screen.state('Who is here?', 'read')).toBeVisible();
  hand.done(info, 'five');
});
