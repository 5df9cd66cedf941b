/* What a conversation is called. */
import { useEffect } from 'react';
import { client } from './client';
import { realtimeStore, type RealtimeState } from './store';

/** The title of a group, the name of the other one; empty until the profile is known. */
export function titleOf(state: RealtimeState, id: string): string {
  const conversation = state.conversations[id];
  if (!conversation) return '';
  if (conversation.kind === 'group') return conversation.title;
  const peer = conversation.peerId ? state.users[conversation.peerId] : undefined;
  return peer?.display_name ?? '';
}

export function useConversationTitle(id: string): string {
  const peerId = realtimeStore((state) => state.conversations[id]?.peerId ?? null);
  useEffect(() => {
    if (peerId) client.wantUser(peerId);
  }, [peerId]);
  return realtimeStore((state) => titleOf(state, id));
}
