/* Entries of a conversation to the rows of the timeline: days, groups, the unread divider.
 *
 * What must stay true: a row depends on its own entry and the one before it, never on what follows and never on its
 * place in the list. So an older page that arrives adds rows above and leaves every row below as it was, and the reader's
 * place can be kept to the pixel. For the same reason the oldest entry waits while there are older ones: whether it
 * starts a day or a group is not known yet. Lines about the conversation that say the same are one row, which is named by the
 * first of them and grows with the last; the oldest row of them waits as a whole. */

/** What grouping needs to know of an entry. */
export interface RowEntry {
  /** The same for a message from the press of Enter to the server's echo. */
  key: string;
  kind: 'message' | 'system';
  /** Milliseconds since the epoch. */
  at: number;
  /** Who wrote it; of no meaning for a system entry. */
  authorId: string;
  /** 0 while the server has not answered, and for system entries. */
  seq: number;
  /** Of a system entry: with a neighbour of the same words it is one line; null for none. */
  joins?: string | null;
}

export type Row<E extends RowEntry = RowEntry> =
  | { type: 'day'; key: string; at: number }
  | { type: 'unread'; key: string }
  | { type: 'message'; key: string; entry: E; first: boolean }
  | { type: 'system'; key: string; entry: E; entries: readonly E[] };

export interface RowOptions {
  /** Whether there is history before the first entry. */
  hasOlder: boolean;
  /** The first message after this seq that is not one's own gets the divider above it; null for none. */
  unreadAfter: number | null;
  selfId: string;
}

/** One author's messages stand together if no more than this lies between them. */
export const GROUP_GAP_MS = 5 * 60_000;

export const UNREAD_KEY = 'unread';

export function startsDay(before: RowEntry | undefined, entry: RowEntry): boolean {
  return !before || !sameDay(before.at, entry.at);
}

export function startsGroup(before: RowEntry | undefined, entry: RowEntry): boolean {
  return (
    !before ||
    before.kind !== 'message' ||
    before.authorId !== entry.authorId ||
    Math.abs(entry.at - before.at) > GROUP_GAP_MS ||
    !sameDay(before.at, entry.at)
  );
}

/** Whether it continues the line of the entry before it. */
export function continuesLine(before: RowEntry | undefined, entry: RowEntry): boolean {
  return (
    before !== undefined &&
    entry.kind === 'system' &&
    before.kind === 'system' &&
    Boolean(entry.joins) &&
    entry.joins === before.joins &&
    Math.abs(entry.at - before.at) <= GROUP_GAP_MS &&
    sameDay(before.at, entry.at)
  );
}

/* How many of the oldest wait for what is before them; all of them never do. */
function waiting(entries: readonly RowEntry[]): number {
  let count = 1;
  while (count < entries.length && continuesLine(entries[count - 1], entries[count]!)) count++;
  return count < entries.length ? count : 1;
}

export function buildRows<E extends RowEntry>(
  entries: readonly E[],
  options: RowOptions,
  previous: readonly Row<E>[] = [],
): Row<E>[] {
  const known = new Map(previous.map((row) => [row.key, row]));
  const rows: Row<E>[] = [];
  let divided = options.unreadAfter === null;
  const from = options.hasOlder && entries.length > 0 ? waiting(entries) : 0;
  let line: E[] = [];
  entries.forEach((entry, index) => {
    if (index < from) return;
    const before = entries[index - 1];
    if (index > from && continuesLine(before, entry)) {
      line.push(entry);
      return;
    }
    if (startsDay(before, entry)) {
      rows.push(reuse(known, { type: 'day', key: `day:${entry.key}`, at: entry.at }));
    }
    let first = startsGroup(before, entry);
    if (!divided && isUnread(entry, options)) {
      divided = true;
      first = true;
      rows.push(reuse(known, { type: 'unread', key: UNREAD_KEY }));
    }
    line = [entry];
    rows.push(
      entry.kind === 'message'
        ? reuse(known, { type: 'message', key: entry.key, entry, first })
        : { type: 'system', key: entry.key, entry, entries: line },
    );
  });
  // Lines are whole only now.
  return rows.map((row) => (row.type === 'system' ? reuse(known, row) : row));
}

function isUnread(entry: RowEntry, options: RowOptions): boolean {
  return entry.kind === 'message' && entry.seq > (options.unreadAfter ?? Infinity) && entry.authorId !== options.selfId;
}

/* A row that says the same as before is the same object: React then leaves its element alone. */
function reuse<E extends RowEntry>(known: ReadonlyMap<string, Row<E>>, row: Row<E>): Row<E> {
  const old = known.get(row.key);
  return old && sameRow(old, row) ? old : row;
}

function sameRow(a: Row, b: Row): boolean {
  if (a.type !== b.type) return false;
  if (a.type === 'day' && b.type === 'day') return a.at === b.at;
  if (a.type === 'message' && b.type === 'message') {
    return a.entry === b.entry && a.first === b.first;
  }
  if (a.type === 'system' && b.type === 'system') {
    return a.entries.length === b.entries.length && a.entries.every((entry, index) => entry === b.entries[index]);
  }
  return true;
}

function sameDay(a: number, b: number): boolean {
  const x = new Date(a);
  const y = new Date(b);
  return x.getDate() === y.getDate() && x.getMonth() === y.getMonth() && x.getFullYear() === y.getFullYear();
}
