import { screen, waitFor } from '@testing-library/react';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { sessionStore, type Account, type User } from '@/api';
import { answerCalls, show, type Call } from '../../../scripts/render';
import { Welcome } from './Welcome';

const user = (name: string): User => ({
  id: name,
  username: name.toLowerCase(),
  display_name: name,
  about: '',
  closed: false,
});
const account = (role: Account['role']): Account => ({
  user: user('Me'),
  role,
  language: '',
  theme: '',
  disabled: false,
});
let everybody: User[];
let calls: Call[];

beforeEach(() => {
  const tokens = {
    userId: 'Me',
    accessToken: 'a',
    refreshToken: 'r',
    obtainedAt: Date.now(),
    expiresAt: Date.now() + 1e6,
  };
  localStorage.setItem('molva.tokens', JSON.stringify(tokens));
  everybody = [user('Me')];
  calls = answerCalls(({ method, path }) => {
    if (path.startsWith('/v1/people')) return { body: { users: everybody, has_more: false } };
    if (path === '/v1/auth/registration') return { body: { mode: 'INVITE_REGISTRATION' } };
    return { body: method === 'POST' ? { code: 'a-code', invite: { id: 'i' } } : {} };
  });
});
afterEach(() => {
  vi.unstubAllGlobals();
  localStorage.clear();
});

function open(role: Account['role']) {
  sessionStore.setState({ status: 'signed-in', userId: 'Me', account: account(role), reason: 'new' });
  const onNewChat = vi.fn();
  return { onNewChat, ...show(<Welcome onNewChat={onNewChat} />) };
}

test('an owner with nobody invites; a link is made when it is asked for, and once', async () => {
  const { user: hand } = open('OWNER_ACCOUNT');
  expect(await screen.findByRole('heading', { name: 'Invite your people' })).toBeTruthy();
  expect(screen.queryByRole('button', { name: 'Start a chat' })).toBeNull();
  expect(calls.filter(({ method }) => method === 'POST')).toEqual([]);
  await hand.click(await screen.findByRole('button', { name: 'Create an invitation link' }));
  expect(await screen.findByText(/#invite=a-code$/)).toBeTruthy();
  expect(calls.filter(({ method }) => method === 'POST')).toHaveLength(1);
});

test('whoever finds people here writes to them', async () => {
  everybody = [user('Me'), user('Ann')];
  const { user: hand, onNewChat } = open('OWNER_ACCOUNT');
  await hand.click(await screen.findByRole('button', { name: 'Start a chat' }));
  expect(onNewChat).toHaveBeenCalledOnce();
  expect(screen.queryByRole('heading', { name: 'Invite your people' })).toBeNull();
});

test('who may not invite is not asked to', async () => {
  open('MEMBER_ACCOUNT');
  await waitFor(() => expect(screen.getByText('Welcome to Molva')).toBeTruthy());
  expect(screen.queryByRole('button', { name: 'Create an invitation link' })).toBeNull();
});
