/* Several tabs share one session: answers are lost, storage is late, and nobody is signed out by that. */
import { beforeEach, describe, expect, test } from 'vitest';
import { ApiError } from './errors';
import type { WithLock } from './tokenLock';
import { type AskForTokens, renewAt, type TokenAnswer, type Tokens, TokenStore, tokensOf } from './tokens';

const REPEAT_MS = 60_000;

/* What the server does: each refresh token works once; the one before the newest is answered again for a minute; any other ends
 * the session. */
class AuthServer {
  ended = false;
  asked = 0;
  now = 0;
  private newest = 0;
  private rotatedAt = -REPEAT_MS;

  first(): TokenAnswer {
    return this.answer();
  }

  ask: AskForTokens = async (refreshToken) => {
    this.asked++;
    await new Promise((resolve) => setTimeout(resolve));
    const number = Number(refreshToken.replace('refresh-', ''));
    if (!this.ended && number === this.newest) {
      this.newest++;
      this.rotatedAt = this.now;
      return this.answer();
    }
    const isRepeated = number === this.newest - 1 && this.now < this.rotatedAt + REPEAT_MS;
    if (this.ended || !isRepeated) {
      this.ended = true;
      throw new ApiError('unauthenticated', 'used before', false);
    }
    return this.answer();
  };

  /* The server has done it, and nobody hears of it. */
  lost: AskForTokens = async (refreshToken) => {
    await this.ask(refreshToken);
    throw ApiError.offline();
  };

  get newestToken(): string {
    return `refresh-${this.newest}`;
  }

  private answer(): TokenAnswer {
    return {
      user: { id: 'me' },
      access_token: `access-${this.asked}`,
      refresh_token: this.newestToken,
      expires_in: 900,
    };
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

const noLock: WithLock = (work) => work();

/* What one tab sees of localStorage: what other tabs write reaches it when it is told to look. */
class Seen {
  private value: string | null;

  constructor(private readonly behind: Storage) {
    this.value = behind.getItem('molva.tokens');
  }

  look(): void {
    this.value = this.behind.getItem('molva.tokens');
  }

  getItem = () => this.value;

  setItem = (key: string, value: string) => {
    this.value = value;
    this.behind.setItem(key, value);
  };

  removeItem = (key: string) => {
    this.value = null;
    this.behind.removeItem(key);
  };
}

let server: AuthServer;
let start: Tokens;
let tabs: [TokenStore, TokenStore];

function openTabs(lock: WithLock, storages: [Storage, Storage] = [localStorage, localStorage]): void {
  tabs = [new TokenStore(storages[0], lock), new TokenStore(storages[1], lock)];
}

beforeEach(() => {
  localStorage.clear();
  server = new AuthServer();
  openTabs(sharedLock());
  start = tokensOf(server.first());
  tabs[0].set(start);
});

/* Nobody is signed out, and the next renewal works. */
async function expectGoingOn(): Promise<void> {
  expect(server.ended).toBe(false);
  const current = tabs[0].get() as Tokens;
  expect(current.refreshToken).toBe(server.newestToken);
  await tabs[0].renew(current, server.ask);
  expect(server.ended).toBe(false);
}

test('two tabs that renew at once use the refresh token once and share the result', async () => {
  const [one, two] = await Promise.all(tabs.map((tab) => tab.renew(start, server.ask)));

  expect(server.asked).toBe(1);
  expect(one).toEqual(two);
  expect(tabs[1].get()).toEqual(one);
  await expectGoingOn();
});

test('many renewals from both tabs, one after another and crosswise', async () => {
  for (let round = 0; round < 20; round++) {
    const used = tabs[0].get() as Tokens;
    await Promise.all([tabs[round % 2]?.renew(used, server.ask), tabs[(round + 1) % 2]?.renew(used, server.ask)]);
  }
  expect(server.asked).toBe(20);
  await expectGoingOn();
});

test('an answer that was lost costs nothing: the same token is asked with again, also after a reload', async () => {
  await expect(tabs[0].renew(start, server.lost)).rejects.toMatchObject({ code: 'offline' });
  await expect(tabs[0].renew(start, server.lost)).rejects.toMatchObject({ code: 'offline' });
  expect(tabs[0].get()).toEqual(start);
  const reloaded = new TokenStore(localStorage, noLock);
  const next = await reloaded.renew(start, server.ask);
  expect(next.refreshToken).toBe('refresh-1');
  await expectGoingOn();
});

test('a tab that got its turn before the new tokens got to it asks again, and both have the same', async () => {
  const late = new Seen(localStorage);
  openTabs(sharedLock(), [localStorage, late as unknown as Storage]);
  await Promise.all(tabs.map((tab) => tab.renew(start, server.ask)));
  expect(server.asked).toBe(2);
  late.look();
  expect(tabs[0].get()?.refreshToken).toBe(tabs[1].get()?.refreshToken);
  await expectGoingOn();
});

describe('where the browser has no locks', () => {
  beforeEach(() => openTabs(noLock));

  test('two tabs that renew at once get the same', async () => {
    const [one, two] = await Promise.all(tabs.map((tab) => tab.renew(start, server.ask)));
    expect(server.asked).toBe(2);
    expect(one?.refreshToken).toBe(two?.refreshToken);
    await expectGoingOn();
  });

  test('an answer that comes late does not take the place of newer tokens', async () => {
    let arrive: () => void = () => undefined;
    const slow = tabs[0].renew(start, async (refreshToken) => {
      const answer = await server.ask(refreshToken);
      await new Promise<void>((resolve) => {
        arrive = resolve;
      });
      return answer;
    });
    const second = await tabs[1].renew(start, server.ask);
    const third = await tabs[1].renew(second, server.ask);
    arrive();
    expect(await slow).toEqual(third);
    expect(tabs[1].get()).toEqual(third);
    await expectGoingOn();
  });

  test('a refusal of old tokens does not take newer ones away', async () => {
    const newer = tokensOf({ ...server.first(), access_token: 'new', refresh_token: 'of a new sign-in' });
    const refused = tabs[0].renew(start, async () => {
      tabs[1].set(newer);
      throw new ApiError('unauthenticated', 'used before', false);
    });
    expect(await refused).toEqual(newer);
    expect(tabs[0].get()).toEqual(newer);
  });

  test('who signed out meanwhile stays signed out', async () => {
    const renewed = tabs[0].renew(start, (refreshToken) => {
      tabs[1].set(null);
      return server.ask(refreshToken);
    });
    await expect(renewed).rejects.toMatchObject({ code: 'unauthenticated' });
    expect(tabs[0].get()).toBeNull();
  });

  test('somebody else who signed in meanwhile is not taken for the one who asked', async () => {
    const other = tokensOf({ ...server.first(), user: { id: 'other' }, access_token: 'o', refresh_token: 'o' });
    const renewed = tabs[0].renew(start, (refreshToken) => {
      tabs[1].set(other);
      return server.ask(refreshToken);
    });
    await expect(renewed).rejects.toMatchObject({ code: 'unauthenticated' });
    expect(tabs[0].get()).toEqual(other);
    await expect(tabs[0].renew(start, server.ask)).rejects.toMatchObject({ code: 'unauthenticated' });
  });
});

test('a token that was used before the last one is theft', async () => {
  const second = await tabs[0].renew(start, server.ask);
  await tabs[0].renew(second, server.ask);
  tabs[0].set(start);
  await expect(tabs[0].renew(start, server.ask)).rejects.toMatchObject({ code: 'unauthenticated' });
});

test('a session that has ended leaves no tokens behind, in no tab', async () => {
  server.ended = true;
  await expect(tabs[0].renew(start, server.ask)).rejects.toMatchObject({ code: 'unauthenticated' });
  expect(tabs[1].get()).toBeNull();
});

test('a server that cannot be reached costs nothing', async () => {
  const away = () => Promise.reject(ApiError.offline());
  await expect(tabs[0].renew(start, away)).rejects.toMatchObject({ code: 'offline' });
  expect(tabs[0].get()).toEqual(start);
});

test('what is no token of ours counts as none', () => {
  localStorage.setItem('molva.tokens', '{"accessToken":1}');
  expect(tabs[0].get()).toBeNull();
  localStorage.setItem('molva.tokens', 'x');
  expect(tabs[0].get()).toBeNull();
});

test('tokens are renewed at 80 to 85 % of their life', () => {
  const tokens = tokensOf(server.first(), 1_000_000);
  expect(renewAt(tokens, () => 0)).toBe(1_000_000 + 0.8 * 900_000);
  expect(renewAt(tokens, () => 1)).toBe(1_000_000 + 0.85 * 900_000);
});

test('a change in another tab is heard', () => {
  let heard = 0;
  tabs[1].subscribe(() => heard++);
  tabs[1].onStorage({ key: 'other' });
  expect(heard).toBe(0);
  tabs[1].onStorage({ key: 'molva.tokens' });
  expect(heard).toBe(1);
});
