import { act, screen } from '@testing-library/react';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { sessionStore } from '@/api';
import { answerCalls, refusal, show } from '../../../scripts/render';
import { SignIn } from './SignIn';

const tokens = {
  user: { id: 'u', username: 'anna', display_name: 'Anna' },
  access_token: 'a',
  refresh_token: 'r',
  expires_in: 600,
};

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

async function signIn(user: ReturnType<typeof show>['user']): Promise<void> {
  await user.type(screen.getByLabelText('User name'), 'anna');
  await user.type(screen.getByLabelText('Password'), 'correct horse');
  await user.click(screen.getByRole('button', { name: 'Sign in' }));
}

test('the right password leads in, and the address stays', async () => {
  const calls = answerCalls(() => ({ body: tokens }));
  const { user } = show(<SignIn />);
  await signIn(user);
  expect(calls[0]).toMatchObject({ path: '/v1/auth/login', body: { username: 'anna', password: 'correct horse' } });
  expect(sessionStore.getState().status).toBe('signed-in');
  expect(location.pathname).toBe('/c/there');
});

test('a wrong password is said so, and does not say which of the two was wrong', async () => {
  answerCalls(() => ({ status: 401, body: refusal('unauthenticated', 'wrong user name or password') }));
  const { user } = show(<SignIn />);
  await signIn(user);
  expect((await screen.findByRole('alert')).textContent).toMatch(/user name or the password/);
});

test('after too many attempts it counts down, and then lets one try again', async () => {
  vi.useFakeTimers({ shouldAdvanceTime: true });
  answerCalls(() => ({ status: 429, body: refusal('rate_limited', 'too many requests', 3000) }));
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
  const calls = answerCalls(() => ({ body: tokens }));
  const { user } = show(<SignIn />);
  expect(screen.getByRole('heading', { name: 'This is your server' })).toBeTruthy();
  expect(location.href).not.toContain('SECRET');

  await user.type(screen.getByLabelText('User name'), 'anna');
  await user.type(screen.getByLabelText('Password'), 'correct horse');
  await user.click(screen.getByRole('button', { name: 'Become the owner' }));
  expect(calls[0]).toMatchObject({ path: '/v1/auth/register', body: { invite_code: 'SECRET-code' } });
});

async function signUp(user: ReturnType<typeof show>['user']): Promise<void> {
  await user.click(screen.getByRole('button', { name: 'Create an account' }));
  await user.type(screen.getByLabelText('User name'), 'anna');
  await user.type(screen.getByLabelText('Password'), 'correct horse');
  await user.click(screen.getByRole('button', { name: 'Create the account' }));
}

test('a name that is taken is said at its field', async () => {
  answerCalls(() => ({ status: 409, body: refusal('conflict', 'username: it, or one that looks like it, is taken') }));
  const { user } = show(<SignIn />);
  await signUp(user);
  const field = screen.getByLabelText('User name');
  expect(field.getAttribute('aria-invalid')).toBe('true');
  expect(await screen.findByText(/is taken/)).toBeTruthy();
});

test('by invitation: the field for the code appears when it is needed', async () => {
  answerCalls(() => ({
    status: 403,
    body: refusal('forbidden', 'registration is by invitation: invite_code is needed'),
  }));
  const { user } = show(<SignIn />);
  await signUp(user);
  expect(await screen.findByLabelText('Invitation code')).toBeTruthy();
  expect(screen.getByText(/by invitation/)).toBeTruthy();
});

test('closed registration is told in plain words', async () => {
  answerCalls(() => ({ status: 403, body: refusal('forbidden', 'registration is closed') }));
  const { user } = show(<SignIn />);
  await signUp(user);
  expect((await screen.findByRole('alert')).textContent).toMatch(/no new accounts/);
});

test('the rules of a name are told before the server has to refuse', async () => {
  const calls = answerCalls(() => ({ body: tokens }));
  const { user } = show(<SignIn />);
  await user.click(screen.getByRole('button', { name: 'Create an account' }));
  await user.type(screen.getByLabelText('User name'), 'annа');
  expect(screen.getByText(/cannot be mixed/)).toBeTruthy();
  await user.click(screen.getByRole('button', { name: 'Create the account' }));
  expect(calls).toEqual([]);
});
