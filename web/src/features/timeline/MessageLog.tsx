/* The rows of one stretch, virtualised. Takes its data from outside; remounts when another stretch is shown. */
import { defaultRangeExtractor, useVirtualizer, type Range } from '@tanstack/react-virtual';
import { useCallback, useEffect, useLayoutEffect, useRef, useState, type ReactNode } from 'react';
import { useStore } from 'zustand';
import { useLingui } from '@lingui/react';
import type { TimelineView } from '@/realtime';
import { useRemPx } from '@/ui/textSize';
import { zoneNow } from '@/ui/zone';
import type { Item } from './items';
import { NEAR_END, type LogController, type Start } from './LogController';
import type { LogStore } from './logState';
import { Edge } from './Edge';
import { buildRows, type Row } from './rows';
import { offsetOf, rememberSizes, sizeOf, sizesIn } from './sizes';
import styles from './Timeline.module.css';
import { TimelineRow } from './TimelineRow';
import { useLogKeys } from './useLogKeys';
import { useLogPointer } from './useLogPointer';

interface MessageLogProps {
  controller: LogController;
  store: LogStore;
  view: TimelineView;
  items: readonly Item[];
  selfId: string;
  unreadAfter: number | null;
  start: () => Start;
  label: string;
  onEnd: () => void;
  children?: ReactNode;
}

/* Room above the oldest row, in rem: for placeholders (.edge) while there is more. */
const EDGE = 10.5;
const BEGIN = 0.75;
const END_PADDING = 0.875;
const OVERSCAN = 6;
/* Header and composer, about: only the very first rows depend on it. */
const CHROME = 7.5;

export function MessageLog(props: MessageLogProps) {
  const { controller, store, view, items, selfId, unreadAfter, start, label, onEnd, children } = props;
  const id = controller.conversationId;
  const scroller = useRef<HTMLDivElement>(null);
  /* What waits in the outbox is shown also while there is no history to stand on. */
  const waiting = view.status !== 'ready';
  const older = waiting || view.hasOlder;
  const rows = useRows(items, { hasOlder: view.hasOlder && !waiting, unreadAfter, selfId });
  const active = useStore(store, (state) => state.active);
  const focused = useStore(store, (state) => state.focused);
  const activeIndex = active === null ? -1 : rows.findIndex((row) => row.key === active);

  const rem = useRemPx();
  const [measured] = useState(() => sizesIn(id));
  const paddingStart = rem * (older ? EDGE : BEGIN);
  const height = window.innerHeight - rem * CHROME;
  const size = useCallback((index: number) => sizeOf(rows[index], measured), [rows, measured]);

  // eslint-disable-next-line react-hooks/incompatible-library -- nothing here is memoised by what it returns
  const virtualizer = useVirtualizer<HTMLDivElement, HTMLDivElement>({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: size,
    initialOffset: () => offsetOf(start(), rows, size, { paddingStart, height }),
    initialRect: { width: 0, height },
    getItemKey: useCallback((index: number) => rows[index]?.key ?? index, [rows]),
    rangeExtractor: useCallback((range: Range) => withIndex(defaultRangeExtractor(range), activeIndex), [activeIndex]),
    anchorTo: 'end',
    followOnAppend: true,
    scrollEndThreshold: rem * NEAR_END,
    overscan: OVERSCAN,
    paddingStart,
    paddingEnd: rem * (view.hasNewer ? EDGE : END_PADDING),
    directDomUpdates: true,
    directDomUpdatesMode: 'position',
    onChange: controller.onChange,
  });

  useLayoutEffect(() => {
    if (scroller.current) controller.update(virtualizer, scroller.current, rows, view);
  });

  /* Once, for this stretch: the position it begins with. */
  const begin = useRef(start);
  useLayoutEffect(() => controller.begin(begin.current()), [controller]);
  useEffect(
    () => () => {
      rememberSizes(id, virtualizer.itemSizeCache);
    },
    [id, virtualizer],
  );

  const pointer = useLogPointer(store);
  const keys = useLogKeys(controller, store, onEnd);

  useEffect(() => {
    controller.arrive();
  });

  return (
    // One tab stop: the log itself takes it and hands the focus on to the row it was on last.
    <div
      ref={scroller}
      className={styles.scroller}
      role="log"
      aria-live="off"
      aria-label={label}
      aria-busy={view.older === 'loading' || view.newer === 'loading'}
      tabIndex={focused ? -1 : 0}
      data-chat={id}
      {...pointer}
      {...keys}
    >
      <div ref={virtualizer.containerRef} className={styles.inner}>
        {waiting ? (
          <Edge side="whole" state={view.status === 'failed' ? 'failed' : 'loading'} conversationId={id} />
        ) : null}
        {view.hasOlder && !waiting ? <Edge side="older" state={view.older} conversationId={id} /> : null}
        {virtualizer.getVirtualItems().map((item) => {
          const row = rows[item.index];
          return row ? (
            <div
              key={row.key}
              ref={virtualizer.measureElement}
              className={styles.slot}
              data-index={item.index}
              data-row={row.key}
            >
              <TimelineRow row={row} />
            </div>
          ) : null;
        })}
        {view.hasNewer ? <Edge side="newer" state={view.newer} conversationId={id} /> : null}
      </div>
      {children}
    </div>
  );
}

function useRows(
  items: readonly Item[],
  options: { hasOlder: boolean; unreadAfter: number | null; selfId: string },
): readonly Row<Item>[] {
  const { hasOlder, unreadAfter, selfId } = options;
  // With another zone the days begin elsewhere; the change of it comes as one of the texts.
  useLingui();
  const zone = zoneNow();
  const [made, setMade] = useState(() => ({
    items,
    hasOlder,
    unreadAfter,
    zone,
    rows: buildRows(items, { hasOlder, unreadAfter, selfId }),
  }));
  const same = made.items === items && made.hasOlder === hasOlder && made.unreadAfter === unreadAfter;
  if (same && made.zone === zone) return made.rows;
  const rows = buildRows(items, { hasOlder, unreadAfter, selfId }, made.rows);
  setMade({ items, hasOlder, unreadAfter, zone, rows });
  return rows;
}

/* The row with the focus stays mounted however far one scrolls; indexes stay in order. */
function withIndex(indexes: number[], index: number): number[] {
  if (index === -1 || indexes.includes(index)) return indexes;
  const first = indexes[0] ?? 0;
  return index < first ? [index, ...indexes] : [...indexes, index];
}
