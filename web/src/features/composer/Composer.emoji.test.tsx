import { i18n } from '@lingui/core';
import { fireEvent, screen, waitFor } from '@testing-library/react';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { realtime } from '@/realtime';
import { emojiColumns } from '../../../scripts/emoji-data';
import { show } from '../../../scripts/render';
import { Composer } from './Composer';

vi.spyOn(realtime, 'setTyping').mockImplementation(() => undefined);
vi.spyOn(realtime, 'draft').mockReturnValue(undefined);
const send = vi.spyOn(realtime, 'send').mockResolvedValue('client id');
const saveDraft = vi.spyOn(realtime, 'saveDraft').mockImplementation(() => undefined);
vi.spyOn(HTMLCanvasElement.prototype, 'getContext').mockReturnValue(null);
Element.prototype.scrollTo ??= () => undefined;

const columns = emojiColumns();
const asked = vi.fn();

beforeEach(() => {
  vi.clearAllMocks();
  localStorage.clear();
  vi.stubGlobal('fetch', async (url: string) => {
    asked(url);
    return Response.json(columns);
  });
});
afterEach(() => vi.unstubAllGlobals());

const field = () => screen.getByRole<HTMLTextAreaElement>('textbox', { name: 'Message' });
const offers = () => screen.queryAllByRole('option').map((option) => option.textContent);
const active = () => {
  const id = field().getAttribute('aria-activedescendant');
  return id === null ? null : document.getElementById(id)?.textContent;
};
const draft = () => saveDraft.mock.lastCall?.[1];

test('nothing is asked for before a name begins', async () => {
  vi.resetModules(); // no names are there from another test
  const { Composer: Fresh } = await import('./Composer');
  const { user } = show(<Fresh conversationId="a" />);
  await user.type(field(), 'it is 12:30, see http://x.org :D');
  expect(asked).not.toHaveBeenCalled();
});

test('a name behind a colon offers emoji; Enter puts the active one in, and the draft has it', async () => {
  const { user } = show(<Composer conversationId="a" />);
  await user.type(field(), 'well done :tad');
  await waitFor(() => expect(offers()[0]).toContain('🎉'));
  expect(field().getAttribute('aria-controls')).toBe(screen.getByRole('listbox').id);
  expect(active()).toContain('🎉');
  await user.keyboard('{Enter}');
  expect(field().value).toBe('well done 🎉');
  expect(send).not.toHaveBeenCalled();
  expect(offers()).toEqual([]);
  expect(field().getAttribute('aria-activedescendant')).toBeNull();
  expect(draft()).toEqual({ text: 'well done 🎉', caret: 12 });
  await user.keyboard('{Enter}');
  expect(send).toHaveBeenCalledExactlyOnceWith('a', 'well done 🎉');
});

test('arrows go round, Tab takes', async () => {
  const { user } = show(<Composer conversationId="a" />);
  await user.type(field(), ':heart');
  await waitFor(() => expect(offers().length).toBeGreaterThan(2));
  const [first, second] = offers();
  const last = offers().at(-1);
  expect(active()).toBe(first);
  await user.keyboard('{ArrowUp}');
  expect(active()).toBe(last);
  await user.keyboard('{ArrowDown}{ArrowDown}');
  expect(active()).toBe(second);
  await user.keyboard('{Tab}');
  expect(second?.startsWith(field().value)).toBe(true);
  expect(document.activeElement).toBe(field());
});

test('Esc closes the list for this word, and Enter sends again', async () => {
  const { user } = show(<Composer conversationId="a" />);
  await user.type(field(), ':tad');
  await waitFor(() => expect(offers()).not.toEqual([]));
  await user.keyboard('{Escape}');
  expect(offers()).toEqual([]);
  await user.keyboard('a');
  expect(offers()).toEqual([]);
  await user.keyboard('{Enter}');
  expect(send).toHaveBeenCalledExactlyOnceWith('a', ':tada');
  await user.type(field(), ':tad');
  await waitFor(() => expect(offers()).not.toEqual([]));
});

test('the mouse takes, and the caret stays where it was', async () => {
  const { user } = show(<Composer conversationId="a" />);
  await user.type(field(), 'a  b');
  field().setSelectionRange(2, 2);
  await user.keyboard(':fire');
  const option = await screen.findByRole('option', { name: /🔥/ });
  await user.click(option);
  expect(field().value).toBe('a 🔥 b');
  expect(field().selectionStart).toBe(4);
});

test('the closing colon of a short name is enough', async () => {
  const { user } = show(<Composer conversationId="a" />);
  await user.type(field(), ':tada');
  await waitFor(() => expect(offers()).not.toEqual([]));
  await user.type(field(), ':');
  expect(field().value).toBe('🎉');
  await user.type(field(), ' :nobodycallsitso:');
  expect(field().value).toBe('🎉 :nobodycallsitso:');
});

test('a word that is being composed offers nothing', async () => {
  const { user } = show(<Composer conversationId="a" />);
  await user.type(field(), ':tad');
  await waitFor(() => expect(offers()).not.toEqual([]));
  fireEvent.input(field(), { target: { value: ':tada' }, isComposing: true });
  expect(offers()).toEqual([]);
});

test('who goes elsewhere leaves no list behind', async () => {
  const { user } = show(<Composer conversationId="a" />);
  await user.type(field(), 'x :tad');
  await waitFor(() => expect(offers()).not.toEqual([]));
  field().setSelectionRange(1, 1);
  fireEvent.select(field());
  expect(offers()).toEqual([]);
  field().setSelectionRange(6, 6);
  await user.keyboard('a');
  await waitFor(() => expect(offers()).not.toEqual([]));
  fireEvent.blur(field());
  expect(offers()).toEqual([]);
});

test('Russian names, with the remembered skin tone, the last used first', async () => {
  i18n.loadAndActivate({ locale: 'ru', messages: {} });
  localStorage.setItem('molva.emoji', JSON.stringify({ tone: 'medium', recent: [] }));
  const { user } = show(<Composer conversationId="a" />);
  const russian = screen.getAllByRole('textbox')[0] as HTMLTextAreaElement;
  await user.type(russian, ':большой палец вв');
  await user.clear(russian);
  await user.type(russian, ':одобр');
  await waitFor(() => expect(offers()[0]).toContain('👍🏽'));
  await user.keyboard('{Enter}');
  expect(russian.value).toBe('👍🏽');
  expect(JSON.parse(localStorage.getItem('molva.emoji') ?? '')).toEqual({ tone: 'medium', recent: ['👍🏽'] });
  i18n.activate('en');
});
