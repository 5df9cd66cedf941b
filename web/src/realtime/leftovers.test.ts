// @vitest-environment node
import { IDBFactory } from 'fake-indexeddb';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { create } from 'zustand';
import { type Database, keptUsers, openDatabase, saveState } from './database';
import { forgetLeftovers } from './leftovers';

const { sessionStore } = vi.hoisted(() => ({ sessionStore: { getState: () => ({ userId: null as string | null }) } }));
vi.mock('@/api', () => ({ sessionStore }));

function signedIn(userId: string | null): void {
  sessionStore.getState = create(() => ({ userId })).getState;
}

interface Kept {
  drafts?: boolean;
  outbox?: boolean;
}

async function keep(userId: string, { drafts = false, outbox = false }: Kept): Promise<void> {
  const db = await openDatabase(userId);
  await saveState(db, { epoch: 'e', urev: 7, feedTag: '' }, [{ view: { id: 'c' } } as never], []);
  await db.put('users', { id: 'other' } as never);
  if (drafts) await db.put('drafts', { conversationId: 'c', text: 'half a', caret: 6 });
  if (outbox) await db.put('outbox', { clientId: '1', conversationId: 'c', text: 'unsent' } as never);
  db.close();
}

const STORES = ['conversations', 'users', 'state', 'drafts', 'outbox'] as const;

async function stores(userId: string): Promise<string> {
  const db: Database = await openDatabase(userId);
  const counts = await Promise.all(STORES.map((name) => db.count(name)));
  db.close();
  return STORES.filter((_, at) => counts[at]).join(' ');
}

beforeEach(() => {
  vi.stubGlobal('indexedDB', new IDBFactory());
  signedIn(null);
});
afterEach(() => vi.unstubAllGlobals());

test.each<[string, Kept, string | null]>([
  ['nothing is unfinished', {}, null],
  ['there is a draft', { drafts: true }, 'drafts'],
  ['a message waits to be sent', { outbox: true }, 'outbox'],
])('when nobody is signed in, the chats go: %s', async (_label, kept, want) => {
  await keep('ann', kept);
  await forgetLeftovers();
  await forgetLeftovers();
  expect(await keptUsers()).toEqual(want ? ['ann'] : []);
  if (want) expect(await stores('ann')).toBe(want);
});

test('the same user finds everything that is still there', async () => {
  await keep('ann', { drafts: true });
  signedIn('ann');
  await forgetLeftovers();
  expect(await stores('ann')).toBe('conversations users state drafts');
});

test('somebody else finds nothing, neither chats nor drafts', async () => {
  await keep('ann', { drafts: true, outbox: true });
  await keep('carl', {});
  await keep('bob', { drafts: true });
  signedIn('bob');
  await forgetLeftovers();
  expect(await keptUsers()).toEqual(['bob']);
  expect(await stores('bob')).toBe('conversations users state drafts');
});

test('who signs in again while it is being tidied keeps everything', async () => {
  await keep('ann', {});
  const tidying = forgetLeftovers();
  signedIn('ann');
  await tidying;
  expect(await stores('ann')).toBe('conversations users state');
});

test('where the browser does not tell what it keeps, and where nothing may be kept, nothing breaks', async () => {
  vi.stubGlobal('indexedDB', {});
  await forgetLeftovers();
  vi.stubGlobal('indexedDB', { databases: () => Promise.reject(new DOMException('no')) });
  await forgetLeftovers();
});
