/* Reloads and several tabs of one user, against the real server. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Server } from './server';
import { openTab, type Tab, until } from './tab';

let server: Server;
beforeAll(async () => {
  server = await Server.start();
});
afterAll(() => server.stop());

async function start(tab: Tab): Promise<Tab> {
  tab.realtime.start();
  await until(tab, () => tab.store.getState().listReady, 'the list');
  return tab;
}

async function signUp(username: string): Promise<Tab> {
  const tab = await openTab(server.origin);
  await tab.api.register({ username, password: 'correct horse', display_name: '', invite_code: '', device: 'test' });
  return start(tab);
}

const online = (tab: Tab) => tab.store.getState().connection.status === 'online';

function texts(tab: Tab, id: string): string[] {
  const entries = tab.store.getState().timelines[id]?.entries ?? [];
  return entries.flatMap((entry) => (entry.kind === 'message' ? [entry.message.text] : []));
}

function pendingTexts(tab: Tab, id: string): string[] {
  const entries = tab.store.getState().timelines[id]?.entries ?? [];
  return entries.flatMap((entry) => (entry.kind === 'pending' ? [entry.text] : []));
}

test('what was written without a network survives the end of the tab and goes out from the next', async () => {
  const anna = await signUp('anna');
  const { id } = await anna.realtime.createGroup('Plans', []);
  await anna.realtime.open(id);
  await anna.realtime.send(id, 'first');
  await until(anna, () => texts(anna, id).includes('first'), 'the first message');

  await server.kill();
  await until(anna, () => !online(anna), 'offline');
  await anna.realtime.send(id, 'second');
  await anna.realtime.send(id, 'third');
  anna.realtime.saveDraft(id, { text: 'half a tho', caret: 10 });
  expect(pendingTexts(anna, id)).toEqual(['second', 'third']);
  anna.realtime.stop();

  // Still no server: the page opens with what is kept.
  const again = await start(await openTab(server.origin, anna.storage));
  await again.realtime.open(id);
  await until(again, () => pendingTexts(again, id).length === 2, 'the outbox');
  expect(again.store.getState().conversations[id]).toMatchObject({ title: 'Plans', seq: 1 });
  expect(texts(again, id)).toEqual(['first']);
  expect(again.store.getState().drafts[id]).toEqual({ text: 'half a tho', caret: 10 });

  await server.run();
  again.realtime.tryNow();
  await until(again, () => texts(again, id).length === 3, 'all three');
  expect(texts(again, id)).toEqual(['first', 'second', 'third']);
  expect(pendingTexts(again, id)).toEqual([]);
  again.realtime.stop();
});

test('two tabs: one leads and sends for both, both see the same', async () => {
  const one = await signUp('clara');
  const two = await start(await openTab(server.origin, one.storage));
  await until(one, () => one.store.getState().leader, 'a leader');
  expect(two.store.getState().leader).toBe(false);

  const { id } = await two.realtime.createGroup('Tabs', []);
  await until(one, () => one.store.getState().conversations[id] !== undefined, 'the group in the first tab');
  await Promise.all([one.realtime.open(id), two.realtime.open(id)]);
  for (let i = 0; i < 10; i++) await two.realtime.send(id, `m${i}`);
  for (const tab of [one, two]) await until(tab, () => texts(tab, id).length === 10, 'ten messages');
  expect(texts(one, id)).toEqual(texts(two, id));

  two.realtime.saveDraft(id, { text: 'shared', caret: 6 });
  await until(one, () => one.store.getState().drafts[id]?.text === 'shared', 'the draft');

  // The leader is gone: the other one takes over, and goes on sending.
  one.realtime.stop();
  await until(two, () => two.store.getState().leader, 'a new leader');
  await two.realtime.send(id, 'after');
  await until(two, () => texts(two, id).at(-1) === 'after', 'the last message');
  two.realtime.stop();
});

test('unread counts and read positions follow on all devices', async () => {
  const anna = await signUp('dora');
  const boris = await signUp('egor');
  const borisId = boris.api.sessionStore.getState().userId as string;
  const id = await anna.realtime.createDirect(borisId);
  await anna.realtime.open(id);
  await until(boris, () => boris.store.getState().conversations[id] !== undefined, 'the conversation');
  await boris.realtime.send(id, 'hello'); // who has answered is seen
  await until(anna, () => texts(anna, id).at(-1) === 'hello', 'his greeting');
  for (const text of ['a', 'b', 'c']) await anna.realtime.send(id, text);
  await until(boris, () => boris.store.getState().conversations[id]?.unread === 3, 'three unread');
  expect(anna.store.getState().conversations[id]?.unread).toBe(0);

  anna.realtime.wantReads(id);
  await boris.realtime.open(id);
  boris.realtime.markRead(id, 3);
  await until(boris, () => boris.store.getState().conversations[id]?.unread === 1, 'one unread');
  await until(anna, () => anna.store.getState().reads[id]?.[borisId]?.seq === 3, "the other's position");
  boris.realtime.setTyping(id);
  await until(anna, () => (anna.store.getState().typing[id] ?? []).includes(borisId), 'typing');
  await boris.realtime.send(id, 'd');
  await until(anna, () => texts(anna, id).at(-1) === 'd', 'the answer');
  expect(anna.store.getState().typing[id]).toEqual([]);
  anna.realtime.stop();
  boris.realtime.stop();
});

test('members come and go: system rows, counts, and the end of membership', async () => {
  const owner = await signUp('fanny');
  const guest = await signUp('grigory');
  const guestId = guest.api.sessionStore.getState().userId as string;
  const { id } = await owner.realtime.createGroup('Club', [guestId]);
  await until(guest, () => guest.store.getState().conversations[id]?.title === 'Club', 'the invitation');
  await owner.realtime.open(id);

  const { api, data } = owner.api;
  await data(api.PATCH('/v1/conversations/{id}', { params: { path: { id } }, body: { title: 'Clubs' } }));
  await until(guest, () => guest.store.getState().conversations[id]?.title === 'Clubs', 'the new title');
  await until(owner, () => owner.store.getState().conversations[id]?.memberCount === 2, 'two members');

  const path = { id, user_id: guestId };
  await data(api.DELETE('/v1/conversations/{id}/members/{user_id}', { params: { path } }));
  await until(guest, () => guest.store.getState().conversations[id] === undefined, 'the end of it');
  await until(owner, () => owner.store.getState().conversations[id]?.memberCount === 1, 'one member');

  const events = () =>
    (owner.store.getState().timelines[id]?.entries ?? []).flatMap((entry) =>
      entry.kind === 'system' ? [entry.event.name] : [],
    );
  await until(owner, () => events().includes('member.removed'), 'the row');
  expect(events()).toEqual(['conversation.created', 'member.added', 'conversation.updated', 'member.removed']);
  owner.realtime.stop();
  guest.realtime.stop();
});
