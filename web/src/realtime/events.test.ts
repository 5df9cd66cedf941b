// @vitest-environment node
import { expect, test } from 'vitest';
import { conversationEvent, feedEvent } from './events';

const unknown = { name: null, data: {} };

test('an event carries the one field that its name says', () => {
  const member = { user_id: 'a', role: 'MEMBER', actor_id: 'b', since_seq: 1 };
  expect(conversationEvent('member.added', { member, message: { id: 'm' } })).toEqual({
    name: 'member.added',
    data: { member },
  });
  const read = { conversation_id: 'c', read_seq: 3, unread: 0 };
  expect(feedEvent('read.moved', { read })).toEqual({ name: 'read.moved', data: { read } });
});

test.each([
  ['of a newer server', 'message.pinned', { message: { id: 'm' } }],
  ['of the other kind', 'read.moved', { read: {} }],
  ['named as the prototype', 'constructor', {}],
  ['without its field', 'member.added', { message: { id: 'm' } }],
  ['whose field is no object', 'member.added', { member: 'a' }],
  ['without data', 'member.added', undefined],
  ['without a name', undefined, { member: {} }],
])('an event %s is known by its number alone', (_label, name, data) => {
  expect(conversationEvent(name, data)).toEqual(unknown);
});
