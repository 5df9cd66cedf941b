import { useEffect, useMemo } from 'react';
import { realtime } from '@/realtime';
import type { Item } from './items';
import type { LogStore } from './logState';

/** Read is what somebody can have read: the end is in view, the tab is shown, the window has the focus. */
export function canRead(state: { atEnd: boolean }, page: Pick<Document, 'visibilityState' | 'hasFocus'>): boolean {
  return state.atEnd && page.visibilityState === 'visible' && page.hasFocus();
}

export function useMarkRead(conversationId: string, store: LogStore, items: readonly Item[]): void {
  const newest = useMemo(() => items.reduceRight((seq, item) => (seq > 0 ? seq : item.seq), 0), [items]);
  useEffect(() => {
    const mark = () => {
      if (newest > 0 && canRead(store.getState(), document)) realtime.markRead(conversationId, newest);
    };
    mark();
    const stop = store.subscribe((state, before) => {
      if (state.atEnd !== before.atEnd) mark();
    });
    window.addEventListener('focus', mark);
    document.addEventListener('visibilitychange', mark);
    return () => {
      stop();
      window.removeEventListener('focus', mark);
      document.removeEventListener('visibilitychange', mark);
    };
  }, [conversationId, newest, store]);
}
