// @vitest-environment node
/* What counts as arrived on this device. The order of changes is tested with the engine. */
import { expect, test } from 'vitest';
import { Conversation, type ConversationAnswer } from './conversation';
import type { Change } from './events';
import type { Message } from './types';

const ME = 'me';
const meta = (kind: 'DIRECT' | 'GROUP') =>
  ({ id: 'c', kind, member_count: 2, role: 'MEMBER', member_ids: [ME, 'anna'] }) as ConversationAnswer;
const message = (seq: number, sender = 'anna') =>
  ({ id: `m${seq}`, client_id: `c${seq}`, conversation_id: 'c', seq, rev: seq, sender_id: sender }) as Message;
const changeOf = (one: Message): Change => ({
  rev: one.rev,
  tag: '',
  name: 'message.created',
  at: '',
  data: { message: one },
});
const head = (seq: number, more: { read_seq?: number; delivered_seq?: number; last_message?: Message } = {}) => ({
  rev: seq,
  seq,
  read_seq: 0,
  unread: 0,
  mentions: 0,
  ...more,
});

function apply(conversation: Conversation, ...messages: Message[]): void {
  for (const one of messages) conversation.apply(conversation.scope.offer(one.rev, changeOf(one)));
}

test('the newest that came without a gap has arrived, until it is told or read', () => {
  const conversation = new Conversation(ME, meta('DIRECT'), head(0));
  expect(conversation.arrived).toBe(0);
  apply(conversation, message(1), message(2));
  expect(conversation.arrived).toBe(2);
  conversation.tell(2);
  expect(conversation.arrived).toBe(0);
  apply(conversation, message(3), message(5));
  expect(conversation.arrived, 'what is ahead is not applied').toBe(3);
  conversation.read(3);
  expect(conversation.arrived).toBe(0);
  apply(conversation, message(4));
  expect(conversation.arrived).toBe(5);
});

test('my own messages are no arrival, and what I answer to is read', () => {
  const conversation = new Conversation(ME, meta('DIRECT'), head(0));
  apply(conversation, message(1), message(2, ME));
  expect(conversation.arrived).toBe(0);
});

test('in a group nothing is told', () => {
  const conversation = new Conversation(ME, meta('GROUP'), head(0));
  apply(conversation, message(1));
  expect(conversation).toMatchObject({ arrived: 0, missed: 0 });
});

test('a list brings one message: if it is the only new one it has arrived, else the others are missed', () => {
  const one = new Conversation(ME, meta('DIRECT'), head(5, { read_seq: 4, last_message: message(5) }));
  expect(one.arrived).toBe(5);
  const several = new Conversation(ME, meta('DIRECT'), head(5, { read_seq: 2, last_message: message(5) }));
  expect(several).toMatchObject({ arrived: 0, missed: 3 });
  apply(several, message(6));
  expect(several, 'nor is what follows a gap').toMatchObject({ arrived: 0, missed: 3 });
  several.log.insert({ lo: 3, hi: 5, loSeq: 3, hiSeq: 5, entries: [] });
  expect(several).toMatchObject({ arrived: 6, missed: 0 });
});

test('the beginning of a long message is no arrival, and never replaces the whole', () => {
  const begun = { ...message(5), text: 'beg', truncated: true };
  const listed = new Conversation(ME, meta('DIRECT'), head(5, { read_seq: 4, last_message: begun }));
  expect(listed).toMatchObject({ arrived: 0, missed: 1 });
  listed.applyHead(head(5, { last_message: message(5) }));
  expect(listed.view.lastMessage).toEqual(message(5));
  listed.applyHead(head(5, { last_message: begun }));
  expect(listed.view.lastMessage).toEqual(message(5));
  listed.applyHead(head(6, { last_message: { ...begun, seq: 6 } }));
  expect(listed.view.lastMessage).toMatchObject({ seq: 6, truncated: true });
});

test('what the server knows from another device is not told again', () => {
  const conversation = new Conversation(ME, meta('DIRECT'), head(0));
  apply(conversation, message(1), message(2));
  conversation.applyHead(head(2, { delivered_seq: 2 }));
  expect(conversation.arrived).toBe(0);
  conversation.applyHead(head(2));
  expect(conversation.arrived, 'a frame that does not say it takes nothing back').toBe(0);
});

test('what was told outlives a reload, and not the log itself', () => {
  const conversation = new Conversation(ME, meta('DIRECT'), head(0));
  apply(conversation, message(1));
  conversation.tell(1);
  const again = Conversation.restore(ME, conversation.save());
  expect(again.arrived).toBe(0);
  apply(again, message(2));
  expect(again.arrived).toBe(2);
  again.reset();
  apply(again, message(1));
  expect(again.arrived).toBe(1);

  const { view, lo, loSeq, entries } = conversation.save();
  expect(Conversation.restore(ME, { view, lo, loSeq, entries }).arrived, 'kept by an older version').toBe(1);
});
