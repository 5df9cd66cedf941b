import { act, screen } from '@testing-library/react';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { sessionStore } from '@/api';
import { answerCalls, refusal, show, type Call } from '../../../scripts/render';
import { startInvitation, takeInvitation } from './invitation';
import { SignIn } from './SignIn';

const tokens = {
  user: { id: 'u', username: 'anna', display_name: 'Anna' },
  access_token: 'a',
  refresh_token: 'r',
  expires_in: 600,
};

const OWNER_CODE = { standing: 'OWNER_CODE', has_owner: false, inviter: '' };
const INVITE_CODE = { standing: 'INVITE_CODE', has_owner: true, inviter: 'Boris' };

beforeEach(() => {
  localStorage.clear();
  sessionStorage.clear();
  history.replaceState(null, '', '/c/there');
  sessionStore.setState({ status: 'signed-out', userId: null, account: null, reason: 'new' });
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

type Answer = Parameters<typeof answerCalls>[0];

/* A server with this mode of registration, and its answer to everything else; the list has the other calls. */
function server(answer: Answer, mode = 'OPEN_REGISTRATION', link: unknown = null) {
  const calls: Call[] = [];
  answerCalls((call) => {
    if (call.path === '/v1/auth/registration') return { body: { mode } };
    if (call.path === '/v1/auth/code') {
      return link ? { body: link } : { status: 404, body: refusal('not_found', 'there is nothing at this path') };
    }
    calls.push(call);
    return answer(call);
  });
  return calls;
}

async function signIn(user: ReturnType<typeof show>['user']): Promise<void> {
  await user.type(screen.getByLabelText('User name'), 'anna');
  await user.type(screen.getByLabelText('Password'), 'correct horse');
  await user.click(screen.getByRole('button', { name: 'Sign in' }));
}

test('the right password leads in, and the address stays', async () => {
  const calls = server(() => ({ body: tokens }));
  const { user } = show(<SignIn />);
  await signIn(user);
  expect(calls[0]).toMatchObject({ path: '/v1/auth/login', body: { username: 'anna', password: 'correct horse' } });
  expect(sessionStore.getState().status).toBe('signed-in');
  expect(location.pathname).toBe('/c/there');
});

test('a wrong password is said so, and does not say which of the two was wrong', async () => {
  server(() => ({ status: 401, body: refusal('unauthenticated', 'wrong user name or password') }));
  const { user } = show(<SignIn />);
  await signIn(user);
  expect((await screen.findByRole('alert')).textContent).toMatch(/user name or the password/);
});

test('after too many attempts it counts down, and then lets one try again', async () => {
  vi.useFakeTimers({ shouldAdvanceTime: true });
  server(() => ({ status: 429, body: refusal('rate_limited', 'too many requests', 3000) }));
  const { user } = show(<SignIn />);
  await signIn(user);
  expect((await screen.findByRole('alert')).textContent).toContain('Try again in 3 seconds.');
  const button = screen.getByRole<HTMLButtonElement>('button', { name: 'Sign in' });
  expect(button.disabled).toBe(true);
  act(() => void vi.advanceTimersByTime(3500));
  expect(button.disabled).toBe(false);
});

test('a session that ended is explained', () => {
  sessionStore.setState({ reason: 'ended' });
  show(<SignIn />);
  expect(screen.getByText(/Your session has ended/)).toBeTruthy();
});

test('the owner’s link opens a welcome, leaves the address bar at once, and its code is sent', async () => {
  history.replaceState(null, '', '/#owner=SECRET-code');
  const calls = server(() => ({ body: tokens }), 'INVITE_REGISTRATION', OWNER_CODE);
  const { user } = show(<SignIn />);
  expect(await screen.findByRole('heading', { name: 'This is your server' })).toBeTruthy();
  expect(location.href).not.toContain('SECRET');

  await user.type(screen.getByLabelText('User name'), 'anna');
  await user.type(screen.getByLabelText('Password'), 'correct horse');
  await user.click(screen.getByRole('button', { name: 'Become the owner' }));
  expect(calls[0]).toMatchObject({ path: '/v1/auth/register', body: { invite_code: 'SECRET-code' } });
});

async function signUp(user: ReturnType<typeof show>['user']): Promise<void> {
  await user.click(screen.getByRole('button', { name: 'Create an account' }));
  await user.type(await screen.findByLabelText('User name'), 'anna');
  await user.type(screen.getByLabelText('Password'), 'correct horse');
  await user.click(screen.getByRole('button', { name: 'Create the account' }));
}

test('a name that is taken is said at its field', async () => {
  server(() => ({ status: 409, body: refusal('conflict', 'username: it, or one that looks like it, is taken') }));
  const { user } = show(<SignIn />);
  await signUp(user);
  const field = screen.getByLabelText('User name');
  expect(field.getAttribute('aria-invalid')).toBe('true');
  expect(await screen.findByText(/is taken/)).toBeTruthy();
});

test('by invitation: the field for the code is there from the start, and nothing is sent without one', async () => {
  const calls = server(() => ({ body: tokens }), 'INVITE_REGISTRATION');
  const { user } = show(<SignIn />);
  await signUp(user);
  expect(screen.getByText(/is by invitation/)).toBeTruthy();
  expect(screen.getByLabelText('Invitation code').getAttribute('aria-invalid')).toBe('true');
  expect(calls).toEqual([]);
  await user.type(screen.getByLabelText('Invitation code'), 'a-code');
  await user.click(screen.getByRole('button', { name: 'Create the account' }));
  expect(calls[0]).toMatchObject({ path: '/v1/auth/register', body: { invite_code: 'a-code' } });
});

test('the link of an invitation needs no field for its code', async () => {
  history.replaceState(null, '', '/#invite=the-code');
  const calls = server(() => ({ body: tokens }), 'INVITE_REGISTRATION', INVITE_CODE);
  const { user } = show(<SignIn />);
  await user.type(await screen.findByLabelText('User name'), 'anna');
  expect(screen.queryByLabelText('Invitation code')).toBeNull();
  await user.type(screen.getByLabelText('Password'), 'correct horse');
  await user.click(screen.getByRole('button', { name: 'Create the account' }));
  expect(calls[0]).toMatchObject({ body: { invite_code: 'the-code' } });
});

test('the code of a link is forgotten before the chats of whoever signed up are drawn', async () => {
  history.replaceState(null, '', '/#invite=the-code');
  startInvitation();
  expect(takeInvitation()).toMatchObject({ code: 'the-code' });
  const kept = vi.fn();
  const unsubscribe = sessionStore.subscribe(() => kept(takeInvitation()));
  server(() => ({ body: tokens }), 'INVITE_REGISTRATION', INVITE_CODE);
  const { user } = show(<SignIn />);
  await user.type(await screen.findByLabelText('User name'), 'anna');
  await user.type(screen.getByLabelText('Password'), 'correct horse');
  await user.click(screen.getByRole('button', { name: 'Create the account' }));
  unsubscribe();
  expect(kept.mock.calls[0]).toEqual([null]);
});

test('where registration is closed there is no form, but whom to ask', async () => {
  server(() => ({ body: tokens }), 'CLOSED_REGISTRATION');
  const { user } = show(<SignIn />);
  await user.click(screen.getByRole('button', { name: 'Create an account' }));
  expect((await screen.findByText(/ask whoever runs it/)).tagName).toBe('P');
  expect(screen.queryByLabelText('User name')).toBeNull();
});

test('a link that cannot be looked up promises nothing, and its code is sent all the same', async () => {
  history.replaceState(null, '', '/#invite=the-code');
  const calls = server(() => ({ body: tokens }), 'INVITE_REGISTRATION');
  const { user } = show(<SignIn />);
  await user.type(await screen.findByLabelText('User name'), 'anna');
  expect(screen.queryByText(/invites you/)).toBeNull();
  expect(screen.getByText(/could not be asked/)).toBeTruthy();
  await user.type(screen.getByLabelText('Password'), 'correct horse');
  await user.click(screen.getByRole('button', { name: 'Create the account' }));
  expect(calls[0]).toMatchObject({ body: { invite_code: 'the-code' } });
});

test('the owner of a new server comes in though registration is closed', async () => {
  history.replaceState(null, '', '/#owner=SECRET-code');
  server(() => ({ body: tokens }), 'CLOSED_REGISTRATION', OWNER_CODE);
  show(<SignIn />);
  expect(await screen.findByRole('button', { name: 'Become the owner' })).toBeTruthy();
});

test('a mode that changed meanwhile is asked for again when the server refuses', async () => {
  let mode = 'OPEN_REGISTRATION';
  answerCalls(({ path }) => {
    if (path === '/v1/auth/registration') return { body: { mode } };
    mode = 'CLOSED_REGISTRATION';
    return { status: 403, body: refusal('forbidden', 'no') };
  });
  const { user } = show(<SignIn />);
  await signUp(user);
  expect(await screen.findByText(/ask whoever runs it/)).toBeTruthy();
});

test('a server that does not say who may register is asked by trying', async () => {
  answerCalls(({ path }) =>
    path === '/v1/auth/registration'
      ? { status: 404, body: refusal('not_found', 'there is nothing at this path') }
      : { status: 403, body: refusal('forbidden', 'registration is by invitation: invite_code is needed') },
  );
  const { user } = show(<SignIn />);
  await signUp(user);
  expect(await screen.findByLabelText('Invitation code')).toBeTruthy();
});

test('the rules of a name are told before the server has to refuse', async () => {
  const calls = server(() => ({ body: tokens }));
  const { user } = show(<SignIn />);
  await user.click(screen.getByRole('button', { name: 'Create an account' }));
  await user.type(await screen.findByLabelText('User name'), 'annа');
  expect(screen.getByText(/“а” is a Russian letter/)).toBeTruthy();
  await user.click(screen.getByRole('button', { name: 'Create the account' }));
  expect(calls).toEqual([]);
});
