/* Heights of rows: what was measured on an earlier visit, else a guess that is close enough for the scroll bar. */
import type { Key } from 'react';
import type { Item } from './items';
import type { Start } from './LogController';
import { remPx } from '@/ui/textSize';
import { UNREAD_KEY, type Row } from './rows';

type Measured = ReadonlyMap<Key | bigint, number>;

const REMEMBERED_MAX = 20;
const remembered = new Map<string, { room: string; sizes: Measured }>();

/* What they depend on. */
const roomNow = () => `${window.innerWidth} ${remPx()}`;

export function rememberSizes(conversationId: string, sizes: Measured): void {
  remembered.delete(conversationId);
  remembered.set(conversationId, { room: roomNow(), sizes });
  if (remembered.size > REMEMBERED_MAX) {
    const oldest = remembered.keys().next().value;
    if (oldest !== undefined) remembered.delete(oldest);
  }
}

/** Those of the last visit, if the window is as wide and the text as large as then. */
export function sizesIn(conversationId: string): Measured | undefined {
  const known = remembered.get(conversationId);
  return known?.room === roomNow() ? known.sizes : undefined;
}

export function sizeOf(row: Row<Item> | undefined, measured: Measured | undefined): number {
  return (row && measured?.get(row.key)) ?? remPx() * guess(row);
}

/* In rem. */
function guess(row: Row<Item> | undefined): number {
  if (!row || row.type === 'day') return 2.625;
  if (row.type === 'unread') return 2.125;
  if (row.type === 'system') return 1.75;
  const { entry } = row.entry;
  const text = entry.kind === 'message' ? entry.message.text : entry.kind === 'pending' ? entry.text : '';
  const lines = Math.min(32, Math.ceil(text.length / 60) || 1);
  return (row.first ? 2.75 : 2.25) + 1.25 * (lines - 1);
}

/** Where a stretch will begin, before anything of it is on the page: the first rows made are then the right ones. */
export function offsetOf(
  start: Start,
  rows: readonly Row<Item>[],
  size: (index: number) => number,
  view: { paddingStart: number; height: number },
): number {
  let offset = view.paddingStart;
  for (const [index, row] of rows.entries()) {
    if (start.at === 'row' && row.key === start.key) return offset - start.top;
    if (start.at === 'unread' && row.key === UNREAD_KEY) return Math.max(0, offset - view.height / 8);
    if (start.at === 'seq' && 'entry' in row && row.entry.seq === start.seq)
      return Math.max(0, offset - view.height / 3);
    offset += size(index);
  }
  return Math.max(0, offset - view.height);
}
