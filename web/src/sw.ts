/// <reference lib="webworker" />
/* The service worker: opens the shell without a network. It never touches /v1: answers of the API belong to one user and
 * live in that user's database, not in a cache that all share. */
declare const self: ServiceWorkerGlobalScope;
declare const __BUILD_ID__: string;
declare const __SHELL_FILES__: string[];

const PREFIX = 'shell-';
const cacheName = PREFIX + __BUILD_ID__;

self.addEventListener('install', (event) => {
  // No skipWaiting here: the page asks for it when its reader pressed "Update".
  event.waitUntil(caches.open(cacheName).then((cache) => cache.addAll(__SHELL_FILES__)));
});

self.addEventListener('activate', (event) => {
  event.waitUntil(
    (async () => {
      for (const name of await caches.keys()) {
        if (name.startsWith(PREFIX) && name !== cacheName) await caches.delete(name);
      }
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
  const cache = await caches.open(cacheName);
  const hit = await cache.match(request);
  if (hit) return hit;

  const response = await fetch(request);
  if (response.ok) await cache.put(request, response.clone());
  return response;
}

self.addEventListener('fetch', (event) => {
  const url = new URL(event.request.url);
  if (event.request.method !== 'GET' || url.origin !== self.location.origin || isServersOwn(url)) return;

  if (event.request.mode === 'navigate') event.respondWith(fromShell('/index.html', event.request));
  else if (url.pathname.startsWith('/assets/')) event.respondWith(fromAssets(event.request));
  else if (__SHELL_FILES__.includes(url.pathname)) event.respondWith(fromShell(url.pathname, event.request));
});
