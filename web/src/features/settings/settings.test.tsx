import { screen, within } from '@testing-library/react';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { sessionStore, type Account } from '@/api';
import { getPreferences, setPreferences } from '@/ui/preferences';
import { currentToasts } from '@/ui/toasts';
import { answerCalls, refusal, show } from '../../../scripts/render';
import { mayClose, maySetRole } from './accountRights';
import { AppearanceSection } from './AppearanceSection';
import { deviceName } from './deviceName';
import { InviteLink } from './InviteLink';
import { PasswordSection } from './PasswordSection';
import { ProfileSection } from './ProfileSection';
import { SessionsSection } from './SessionsSection';
import { SettingsNav } from './SettingsNav';

const account = (role: Account['role']): Account => ({
  user: { id: 'me', username: 'anna', display_name: 'Anna', about: '', closed: false },
  role,
  language: '',
  theme: '',
  disabled: false,
});

beforeEach(() => {
  localStorage.setItem(
    'molva.tokens',
    JSON.stringify({
      userId: 'me',
      accessToken: 'a',
      refreshToken: 'r',
      obtainedAt: Date.now(),
      expiresAt: Date.now() + 1e6,
    }),
  );
  sessionStore.setState({ status: 'signed-in', userId: 'me', account: account('MEMBER_ACCOUNT'), reason: 'new' });
});
afterEach(() => {
  vi.unstubAllGlobals();
  localStorage.clear();
});

const nav = <SettingsNav section={null} onBack={vi.fn()} pathOf={(section) => `/settings/${section}`} />;

test('administration is offered to administrators only', () => {
  const { unmount } = show(nav);
  expect(screen.queryByRole('link', { name: 'Invitations' })).toBeNull();
  unmount();
  sessionStore.setState({ account: account('ADMIN_ACCOUNT') });
  show(nav);
  expect(screen.getByRole('link', { name: 'Invitations' })).toBeTruthy();
});

test('a profile is saved as it was typed, without the spaces around it', async () => {
  const calls = answerCalls(() => ({
    body: { user: account('MEMBER_ACCOUNT').user, account: account('MEMBER_ACCOUNT') },
  }));
  const { user } = show(<ProfileSection />);
  const save = screen.getByRole<HTMLButtonElement>('button', { name: 'Save' });
  expect(save.disabled).toBe(true);
  await user.type(screen.getByLabelText('Your name'), ' Petrova ');
  await user.click(save);
  expect(calls[0]).toMatchObject({ method: 'PATCH', path: '/v1/users/me', body: { display_name: 'Anna Petrova' } });
});

test('a failure to save is told, with a way to try again', async () => {
  answerCalls(() => ({ status: 503, body: refusal('unavailable', 'busy', 1) }));
  const { user } = show(<ProfileSection />);
  await user.type(screen.getByLabelText('About me'), 'Hi');
  await user.click(screen.getByRole('button', { name: 'Save' }));
  await vi.waitFor(() =>
    expect(currentToasts().at(-1)).toMatchObject({ tone: 'error', action: { label: 'Try again' } }),
  );
});

test('a wrong password is said at its field', async () => {
  answerCalls(() => ({ status: 403, body: refusal('forbidden', 'old_password: wrong') }));
  const { user } = show(<PasswordSection />);
  await user.type(screen.getByLabelText('Current password'), 'wrong');
  await user.type(screen.getByLabelText('New password'), 'correct horse');
  await user.click(screen.getByRole('button', { name: 'Change the password' }));
  expect(await screen.findByText('This is not your password.')).toBeTruthy();
});

test('other devices are ended one by one, this one is only shown', async () => {
  const sessions = [
    {
      id: '1',
      device: 'Mozilla/5.0 (X11; Linux x86_64) Chrome/140.0 Safari/537.36',
      address: '10.0.0.1',
      current: true,
    },
    { id: '2', device: 'Kitchen tablet', address: '10.0.0.2', current: false },
  ];
  const calls = answerCalls(({ method }) => ({ body: method === 'GET' ? { sessions } : {} }));
  const { user } = show(<SessionsSection />);
  const mine = await screen.findByRole('list', { name: 'This device' });
  expect(mine.textContent).toContain('Chrome · Linux');
  expect(within(mine).queryByRole('button')).toBeNull();
  await user.click(screen.getByRole('button', { name: 'Sign out Kitchen tablet' }));
  expect(calls.find((call) => call.method === 'DELETE')?.path).toBe('/v1/auth/sessions/2');
});

test('the theme holds at once, also when the server cannot be reached', async () => {
  answerCalls(() => ({ status: 503, body: refusal('unavailable', 'busy') }));
  const { user } = show(<AppearanceSection />);
  await user.click(screen.getByRole('radio', { name: 'Dark' }));
  expect(getPreferences().theme).toBe('dark');
  setPreferences({ theme: 'system' });
});

test('an invitation is a link whose code no server sees', async () => {
  const { user } = show(<InviteLink code="a-code" />);
  await user.click(screen.getByRole('button', { name: 'Copy the link' }));
  expect(await navigator.clipboard.readText()).toBe(`${location.origin}/#invite=a-code`);
  expect(screen.getByRole('button', { name: 'Copied' })).toBeTruthy();
});

test.each([
  ['Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:130.0) Gecko/20100101 Firefox/130.0', 'Firefox · Windows'],
  [
    'Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605.1 Version/17.0 Mobile Safari/604.1',
    'Safari · iPhone',
  ],
  ['Mozilla/5.0 (Linux; Android 14) Chrome/120.0 Mobile Safari/537.36 EdgA/120.0', 'Edge · Android'],
  ['Kitchen tablet', 'Kitchen tablet'],
  ['Mozilla/5.0 (Unknown)', null],
  ['', null],
])('"%s" is called %s', (device, want) => {
  expect(deviceName(device)).toBe(want);
});

test.each([
  ['ADMIN_ACCOUNT', 'MEMBER_ACCOUNT', true, false],
  ['ADMIN_ACCOUNT', 'ADMIN_ACCOUNT', false, false],
  ['OWNER_ACCOUNT', 'ADMIN_ACCOUNT', true, true],
  ['OWNER_ACCOUNT', 'OWNER_ACCOUNT', false, false],
  ['MEMBER_ACCOUNT', 'MEMBER_ACCOUNT', false, false],
] as const)('%s about %s: close %s, role %s', (mine, target, close, role) => {
  expect(mayClose(mine, target)).toBe(close);
  expect(maySetRole(mine, target)).toBe(role);
});
