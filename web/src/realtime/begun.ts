/* A conversation that is begun here alone: somebody was chosen, and maybe something is written to them. The server makes it
 * when there is a first message for it, so that nobody finds an empty chat with somebody who only looked. Until then it has
 * an id of its own, which says with whom it is. */
import type { ConversationView, PendingEntry, TimelineView } from './types';

const PREFIX = 'to:';

export const begunWith = (userId: string): string => PREFIX + userId;

/** With whom a conversation of this id is begun; null for one that the server has. */
export function begunPeer(id: string): string | null {
  return id.startsWith(PREFIX) ? id.slice(PREFIX.length) : null;
}

/** Those of this page, as the screens see them. */
export class Begun {
  private views = new Map<string, ConversationView>();

  has(id: string): boolean {
    return this.views.has(id);
  }

  /** The same object each time. */
  view(id: string, peerId: string): ConversationView {
    let view = this.views.get(id);
    if (!view) {
      view = emptyView(id, peerId);
      this.views.set(id, view);
    }
    return view;
  }
}

function emptyView(id: string, peerId: string): ConversationView {
  const now = new Date().toISOString();
  return {
    id,
    kind: 'direct',
    title: '',
    description: '',
    peerId,
    memberCount: 2,
    role: 'member',
    createdAt: now,
    rev: 0,
    seq: 0,
    readSeq: 0,
    unread: 0,
    mentions: 0,
    lastMessage: null,
    lastActivityAt: now,
  };
}

/** All there is of it: what waits to be sent. */
export function begunTimeline(entries: readonly PendingEntry[]): TimelineView {
  return { status: 'ready', entries, hasOlder: false, hasNewer: false, older: 'idle', newer: 'idle', stretch: 0 };
}
