import { useState } from 'react';

/** Which item Enter opens: the one the arrows went to, wherever later results put it; without one, the first. */
export function useActiveItem<T extends { id: string }>(items: readonly T[]) {
  const [chosen, setChosen] = useState<string | null>(null);
  const at = Math.max(
    0,
    items.findIndex((item) => item.id === chosen),
  );
  return {
    active: items[at],
    /** Up or down, around the ends. */
    move(step: number): void {
      setChosen(items[(at + step + items.length) % items.length]?.id ?? null);
    },
    /** Other words are searched for: the first is the best again. */
    reset(): void {
      setChosen(null);
    },
  };
}
