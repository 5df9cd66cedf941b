/* A tab of the client without a screen: the real modules, loaded anew, with the globals that a browser would give. */
import 'fake-indexeddb/auto';
import { vi } from 'vitest';

type Api = typeof import('@/api');
type Realtime = typeof import('@/realtime');

export interface Tab {
  api: Api;
  realtime: Realtime['realtime'];
  store: Realtime['realtimeStore'];
  storage: Storage;
}

function memoryStorage(): Storage {
  const items = new Map<string, string>();
  return {
    get length() {
      return items.size;
    },
    clear: () => items.clear(),
    getItem: (key) => items.get(key) ?? null,
    key: (index) => [...items.keys()][index] ?? null,
    removeItem: (key) => void items.delete(key),
    setItem: (key, value) => void items.set(key, value),
  };
}

/** Pass the storage of another tab to share its session. */
export async function openTab(origin: string, storage = memoryStorage()): Promise<Tab> {
  const window = new EventTarget();
  const document = Object.assign(new EventTarget(), { visibilityState: 'visible' });
  Object.assign(globalThis, { localStorage: storage, window, document, location: { origin } });
  vi.resetModules();
  const api = await import('@/api');
  const { realtime, realtimeStore: store } = await import('@/realtime');
  return { api, realtime, store, storage };
}

/** Resolves when the condition holds, looking whenever the store changed. */
export function until(tab: Tab, condition: () => boolean, what: string, ms = 60_000): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      unsubscribe();
      reject(new Error(`not in time: ${what}`));
    }, ms);
    const look = () => {
      if (!condition()) return;
      clearTimeout(timer);
      unsubscribe();
      resolve();
    };
    const unsubscribe = tab.store.subscribe(look);
    look();
  });
}
