/* Entries as the grouping sees them: made once per entry, so that rows keep their identity. */
import type { SystemEvent, TimelineEntry } from '@/realtime';
import type { RowEntry } from './rows';

export interface Item extends RowEntry {
  entry: TimelineEntry;
}

const isMaking = (entry: TimelineEntry) => entry.kind === 'system' && entry.event.name === 'conversation.created';

/* A conversation is older than its first message, also where the log heard of it later than of that: what made it stands in front,
 * with those who came with it. */
function makingFirst(entries: readonly TimelineEntry[]): readonly TimelineEntry[] {
  const from = entries.findIndex(isMaking);
  const making = entries[from];
  if (from <= 0 || making?.kind !== 'system') return entries;
  let to = from + 1;
  for (let next = entries[to]; next?.kind === 'system' && next.at === making.at; next = entries[to]) to++;
  return [...entries.slice(from, to), ...entries.slice(0, from), ...entries.slice(to)];
}

const made = new WeakMap<TimelineEntry, Item>();

export function toItems(entries: readonly TimelineEntry[], selfId: string): Item[] {
  return makingFirst(entries).map((entry) => {
    let item = made.get(entry);
    if (!item) {
      item = toItem(entry, selfId);
      made.set(entry, item);
    }
    return item;
  });
}

/* Who added or removed others, one after the other; and those who came or left by themselves. */
function joinsOf(event: SystemEvent): string | null {
  if (event.name !== 'member.added' && event.name !== 'member.removed') return null;
  return `${event.name} ${event.actorId === event.userId ? '' : event.actorId}`;
}

function toItem(entry: TimelineEntry, selfId: string): Item {
  switch (entry.kind) {
    case 'message':
      return {
        key: entry.key,
        kind: 'message',
        at: Date.parse(entry.message.created_at),
        authorId: entry.message.sender_id,
        seq: entry.seq,
        entry,
      };
    case 'pending':
      return { key: entry.key, kind: 'message', at: Date.parse(entry.at), authorId: selfId, seq: 0, entry };
    case 'system':
      return {
        key: entry.key,
        kind: 'system',
        at: Date.parse(entry.at),
        authorId: '',
        seq: 0,
        joins: joinsOf(entry.event),
        entry,
      };
  }
}
