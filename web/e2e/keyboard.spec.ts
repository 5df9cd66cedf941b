/* Without a mouse, and without sight. */
import { Screen } from './fixtures/screen';
import { PASSWORD } from './fixtures/people';
import { expect, test } from './fixtures/test';

test('from sign-up to a sent message by keyboard alone @desktop', async ({ people }) => {
  const bob = await people.account('Bob');
  const { page } = await people.stranger();
  const keys = page.keyboard;
  const screen = new Screen(page);
  await page.goto('/');
  await expect(page.getByRole('textbox', { name: 'User name' })).toBeFocused();

  const up = page.getByRole('button', { name: 'Create an account' });
  for (let i = 0; i < 10 && !(await up.evaluate((node) => node === document.activeElement)); i++)
    await keys.press('Tab');
  await keys.press('Enter');
  await expect(page.getByRole('textbox', { name: 'User name' })).toBeFocused();
  await keys.type(people.username());
  await keys.press('Tab');
  await keys.type('Ann');
  await keys.press('Tab');
  await expect(page.getByLabel('Password', { exact: true })).toBeFocused();
  await keys.type(PASSWORD);
  await keys.press('Enter');
  await expect(page.getByRole('heading', { level: 1, name: 'Chats' })).toBeVisible();

  await keys.press('Control+KeyK');
  await expect(page.getByRole('dialog').getByRole('combobox')).toBeFocused();
  await keys.type(bob.username);
  await expect(page.getByRole('option')).toHaveCount(1); // others are called Bob too
  await expect(page.getByRole('option', { name: `Bob @${bob.username}` })).toBeVisible();
  await keys.press('ArrowDown');
  await keys.press('Enter');
  await screen.isOpen('Bob');
  await expect(screen.composer).toBeFocused();
  await keys.type('No mouse was moved');
  await keys.press('Enter');
  await expect(screen.state('No mouse was moved', 'sent')).toBeVisible();
});

test('Ctrl+K and Enter lead back to the chat before, which says what was written there last @desktop', async ({
  people,
}) => {
  const ann = await people.account('Ann');
  const bob = await people.account('Bob');
  const [first, second, third] = [
    await ann.group('First', bob),
    await ann.group('Second', bob),
    await ann.group('Third', bob),
  ];
  await bob.say(first, 'Words in the first');
  await bob.say(third, 'The newest of all');
  const { page } = await people.browserOf(ann);
  const screen = new Screen(page);
  await page.goto(`/c/${first}`);
  await expect(screen.message('Words in the first')).toBeVisible();
  await screen.chat('Second').click();
  await expect(page).toHaveURL(new RegExp(second));
  await page.keyboard.press('Control+k');
  const offered = page.getByRole('dialog').getByRole('option');
  await expect(offered.nth(0)).toHaveText(/First.*Bob: Words in the first.*\d/);
  await expect(offered.nth(1)).toHaveText(/Third.*The newest of all/);
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(new RegExp(first));
});

test('a shortcut is what the key writes; the keys of the browser stay its own on every layout', async ({ people }) => {
  const ann = await people.account('Ann');
  const id = await (await people.account('Bob')).direct(ann);
  const { page } = await people.browserOf(ann);
  const screen = new Screen(page);
  await page.goto(`/c/${id}`);
  await screen.composer.fill('marked');
  await screen.composer.selectText();
  const cdp = await page.context().newCDPSession(page);
  const CTRL = 2;
  const withCtrl = async (key: string, code: string) => {
    await cdp.send('Input.dispatchKeyEvent', { type: 'rawKeyDown', modifiers: CTRL, key, code });
    await cdp.send('Input.dispatchKeyEvent', { type: 'keyUp', modifiers: CTRL, key, code });
  };
  // German: smaller. Dvorak: copy, cut, undo, the address of the page.
  await withCtrl('-', 'Slash');
  await withCtrl('c', 'KeyI');
  await withCtrl('x', 'KeyB');
  await withCtrl('z', 'Slash');
  await withCtrl('.', 'KeyE');
  await withCtrl('t', 'KeyK');
  await expect(page.getByRole('dialog')).toHaveCount(0);
  await expect(screen.composer).toHaveValue('marked');

  await withCtrl('b', 'KeyN'); // Dvorak
  await expect(screen.composer).toHaveValue('**marked**');
  await withCtrl('и', 'KeyB'); // Russian
  await expect(screen.composer).toHaveValue('marked');
  for (const [key, code, name] of [
    ['k', 'KeyV', 'Go to a chat or a person'],
    ['л', 'KeyK', 'Go to a chat or a person'],
    ['/', 'BracketLeft', 'Keyboard shortcuts'],
    ['.', 'Slash', 'Keyboard shortcuts'],
  ] as const) {
    await withCtrl(key, code);
    await expect(page.getByRole('dialog', { name })).toBeVisible();
    await page.keyboard.press('Escape');
    await expect(page.getByRole('dialog')).toHaveCount(0);
  }
});

test('the parts of the page and the rows of the log are walked by keys @desktop', async ({ people }) => {
  const ann = await people.account('Ann');
  const bob = await people.account('Bob');
  const id = await bob.direct(ann);
  for (const text of ['row one', 'row two', 'row three']) await bob.say(id, text);
  const { page } = await people.browserOf(ann);
  const screen = new Screen(page);
  await page.goto(`/c/${id}`);
  await expect(screen.composer).toBeFocused();
  await screen.shows('row one', 'row two', 'row three');

  const holdsFocus = (role: 'navigation' | 'main') =>
    expect.poll(() =>
      page
        .getByRole(role)
        .first()
        .evaluate((node) => node.contains(document.activeElement)),
    );
  await page.keyboard.press('Control+F6');
  await holdsFocus('navigation').toBe(true);
  await page.keyboard.press('Control+F6');
  await holdsFocus('main').toBe(true);
  await expect(screen.composer, 'where the focus was before').toBeFocused();

  await page.keyboard.press('Shift+Tab');
  await expect(screen.message('row three')).toBeFocused();
  await page.keyboard.press('ArrowUp');
  await expect(screen.message('row two')).toBeFocused();
  await page.keyboard.press('Home');
  await expect(screen.messages.first()).toBeFocused();
  await page.keyboard.press('End');
  await expect(screen.message('row three')).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(screen.message('row three').getByRole('toolbar').getByRole('button').first()).toBeFocused();
  await page.keyboard.press('Tab');
  await expect(screen.composer, 'the log is one stop').toBeFocused();
});

test('what arrives in the open chat is said aloud; a burst becomes a number; own sends are told once', async ({
  people,
}) => {
  const ann = await people.account('Ann');
  const bob = await people.account('Bob');
  const eve = await people.account('Eve');
  const [id, other] = [await bob.direct(ann), await eve.direct(ann)];
  await bob.say(id, 'history is not read out');
  const { page } = await people.browserOf(ann);
  const screen = new Screen(page);
  await page.addInitScript(() => {
    const said: string[] = [];
    Object.assign(window, { said });
    new MutationObserver((changes) => {
      for (const { target } of changes) {
        const region = (target instanceof Element ? target : target.parentElement)?.closest('[role="status"]');
        const text = region?.closest('.visually-hidden') ? region.textContent : '';
        if (text) said.push(text);
      }
    }).observe(document, { subtree: true, childList: true, characterData: true });
  });
  const said = () => page.evaluate(() => (window as unknown as { said: string[] }).said);

  await page.goto(`/c/${id}`);
  await screen.shows('history is not read out');
  await expect(screen.chat(/Eve/).or(screen.log)).not.toHaveCount(0);
  await bob.say(id, 'hear this');
  await expect.poll(said).toContain('Bob: hear this');
  await eve.say(other, 'not of the open chat');

  await Promise.all(Array.from({ length: 6 }, (_, i) => bob.say(id, `burst ${i}`)));
  await expect.poll(async () => (await said()).join('\n')).toMatch(/[2-6] new messages/);
  await screen.send('mine');
  await expect.poll(said).toContain('Message sent');
  await screen.shows('mine');
  const all = await said();
  expect(all.filter((text) => text === 'Message sent')).toHaveLength(1);
  expect(all.join('\n')).not.toMatch(/history|not of the open chat|mine/);
  await expect(screen.log).toHaveAttribute('aria-live', 'off');
});
