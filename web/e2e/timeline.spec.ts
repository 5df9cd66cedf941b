/* The reader's place: where a chat opens, and that nothing moves it. */
import type { Page } from '@playwright/test';
import { Screen } from './fixtures/screen';
import { expect, test } from './fixtures/test';

interface Followed {
  row: string;
  farthest: number;
  running: boolean;
}

/* In the page: follows a row frame by frame. */
function follow(row: string): void {
  const find = () =>
    [...document.querySelectorAll('[role="log"] article')].find((each) => each.textContent?.includes(row));
  const start = find()!.getBoundingClientRect().top;
  const state: Followed = { row, farthest: 0, running: true };
  Object.assign(window, { followed: state });
  const look = () => {
    // A row that is gone has moved out of sight.
    const top = find()?.getBoundingClientRect().top ?? Number.MAX_SAFE_INTEGER;
    state.farthest = Math.max(state.farthest, Math.abs(top - start));
    if (state.running) requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
}

/* In the page: to the top edge of what is loaded. Resolves with the row in the middle once all rows have their true height. */
async function toTopEdge(): Promise<string> {
  const log = document.querySelector('[role="log"]')!;
  log.scrollTop = 0;
  let row: Element | undefined;
  for (let still = 0, last = NaN; still < 10;) {
    await new Promise(requestAnimationFrame);
    row = [...log.querySelectorAll('article')].find((each) => {
      const { top, bottom } = each.getBoundingClientRect();
      return top <= innerHeight / 2 && bottom >= innerHeight / 2 - 60;
    });
    const top = row?.getBoundingClientRect().top ?? NaN;
    still = top === last ? still + 1 : 0;
    last = top;
  }
  return /number \d+\./.exec(row?.textContent ?? '')?.[0] ?? '';
}

/** How far it moved in the end, in pixels. */
async function stopFollowing(page: Page): Promise<Followed> {
  return page.evaluate(async () => {
    const { followed } = window as unknown as { followed: Followed };
    await new Promise(requestAnimationFrame);
    await new Promise(requestAnimationFrame);
    followed.running = false;
    return followed;
  });
}

test('a chat opens at the first unread message; the divider stays; the button leads to the end', async ({ people }) => {
  const ann = await people.account('Ann');
  const bob = await people.account('Bob');
  const id = await bob.direct(ann);
  for (let i = 1; i <= 40; i++) await bob.say(id, `old ${i}.`);
  await ann.call('PUT', `/v1/conversations/${id}/read`, { seq: 40 });
  for (let i = 1; i <= 40; i++) await bob.say(id, `new ${i}.`);
  const { page } = await people.browserOf(ann);
  const screen = new Screen(page);
  await page.goto(`/c/${id}`);
  await expect(screen.log.getByText('Unread messages')).toBeInViewport();
  await expect(screen.message('new 1.')).toBeInViewport();
  await expect(screen.message('new 40.')).not.toBeInViewport();

  await bob.say(id, 'while you read');
  await page.getByRole('button', { name: /^To the end, \d+ new messages/ }).click();
  await expect(screen.message('while you read')).toBeInViewport();
  await screen.backToChats();
  await expect(screen.chat(/Bob/)).not.toContainText('unread');
});

test('a message that comes while the unread ones are loaded leaves them unread, and the chat opens at the first', async ({
  people,
}) => {
  const ann = await people.account('Ann');
  const bob = await people.account('Bob');
  const group = await bob.group('Plans', ann);
  for (let i = 1; i <= 5; i++) await bob.say(group, `old ${i}.`);
  await ann.call('PUT', `/v1/conversations/${group}/read`, { seq: 5 });
  for (let i = 1; i <= 40; i++) await bob.say(group, `new ${i}.`);
  const { page } = await people.browserOf(ann);
  const screen = new Screen(page);
  const held: (() => void)[] = [];
  await page.routeWebSocket(/\/v1\/ws$/, (client) => {
    client.connectToServer().onMessage((message) => {
      if (/"messages":\[\{/.test(String(message))) held.push(() => client.send(message));
      else client.send(message);
    });
  });
  await page.goto(`/c/${group}`);
  await expect.poll(() => held.length).toBeGreaterThan(0);
  await bob.say(group, 'meanwhile');
  // Its words are in the list, so it is in the log too.
  await expect(page.locator('[role="row"]', { hasText: 'meanwhile' })).toHaveCount(1);
  for (const pass of held) pass();
  await expect(screen.log.getByText('Unread messages')).toBeInViewport();
  await expect(screen.message('new 1.')).toBeInViewport();
  await expect(screen.message('meanwhile')).not.toBeInViewport();
  const { heads } = await ann.call<{ heads: Record<string, { read_seq: number }> }>('GET', '/v1/heads');
  expect(heads[group]?.read_seq).toBe(5);
});

test('loading older messages and receiving new ones moves the reader by nothing', async ({ people }) => {
  const ann = await people.account('Ann');
  const bob = await people.account('Bob');
  const id = await bob.direct(ann);
  for (let i = 1; i <= 160; i++) await (i % 3 ? bob : ann).say(id, `number ${i}. ${'and more of it '.repeat(i % 9)}`);
  const { page } = await people.browserOf(ann);
  const screen = new Screen(page);
  /* What the server answers can be held back, so that an older page arrives when everything else is done. */
  const held: (() => void)[] = [];
  let holds = false;
  let heldPages = 0;
  let pages = 0;
  await page.routeWebSocket(/\/v1\/ws$/, (client) => {
    client.connectToServer().onMessage((message) => {
      const isPage = /"messages":\[\{/.test(String(message));
      const pass = () => {
        if (isPage) pages += 1;
        client.send(message);
      };
      if (!holds) return pass();
      held.push(pass);
      if (isPage) heldPages += 1;
    });
  });
  await page.goto(`/c/${id}?m=120`);
  await expect(screen.message('number 120.')).toBeInViewport();

  await page.evaluate(follow, 'number 120.');
  for (let i = 0; i < 5; i++) await bob.say(id, `incoming ${i}`);
  await expect(page.getByRole('button', { name: /^To the end, \d+ new messages/ })).toBeVisible();
  expect((await stopFollowing(page)).farthest).toBeLessThanOrEqual(1);

  // The top edge asks for what is older; when that comes, what is on the screen stays where it is.
  holds = true;
  const row = await page.evaluate(toTopEdge);
  expect(row).toMatch(/number/);
  await expect.poll(() => heldPages, 'among what else is answered').toBeGreaterThan(0);
  await page.evaluate(follow, row);
  const before = pages;
  holds = false;
  for (const pass of held) pass();
  expect(pages).toBeGreaterThan(before);
  await expect
    .poll(() => page.evaluate(() => document.querySelector('[role="log"]')!.scrollTop), 'older rows came above')
    .toBeGreaterThan(500);
  expect((await stopFollowing(page)).farthest).toBeLessThanOrEqual(1);
});

test('a link to a message opens the window around it and marks it @desktop', async ({ people }) => {
  const ann = await people.account('Ann');
  const bob = await people.account('Bob');
  const id = await bob.direct(ann);
  for (let i = 1; i <= 120; i++) await bob.say(id, `number ${i}.`);
  const { page } = await people.browserOf(ann);
  const screen = new Screen(page);
  await page.goto(`/c/${id}`);
  await expect(screen.composer).toBeVisible();
  await page.goto(`/c/${id}?m=20`);
  const marked = page.locator('[role="log"] article[data-highlighted]');
  await expect(marked).toContainText('number 20.');
  await expect(screen.message('number 20.')).toBeInViewport();
  await expect(screen.message('number 120.')).toHaveCount(0);
  await expect(marked, 'not for ever').toHaveCount(0);
  /* Now the chat is known before there is a connection. */
  await page.reload();
  await expect(marked).toContainText('number 20.');
  await expect(screen.message('number 20.')).toBeInViewport();
  await page.getByRole('button', { name: /^To the (newest message|end)/ }).click();
  await expect(screen.message('number 120.')).toBeInViewport();
});

test('a chat at rest has nothing to draw, out of sight neither', async ({ people }) => {
  const ann = await people.account('Ann');
  const bob = await people.account('Bob');
  const id = await bob.direct(ann);
  for (let i = 1; i <= 120; i++) await ann.say(id, `number ${i}.`);
  const { page } = await people.browserOf(ann);
  const screen = new Screen(page);
  await page.goto(`/c/${id}`);
  await expect(screen.message('number 120.')).toBeInViewport();
  await expect(screen.message('number 1.'), 'there is more to load').toHaveCount(0);
  await expect.poll(() => page.evaluate(() => document.getAnimations().length)).toBe(0);
});

test('coming back to a chat is coming back to the line, with a tall draft below it @desktop', async ({ people }) => {
  const ann = await people.account('Ann');
  const bob = await people.account('Bob');
  const group = await bob.group('The long one', ann);
  const direct = await bob.direct(ann);
  await bob.say(direct, 'the other chat');
  for (let i = 1; i <= 60; i++) await bob.say(group, `number ${i}.`);
  const { page } = await people.browserOf(ann);
  const screen = new Screen(page);
  await page.goto(`/c/${group}`);
  await expect(screen.log.getByText('Unread messages')).toBeInViewport();
  await page.keyboard.press('Control+End');
  await expect(screen.message('number 60.')).toBeInViewport();
  await screen.composer.fill('\n\n\n\n\nnot finished');
  await expect(screen.message('number 60.')).toBeInViewport();

  const log = await screen.log.boundingBox();
  await page.mouse.move(log!.x + log!.width / 2, log!.y + 100);
  await page.mouse.wheel(0, -600);
  const line = screen.message('number 37.');
  await expect(line).toBeInViewport();
  await expect(page.getByRole('button', { name: 'To the newest message' })).toBeVisible();
  /* A wheel takes several frames. */
  let before = await line.boundingBox();
  await expect
    .poll(async () => {
      const was = before?.y;
      before = await line.boundingBox();
      return before?.y === was;
    })
    .toBe(true);

  await screen.open('Bob');
  await expect(screen.message('the other chat')).toBeVisible();
  await expect(screen.composer).toHaveValue('');
  await screen.open('The long one');
  await expect(screen.composer).toHaveValue('\n\n\n\n\nnot finished');
  await expect(line).toBeInViewport();
  expect((await line.boundingBox())?.y).toBe(before?.y);
});
