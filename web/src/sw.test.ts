// @vitest-environment node
/* What the worker answers, and what it must never touch. */
import { beforeEach, expect, test, vi } from 'vitest';

type Handler = (event: Record<string, unknown>) => void;

const handlers = new Map<string, Handler>();
const stores = new Map<string, Map<string, string>>();
let skipped = false;

const pathOf = (request: Request | string) => (typeof request === 'string' ? request : new URL(request.url).pathname);

function store(name: string) {
  const items = stores.get(name) ?? new Map<string, string>();
  stores.set(name, items);
  const found = (path: string) => (items.has(path) ? new Response(items.get(path)) : undefined);
  return {
    addAll: async (requests: Request[]) => requests.forEach((one) => items.set(pathOf(one), `${name} ${pathOf(one)}`)),
    match: async (request: Request | string) => found(pathOf(request)),
    put: async (request: Request, response: Response) => items.set(pathOf(request), await response.text()),
  };
}

/* Loads the worker as the given build. */
async function install(build: string, files: string[]): Promise<void> {
  vi.resetModules();
  handlers.clear();
  vi.stubGlobal('__BUILD_ID__', build);
  vi.stubGlobal('__SHELL_FILES__', files);
  await import('./sw');
  for (const name of ['install', 'activate']) await fire(name, {});
}

async function fire(name: string, event: Record<string, unknown>): Promise<void> {
  let waiting: Promise<unknown> = Promise.resolve();
  handlers.get(name)?.({ ...event, waitUntil: (work: Promise<unknown>) => (waiting = work) });
  await waiting;
}

/* What the worker answers; null when it lets the browser do it. */
async function ask(path: string, init: { method?: string; mode?: string } = {}): Promise<string | null> {
  const url = new URL(path, 'https://chat.example').href;
  const request = Object.assign(new Request(url, { method: init.method ?? 'GET' }), {});
  Object.defineProperty(request, 'mode', { value: init.mode ?? 'cors' });
  let answer: Promise<Response> | null = null;
  handlers.get('fetch')?.({ request, respondWith: (response: Promise<Response>) => (answer = response) });
  return answer && (await (answer as Promise<Response>)).text();
}

const RealRequest = Request;
class RelativeRequest extends RealRequest {
  constructor(input: string | Request, init?: RequestInit) {
    super(typeof input === 'string' ? new URL(input, 'https://chat.example') : input, init);
  }
}

beforeEach(async () => {
  stores.clear();
  skipped = false;
  vi.stubGlobal('self', {
    addEventListener: (name: string, handler: Handler) => handlers.set(name, handler),
    skipWaiting: async () => (skipped = true),
    clients: { claim: async () => undefined },
    location: { origin: 'https://chat.example' },
  });
  vi.stubGlobal('Request', RelativeRequest);
  vi.stubGlobal('caches', {
    open: async (name: string) => store(name),
    keys: async () => [...stores.keys()],
    delete: async (name: string) => stores.delete(name),
    match: async (request: Request) => {
      for (const name of stores.keys()) {
        const hit = await store(name).match(request);
        if (hit) return hit;
      }
      return undefined;
    },
  });
  vi.stubGlobal('fetch', async (request: Request) => new Response(`network ${pathOf(request)}`));
  await install('1', ['/index.html', '/early.js', '/assets/a1.js']);
  return () => vi.unstubAllGlobals();
});

test('every page is the shell, from the cache', async () => {
  expect(await ask('/c/123', { mode: 'navigate' })).toBe('shell-1 /index.html');
  expect(await ask('/early.js')).toBe('shell-1 /early.js');
});

test.each(['/v1/users/me', '/v1/ws', '/.well-known/jwks.json', '/healthz', '/metrics'])(
  '%s is left alone',
  async (path) => {
    expect(await ask(path)).toBeNull();
    expect(await ask(path, { mode: 'navigate' })).toBeNull();
  },
);

test('foreign hosts and writes are left alone', async () => {
  expect(await ask('https://elsewhere.example/a.js')).toBeNull();
  expect(await ask('/assets/a1.js', { method: 'POST' })).toBeNull();
});

test('a part that was not loaded before is kept when it comes', async () => {
  expect(await ask('/assets/late.js')).toBe('network /assets/late.js');
  vi.stubGlobal('fetch', () => Promise.reject(new TypeError('offline')));
  expect(await ask('/assets/late.js')).toBe('network /assets/late.js');
});

test('a newer build waits until it is asked for, and keeps the one before', async () => {
  await install('2', ['/index.html', '/assets/a2.js']);
  expect(skipped).toBe(false);
  expect(await ask('/', { mode: 'navigate' })).toBe('shell-2 /index.html');
  expect(await ask('/assets/a1.js')).toBe('shell-1 /assets/a1.js');

  await install('3', ['/index.html']);
  expect([...stores.keys()]).toEqual(['shell-2', 'shell-3']);
  await fire('message', { data: 'skip-waiting' });
  expect(skipped).toBe(true);
});
