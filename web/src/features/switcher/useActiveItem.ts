import { useState } from 'react';

/** Which item Enter opens: the one the arrows went to, wherever later results put it; without one, the first. With other
 * words the first is the best again. */
export function useActiveItem<T extends { id: string }>(items: readonly T[], words: string) {
  const [chosen, setChosen] = useState<{ id: string; words: string } | null>(null);
  const at = Math.max(
    0,
    items.findIndex((item) => item.id === chosen?.id && words === chosen.words),
  );
  return {
    active: items[at],
    /** Up or down, around the ends. */
    move(step: number): void {
      const next = items[(at + step + items.length) % items.length];
      setChosen(next ? { id: next.id, words } : null);
    },
  };
}
