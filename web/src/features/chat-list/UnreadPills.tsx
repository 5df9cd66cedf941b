import { Trans } from '@lingui/react/macro';
import { useEffect, useState } from 'react';
import { Button as AriaButton } from 'react-aria-components';
import { realtimeStore } from '@/realtime';
import { IconArrowDown, IconArrowUp } from '@/ui/icons';
import { offScreen, type Window } from './offScreen';
import { rowHeight } from './rowHeight';
import styles from './UnreadPills.module.css';

interface UnreadPillsProps {
  /** Null until the list is drawn. */
  scroller: HTMLDivElement | null;
  ids: readonly string[];
}

function useWindow(element: HTMLDivElement | null): Window {
  const [view, setView] = useState<Window>({ top: 0, height: Infinity, rowHeight: 1 });
  useEffect(() => {
    if (!element) return;
    let frame = 0;
    const measure = () => {
      frame = 0;
      setView({ top: element.scrollTop, height: element.clientHeight, rowHeight: rowHeight() });
    };
    const later = () => {
      frame ||= requestAnimationFrame(measure);
    };
    measure();
    element.addEventListener('scroll', later, { passive: true });
    const sizes = new ResizeObserver(later);
    sizes.observe(element);
    return () => {
      cancelAnimationFrame(frame);
      element.removeEventListener('scroll', later);
      sizes.disconnect();
    };
  }, [element]);
  return view;
}

/* Tells of unread chats that are out of sight, and goes to the nearest of them. */
export function UnreadPills({ scroller, ids }: UnreadPillsProps) {
  const view = useWindow(scroller);
  const marks = realtimeStore((state) =>
    ids.flatMap((id, index) => ((state.conversations[id]?.unread ?? 0) > 0 ? [index] : [])).join(),
  );
  const { above, below } = offScreen(marks === '' ? [] : marks.split(',').map(Number), view);

  function show(index: number): void {
    const calm = matchMedia('(prefers-reduced-motion: reduce)').matches;
    const top = index * view.rowHeight - (view.height - view.rowHeight) / 2;
    scroller?.scrollTo({ top, behavior: calm ? 'auto' : 'smooth' });
  }

  return (
    <>
      {above === null ? null : (
        <AriaButton className={styles.pill} data-edge="top" onPress={() => show(above)}>
          <IconArrowUp size={14} />
          <Trans>Unread above</Trans>
        </AriaButton>
      )}
      {below === null ? null : (
        <AriaButton className={styles.pill} data-edge="bottom" onPress={() => show(below)}>
          <IconArrowDown size={14} />
          <Trans>Unread below</Trans>
        </AriaButton>
      )}
    </>
  );
}
