/* What outlives a reload, in one IndexedDB per user: outbox, drafts, and a cache of conversations and people.
 * The outbox and the drafts are the user's work and are never dropped; the cache may be at any time. */
import { type DBSchema, deleteDB, type IDBPDatabase, openDB } from 'idb';
import type { ApiErrorCode } from '@/api';
import type { SavedConversation } from './conversation';
import type { SavedState } from './engine';
import type { Draft, User } from './types';

export interface OutboxRow {
  /** Gives the order of sending; set by the database. */
  ord?: number;
  clientId: string;
  conversationId: string;
  text: string;
  at: string;
  state: 'sending' | 'failed';
  error: ApiErrorCode | null;
}

interface Schema extends DBSchema {
  outbox: { key: number; value: OutboxRow; indexes: { clientId: string } };
  drafts: { key: string; value: Draft & { conversationId: string } };
  conversations: { key: string; value: SavedConversation };
  users: { key: string; value: User };
  state: { key: string; value: { epoch: string; urev: number; feedTag?: string } };
}

export type Database = IDBPDatabase<Schema>;

const VERSION = 1;
const PREFIX = 'molva-';

function nameOf(userId: string): string {
  return PREFIX + userId;
}

/** Of whom this browser keeps anything. Empty where a browser does not tell. */
export async function keptUsers(): Promise<string[]> {
  const all = (await indexedDB.databases?.()) ?? [];
  return all.flatMap(({ name }) => (name?.startsWith(PREFIX) ? [name.slice(PREFIX.length)] : []));
}

export function openDatabase(userId: string): Promise<Database> {
  return openDB<Schema>(nameOf(userId), VERSION, {
    upgrade(db) {
      const outbox = db.createObjectStore('outbox', { keyPath: 'ord', autoIncrement: true });
      outbox.createIndex('clientId', 'clientId', { unique: true });
      db.createObjectStore('drafts', { keyPath: 'conversationId' });
      db.createObjectStore('conversations', { keyPath: 'view.id' });
      db.createObjectStore('users', { keyPath: 'id' });
      db.createObjectStore('state');
    },
    // Another tab wants to delete or upgrade: do not stand in its way.
    blocking(_current, _blocked, event) {
      (event.target as IDBDatabase).close();
    },
  });
}

export function deleteDatabase(userId: string): Promise<void> {
  return deleteDB(nameOf(userId));
}

const CACHED_USERS_MAX = 2_000;

/** The cache: what a start shows before the server answers. */
export async function loadKept(db: Database): Promise<{ saved: SavedState | undefined; users: User[] }> {
  const tx = db.transaction(['state', 'conversations', 'users']);
  const [state, conversations, users] = await Promise.all([
    tx.objectStore('state').get('sync'),
    tx.objectStore('conversations').getAll(),
    tx.objectStore('users').getAll(undefined, CACHED_USERS_MAX),
    tx.done,
  ]);
  return { saved: state && { ...state, conversations }, users };
}

/** All in one transaction: the feed's number must never be ahead of the conversations it spoke of. */
export async function saveState(
  db: Database,
  sync: { epoch: string; urev: number; feedTag: string },
  changed: readonly SavedConversation[],
  removed: readonly string[],
): Promise<void> {
  const tx = db.transaction(['state', 'conversations'], 'readwrite');
  const conversations = tx.objectStore('conversations');
  void tx.objectStore('state').put(sync, 'sync');
  for (const one of changed) void conversations.put(one);
  for (const id of removed) void conversations.delete(id);
  await tx.done;
}

export async function keepUsers(db: Database, users: readonly User[]): Promise<void> {
  const tx = db.transaction('users', 'readwrite');
  for (const user of users) void tx.store.put(user);
  await tx.done;
}
