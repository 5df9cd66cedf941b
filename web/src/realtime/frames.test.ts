// @vitest-environment node
import { expect, test } from 'vitest';
import { decodeFrame } from './frames';
import { Random } from './testing/random';

const message = {
  id: 'm',
  conversation_id: 'c',
  seq: 1,
  rev: 2,
  sender_id: 'a',
  client_id: 'x',
  text: 'hi',
  created_at: '2026-01-01T00:00:00.000Z',
};
const event = {
  type: 'event',
  n: 4,
  name: 'message.created',
  conversation_id: 'c',
  rev: 2,
  seq: 1,
  created_at: message.created_at,
  data: { message },
};

test('an event is taken as it is', () => {
  expect(decodeFrame(JSON.stringify(event))).toMatchObject({ type: 'event', n: 4, rev: 2, at: message.created_at });
});

test('a row has the time that the server stored, not that of its arrival', () => {
  const added = { ...event, name: 'member.added', seq: 0, data: { member: { user_id: 'a' } } };
  expect(decodeFrame(JSON.stringify(added))).toMatchObject({ at: message.created_at });
});

test.each([
  ['no text', undefined],
  ['no JSON', '{'],
  ['no object', '7'],
  ['an unknown type', '{"type":"party"}'],
  ['a type of the prototype', '{"type":"constructor"}'],
  ['an event without a number', JSON.stringify({ ...event, rev: 0 })],
  ['a message without its text', JSON.stringify({ ...event, data: { message: { ...message, text: 5 } } })],
  ['a welcome without a session', '{"type":"welcome","epoch":"e","user_id":"u"}'],
])('%s is as if it had not come', (_label, data) => {
  expect(decodeFrame(data)).toBeNull();
});

test('numbers that are none count as 0', () => {
  expect(decodeFrame('{"type":"bye","code":"x","after_ms":-1}')).toEqual({
    type: 'bye',
    code: 0,
    resume: false,
    after_ms: 0,
  });
});

test('heads of large conversations carry two numbers', () => {
  expect(decodeFrame('{"type":"heads","heads":{"c":{"rev":5,"seq":3}}}')).toMatchObject({
    heads: { c: { rev: 5, seq: 3, read_seq: 0 } },
  });
});

test('whatever comes, nothing is thrown', () => {
  const seeds = JSON.stringify(event);
  for (let seed = 1; seed <= 3000; seed++) {
    const random = new Random(seed);
    const bytes = [...seeds];
    for (let i = 0; i < 4; i++)
      bytes.splice(random.below(bytes.length), random.below(3), random.pick([...'{}[]",:0a\\u']));
    expect(() => decodeFrame(bytes.join(''))).not.toThrow();
  }
});
