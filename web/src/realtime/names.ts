/* What conversations and people are called. */
import { t } from '@lingui/core/macro';
import { useEffect } from 'react';
import { sessionStore, useSession } from '@/api';
import { namesakes, withHandle } from '@/ui/namesakes';
import { client } from './client';
import { realtimeStore, type RealtimeState } from './store';
import type { User } from './types';

type Id = string | null | undefined;

/* All rows ask for the same people: they are looked through once for each change. */
let known: RealtimeState['users'] = {};
let shared: ReadonlySet<string> = new Set();

function isShared(users: RealtimeState['users'], id: string): boolean {
  if (users !== known) {
    shared = namesakes(Object.values(users), (user: User) => user.display_name);
    known = users;
  }
  return shared.has(id);
}

/** The user name, "@anna", when somebody else whom this client knows has the same name; else empty. */
export function handleOf({ users }: Pick<RealtimeState, 'users'>, id: Id): string {
  const user = id ? users[id] : undefined;
  return user && isShared(users, user.id) ? `@${user.username}` : '';
}

/** What a sentence calls somebody, with the user name when the name is not theirs alone; empty until the profile is known. */
export function nameOf(state: Pick<RealtimeState, 'users'>, id: Id): string {
  return withHandle((id && state.users[id]?.display_name) || '', handleOf(state, id));
}

export function useHandle(id: Id): string {
  return realtimeStore((state) => handleOf(state, id));
}

/** As nameOf(); the profile is fetched when first used. */
export function useName(id: Id): string {
  useEffect(() => {
    if (id) client.wantUser(id);
  }, [id]);
  return realtimeStore((state) => nameOf(state, id));
}

/** What the chat with oneself is called. */
export const savedTitle = () => t`Saved messages`;

/** The title of a group, the name of the other one; empty until the profile is known. */
export function titleOf(state: RealtimeState, id: string): string {
  const conversation = state.conversations[id];
  if (!conversation) return '';
  if (conversation.kind === 'group') return conversation.title;
  const { peerId } = conversation;
  if (peerId !== null && peerId === sessionStore.getState().userId) return savedTitle();
  const peer = peerId ? state.users[peerId] : undefined;
  return peer?.display_name ?? '';
}

export function useConversationTitle(id: string): string {
  const peerId = realtimeStore((state) => state.conversations[id]?.peerId ?? null);
  useEffect(() => {
    if (peerId) client.wantUser(peerId);
  }, [peerId]);
  return realtimeStore((state) => titleOf(state, id));
}

/** The title for where it stands alone, with the user name when the other one's name is not theirs alone. */
export function useFullTitle(id: string): string {
  const title = useConversationTitle(id);
  const saved = useSaved(id);
  const handle = useHandle(realtimeStore((state) => (saved ? null : state.conversations[id]?.peerId)));
  return withHandle(title, handle);
}

/** Whether it is the chat with oneself. */
export function useSaved(id: string): boolean {
  const { userId } = useSession();
  return realtimeStore((state) => userId !== null && state.conversations[id]?.peerId === userId);
}
