/* The client's whole rule, for one scope: R == L+1 apply, R <= L drop, R > L+1 hold. Pure. */

/* More held items than this are forgotten: the sync that must follow brings them again. */
const HELD_MAX = 1000;

export class Sequencer<T> {
  /** L: everything up to here was applied. */
  number: number;
  private held = new Map<number, T>();

  constructor(number: number) {
    this.number = number;
  }

  get hasHole(): boolean {
    return this.held.size > 0;
  }

  /** Takes item R; returns what can be applied now, in order. */
  offer(number: number, item: T): T[] {
    if (number <= this.number) return [];
    if (number > this.number + 1) {
      if (this.held.size < HELD_MAX) this.held.set(number, item);
      return [];
    }
    this.number = number;
    return [item, ...this.release()];
  }

  /** An answer said that it was complete up to `number`; returns what was held and follows it. */
  completeTo(number: number): T[] {
    if (number > this.number) this.number = number;
    for (const held of [...this.held.keys()]) if (held <= this.number) this.held.delete(held);
    return this.release();
  }

  /** Starts anew after `number`. */
  reset(number: number): void {
    this.number = number;
    this.held.clear();
  }

  private release(): T[] {
    const items: T[] = [];
    for (;;) {
      const next = this.held.get(this.number + 1);
      if (next === undefined) return items;
      this.held.delete(++this.number);
      items.push(next);
    }
  }
}
