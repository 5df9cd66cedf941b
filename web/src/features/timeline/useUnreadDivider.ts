import { useCallback, useEffect, useState } from 'react';
import type { ConversationView, TimelineView } from '@/realtime';
import type { Item } from './items';

/** Whether what is loaded goes back to where reading stopped. Until it does the log has no place to begin at: a message that comes
 * meanwhile would stand there alone, at the end, and all before it would count as read. */
export function reachesUnread(
  { unread, readSeq }: Pick<ConversationView, 'unread' | 'readSeq'>,
  { status, entries }: Pick<TimelineView, 'status' | 'entries'>,
): boolean {
  if (status !== 'loading' || unread === 0) return true;
  return entries.some((entry) => entry.kind === 'message' && entry.seq <= readSeq + 1);
}

/* Where the unread messages began when the chat was opened. It stays there, whatever is read or written since, until one
 * leaves, sends, or presses Escape. */
export function useUnreadDivider(conversation: ConversationView, items: readonly Item[]) {
  const [after, setAfter] = useState<number | null>(() =>
    conversation.unread > 0 && items.length > 0 ? conversation.readSeq : null,
  );
  const clear = useCallback(() => {
    setAfter(null);
  }, []);

  useEffect(() => {
    if (after === null) return;
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.key === 'Escape' && !event.defaultPrevented && !event.isComposing) clear();
    };
    document.addEventListener('keydown', onKeyDown);
    return () => {
      document.removeEventListener('keydown', onKeyDown);
    };
  }, [after, clear]);

  return { after, clear };
}
