/* The server comes back from a backup that is older than what its clients have, and nobody says so. Its log grows past what they
 * had: they end with the log as it is, and with nothing of what was lost. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Server } from './server';
import { openTab, signUp, start, type Tab, until, userId } from './tab';

let server: Server;
beforeAll(async () => {
  server = await Server.start();
});
afterAll(() => server.stop());

function texts(tab: Tab, id: string): string[] {
  const entries = tab.store.getState().timelines[id]?.entries ?? [];
  return entries.flatMap((entry) => (entry.kind === 'message' ? [entry.message.text] : []));
}

/** Until it is on the screens of all. */
async function say(writer: Tab, readers: Tab[], id: string, all: string[]): Promise<void> {
  for (const text of all) await writer.realtime.send(id, text);
  for (const tab of [writer, ...readers]) {
    await until(tab, () => texts(tab, id).at(-1) === all.at(-1), `${all.at(-1) ?? ''} on the screen`);
  }
}

/** The tab hears of it by its feed. */
async function readElsewhere(tab: Tab, id: string, seq: number): Promise<void> {
  const other = await start(await openTab(server.origin, tab.storage));
  await until(other, () => other.store.getState().conversations[id]?.seq === seq, 'the messages');
  other.realtime.markRead(id, seq);
  await until(tab, () => tab.store.getState().conversations[id]?.unread === 0, 'the word of the other tab');
  await other.realtime.stop();
}

const numbered = (what: string, count: number) => Array.from({ length: count }, (_, i) => `${what} ${i + 1}`);

test.each([
  ['of a chat', false],
  ['of a chat and of the feed', true],
])('what a backup does not have %s is on no screen, however far the log has grown since', async (_what, readsToo) => {
  const anna = await start(await signUp(server, readsToo ? 'anna' : 'alla'));
  const boris = await start(await signUp(server, readsToo ? 'boris' : 'berta'));
  const id = await anna.realtime.createDirect(userId(boris));
  await until(boris, () => boris.store.getState().conversations[id] !== undefined, 'the conversation');
  await Promise.all([anna.realtime.open(id), boris.realtime.open(id)]);
  const kept = numbered('kept', 5);
  await say(anna, [boris], id, kept);
  await server.backUp();

  await say(boris, [anna], id, numbered('lost', 6));
  if (readsToo) await readElsewhere(anna, id, 11);
  await boris.realtime.stop();
  await server.restore();
  const fresh = numbered('new', 8);
  await until(anna, () => texts(anna, id).at(-1) === kept.at(-1), 'anna back at what is kept');
  await say(anna, [], id, fresh);
  expect(texts(anna, id)).toEqual([...kept, ...fresh]);

  // From the cache of the browser, which has the lost ones.
  const again = await start(await openTab(server.origin, boris.storage));
  await again.realtime.open(id);
  await until(again, () => texts(again, id).at(-1) === fresh.at(-1), 'the newest');
  expect(texts(again, id)).toEqual([...kept, ...fresh]);
  expect(again.store.getState().conversations[id]).toMatchObject({ seq: 13 });
});
