import { useEffect } from 'react';
import { client } from './client';
import { readersOf } from './readers';
import { directWith, realtimeStore } from './store';
import type {
  ConnectionView,
  ConversationView,
  Draft,
  LostChat,
  PendingEntry,
  PresenceView,
  ReadView,
  TimelineView,
  User,
} from './types';

const emptyTimeline: TimelineView = {
  status: 'empty',
  entries: [],
  hasOlder: false,
  hasNewer: false,
  older: 'idle',
  newer: 'idle',
  stretch: 0,
};
const nobody: readonly string[] = [];
const noReads: Readonly<Record<string, ReadView>> = {};

export function useConnection(): ConnectionView {
  return realtimeStore((state) => state.connection);
}

/** Ids, last activity first; `ready` is false until the list is known. */
export function useConversationIds(): { ready: boolean; ids: readonly string[] } {
  const ready = realtimeStore((state) => state.listReady);
  const ids = realtimeStore((state) => state.order);
  return { ready, ids };
}

export function useConversation(id: string): ConversationView | undefined {
  return realtimeStore((state) => state.conversations[id]);
}

/** The direct conversation with somebody; undefined while there is none. */
export function useDirectWith(peerId: string | null): string | undefined {
  return realtimeStore((state) => (peerId === null ? undefined : directWith(peerId, state)));
}

/** How many conversations have unread messages: for the title and the app's badge. */
export function useUnreadConversations(): number {
  return realtimeStore((state) => state.order.filter((id) => (state.conversations[id]?.unread ?? 0) > 0).length);
}

export function useTimeline(conversationId: string): TimelineView {
  return realtimeStore((state) => state.timelines[conversationId] ?? emptyTimeline);
}

/** Read positions by user id, without one's own. Fetched when first used. */
export function useReads(conversationId: string): Readonly<Record<string, ReadView>> {
  useEffect(() => {
    client.wantReads(conversationId);
  }, [conversationId]);
  return realtimeStore((state) => state.reads[conversationId] ?? noReads);
}

/** How many of the others have read the message with this seq. Ask for the positions with useReads or useReadsInList. */
export function useReaders(conversationId: string, seq: number): number {
  return realtimeStore((state) => readersOf(state.reads[conversationId], seq));
}

/** Whether a device of the other one of a direct conversation has it. */
export function useDelivered(conversationId: string, seq: number): boolean {
  return realtimeStore((state) => (state.delivered[conversationId] ?? 0) >= seq);
}

/** Fetches the read positions of a conversation that is not open, and again with each new connection. */
export function useReadsInList(conversationId: string, wanted: boolean): void {
  const online = realtimeStore((state) => state.connection.status === 'online');
  useEffect(() => {
    if (wanted && online) client.wantReads(conversationId);
  }, [conversationId, wanted, online]);
}

/* Presence is asked for so many at once; in a larger group nobody counts who is there. */
const COUNTED_MEMBERS_MAX = 100;

/** How many members of a group are online, oneself among them; 0 where nobody else is, or the group is too large to count. Who
 * has not acted in the group yet is not seen in it. */
export function useOnlineMembers(conversationId: string): number {
  const small = realtimeStore(
    (state) => (state.conversations[conversationId]?.memberCount ?? 0) <= COUNTED_MEMBERS_MAX,
  );
  const reads = useReads(conversationId);
  useEffect(() => {
    if (small) for (const id of Object.keys(reads)) client.wantPresence(id);
  }, [small, reads]);
  const others = realtimeStore(({ presence }) =>
    small ? Object.keys(reads).filter((id) => presence[id]?.online === true).length : 0,
  );
  return others === 0 ? 0 : others + 1;
}

/** Whether the account of the other one of a direct conversation is closed: nobody reads what is written there. */
export function useClosed(conversationId: string): boolean {
  return useUser(useConversation(conversationId)?.peerId)?.closed ?? false;
}

/** Who is typing, without oneself; empties by itself. */
export function useTyping(conversationId: string): readonly string[] {
  return realtimeStore((state) => state.typing[conversationId] ?? nobody);
}

export function useDraft(conversationId: string): Draft | undefined {
  return realtimeStore((state) => state.drafts[conversationId]);
}

/** Who ended my membership of a group, and in which; undefined for chats that are here or were never. */
export function useLostChat(conversationId: string): LostChat | undefined {
  return realtimeStore((state) => state.lostChats[conversationId]);
}

/** A profile; fetched (many in one call) when first used. */
export function useUser(id: string | null | undefined): User | undefined {
  useEffect(() => {
    if (id) client.wantUser(id);
  }, [id]);
  return realtimeStore((state) => (id ? state.users[id] : undefined));
}

/** Fetched when first used, live from then on. */
export function usePresence(id: string | null | undefined): PresenceView | undefined {
  useEffect(() => {
    if (id) client.wantPresence(id);
  }, [id]);
  const presence = realtimeStore((state) => (id ? state.presence[id] : undefined));
  const lost = realtimeStore((state) => state.connection.lost);
  // Nobody counts as online while nobody would tell us that they left.
  return lost && presence?.online ? STALE : presence;
}

const STALE: PresenceView = { online: false, lastSeenAt: null, stale: true };

/** The newest message of mine in this conversation that the server does not have. */
export function useUnsent(conversationId: string): PendingEntry | undefined {
  return realtimeStore((state) => state.unsent[conversationId]);
}

/** True in exactly one of the open tabs. */
export function useLeader(): boolean {
  return realtimeStore((state) => state.leader);
}

/** Whether this browser lets us keep nothing: there is no client without an outbox. */
export function useNoStorage(): boolean {
  return realtimeStore((state) => state.noStorage);
}
