/* Heights of rows: what was measured on an earlier visit, else a guess that is close enough for the scroll bar. */
import type { Key } from 'react';
import type { Item } from './items';
import type { Start } from './LogController';
import { UNREAD_KEY, type Row } from './rows';

type Measured = ReadonlyMap<Key | bigint, number>;

const REMEMBERED_MAX = 20;
const remembered = new Map<string, { width: number; sizes: Measured }>();

export function rememberSizes(conversationId: string, width: number, sizes: Measured): void {
  remembered.delete(conversationId);
  remembered.set(conversationId, { width, sizes });
  if (remembered.size > REMEMBERED_MAX) {
    const oldest = remembered.keys().next().value;
    if (oldest !== undefined) remembered.delete(oldest);
  }
}

/** Those of the last visit, if the window is as wide as it was then. */
export function sizesIn(conversationId: string, width: number): Measured | undefined {
  const known = remembered.get(conversationId);
  return known?.width === width ? known.sizes : undefined;
}

export function sizeOf(row: Row<Item> | undefined, measured: Measured | undefined): number {
  return (row && measured?.get(row.key)) ?? guess(row);
}

function guess(row: Row<Item> | undefined): number {
  if (!row || row.type === 'day') return 42;
  if (row.type === 'unread') return 34;
  if (row.type === 'system') return 28;
  const { entry } = row.entry;
  const text = entry.kind === 'message' ? entry.message.text : entry.kind === 'pending' ? entry.text : '';
  const lines = Math.min(32, Math.ceil(text.length / 60) || 1);
  return (row.first ? 44 : 36) + 20 * (lines - 1);
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
