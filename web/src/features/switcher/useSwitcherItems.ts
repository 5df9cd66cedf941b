import { useMemo } from 'react';
import { useSession, type User } from '@/api';
import { usePeopleList, usePeopleSearch } from '@/api/people';
import { realtimeStore, savedTitle, titleOf } from '@/realtime';
import { bestScore } from './fuzzy';
import { otherLayouts } from '@/ui/layouts';

export interface SwitcherItem {
  id: string;
  kind: 'chat' | 'person';
  name: string;
  username: string;
  group: boolean;
  /** Whose colour the picture has. */
  faceId: string;
  unread: number;
  memberCount: number;
  /** Of somebody whom one has no chat with yet. */
  user?: User | { id: string };
  /** The chat with oneself. */
  saved: boolean;
}

const SHOWN_MAX = 30;

/* The chat with oneself, before there is one. */
function savedItem(userId: string): SwitcherItem {
  const user = { id: userId };
  const name = savedTitle();
  return {
    id: userId,
    kind: 'chat',
    name,
    username: '',
    group: false,
    faceId: userId,
    unread: 0,
    memberCount: 0,
    saved: true,
    user,
  };
}

/* Without words: where one was before, then what is recent. */
function rankUnasked(id: string, recency: number, visited: readonly string[]): number {
  const at = visited.indexOf(id);
  return at < 0 ? -recency : visited.length - at;
}

/** Without words the chats that were open before, the latest first, and the recent ones, but for the one that is open. With words
 * chats by likeness, recent first when alike; then people one has no chat with yet: who answers to the words, without words the
 * people of this server. */
export function useSwitcherItems(
  query: string,
  openId: string | null,
  visited: readonly string[],
): { items: SwitcherItem[]; searching: boolean } {
  const { userId } = useSession();
  const { order, conversations, users } = realtimeStore();
  const others = useMemo(() => otherLayouts(query), [query]);
  const wanted = query.trim() !== '';
  const everybody = usePeopleList();
  const found = usePeopleSearch(query, others);
  const people = wanted ? found.people : everybody.people;

  const items = useMemo(() => {
    const state = realtimeStore.getState();
    const ways = [query, ...others];
    const chats = order.flatMap((id, recency) => {
      const conversation = conversations[id];
      const name = titleOf(state, id);
      if (!conversation || name === '') return [];
      const { peerId } = conversation;
      const username = (peerId && peerId !== userId && users[peerId]?.username) || '';
      const likeness = bestScore(username ? [name, username] : [name], ways);
      const item: SwitcherItem = {
        id,
        kind: 'chat',
        name,
        username,
        group: conversation.kind === 'group',
        faceId: conversation.peerId ?? id,
        unread: conversation.unread,
        memberCount: conversation.memberCount,
        saved: userId !== null && conversation.peerId === userId,
      };
      if (!wanted) return id === openId ? [] : [{ item, rank: rankUnasked(id, recency, visited) }];
      return likeness > 0 ? [{ item, rank: likeness - recency / 1000 }] : [];
    });
    const known = new Set(order.map((id) => conversations[id]?.peerId));
    const strangers = people
      .filter((user) => user.id !== userId && !known.has(user.id))
      .map((user): SwitcherItem => ({
        id: user.id,
        kind: 'person',
        name: user.display_name,
        username: user.username,
        group: false,
        faceId: user.id,
        unread: 0,
        memberCount: 0,
        saved: false,
        user,
      }));
    const byRank = chats.sort((a, b) => b.rank - a.rank).map(({ item }) => item);
    const own = userId !== null && !known.has(userId) ? savedItem(userId) : null;
    const begins = own && wanted && bestScore([own.name], ways) > 0 ? [own] : [];
    return [...byRank.slice(0, SHOWN_MAX), ...begins, ...strangers];
  }, [query, wanted, others, order, conversations, users, people, userId, openId, visited]);
  return { items, searching: wanted ? found.searching : everybody.loading };
}
