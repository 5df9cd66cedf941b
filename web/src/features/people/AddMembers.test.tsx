import { screen } from '@testing-library/react';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { ApiError, errorText, sessionStore, type User } from '@/api';
import { closeToast, currentToasts } from '@/ui/toasts';
import { answerCalls, show, speak } from '../../../scripts/render';
import { AddMembers } from './AddMembers';
import { tellRefused } from './tellRefused';

const user = (name: string): User => ({
  id: name,
  username: name.toLowerCase(),
  display_name: name,
  about: '',
  closed: false,
});
/* Without the signs that keep a name's direction to itself. */
const told = () => currentToasts().map(({ text }) => text.replace(/[\u2068\u2069]/g, ''));

beforeEach(() => {
  const times = { obtainedAt: Date.now(), expiresAt: Date.now() + 1e6 };
  localStorage.setItem('molva.tokens', JSON.stringify({ userId: 'Me', accessToken: 'a', refreshToken: 'r', ...times }));
  sessionStore.setState({ status: 'signed-in', userId: 'Me', account: null, reason: 'new' });
  answerCalls(() => ({ body: { users: ['Ann', 'Bob', 'Cem'].map(user), has_more: false } }));
});
afterEach(() => {
  vi.unstubAllGlobals();
  localStorage.clear();
  for (const { id } of currentToasts()) closeToast(id);
  speak('en');
});

async function add(onAdd: () => Promise<readonly string[]>) {
  const onClose = vi.fn();
  const { user: hand } = show(<AddMembers there={new Set()} onAdd={onAdd} onClose={onClose} />);
  await hand.click(await screen.findByRole('option', { name: /Ann/ }));
  await hand.click(await screen.findByRole('option', { name: /Bob/ }));
  await hand.click(screen.getByRole('button', { name: 'Add 2 people' }));
  return onClose;
}

test('who could not be added is named; the others are there, so the dialog goes', async () => {
  const onClose = await add(async () => ['Bob', 'somebody else']);
  expect(onClose).toHaveBeenCalledOnce();
  expect(told()).toEqual(['Could not be added: Bob']);
});

test('nobody is named when all are there', async () => {
  await add(async () => []);
  expect(told()).toEqual([]);
});

test('of many the first are named, in either language', () => {
  const people = ['Ann', 'Bob', 'Cem', 'Dan', 'Eve', 'Fay', 'Gus'].map((name) => ({ id: name, name }));
  const ids = people.map(({ id }) => id);
  tellRefused(people, ids);
  speak('ru');
  tellRefused(people, ids.slice(0, 2));
  expect(told()).toEqual([
    'Could not be added: Ann, Bob, Cem, Dan, Eve, and 2 other people',
    'Не удалось добавить: Ann и Bob',
  ]);
});

test('a wait of minutes is told in minutes', () => {
  const text = (ms: number) => errorText(new ApiError('rate_limited', '', true, ms));
  expect(text(2_000)).toBe('That was a bit too fast. Please wait a moment.');
  expect(text(100_000)).toBe('That is too many for now. Try again in 2 minutes.');
});
