// @vitest-environment node
/* Lists that come in pages. */
import { expect, test } from 'vitest';
import { askList, type Call } from './answers';

const head = { rev: 1, seq: 1, read_seq: 0, unread: 1, mentions: 0, delivered_seq: 0 };

/** Answers with the pages in turn, and notes what was asked. */
function server(pages: Record<string, object[]>) {
  const asked: [string, object][] = [];
  const call = (method: string, params: object) => {
    asked.push([method, params]);
    return Promise.resolve(pages[method]?.shift() ?? {});
  };
  return { asked, call: call as Call };
}

test('heads and conversations are asked for page by page, heads first', async () => {
  const { asked, call } = server({
    'message.ListHeads': [
      { heads: { a: head, b: head }, epoch: 'e', next_after_id: 'b' },
      { heads: { c: head }, epoch: 'e', next_after_id: '' },
    ],
    'group.ListConversations': [
      { conversations: [{ id: 'a' }, { id: 'b' }], has_more: true },
      { conversations: [{ id: 'c' }], has_more: false },
    ],
  });
  const list = await askList(call);
  expect(Object.keys(list.heads)).toEqual(['a', 'b', 'c']);
  expect(list.conversations.map(({ id }) => id)).toEqual(['a', 'b', 'c']);
  expect(asked).toEqual([
    ['message.ListHeads', { last_message: true, after_id: '', limit: 500 }],
    ['message.ListHeads', { last_message: true, after_id: 'b', limit: 500 }],
    ['group.ListConversations', { after_id: '', limit: 500 }],
    ['group.ListConversations', { after_id: 'b', limit: 500 }],
  ]);
});

test('a page that does not go on is the last', async () => {
  const stuck = { heads: { a: head }, epoch: 'e', next_after_id: 'a' };
  const { asked, call } = server({ 'message.ListHeads': [stuck, stuck, stuck] });
  expect(Object.keys((await askList(call)).heads)).toEqual(['a']);
  expect(asked.filter(([method]) => method === 'message.ListHeads')).toHaveLength(2);
});
