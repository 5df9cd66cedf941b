// @vitest-environment node
/* The outbox over a real (if fake) IndexedDB: tabs die at any moment, the server may have heard or not. */
import { IDBFactory } from 'fake-indexeddb';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { ApiError } from '@/api/errors';
import { type Database, openDatabase } from './database';
import { Outbox } from './outbox';
import { Random } from './testing/random';
import type { Message } from './types';

/* What a server does with sends: each client_id once, seq in order of arrival. */
class Mailbox {
  messages: Message[] = [];
  /** Thrown before or after the message is stored. */
  before: ApiError[] = [];
  after: ApiError[] = [];
  sends: string[] = [];
  /** Where what is written to a conversation goes, when it is known; fails with the first of `unmade`. */
  addresses: Record<string, string> = {};
  unmade: ApiError[] = [];

  address = async (conversationId: string): Promise<string> => {
    await Promise.resolve();
    const refusal = this.unmade.shift();
    if (refusal) throw refusal;
    return this.addresses[conversationId] ?? conversationId;
  };

  send = async (conversationId: string, clientId: string, text: string): Promise<Message> => {
    this.sends.push(text);
    await Promise.resolve();
    const refusal = this.before.shift();
    if (refusal) throw refusal;
    let message = this.messages.find((one) => one.client_id === clientId);
    if (!message) {
      const seq = this.messages.length + 1;
      message = {
        id: clientId,
        conversation_id: conversationId,
        seq,
        rev: seq,
        sender_id: 'me',
        client_id: clientId,
        text,
        created_at: '',
      };
      this.messages.push(message);
    }
    const loss = this.after.shift();
    if (loss) throw loss;
    return message;
  };

  get texts(): string[] {
    return this.messages.map(({ text }) => text);
  }
}

const offline = () => ApiError.offline();

interface Tab {
  outbox: Outbox;
  db: Database;
  alive: boolean;
  states: string[];
}

let mailbox: Mailbox;
let tabs: Tab[];

/* A tab that is killed hears nothing more and its answers go nowhere. */
async function openTab(sending = true): Promise<Tab> {
  const db = await openDatabase('me');
  const tab: Tab = { db, alive: true, states: [], outbox: undefined as unknown as Outbox };
  tab.outbox = new Outbox(db, {
    address: (id) => mailbox.address(id),
    send: async (...args) => {
      if (!tab.alive) return new Promise(() => undefined);
      const message = await mailbox.send(...args);
      return tab.alive ? message : new Promise(() => undefined);
    },
    sent: () => undefined,
    changed: (id) =>
      tab.states.push(
        tab.outbox
          .of(id)
          .map((row) => row.state[0])
          .join(''),
      ),
    tellTabs: () => {
      for (const other of tabs) if (other !== tab && other.alive) void other.outbox.reload();
    },
  });
  tabs.push(tab);
  await tab.outbox.reload();
  tab.outbox.setSending(sending);
  return tab;
}

function kill(tab: Tab): void {
  tab.alive = false;
  tab.outbox.setSending(false);
}

async function settle(): Promise<void> {
  await vi.advanceTimersByTimeAsync(60_000);
}

beforeEach(() => {
  vi.stubGlobal('indexedDB', new IDBFactory());
  // The database's own turns of the event loop go on; pauses are skipped.
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  mailbox = new Mailbox();
  tabs = [];
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

const eventually = (check: () => void | Promise<void>) =>
  vi.waitFor(
    async () => {
      await vi.advanceTimersByTimeAsync(1_000);
      await check();
    },
    { timeout: 10_000, interval: 1 },
  );

test('a row is there in the same moment, is kept, sent and gone', async () => {
  const { outbox, db } = await openTab();
  const kept = outbox.add('c', 'hi');
  expect(outbox.of('c')).toMatchObject([{ text: 'hi', state: 'sending' }]);
  await kept;
  await eventually(() => expect(outbox.of('c')).toEqual([]));
  expect(mailbox.texts).toEqual(['hi']);
  expect(await db.count('outbox')).toBe(0);
});

test('nothing leaves before it is in the database', async () => {
  const { outbox, db } = await openTab();
  const seen: number[] = [];
  const { send } = mailbox;
  mailbox.send = async (...args) => {
    seen.push(await db.count('outbox'));
    return send(...args);
  };
  await outbox.add('c', 'hi');
  await eventually(() => expect(mailbox.texts).toEqual(['hi']));
  expect(seen).toEqual([1]);
});

test('nothing leaves while the database is still writing', async () => {
  const { outbox, db } = await openTab();
  vi.spyOn(db, 'add').mockReturnValue(new Promise(() => undefined));
  void outbox.add('c', 'hi');
  outbox.wake();
  await settle();
  expect(mailbox.sends).toEqual([]);
});

test('messages typed faster than they are kept leave in their order', async () => {
  const { outbox } = await openTab();
  const texts = Array.from({ length: 20 }, (_, i) => `m${i}`);
  await Promise.all(texts.map((text) => outbox.add('c', text)));
  await eventually(() => expect(mailbox.texts).toEqual(texts));
});

test('a network that is away is waited for, in order, as long as it takes', async () => {
  const { outbox } = await openTab();
  mailbox.before = Array.from({ length: 12 }, offline);
  await outbox.add('c', 'one');
  await outbox.add('c', 'two');
  await eventually(() => expect(mailbox.texts).toEqual(['one', 'two']));
});

test('an answer that was lost does not double the message', async () => {
  const { outbox } = await openTab();
  mailbox.after = [offline(), offline()];
  await outbox.add('c', 'one');
  await eventually(() => expect(outbox.of('c')).toEqual([]));
  expect(mailbox.sends.length).toBe(3);
  expect(mailbox.texts).toEqual(['one']);
});

test('what the server refuses is shown as failed, and the next ones go on', async () => {
  const { outbox, db } = await openTab();
  mailbox.before = [new ApiError('forbidden', 'no', false)];
  const clientId = await outbox.add('c', 'one');
  await outbox.add('c', 'two');
  await eventually(() => expect(mailbox.texts).toEqual(['two']));
  expect(outbox.of('c')).toMatchObject([{ clientId, state: 'failed', error: 'forbidden' }]);

  // Also after a reload.
  expect(await db.getAll('outbox')).toMatchObject([{ state: 'failed', error: 'forbidden' }]);
  await outbox.retry(clientId);
  await eventually(() => expect(mailbox.texts).toEqual(['two', 'one']));
});

test('a fault of the server that stays is shown in the end', async () => {
  const { outbox } = await openTab();
  mailbox.before = Array.from({ length: 20 }, () => new ApiError('storage_full', 'disk', true));
  await outbox.add('c', 'one');
  await eventually(() => expect(outbox.of('c')).toMatchObject([{ state: 'failed', error: 'storage_full' }]));
});

test('a failed row can be taken back with its text', async () => {
  const { outbox, db } = await openTab();
  mailbox.before = [new ApiError('invalid', 'no', false)];
  const clientId = await outbox.add('c', 'my words');
  await eventually(() => expect(outbox.of('c')).toMatchObject([{ state: 'failed' }]));
  expect(await outbox.discard(clientId)).toBe('my words');
  expect(outbox.of('c')).toEqual([]);
  expect(await db.count('outbox')).toBe(0);
  expect(await outbox.discard(clientId)).toBeNull();
});

test('the echo of another connection ends the sending', async () => {
  const { outbox, db } = await openTab(false);
  const clientId = await outbox.add('c', 'one');
  outbox.confirm([await mailbox.send('c', clientId, 'one')]);
  expect(outbox.of('c')).toEqual([]);
  await eventually(async () => expect(await db.count('outbox')).toBe(0));
});

test('a look into the database that is older than the answer does not bring the row back', async () => {
  const { outbox, db } = await openTab(false);
  const clientId = await outbox.add('c', 'one');
  const old = await db.getAll('outbox');
  vi.spyOn(db, 'getAll').mockResolvedValueOnce(old);
  outbox.confirm([await mailbox.send('c', clientId, 'one')]);
  await outbox.reload();
  expect(outbox.of('c')).toEqual([]);
});

test('one tab writes, the leading tab sends, both see it go', async () => {
  const writer = await openTab(false);
  const leader = await openTab();
  await writer.outbox.add('c', 'hi');
  await eventually(() => expect(mailbox.texts).toEqual(['hi']));
  await eventually(() => expect(writer.outbox.of('c')).toEqual([]));
  expect(leader.outbox.of('c')).toEqual([]);
});

test('what one tab takes back does not rise again in the tab that was failing it', async () => {
  const writer = await openTab(false);
  await openTab();
  mailbox.before = [new ApiError('invalid', 'no', false)];
  const clientId = await writer.outbox.add('c', 'x');
  await writer.outbox.discard(clientId);
  await settle();
  await eventually(async () => expect(await writer.db.count('outbox')).toBe(0));
});

test('what is written to somebody before there is a conversation goes to the one that is made, in order', async () => {
  mailbox.addresses = { 'to:bob': 'c' };
  mailbox.unmade = [offline(), offline()];
  const tab = await openTab();
  const other = await openTab(false);
  await tab.outbox.add('to:bob', 'one');
  await other.outbox.add('to:bob', 'two');
  void tab.outbox.add('to:bob', 'three');
  await settle();
  await eventually(() => expect(mailbox.texts).toEqual(['one', 'two', 'three']));
  expect(new Set(mailbox.messages.map((message) => message.conversation_id))).toEqual(new Set(['c']));
  await eventually(async () => expect(await tab.db.count('outbox')).toBe(0));
});

test('a conversation that is made while its first message is being stored gets it', async () => {
  const tab = await openTab(false);
  const added = tab.outbox.add('to:bob', 'one');
  tab.outbox.readdress('to:bob', 'c');
  await added;
  const [stored] = await tab.db.getAll('outbox');
  expect(stored?.conversationId).toBe('c');
  expect(tab.outbox.of('c')).toHaveLength(1);
});

test('when no conversation can be made, the message says so and waits', async () => {
  mailbox.unmade = [new ApiError('forbidden', 'no', false)];
  const tab = await openTab();
  const clientId = await tab.outbox.add('to:bob', 'one');
  await settle();
  await eventually(() => expect(tab.outbox.of('to:bob')[0]?.state).toBe('failed'));
  mailbox.addresses = { 'to:bob': 'c' };
  await tab.outbox.retry(clientId);
  await eventually(() => expect(mailbox.texts).toEqual(['one']));
});

test('a tab killed at any moment loses nothing and doubles nothing', async () => {
  for (let seed = 1; seed <= 40; seed++) {
    vi.stubGlobal('indexedDB', new IDBFactory());
    mailbox = new Mailbox();
    tabs = [];
    const random = new Random(seed);
    const texts: string[] = [];
    for (let life = 0; life < 4; life++) {
      const tab = await openTab();
      mailbox.before = Array.from({ length: random.below(3) }, offline);
      mailbox.after = Array.from({ length: random.below(3) }, offline);
      for (let i = 0; i < 4; i++) {
        const text = `${life}.${i}`;
        await tab.outbox.add('c', text);
        texts.push(text);
        // Some turns of the event loop, so that the kill falls anywhere between keeping, sending, answer and removal.
        for (let turn = random.below(12); turn > 0; turn--) await Promise.resolve();
        if (random.chance(0.3)) await vi.advanceTimersByTimeAsync(random.below(2_000));
      }
      kill(tab);
    }
    mailbox.before = mailbox.after = [];
    const last = await openTab();
    await eventually(() => expect(last.outbox.of('c'), `seed ${seed}`).toEqual([]));
    expect(mailbox.texts, `seed ${seed}`).toEqual(texts);
  }
}, 60_000);
