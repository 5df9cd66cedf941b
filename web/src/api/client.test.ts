/* The REST client as callers see it; the network is a stand-in. */
import { beforeEach, expect, test, vi } from 'vitest';
import { api, data, renewTokens, tokens } from './client';

type Answer = [status: number, body: unknown] | 'down' | 'cut';

function cutBody(): ReadableStream {
  return new ReadableStream({
    start(controller) {
      controller.enqueue(new TextEncoder().encode('{"us'));
      controller.error(new TypeError('network error'));
    },
  });
}

let answers: Answer[];
let requests: Request[];

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  answers = [];
  requests = [];
  vi.stubGlobal('fetch', async (request: Request) => {
    requests.push(request.clone());
    const answer = answers.shift() ?? 'down';
    if (answer === 'down') throw new TypeError('fetch failed');
    if (answer === 'cut') return new Response(cutBody());
    return new Response(JSON.stringify(answer[1]), { status: answer[0] });
  });
  tokens.set({
    userId: 'me',
    accessToken: 'a0',
    refreshToken: 'r0',
    obtainedAt: Date.now(),
    expiresAt: Date.now() + 900_000,
  });
  return () => {
    vi.useRealTimers();
    vi.unstubAllGlobals();
  };
});

const refused: Answer = [
  401,
  { error: { code: 'unauthenticated', message: 'expired', retryable: false, retry_after_ms: 0 } },
];
const busy: Answer = [503, { error: { code: 'unavailable', message: 'busy', retryable: true, retry_after_ms: 0 } }];
const next: Answer = [200, { user: { id: 'me' }, access_token: 'a1', refresh_token: 'r1', expires_in: 900 }];
const me: Answer = [200, { user: { id: 'me' } }];

/* Without the pauses between tries. */
async function quickly<T>(call: Promise<T>): Promise<T> {
  let done = false;
  const finish = () => {
    done = true;
  };
  call.then(finish, finish);
  while (!done) await vi.advanceTimersByTimeAsync(1_000);
  return call;
}

const getMe = () => quickly(data(api.GET('/v1/users/me')));

test('a call carries the access token', async () => {
  answers = [me];
  await expect(getMe()).resolves.toEqual({ user: { id: 'me' } });
  expect(requests[0]?.headers.get('authorization')).toBe('Bearer a0');
});

test('a 401 renews the token once and tries again', async () => {
  answers = [refused, next, me];
  await expect(getMe()).resolves.toEqual({ user: { id: 'me' } });
  expect(requests.map((request) => new URL(request.url).pathname)).toEqual([
    '/v1/users/me',
    '/v1/auth/refresh',
    '/v1/users/me',
  ]);
  expect(requests[2]?.headers.get('authorization')).toBe('Bearer a1');
});

test('a renewal that is tried again begins with what another tab has brought meanwhile', async () => {
  const before = tokens.get()!;
  const renewed = renewTokens(before);
  await vi.waitFor(() => expect(requests).toHaveLength(1)); // and its answer is lost
  tokens.set({ ...before, accessToken: 'a7', refreshToken: 'r7' });
  await expect(quickly(renewed)).resolves.toMatchObject({ accessToken: 'a7' });
  expect(requests).toHaveLength(1);
});

test('a 401 after a renewal is the end of it', async () => {
  answers = [refused, next, refused];
  await expect(getMe()).rejects.toMatchObject({ code: 'unauthenticated' });
  expect(requests).toHaveLength(3);
});

test('what is retryable and may be repeated is tried again, four times at most', async () => {
  answers = [busy, 'down', me];
  await expect(getMe()).resolves.toEqual({ user: { id: 'me' } });
  answers = [busy, busy, busy, busy, me];
  await expect(getMe()).rejects.toMatchObject({ code: 'unavailable', retryable: true });
});

test('a POST is never repeated', async () => {
  answers = [busy, me];
  const post = data(api.POST('/v1/conversations', { body: { kind: 'GROUP', title: 'x' } }));
  await expect(post).rejects.toMatchObject({ code: 'unavailable' });
  expect(requests).toHaveLength(1);
});

test('a refresh whose answer was lost, or its end, is asked for again with the same token', async () => {
  answers = [refused, 'down', 'cut', busy, next, me];
  await expect(getMe()).resolves.toEqual({ user: { id: 'me' } });
  const refreshes = requests.filter((request) => request.url.endsWith('/refresh'));
  const sent = await Promise.all(refreshes.map((request) => request.text()));
  expect(sent).toEqual(Array(4).fill('{"refresh_token":"r0"}'));
  expect(tokens.get()?.refreshToken).toBe('r1');
});

test('a refresh that nobody answers leaves the tokens as they are', async () => {
  answers = [refused];
  await expect(getMe()).rejects.toMatchObject({ code: 'offline' });
  expect(tokens.get()?.refreshToken).toBe('r0');
});

test('an answer without its end is none', async () => {
  answers = ['cut', me];
  await expect(getMe()).resolves.toEqual({ user: { id: 'me' } });
});

test.each<[string, Answer, object]>([
  ['a page of a proxy', [502, '<html>'], { code: 'unavailable', retryable: true }],
  ['an unknown code', [418, { error: { code: 'teapot', message: 'x', retryable: false } }], { code: 'internal' }],
  ['no network', 'down', { code: 'offline', retryable: true }],
])('%s becomes an ApiError', async (_label, answer, want) => {
  answers = [answer, answer, answer, answer];
  await expect(getMe()).rejects.toMatchObject(want);
});

test('signed out, nothing is asked', async () => {
  tokens.set(null);
  await expect(getMe()).rejects.toMatchObject({ code: 'unauthenticated' });
  expect(requests).toHaveLength(0);
});
