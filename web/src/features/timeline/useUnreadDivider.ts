import { useCallback, useEffect, useState } from 'react';
import type { ConversationView } from '@/realtime';
import type { Item } from './items';

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
