/* Registers the worker that opens the page without a network, and knows when a newer version waits. It never reloads by
 * itself: somebody may be writing. */
import { useSyncExternalStore } from 'react';

const CHECK_EVERY_MS = 60 * 60 * 1000;

let waiting: ServiceWorker | null = null;
let wanted = false;
const listeners = new Set<() => void>();

function setWaiting(worker: ServiceWorker | null): void {
  waiting = worker;
  for (const listener of listeners) listener();
}

function watch(registration: ServiceWorkerRegistration): void {
  if (registration.waiting && navigator.serviceWorker.controller) setWaiting(registration.waiting);
  registration.addEventListener('updatefound', () => {
    const worker = registration.installing;
    worker?.addEventListener('statechange', () => {
      // Without a controller it is the first one of this browser, not an update.
      if (worker.state === 'installed' && navigator.serviceWorker.controller) setWaiting(worker);
    });
  });
}

interface TrustedTypesWindow {
  trustedTypes?: {
    createPolicy(
      name: string,
      rules: { createScriptURL(url: string): string },
    ): { createScriptURL(url: string): unknown };
  };
}

/* Under `require-trusted-types-for 'script'` a worker's address needs a policy; this one knows a single address. */
function workerUrl(): string {
  const types = (window as TrustedTypesWindow).trustedTypes;
  const policy = types?.createPolicy('molva', {
    createScriptURL(url) {
      if (url === '/sw.js') return url;
      throw new TypeError('not a script of ours');
    },
  });
  return (policy?.createScriptURL('/sw.js') ?? '/sw.js') as string;
}

export function startServiceWorker(): void {
  if (!import.meta.env.PROD || !('serviceWorker' in navigator)) return;

  navigator.serviceWorker.addEventListener('controllerchange', () => {
    if (wanted) location.reload();
  });
  navigator.serviceWorker.register(workerUrl()).then(
    (registration) => {
      watch(registration);
      // Not reached: the next hour will do.
      setInterval(() => void registration.update().catch(() => undefined), CHECK_EVERY_MS);
    },
    // A browser that forbids workers still has the page.
    () => undefined,
  );
}

export function useUpdateWaiting(): boolean {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => waiting !== null,
  );
}

/** Takes the newer version and loads the page again. */
export function takeUpdate(): void {
  wanted = true;
  waiting?.postMessage('skip-waiting');
}
