/* Entries as the grouping sees them: made once per entry, so that rows keep their identity. */
import type { SystemEvent, TimelineEntry } from '@/realtime';
import type { RowEntry } from './rows';

export interface Item extends RowEntry {
  entry: TimelineEntry;
}

const made = new WeakMap<TimelineEntry, Item>();

export function toItems(entries: readonly TimelineEntry[], selfId: string): Item[] {
  return entries.map((entry) => {
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
