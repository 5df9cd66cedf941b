import { useLingui } from '@lingui/react/macro';
import { memo, Suspense, useMemo, type Ref } from 'react';
import { GridList, GridListItem } from 'react-aria-components';
import { realtimeStore, useFullTitle } from '@/realtime';
import { lazyPart } from '@/ui/lazyPart';
import { ChatRow } from './ChatRow';
import styles from './ChatRows.module.css';
import { ChatRowsSkeleton } from './ChatRowsSkeleton';

/* Few people have so many chats: the others need not load what handles them. */
const VirtualRows = lazyPart(
  () => import('./VirtualRows'),
  (part) => part.VirtualRows,
);
const VIRTUAL_ABOVE = 100;

/** Loads what the list of chats as it is now needs; when that cannot be had, the list says so. */
export async function preloadRows(): Promise<void> {
  if (realtimeStore.getState().order.length > VIRTUAL_ABOVE) await VirtualRows.preload().catch(() => undefined);
}

interface ChatRowsProps {
  scroller: Ref<HTMLDivElement>;
  ids: readonly string[];
  openId: string | null;
  pathOf: (id: string) => string;
}

interface Item {
  id: string;
}

/* React Aria keeps what it drew of an item as long as it is the same object. */
const known = new Map<string, Item>();

function itemOf(id: string): Item {
  const item = known.get(id) ?? { id };
  known.set(id, item);
  return item;
}

/* Runs for every row, also far outside the screen: it does no more than typeahead needs. */
const Row = memo(function Row({ id, open, href }: { id: string; open: boolean; href: string }) {
  const title = useFullTitle(id);
  return (
    <GridListItem id={id} href={href} textValue={title || id} className={styles.row} data-open={open || undefined}>
      <ChatRow id={id} open={open} href={href} />
    </GridListItem>
  );
});

/* Typeahead, arrows, Home and End come from the grid list; Enter opens. */
export function ChatRows({ scroller, ids, openId, pathOf }: ChatRowsProps) {
  const { t } = useLingui();
  const items = useMemo(() => ids.map(itemOf), [ids]);
  const list = (
    <GridList
      ref={scroller}
      aria-label={t`Chats`}
      className={styles.list}
      items={items}
      dependencies={[openId, pathOf]}
      selectionMode="none"
    >
      {(item) => <Row id={item.id} open={item.id === openId} href={pathOf(item.id)} />}
    </GridList>
  );
  if (ids.length <= VIRTUAL_ABOVE) return list;
  return (
    <Suspense fallback={<ChatRowsSkeleton />}>
      <VirtualRows>{list}</VirtualRows>
    </Suspense>
  );
}
