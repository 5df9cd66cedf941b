/* Two people talk while the server is killed under them: nothing lost, nothing doubled, the same order for both. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Server } from './server';
import { openTab, type Tab, until } from './tab';

const MESSAGES = 120;
const KILLS = 3;

let server: Server;
beforeAll(async () => {
  server = await Server.start();
});
afterAll(() => server.stop());

async function signUp(username: string): Promise<Tab> {
  const tab = await openTab(server.origin);
  await tab.api.register({ username, password: 'correct horse', display_name: '', invite_code: '', device: 'test' });
  tab.realtime.start();
  await until(tab, () => tab.store.getState().listReady, 'the list');
  return tab;
}

function texts(tab: Tab, id: string): string[] {
  const entries = tab.store.getState().timelines[id]?.entries ?? [];
  return entries.flatMap((entry) => (entry.kind === 'message' ? [entry.message.text] : []));
}

function pending(tab: Tab, id: string): number {
  return tab.store.getState().timelines[id]?.entries.filter((entry) => entry.kind === 'pending').length ?? 0;
}

test('a conversation survives kill -9 of the server', async () => {
  const anna = await signUp('anna');
  const boris = await signUp('boris');
  const borisId = boris.api.sessionStore.getState().userId as string;
  const id = await anna.realtime.createDirect(borisId);
  await until(boris, () => boris.store.getState().conversations[id] !== undefined, 'the conversation');
  await Promise.all([anna.realtime.open(id), boris.realtime.open(id)]);

  const sent: string[] = [];
  for (let i = 0; i < MESSAGES; i++) {
    const [who, tab] = i % 3 === 0 ? (['b', boris] as const) : (['a', anna] as const);
    sent.push(`${who}${i}`);
    await tab.realtime.send(id, `${who}${i}`);
    if (i % Math.floor(MESSAGES / (KILLS + 1)) === 10) {
      await server.kill();
      // What is typed meanwhile waits in the outbox.
      for (let j = 0; j < 5; j++) {
        sent.push(`a${i}-${j}`);
        await anna.realtime.send(id, `a${i}-${j}`);
      }
      await server.run();
      anna.realtime.tryNow();
      boris.realtime.tryNow();
    }
  }

  for (const tab of [anna, boris]) {
    await until(
      tab,
      () => texts(tab, id).length >= sent.length && pending(tab, id) === 0,
      `all ${sent.length} messages`,
    );
  }
  const got = texts(anna, id);
  expect([...got].sort()).toEqual([...sent].sort());
  expect(texts(boris, id)).toEqual(got);
  // In the order of each sender.
  for (const who of ['a', 'b']) {
    expect(got.filter((text) => text.startsWith(who))).toEqual(sent.filter((text) => text.startsWith(who)));
  }
  expect(anna.store.getState().conversations[id]).toMatchObject({ seq: sent.length });
});
