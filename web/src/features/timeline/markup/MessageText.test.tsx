import { i18n } from '@lingui/core';
import { I18nProvider } from '@lingui/react';
import { render, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { beforeAll, describe, expect, test } from 'vitest';
import { hostileTexts } from '../../../../e2e/fixtures/hostile';
import { MessageText } from './MessageText';
import { isBigEmoji, SHOWN_MAX } from './shape';

let row = 0;

function show(text: string): HTMLElement {
  row += 1;
  return render(
    <I18nProvider i18n={i18n}>
      <MessageText rowKey={`row${String(row)}`} text={text} />
    </I18nProvider>,
  ).container;
}

beforeAll(() => {
  i18n.loadAndActivate({ locale: 'en', messages: {} });
});

/* More than this in one message slows the page down. */
const ELEMENTS_MAX = 1000;

describe.each(hostileTexts)('hostile: $label', ({ text }) => {
  test('makes no element that runs, loads or asks', () => {
    const container = show(text);
    expect(
      container.querySelector('script, img, svg image, iframe, object, embed, form, input, style, link'),
    ).toBeNull();
    const attributes = [...container.querySelectorAll('*')].flatMap((element) => element.getAttributeNames());
    expect(attributes.filter((name) => name.startsWith('on') || name === 'srcdoc')).toEqual([]);
    expect('hacked' in window).toBe(false);
  });

  test('leads to the web or to mail, in a window of its own that knows nothing of this one', () => {
    for (const link of show(text).querySelectorAll('a')) {
      expect(link.protocol).toMatch(/^(https?|mailto):$/);
      expect(link.rel).toBe('noopener noreferrer');
      expect(link.target).toBe('_blank');
    }
  });

  test('stays small enough to be shown at once', () => {
    const container = show(text);
    expect(container.querySelectorAll('*').length).toBeLessThan(ELEMENTS_MAX);
    expect(container.textContent.length).toBeLessThan(SHOWN_MAX.signs + 400);
  });
});

test('a link whose words name another place tells where it leads', () => {
  show('[https://bank.example/login](https://thief.example/login)');
  expect(screen.getByText('(thief.example)', { exact: false })).toBeTruthy();
});

test('a spoiler hides its words from eye and ear until it is asked', async () => {
  show('It was ||the butler||');
  const hidden = screen.getByText('the butler');
  expect(hidden.getAttribute('aria-hidden')).toBe('true');
  await userEvent.click(screen.getByRole('button', { name: 'Hidden text, show it' }));
  expect(screen.getByText('the butler').getAttribute('aria-hidden')).toBeNull();
});

test('a long text shows its beginning, and all of it when asked, also after it was scrolled away', async () => {
  const text = 'word '.repeat(1000);
  const first = show(text);
  expect(first.textContent.length).toBeLessThan(SHOWN_MAX.signs + 20);
  await userEvent.click(screen.getByRole('button', { name: 'Show more' }));
  expect(first.textContent).toBe(text);

  row -= 1;
  expect(show(text).textContent).toBe(text);
});

test('the copy button copies the code and nothing else', async () => {
  const user = userEvent.setup();
  show('```js\n<b>1 < 2</b>\n```');
  await user.click(screen.getByRole('button', { name: 'Copy code' }));
  expect(await navigator.clipboard.readText()).toBe('<b>1 < 2</b>');
  expect(screen.getByRole('button', { name: 'Copied' })).toBeTruthy();
});

test.each([
  ['👍', true],
  ['👩‍👩‍👧‍👦', true],
  ['🇷🇺🎉', true],
  ['👍🏽 ❤️ 1️⃣', true],
  ['👍👍👍👍', false],
  ['1', false],
  ['12', false],
  ['#', false],
  ['ok 👍', false],
])('%s is shown large: %s', (text, want) => {
  expect(isBigEmoji(text)).toBe(want);
});

test('a spoiler whose end is cut off hides what is left of it', async () => {
  const long = show(`||${'secret '.repeat(400).trim()}||`);
  expect(screen.getByRole('button', { name: 'Show more' })).toBeTruthy();
  expect(long.querySelector('[aria-hidden="true"]')?.textContent).toContain('secret');
  expect(screen.getByRole('button', { name: 'Hidden text, show it' }).textContent.length).toBeGreaterThan(1000);
  await userEvent.click(screen.getByRole('button', { name: 'Show more' }));
  expect(screen.getByRole('button', { name: 'Hidden text, show it' })).toBeTruthy();
});

test('a link that hides its words hides its address too', async () => {
  const hidden = show('[||the butler||](https://butler.example)');
  expect(hidden.querySelector('a')).toBeNull();
  expect(hidden.innerHTML).not.toContain('butler.example');
  await userEvent.click(screen.getByRole('button', { name: 'Hidden text, show it' }));
  expect(screen.getByRole('link', { name: 'the butler' })).toBeTruthy();
});

test('numbers of a list are those that were typed, and are copied with it', () => {
  expect(show('2. a\n5. b').textContent).toBe('2. a5. b');
  expect(screen.getAllByRole('listitem')).toHaveLength(2);
});

test.each([
  ['a host in punycode is shown as what it is', 'https://xn--80ak6aa92e.com', 'https://xn--80ak6aa92e.com'],
  ['letters that pass for others', 'https://аррӏе.com', 'https://аррӏе.com (xn--80ak6aa92e.com)'],
  ['letters of two alphabets', 'https://аpple.рф', 'https://аpple.рф (xn--pple-43d.xn--p1ai)'],
  ['a name in one alphabet', 'https://пример.рф', 'https://пример.рф'],
  ['a Latin name', 'https://münchen.de', 'https://münchen.de'],
])('%s', (_label, text, want) => {
  expect(show(text).textContent).toBe(want);
});
