// @vitest-environment node
import { IDBFactory } from 'fake-indexeddb';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { type Database, openDatabase } from './database';
import { Drafts } from './drafts';
import type { Draft } from './types';

let db: Database;
let published: Map<string, Draft | undefined>;
let told: string[];

function open(): Drafts {
  return new Drafts(db, {
    publish: (id, draft) => published.set(id, draft),
    tellTabs: (id) => told.push(id),
  });
}

beforeEach(async () => {
  vi.stubGlobal('indexedDB', new IDBFactory());
  db = await openDatabase('me');
  published = new Map();
  told = [];
});
afterEach(() => vi.unstubAllGlobals());

test('every change is kept; the last one wins', async () => {
  const drafts = open();
  for (const text of ['h', 'he', 'hel', 'help']) drafts.save('c', { text, caret: text.length });
  expect(drafts.get('c')).toEqual({ text: 'help', caret: 4 });
  await drafts.flush();
  expect(await db.get('drafts', 'c')).toEqual({ conversationId: 'c', text: 'help', caret: 4 });

  const reloaded = open();
  await reloaded.load();
  expect(reloaded.get('c')).toEqual({ text: 'help', caret: 4 });
});

test('the screens are told a moment later, of an empty field at once', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  const drafts = open();
  drafts.save('c', { text: 'h', caret: 1 });
  expect(published.has('c')).toBe(false);
  vi.advanceTimersByTime(400);
  expect(published.get('c')).toEqual({ text: 'h', caret: 1 });
  drafts.save('c', null);
  expect(published.get('c')).toBeUndefined();
  vi.useRealTimers();
});

test('drafts of two conversations never mix', async () => {
  const drafts = open();
  drafts.save('a', { text: 'to a', caret: 0 });
  drafts.save('b', { text: 'to b', caret: 0 });
  drafts.save('a', null);
  await drafts.flush();
  expect(await db.getAllKeys('drafts')).toEqual(['b']);
});

test('another tab sees the change', async () => {
  const here = open();
  const there = open();
  here.save('c', { text: 'x', caret: 1 });
  await here.flush();
  expect(told).toContain('c');
  await there.reload('c');
  expect(there.get('c')).toEqual({ text: 'x', caret: 1 });
  here.save('c', null);
  await here.flush();
  await there.reload('c');
  expect(there.get('c')).toBeUndefined();
});

test('what is being typed here is not overwritten by what another tab kept before', async () => {
  const here = open();
  const there = open();
  there.save('c', { text: 'old', caret: 0 });
  await there.flush();
  const reloading = here.reload('c');
  // While the database is being read.
  await Promise.resolve();
  here.save('c', { text: 'new', caret: 3 });
  await reloading;
  expect(here.get('c')?.text).toBe('new');
});
