import { screen, waitFor, within } from '@testing-library/react';
import { useState } from 'react';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { sessionStore, type User } from '@/api';
import { realtimeStore, type ConversationView } from '@/realtime';
import { answerCalls, show } from '../../../scripts/render';
import { PeoplePicker } from './PeoplePicker';

const nothing = realtimeStore.getState();
const user = (name: string): User => ({
  id: name,
  username: name.toLowerCase(),
  display_name: name,
  about: '',
  closed: false,
});
const everybody = ['Ann', 'Bob', 'Cem', 'Me'].map(user);
let forbidden = false;

beforeEach(() => {
  forbidden = false;
  const tokens = {
    userId: 'Me',
    accessToken: 'a',
    refreshToken: 'r',
    obtainedAt: Date.now(),
    expiresAt: Date.now() + 1e6,
  };
  localStorage.setItem('molva.tokens', JSON.stringify(tokens));
  sessionStore.setState({ status: 'signed-in', userId: 'Me', account: null, reason: 'new' });
  const direct = { id: 'c', kind: 'direct', peerId: 'Cem' } as ConversationView;
  realtimeStore.setState({ users: { Cem: user('Cem') }, conversations: { c: direct }, order: ['c'] });
  answerCalls(({ path }) =>
    path.startsWith('/v1/people')
      ? forbidden
        ? { status: 403, body: { error: { code: 'forbidden', message: 'by name only' } } }
        : { body: { users: everybody, has_more: false } }
      : { body: { users: [] } },
  );
});
afterEach(() => {
  vi.unstubAllGlobals();
  localStorage.clear();
  realtimeStore.setState(nothing, true);
});

function open(props: Partial<Parameters<typeof PeoplePicker>[0]> = {}) {
  const onPick = vi.fn();
  const onInvite = vi.fn();
  const picker = (
    <PeoplePicker label="Name" query="" onQuery={vi.fn()} onPick={onPick} onInvite={onInvite} {...props} />
  );
  return { onPick, onInvite, ...show(picker) };
}

test('before a word is typed there are the last ones, then everybody on the server, each once and never oneself', async () => {
  open();
  await screen.findByRole('option', { name: /Ann/ });
  expect(within(screen.getByRole('group', { name: 'Recent' })).getAllByRole('option')).toHaveLength(1);
  expect(within(screen.getByRole('group', { name: 'On this server' })).getAllByRole('option')).toHaveLength(2);
  expect(screen.getAllByRole('option')).toHaveLength(3);
  expect(screen.queryByRole('option', { name: /Me/ })).toBeNull();
});

test('one press chooses', async () => {
  const { user: hand, onPick } = open();
  await hand.click(await screen.findByRole('option', { name: /Bob/ }));
  expect(onPick).toHaveBeenCalledExactlyOnceWith(expect.objectContaining({ id: 'Bob' }), user('Bob'));
});

const active = () => {
  const id = screen.getByRole('combobox').getAttribute('aria-activedescendant');
  return id && document.getElementById(id)?.textContent;
};

test('arrows go through the people, whoever cannot be chosen left out; Enter chooses, with the focus in the field', async () => {
  const { user: hand, onPick } = open({ refused: (id) => (id === 'Ann' ? 'already there' : null) });
  await screen.findByRole('option', { name: /Bob/ });
  await hand.click(screen.getByRole('combobox'));
  expect(active()).toBeNull();
  await hand.keyboard('{Enter}');
  expect(onPick).not.toHaveBeenCalled();
  await hand.keyboard('{ArrowDown}');
  expect(active()).toContain('Cem');
  await hand.keyboard('{ArrowDown}');
  expect(active()).toContain('Bob');
  await hand.keyboard('{ArrowDown}{ArrowUp}{Enter}');
  expect(onPick).toHaveBeenCalledExactlyOnceWith(expect.objectContaining({ id: 'Bob' }), user('Bob'));
  expect(document.activeElement).toBe(screen.getByRole('combobox'));
});

test('Enter that comes before the answer waits for it, and chooses who answers best', async () => {
  answerCalls(({ path }) => ({ body: { users: path.includes('query=bo') ? [user('Bob')] : everybody } }));
  function Field() {
    const [query, setQuery] = useState('');
    return <PeoplePicker label="Name" query={query} onQuery={setQuery} onPick={onPick} onInvite={vi.fn()} />;
  }
  const onPick = vi.fn();
  const { user: hand } = show(<Field />);
  await screen.findByRole('option', { name: /Ann/ });
  await hand.click(screen.getByRole('combobox'));
  await hand.keyboard('bo{Enter}');
  expect(onPick).not.toHaveBeenCalled();
  await waitFor(() =>
    expect(onPick).toHaveBeenCalledExactlyOnceWith(expect.objectContaining({ id: 'Bob' }), user('Bob')),
  );
});

test('of several, those chosen are ticked, and the words go when somebody is', async () => {
  const onQuery = vi.fn();
  const { user: hand } = open({ selected: new Set(['Bob']), onQuery });
  expect((await screen.findByRole('option', { name: /Bob/ })).getAttribute('aria-selected')).toBe('true');
  expect(screen.getByRole('option', { name: /Ann/ }).getAttribute('aria-selected')).toBe('false');
  await hand.click(screen.getByRole('option', { name: /Ann/ }));
  expect(onQuery).toHaveBeenCalledWith('');
});

test('who cannot be chosen says why', async () => {
  const { user: hand, onPick } = open({ refused: (id) => (id === 'Bob' ? 'already there' : null) });
  await hand.click(await screen.findByRole('option', { name: /Bob/ }));
  expect(screen.getByText('@bob, already there')).toBeTruthy();
  expect(onPick).not.toHaveBeenCalled();
});

test('where the server lists nobody, one is asked for a name', async () => {
  forbidden = true;
  realtimeStore.setState(nothing, true);
  open();
  expect(await screen.findByText('Who are you looking for?')).toBeTruthy();
});

test('whoever is not found can be invited', async () => {
  const { user: hand, onInvite } = open({ query: 'zoe' });
  await waitFor(() => expect(screen.getByText(/Nobody by the name/)).toBeTruthy());
  await hand.click(screen.getByRole('button', { name: 'Not here? Invite' }));
  expect(onInvite).toHaveBeenCalledOnce();
});
