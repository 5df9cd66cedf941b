/* Two tabs share one session: a refresh token used twice would end it. */
import { beforeEach, expect, test } from 'vitest';
import { ApiError } from './errors';
import { renewAt, type TokenAnswer, TokenStore, tokensOf, type WithLock } from './tokens';

/* What the server does: each refresh token works once, and a used one ends the session. */
class AuthServer {
  current = 'refresh-0';
  ended = false;
  asked = 0;

  first(): TokenAnswer {
    return this.answer();
  }

  ask = async (refreshToken: string): Promise<TokenAnswer> => {
    this.asked++;
    await new Promise((resolve) => setTimeout(resolve));
    if (this.ended || refreshToken !== this.current) {
      this.ended = true;
      throw new ApiError('unauthenticated', 'used before', false);
    }
    this.current = `refresh-${this.asked}`;
    return this.answer();
  };

  private answer(): TokenAnswer {
    const access = `access-${this.asked}`;
    return { user: { id: 'me' }, access_token: access, refresh_token: this.current, expires_in: 900 };
  }
}

/* One lock for all tabs, as the browser has it. */
function sharedLock(): WithLock {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const next = last.then(work);
    last = next.catch(() => undefined);
    return next;
  };
}

let server: AuthServer;
let tabs: [TokenStore, TokenStore];

beforeEach(() => {
  localStorage.clear();
  server = new AuthServer();
  const lock = sharedLock();
  tabs = [new TokenStore(localStorage, lock), new TokenStore(localStorage, lock)];
  tabs[0].set(tokensOf(server.first()));
});

test('two tabs that renew at once use the refresh token once and share the result', async () => {
  const [one, two] = await Promise.all(tabs.map((tab) => tab.renew('access-0', server.ask)));

  expect(server.ended).toBe(false);
  expect(server.asked).toBe(1);
  expect(one).toEqual(two);
  expect(tabs[1].get()?.accessToken).toBe('access-1');
});

test('without the lock the session would end: the test above can fail', async () => {
  const unlocked = [0, 1].map(() => new TokenStore(localStorage, (work) => work()));
  await Promise.allSettled(unlocked.map((tab) => tab.renew('access-0', server.ask)));
  expect(server.ended).toBe(true);
});

test('many renewals from both tabs, one after another and crosswise', async () => {
  for (let round = 0; round < 20; round++) {
    const used = tabs[0].get()?.accessToken as string;
    await Promise.all([tabs[round % 2]?.renew(used, server.ask), tabs[(round + 1) % 2]?.renew(used, server.ask)]);
  }
  expect(server.ended).toBe(false);
  expect(server.asked).toBe(20);
});

test('a session that has ended leaves no tokens behind, in no tab', async () => {
  server.ended = true;
  await expect(tabs[0].renew('access-0', server.ask)).rejects.toMatchObject({ code: 'unauthenticated' });
  expect(tabs[1].get()).toBeNull();
});

test('a server that cannot be reached costs nothing', async () => {
  const away = () => Promise.reject(ApiError.offline());
  await expect(tabs[0].renew('access-0', away)).rejects.toMatchObject({ code: 'offline' });
  expect(tabs[0].get()?.refreshToken).toBe('refresh-0');
});

test('what is no token of ours counts as none', () => {
  localStorage.setItem('molva.tokens', '{"accessToken":1}');
  expect(tabs[0].get()).toBeNull();
  localStorage.setItem('molva.tokens', 'x');
  expect(tabs[0].get()).toBeNull();
});

test('tokens are renewed at 80 % of their life', () => {
  expect(renewAt(tokensOf(server.first(), 1_000_000))).toBe(1_000_000 + 0.8 * 900_000);
});

test('a change in another tab is heard', () => {
  let heard = 0;
  tabs[1].subscribe(() => heard++);
  tabs[1].onStorage({ key: 'other' });
  expect(heard).toBe(0);
  tabs[1].onStorage({ key: 'molva.tokens' });
  expect(heard).toBe(1);
});
