import { useState } from 'react';

interface Options {
  /** Whether the first is active before an arrow chose one. */
  first?: boolean;
}

/** Which item Enter opens: the one the arrows went to, wherever later results put it; without one, the first. With other
 * words the first is the best again. */
export function useActiveItem<T extends { id: string }>(
  items: readonly T[],
  words: string,
  { first = true }: Options = {},
) {
  const [chosen, setChosen] = useState<{ id: string; words: string } | null>(null);
  const found = items.findIndex((item) => item.id === chosen?.id && words === chosen.words);
  const at = found < 0 && first ? 0 : found;
  return {
    active: items[at],
    /** Up or down, around the ends. */
    move(step: number): void {
      const from = at < 0 && step < 0 ? 0 : at;
      const next = items[(from + step + items.length) % items.length];
      setChosen(next ? { id: next.id, words } : null);
    },
  };
}
