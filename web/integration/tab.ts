/* A tab of the client without a screen: the real modules, loaded anew, with the globals that a browser would give. */
import 'fake-indexeddb/auto';
import { IDBFactory } from 'fake-indexeddb';
import { vi } from 'vitest';
import type { Server } from './server';

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

/* A browser has one of each: what a client finds there of other accounts it clears away. */
const databases = new WeakMap<Storage, IDBFactory>();

function databasesOf(storage: Storage): IDBFactory {
  const factory = databases.get(storage) ?? new IDBFactory();
  databases.set(storage, factory);
  return factory;
}

/** Pass the storage of another tab to be in its browser, with its session. */
export async function openTab(origin: string, storage = memoryStorage()): Promise<Tab> {
  const window = new EventTarget();
  const document = Object.assign(new EventTarget(), { visibilityState: 'visible' });
  Object.assign(globalThis, {
    localStorage: storage,
    indexedDB: databasesOf(storage),
    window,
    document,
    location: { origin },
  });
  vi.resetModules();
  const api = await import('@/api');
  const { realtime, realtimeStore: store } = await import('@/realtime');
  return { api, realtime, store, storage };
}

/** A tab of somebody who has just come. */
export async function signUp(server: Server, username: string): Promise<Tab> {
  const tab = await openTab(server.origin);
  await tab.api.register({ username, password: 'correct horse', display_name: '', invite_code: '', device: 'test' });
  return tab;
}

export async function start(tab: Tab): Promise<Tab> {
  tab.realtime.start();
  await until(tab, () => tab.store.getState().connection.status === 'online', 'the connection');
  return tab;
}

export const userId = (tab: Tab) => tab.api.sessionStore.getState().userId as string;

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
