/* Who has read what, as the others see it; against the real server. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Server } from './server';
import { openTab, signUp, start, type Tab, until, userId } from './tab';

let server: Server;
beforeAll(async () => {
  server = await Server.start();
});
afterAll(() => server.stop());

/** How far each of the others has read. */
function reads(tab: Tab, id: string): Record<string, number> {
  const known = Object.entries(tab.store.getState().reads[id] ?? {});
  return Object.fromEntries(known.map(([user, { seq }]) => [user, seq]));
}

test('who answers has read what was before, without another word; in a group as in a direct chat', async () => {
  const anna = await start(await signUp(server, 'anna'));
  const boris = await start(await signUp(server, 'boris'));
  const { id: group } = await anna.realtime.createGroup('Plans', [userId(boris)]);
  const direct = await anna.realtime.createDirect(userId(boris));
  for (const id of [group, direct]) {
    anna.realtime.wantReads(id);
    await anna.realtime.send(id, 'one');
    await anna.realtime.send(id, 'two');
    await until(boris, () => boris.store.getState().conversations[id]?.seq === 2, 'both messages');
    expect(reads(anna, id)).toEqual({});
    await boris.realtime.send(id, 'yes');
    await until(anna, () => reads(anna, id)[userId(boris)] === 3, 'read as far as the answer');
  }

  // Whoever looks later is told the same.
  const later = await start(await openTab(server.origin, anna.storage));
  for (const id of [group, direct]) {
    later.realtime.wantReads(id);
    await until(later, () => reads(later, id)[userId(boris)] === 3, 'the same, said by the list');
  }
  for (const tab of [anna, boris, later]) tab.realtime.stop();
});

test('who is there is seen from their answer on', async () => {
  const dora = await start(await signUp(server, 'dora'));
  const egor = await start(await signUp(server, 'egor'));
  const presence = () => dora.store.getState().presence[userId(egor)];
  const id = await dora.realtime.createDirect(userId(egor));
  dora.realtime.wantPresence(userId(egor));
  await dora.realtime.send(id, 'are you there?');
  await until(egor, () => egor.store.getState().conversations[id]?.seq === 1, 'the message');
  egor.realtime.markRead(id, 1);
  await until(egor, () => egor.store.getState().conversations[id]?.unread === 0, 'it is read');
  // A profile is asked for after it, and with it.
  dora.realtime.wantUser(userId(egor));
  await until(dora, () => dora.store.getState().users[userId(egor)] !== undefined, 'his profile');
  expect(presence()).toBeUndefined();
  expect(reads(dora, id)).toEqual({});

  await egor.realtime.send(id, 'yes');
  await until(dora, () => presence()?.online === true, 'he is there');
  for (const tab of [dora, egor]) tab.realtime.stop();
});

test('an answer that came while nobody was connected counts when it is fetched', async () => {
  const vera = await start(await signUp(server, 'vera'));
  const gleb = await start(await signUp(server, 'gleb'));
  const { id } = await vera.realtime.createGroup('Plans', [userId(gleb)]);
  await vera.realtime.send(id, 'one');
  await until(gleb, () => gleb.store.getState().conversations[id]?.seq === 1, 'the message');
  vera.realtime.stop();
  await gleb.realtime.send(id, 'yes');
  await until(gleb, () => gleb.store.getState().conversations[id]?.seq === 2, 'the answer');

  // Not opened, so no list of positions is asked for.
  const back = await start(await openTab(server.origin, vera.storage));
  await until(back, () => reads(back, id)[userId(gleb)] === 2, 'read as far as the answer');
  for (const tab of [gleb, back]) tab.realtime.stop();
});
