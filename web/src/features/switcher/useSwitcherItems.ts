import { useMemo } from 'react';
import { useSession, type User } from '@/api';
import { usePeopleList, usePeopleSearch } from '@/api/people';
import { realtimeStore, titleOf } from '@/realtime';
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
  user?: User;
}

const SHOWN_MAX = 30;

/** Chats by likeness, recent first when alike; then people one has no chat with yet: who answers to the words, without words the
 * people of this server. */
export function useSwitcherItems(query: string): { items: SwitcherItem[]; searching: boolean } {
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
      const username = (conversation.peerId && users[conversation.peerId]?.username) || '';
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
      };
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
        user,
      }));
    const byRank = chats.sort((a, b) => b.rank - a.rank).map(({ item }) => item);
    return [...byRank.slice(0, SHOWN_MAX), ...strangers];
  }, [query, others, order, conversations, users, people, userId]);
  return { items, searching: wanted ? found.searching : everybody.loading };
}
