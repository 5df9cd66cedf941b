import { memo } from 'react';
import { useSession } from '@/api';
import { useConversation, useDelivered, useReaders, useReadsInList } from '@/realtime';
import { MessageState } from '@/ui/MessageState';

/* How far the last message of a chat has come, when it is one's own. */
export const LastState = memo(function LastState({ id }: { id: string }) {
  const { userId } = useSession();
  const conversation = useConversation(id);
  const last = conversation?.lastMessage;
  const mine = last?.sender_id === userId;
  const seq = mine ? (last?.seq ?? 0) : 0;
  useReadsInList(id, mine);
  const readers = useReaders(id, seq);
  const delivered = useDelivered(id, seq);
  if (!mine) return null;
  const state = readers > 0 ? 'read' : delivered ? 'delivered' : 'sent';
  return <MessageState state={state} readers={conversation?.kind === 'group' ? readers : 0} />;
});
