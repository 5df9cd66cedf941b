/* The service worker: opens the shell without a network. It never touches /v1: answers of the API belong to one user and
 * live in that user's database, not in a cache that all share. */
declare const self: ServiceWorkerGlobalScope;
declare const __BUILD_ID__: string;
declare const __SHELL_FILES__: string[];

const shellFiles = __SHELL_FILES__;
const PREFIX = 'shell-';
const cacheName = PREFIX + __BUILD_ID__;

self.addEventListener('install', (event) => {
  // No skipWaiting here: the page asks for it when its reader pressed "Update".
  // Past the browser's own cache: these must all be of one build.
  const files = shellFiles.map((file) => new Request(file, { cache: 'no-cache' }));
  event.waitUntil(caches.open(cacheName).then((cache) => cache.addAll(files)));
});

self.addEventListener('activate', (event) => {
  event.waitUntil(
    (async () => {
      // The build before stays: other tabs may still run it, and load parts of it that the server has no more.
      const old = (await caches.keys()).filter((name) => name.startsWith(PREFIX) && name !== cacheName);
      for (const name of old.slice(0, -1)) await caches.delete(name);
      await self.clients.claim();
    })(),
  );
});

self.addEventListener('message', (event: ExtendableMessageEvent) => {
  if (event.data === 'skip-waiting') void self.skipWaiting();
});

function isServersOwn(url: URL): boolean {
  return /^\/(v1|\.well-known|healthz|readyz|metrics)(\/|$)/.test(url.pathname);
}

async function fromShell(path: string, request: Request): Promise<Response> {
  const cache = await caches.open(cacheName);
  return (await cache.match(path)) ?? fetch(request);
}

/* Hashed files never change, so the first answer stays true. */
async function fromAssets(request: Request): Promise<Response> {
  const hit = await caches.match(request);
  if (hit) return hit;

  const response = await fetch(request);
  const cache = await caches.open(cacheName);
  if (response.ok) await cache.put(request, response.clone());
  return response;
}

self.addEventListener('fetch', (event) => {
  const url = new URL(event.request.url);
  if (event.request.method !== 'GET' || url.origin !== self.location.origin || isServersOwn(url)) return;

  if (event.request.mode === 'navigate') event.respondWith(fromShell('/index.html', event.request));
  else if (url.pathname.startsWith('/assets/')) event.respondWith(fromAssets(event.request));
  else if (shellFiles.includes(url.pathname)) event.respondWith(fromShell(url.pathname, event.request));
});

// A module, so that its names are its own.
export {};
