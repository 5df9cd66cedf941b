import { expect, test } from 'vitest';
import type { SystemEvent, TimelineEntry } from '@/realtime';
import { toItems } from './items';

const AT = '2026-11-24T12:00:00Z';
const LATER = '2026-11-24T12:00:01Z';

function system(name: SystemEvent['name'], at = AT): TimelineEntry {
  return { kind: 'system', key: `${name} ${at}`, rev: 0, at, event: { name } as SystemEvent };
}
function message(seq: number): TimelineEntry {
  const message = { sender_id: 'bob', created_at: LATER };
  return { kind: 'message', key: `m${seq}`, seq, rev: 0, mine: false, message } as TimelineEntry;
}
const made = system('conversation.created');
const came = system('member.added');
const joined = system('member.added', LATER);

test.each<[string, TimelineEntry[], TimelineEntry[]]>([
  ['first', [made, message(1), message(2)], [made, message(1), message(2)]],
  ['after a message', [message(1), made, message(2)], [made, message(1), message(2)]],
  ['with its members', [message(1), made, came, message(2), joined], [made, came, message(1), message(2), joined]],
  ['not at all', [message(1), joined, message(2)], [message(1), joined, message(2)]],
])('what made a conversation stands before its first message, when the log heard of it %s', (_, entries, wanted) => {
  expect(toItems(entries, 'me').map(({ key }) => key)).toEqual(wanted.map(({ key }) => key));
});
