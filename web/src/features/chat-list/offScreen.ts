/* Which unread chats are out of sight, above and below. */
export interface Window {
  top: number;
  height: number;
  rowHeight: number;
}

/** `unread` holds the positions of unread rows, ascending. Null where none is hidden. */
export function offScreen(
  unread: readonly number[],
  { top, height, rowHeight }: Window,
): { above: number | null; below: number | null } {
  // A row counts as seen when half of it is.
  const first = (top - rowHeight / 2) / rowHeight;
  const last = (top + height - rowHeight / 2) / rowHeight;
  return {
    above: unread.filter((index) => index < first).at(-1) ?? null,
    below: unread.find((index) => index > last) ?? null,
  };
}
