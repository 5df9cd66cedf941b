/* What arrives on a device of the other one is said so, once, whether the chat is open or not; against the real server. */
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { Server } from './server';
import { openTab, signUp, start, type Tab, until, userId } from './tab';

let server: Server;
beforeAll(async () => {
  server = await Server.start();
});
afterAll(() => server.stop());

let sent: string[];
beforeEach(() => {
  sent = [];
  const { send } = WebSocket.prototype;
  vi.spyOn(WebSocket.prototype, 'send').mockImplementation(function (this: WebSocket, frame) {
    sent.push(String(frame));
    send.call(this, frame);
  });
});
afterEach(() => {
  vi.restoreAllMocks();
});

interface Call {
  method: string;
  params: { conversation_id: string; seq: number };
}

/** Up to which message each call of MarkDelivered told, in the order of the calls. */
function told(id: string): number[] {
  return sent
    .map((frame) => JSON.parse(frame) as Partial<Call>)
    .flatMap(({ method, params }) =>
      method === 'message.MarkDelivered' && params?.conversation_id === id ? [params.seq] : [],
    );
}

const unread = (tab: Tab, id: string) => tab.store.getState().conversations[id]?.unread ?? 0;
const delivered = (tab: Tab, id: string) => tab.store.getState().delivered[id] ?? 0;

/** A direct chat that the reader has answered, so that the writer sees what arrives: message 1 is the answer. */
async function answered(writer: Tab, reader: Tab): Promise<string> {
  const id = await writer.realtime.createDirect(userId(reader));
  await until(reader, () => reader.store.getState().conversations[id] !== undefined, 'the conversation');
  await say(reader, id, 'hello');
  await until(writer, () => writer.store.getState().conversations[id]?.seq === 1, 'the answer');
  return id;
}

async function say(tab: Tab, id: string, ...texts: string[]): Promise<void> {
  for (const text of texts) await tab.realtime.send(id, text);
  const last = texts.at(-1);
  await until(tab, () => tab.store.getState().conversations[id]?.lastMessage?.text === last, 'the last one');
}

/* One after the other is told of: when this message is, whatever was due before it has been. */
async function settled(writer: Tab, reader: Tab): Promise<void> {
  const id = await answered(writer, reader);
  await say(writer, id, 'and you?');
  await until(writer, () => delivered(writer, id) === 2, 'the other chat');
}

test('what is read as it comes is not told; what arrives is, though the chat is not open', async () => {
  const anna = await start(await signUp(server, 'anna'));
  const boris = await start(await signUp(server, 'boris'));
  const other = await start(await signUp(server, 'other'));
  const id = await answered(anna, boris);
  await anna.realtime.open(id);
  // As an open chat does.
  const stop = boris.realtime.onLiveMessage(({ message }) => {
    if (message.conversation_id === id) boris.realtime.markRead(id, message.seq);
  });
  await say(anna, id, 'a');
  await until(anna, () => anna.store.getState().reads[id]?.[userId(boris)]?.seq === 2, 'one read');
  await settled(other, boris);
  expect(told(id)).toEqual([]);

  stop();
  await say(anna, id, 'b');
  await until(anna, () => delivered(anna, id) === 3, 'the second one delivered');
  await say(anna, id, 'c', 'd', 'e');
  await until(anna, () => delivered(anna, id) === 6, 'five delivered');
  expect(unread(boris, id)).toBe(4);
  expect(anna.store.getState().reads[id]).toEqual({ [userId(boris)]: { seq: 2, sinceSeq: 0 } });
  for (const tab of [anna, boris, other]) tab.realtime.stop();
});

test('who is away gets it when they are back, and a reload tells nothing again', async () => {
  const vera = await start(await signUp(server, 'vera'));
  const gleb = await start(await signUp(server, 'gleb'));
  const other = await start(await signUp(server, 'another'));
  const id = await answered(vera, gleb);
  gleb.realtime.stop();
  await say(vera, id, 'a', 'b', 'c');
  expect(told(id)).toEqual([]);

  const back = await start(await openTab(server.origin, gleb.storage));
  await until(vera, () => delivered(vera, id) === 4, 'three delivered');
  back.realtime.stop();

  // Whoever looks later is told the same.
  const veraAgain = await start(await openTab(server.origin, vera.storage));
  veraAgain.realtime.wantReads(id);
  await until(veraAgain, () => delivered(veraAgain, id) === 4, 'three delivered, said by the list');

  const again = await start(await openTab(server.origin, gleb.storage));
  await settled(other, again);
  expect(told(id)).toEqual([4]);
  await say(vera, id, 'd');
  await until(vera, () => delivered(vera, id) === 5, 'four delivered');
  expect(told(id)).toEqual([4, 5]);
  for (const tab of [vera, veraAgain, again, other]) tab.realtime.stop();
});

test('a new device fetches the few messages that no other has', async () => {
  const dora = await start(await signUp(server, 'dora'));
  const before = await start(await signUp(server, 'egor'));
  const id = await answered(dora, before);
  before.realtime.stop();
  await say(dora, id, 'a', 'b', 'c', 'd');
  const egor = await openTab(server.origin);
  await egor.api.signIn('egor', 'correct horse');
  await start(egor);
  await until(dora, () => delivered(dora, id) === 5, 'four delivered');
  expect(told(id)).toEqual([5]);
  expect(unread(egor, id)).toBe(4);
  dora.realtime.stop();
  egor.realtime.stop();
});

test('of two tabs one tells', async () => {
  const inna = await start(await signUp(server, 'inna'));
  const one = await start(await signUp(server, 'kira'));
  const two = await start(await openTab(server.origin, one.storage));
  const id = await answered(inna, one);
  await say(inna, id, 'a');
  await until(inna, () => delivered(inna, id) === 2, 'delivered');
  for (const tab of [one, two]) await until(tab, () => unread(tab, id) === 1, 'in both tabs');
  await say(inna, id, 'b');
  await until(inna, () => delivered(inna, id) === 3, 'delivered');
  expect(told(id)).toEqual([2, 3]);
  for (const tab of [inna, one, two]) tab.realtime.stop();
});

test('of a group nothing is told', async () => {
  const lena = await start(await signUp(server, 'lena'));
  const maks = await start(await signUp(server, 'maks'));
  const { id: group } = await lena.realtime.createGroup('Plans', [userId(maks)]);
  const direct = await answered(lena, maks);
  await say(lena, group, 'a');
  await until(maks, () => unread(maks, group) === 1, 'the message');
  await say(lena, direct, 'b');
  await until(lena, () => delivered(lena, direct) === 2, 'what came later is told');
  expect(told(group)).toEqual([]);
  lena.realtime.stop();
  maks.realtime.stop();
});
