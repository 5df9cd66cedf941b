// @vitest-environment node
/* The socket against a server that is a stand-in, with a clock that the test moves. */
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { ApiError } from '@/api/errors';
import { CALL_TIMEOUT_MS, PROBE_TIMEOUT_MS, Socket } from './socket';
import type { ConnectionView } from './types';

class FakeSocket {
  static all: FakeSocket[] = [];
  sent: Record<string, unknown>[] = [];
  closed = false;
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: string }) => void) | null = null;
  onclose: (() => void) | null = null;

  constructor() {
    FakeSocket.all.push(this);
  }
  send(text: string): void {
    this.sent.push(JSON.parse(text) as Record<string, unknown>);
  }
  close(): void {
    this.closed = true;
  }
  receive(frame: object): void {
    this.onmessage?.({ data: JSON.stringify(frame) });
  }
  get last(): Record<string, unknown> | undefined {
    return this.sent.at(-1);
  }
}

const log: string[] = [];
let status: Omit<ConnectionView, 'lost'>;
let token: () => Promise<string>;
let renew: () => Promise<string>;
let socket: Socket;

const current = () => FakeSocket.all.at(-1) as FakeSocket;

function welcome(): void {
  current().onopen?.();
  const id = current().last?.['id'];
  current().receive({
    type: 'welcome',
    id,
    session: 's',
    resumed: false,
    epoch: 'e',
    user_id: 'me',
    heads: {},
    heartbeat_ms: 25000,
  });
}

async function online(): Promise<void> {
  socket.start();
  await vi.advanceTimersByTimeAsync(0);
  welcome();
}

beforeEach(() => {
  vi.useFakeTimers();
  vi.spyOn(Math, 'random').mockReturnValue(1);
  FakeSocket.all = [];
  log.length = 0;
  token = async () => 'token';
  renew = async () => 'renewed';
  socket = new Socket({
    open: () => new FakeSocket() as unknown as WebSocket,
    url: 'ws://x/v1/ws',
    token: () => token(),
    renewToken: () => renew(),
    hello: () => ({ urev: 3, revs: { c: 5 } }),
    seen: () => 41,
    onWelcome: () => log.push('welcome'),
    onFrame: (frame) => log.push(frame.type),
    onDown: () => log.push('down'),
    onStatus: (view) => {
      status = view;
    },
    onNotResumable: () => log.push('not resumable'),
    onHelloRefused: () => log.push('hello refused'),
    onOutdated: () => log.push('outdated'),
  });
});
afterEach(() => {
  socket.stop();
  vi.useRealTimers();
  vi.restoreAllMocks();
});

test('says hello with the token and where we stand', async () => {
  await online();
  expect(current().sent[0]).toMatchObject({ type: 'hello', token: 'token', urev: 3, revs: { c: 5 } });
  expect(status).toEqual({ status: 'online', downSince: null, retryAt: null });
});

test('a hello that the server does not understand is no reason to give up: it is said in other words', async () => {
  socket.start();
  await vi.advanceTimersByTimeAsync(0);
  current().onopen?.();
  current().receive({ type: 'bye', code: 4400, resume: false, after_ms: 0 });
  expect(log).toEqual(['not resumable', 'hello refused']);
  current().onclose?.();
  await vi.advanceTimersByTimeAsync(1000);
  expect(FakeSocket.all.length).toBe(2);
  welcome();
  expect(status.status).toBe('online');
  current().receive({ type: 'bye', code: 4400, resume: false, after_ms: 0 });
  expect(log.filter((what) => what === 'hello refused').length).toBe(1);
});

test('a call is answered by its number, whatever the order', async () => {
  await online();
  const first = socket.call('a', {});
  const second = socket.call('b', {});
  const [one, two] = current().sent.slice(-2);
  current().receive({ type: 'result', id: two?.['id'], result: 2 });
  current().receive({ type: 'error', id: one?.['id'], error: { code: 'forbidden', message: '', retryable: false } });
  await expect(second).resolves.toBe(2);
  await expect(first).rejects.toMatchObject({ code: 'forbidden' });
});

/* Refuses what the client asked last because its token has ended; returns the question. */
async function refuseLast(): Promise<Record<string, unknown> | undefined> {
  const asked = current().last;
  current().receive({
    type: 'error',
    id: asked?.['id'],
    error: { code: 'unauthenticated', message: 'it has expired', retryable: false },
  });
  await vi.advanceTimersByTimeAsync(0);
  return asked;
}

test('calls that come after the end of the token are made again with the next one', async () => {
  await online();
  let renewals = 0;
  renew = async () => `renewed${++renewals}`;
  const first = socket.call('message.Send', { text: 'typed' });
  const [one] = current().sent.slice(-1);
  const second = socket.call('b', {});
  await refuseLast();
  const auth = current().last;
  expect(auth).toMatchObject({ type: 'auth', token: 'renewed1' });
  current().receive({
    type: 'error',
    id: one?.['id'],
    error: { code: 'unauthenticated', message: '', retryable: false },
  });
  await vi.advanceTimersByTimeAsync(0);
  expect(current().last).toBe(auth);
  current().receive({ type: 'result', id: auth?.['id'], result: {} });
  await vi.advanceTimersByTimeAsync(0);
  const again = current().sent.slice(-2);
  expect(again).toMatchObject([{ method: 'b' }, { method: 'message.Send', params: { text: 'typed' } }]);
  for (const call of again) current().receive({ type: 'result', id: call['id'], result: call['method'] });
  await expect(first).resolves.toBe('message.Send');
  await expect(second).resolves.toBe('b');
  expect(renewals).toBe(1);
});

test('a token that another tab has renewed meanwhile is taken', async () => {
  await online();
  token = async () => 'of the other tab';
  renew = () => Promise.reject(new Error('not asked'));
  const call = socket.call('a', {});
  await refuseLast();
  expect(current().last).toMatchObject({ type: 'auth', token: 'of the other tab' });
  current().receive({ type: 'result', id: current().last?.['id'], result: {} });
  await vi.advanceTimersByTimeAsync(0);
  current().receive({ type: 'result', id: current().last?.['id'], result: 1 });
  await expect(call).resolves.toBe(1);
});

test('a call that is refused with the new token too is not made a third time', async () => {
  await online();
  const call = socket.call('a', {});
  const failed = expect(call).rejects.toMatchObject({ code: 'unauthenticated' });
  await refuseLast();
  current().receive({ type: 'result', id: current().last?.['id'], result: {} });
  await vi.advanceTimersByTimeAsync(0);
  await refuseLast();
  await failed;
});

test('a lost connection fails its calls and comes back with growing pauses', async () => {
  await online();
  const call = socket.call('a', {});
  current().onclose?.();
  await expect(call).rejects.toMatchObject({ code: 'offline' });
  expect(log).toContain('down');
  expect(status.status).toBe('offline');

  const pauses: number[] = [];
  for (let i = 0; i < 8; i++) {
    pauses.push((status.retryAt ?? 0) - Date.now());
    await vi.advanceTimersByTimeAsync(pauses[i] as number);
    expect(status.status).toBe('connecting');
    current().onclose?.();
  }
  expect(pauses).toEqual([1000, 2000, 4000, 8000, 16000, 30000, 30000, 30000]);
});

test('pauses are spread over the whole range', async () => {
  vi.mocked(Math.random).mockReturnValue(0);
  await online();
  current().onclose?.();
  expect((status.retryAt ?? 0) - Date.now()).toBe(500);
});

test('"try now" does not wait for the pause', async () => {
  await online();
  current().onclose?.();
  socket.tryNow();
  await vi.advanceTimersByTimeAsync(0);
  expect(FakeSocket.all).toHaveLength(2);
  welcome();
  await vi.advanceTimersByTimeAsync(60_000 - 1);
  expect(FakeSocket.all.filter((one) => !one.closed)).toHaveLength(1);
});

test('an answer by another way ends the pause, and no try that is under way', async () => {
  await online();
  current().onclose?.();
  socket.reachable();
  await vi.advanceTimersByTimeAsync(0);
  expect(FakeSocket.all).toHaveLength(2);
  socket.reachable();
  await vi.advanceTimersByTimeAsync(0);
  expect(FakeSocket.all).toHaveLength(2);
  welcome();
  socket.reachable();
  await vi.advanceTimersByTimeAsync(60_000 - 1);
  expect(FakeSocket.all.filter((one) => !one.closed)).toHaveLength(1);
});

test('after a silence it pings with the last number, and a dead socket is replaced', async () => {
  await online();
  await vi.advanceTimersByTimeAsync(25_000);
  expect(current().last).toEqual({ type: 'ping', n: 41 });
  current().receive({ type: 'pong', n: 41 });
  await vi.advanceTimersByTimeAsync(24_999);
  expect(FakeSocket.all).toHaveLength(1);
  await vi.advanceTimersByTimeAsync(1 + 10_000);
  expect(FakeSocket.all).toHaveLength(2);
});

test('a zombie after a wake: an answer within 5 s, or a new socket', async () => {
  await online();
  socket.probe();
  expect(current().last).toEqual({ type: 'ping', n: 41 });
  await vi.advanceTimersByTimeAsync(PROBE_TIMEOUT_MS - 1);
  expect(FakeSocket.all).toHaveLength(1);
  await vi.advanceTimersByTimeAsync(1);
  expect(FakeSocket.all).toHaveLength(2);
  expect(FakeSocket.all[0]?.closed).toBe(true);
});

test('a live one after a wake stays', async () => {
  await online();
  socket.probe();
  current().receive({ type: 'pong', n: 41 });
  await vi.advanceTimersByTimeAsync(PROBE_TIMEOUT_MS);
  expect(FakeSocket.all).toHaveLength(1);
});

test('a server that accepts and says nothing is left', async () => {
  socket.start();
  await vi.advanceTimersByTimeAsync(0);
  current().onopen?.();
  await vi.advanceTimersByTimeAsync(10_000);
  expect(status.status).toBe('offline');
  expect(current().closed).toBe(true);
});

test('a goodbye says how long to wait and whether to resume', async () => {
  await online();
  current().receive({ type: 'bye', code: 4410, resume: true, after_ms: 3700 });
  current().onclose?.();
  expect((status.retryAt ?? 0) - Date.now()).toBe(3700);
  expect(log).not.toContain('not resumable');
});

test.each([
  [4401, true],
  [4403, false],
])('after %i another token is asked for', async (code, resume) => {
  await online();
  current().receive({ type: 'bye', code, resume, after_ms: 0 });
  current().onclose?.();
  await vi.advanceTimersByTimeAsync(1_000);
  current().onopen?.();
  expect(current().last).toMatchObject({ type: 'hello', token: 'renewed' });
});

test('a session that is over stops the connecting', async () => {
  renew = () => Promise.reject(new ApiError('unauthenticated', 'over', false));
  await online();
  current().receive({ type: 'bye', code: 4403, resume: false, after_ms: 0 });
  current().onclose?.();
  await vi.advanceTimersByTimeAsync(120_000);
  expect(FakeSocket.all).toHaveLength(1);
});

test('a token that cannot be fetched is tried again later', async () => {
  token = () => Promise.reject(ApiError.offline());
  socket.start();
  await vi.advanceTimersByTimeAsync(0);
  expect(status.status).toBe('offline');
  token = async () => 'token';
  await vi.advanceTimersByTimeAsync(1_000);
  expect(FakeSocket.all).toHaveLength(1);
});

test('another version of the protocol is told', async () => {
  await online();
  current().receive({ type: 'bye', code: 4426, resume: false, after_ms: 0 });
  expect(log).toContain('outdated');
});

test('a call without an answer times out and the socket is probed', async () => {
  await online();
  const call = socket.call('slow', {});
  const failed = expect(call).rejects.toMatchObject({ code: 'timeout' });
  await vi.advanceTimersByTimeAsync(CALL_TIMEOUT_MS);
  await failed;
  expect(current().last).toMatchObject({ type: 'ping' });
});

test('a new token goes to the live socket; refused, the socket is replaced', async () => {
  await online();
  socket.authenticate('fresh');
  expect(current().last).toMatchObject({ type: 'auth', token: 'fresh' });
  const error = { code: 'unauthenticated', message: '', retryable: false };
  current().receive({ type: 'error', id: current().last?.['id'], error });
  await vi.advanceTimersByTimeAsync(0);
  expect(FakeSocket.all).toHaveLength(2);
});

test('what an abandoned socket still says is not heard', async () => {
  await online();
  const old = current();
  const { onmessage } = old;
  socket.reconnect();
  await vi.advanceTimersByTimeAsync(0);
  expect(FakeSocket.all).toHaveLength(2);
  onmessage?.({ data: '{"type":"gap","conversation_id":"c","head_rev":1}' });
  expect(log).not.toContain('gap');
});

test('stopped means silent', async () => {
  await online();
  socket.stop();
  socket.probe();
  socket.tryNow();
  await vi.advanceTimersByTimeAsync(120_000);
  expect(FakeSocket.all).toHaveLength(1);
  expect(current().closed).toBe(true);
});
