import { useEffect, useEffectEvent } from 'react';
import { rowHeight } from './rowHeight';

/** Whoever opens a chat by a key, or comes by a link, sees its row. Scrolling is only theirs after that. */
export function useOpenInView(scroller: HTMLDivElement | null, ids: readonly string[], openId: string | null): void {
  const place = useEffectEvent(() => (openId === null ? -1 : ids.indexOf(openId)));
  useEffect(() => {
    const index = place();
    if (!scroller || index < 0) return;
    const height = rowHeight();
    const { scrollTop, clientHeight } = scroller;
    const top = index * height;
    if (top < scrollTop) scroller.scrollTo({ top });
    else if (top + height > scrollTop + clientHeight) scroller.scrollTo({ top: top + height - clientHeight });
  }, [scroller, openId]);
}
