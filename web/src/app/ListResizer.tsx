import { useLingui } from '@lingui/react/macro';
import type { KeyboardEvent, PointerEvent } from 'react';
import { LIST_WIDTH_MAX, LIST_WIDTH_MIN, setPreferences, usePreferences } from '@/ui/preferences';
import { remPx } from '@/ui/textSize';
import styles from './ListResizer.module.css';

const STEP = 10;

function setWidth(width: number): void {
  setPreferences({ listWidth: Math.round(Math.min(LIST_WIDTH_MAX, Math.max(LIST_WIDTH_MIN, width))) });
}

/* The line between the list and the chat: dragged, or moved with the arrows. */
export function ListResizer() {
  const { t } = useLingui();
  const { listWidth } = usePreferences();

  function onPointerMove(event: PointerEvent<HTMLDivElement>): void {
    if (!event.currentTarget.hasPointerCapture(event.pointerId)) return;
    const left = event.currentTarget.parentElement?.getBoundingClientRect().left ?? 0;
    setWidth(((event.clientX - left) / remPx()) * 16);
  }

  function onKeyDown(event: KeyboardEvent): void {
    const widths: Record<string, number> = {
      ArrowLeft: listWidth - STEP,
      ArrowRight: listWidth + STEP,
      Home: LIST_WIDTH_MIN,
      End: LIST_WIDTH_MAX,
    };
    const width = widths[event.key];
    if (width === undefined || event.altKey || event.ctrlKey) return;
    event.preventDefault();
    setWidth(width);
  }

  return (
    // A separator that can be moved is a widget (WAI-ARIA 1.2); the rules know only the other kind.
    // eslint-disable-next-line jsx-a11y-x/no-noninteractive-element-interactions
    <div
      className={styles.resizer}
      role="separator"
      aria-orientation="vertical"
      aria-label={t`Width of the list`}
      aria-valuenow={listWidth}
      aria-valuemin={LIST_WIDTH_MIN}
      aria-valuemax={LIST_WIDTH_MAX}
      // eslint-disable-next-line jsx-a11y-x/no-noninteractive-tabindex
      tabIndex={0}
      onPointerDown={(event) => event.currentTarget.setPointerCapture(event.pointerId)}
      onPointerMove={onPointerMove}
      onKeyDown={onKeyDown}
    />
  );
}
