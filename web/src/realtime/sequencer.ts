/* The client's whole rule, for one scope: R == L+1 apply, R <= L drop, R > L+1 hold. Pure. */

/* More held items than this are forgotten: the sync that must follow brings them again. */
const HELD_MAX = 1000;

interface Tagged {
  /** Tells an item from another one with its number; empty when the server gives none. */
  tag: string;
}

export class Sequencer<T extends Tagged> {
  /** L: everything up to here was applied. */
  number: number;
  /** Of item L; empty when it is not known. */
  tag: string;
  private held = new Map<number, T>();

  constructor(number: number, tag = '') {
    this.number = number;
    this.tag = tag;
  }

  get hasHole(): boolean {
    return this.held.size > 0;
  }

  /** Takes item R; returns what can be applied now, in order. */
  offer(number: number, item: T): T[] {
    if (number === this.number) this.tag ||= item.tag;
    if (number <= this.number) return [];
    if (number > this.number + 1) {
      if (this.held.size < HELD_MAX) this.held.set(number, item);
      return [];
    }
    this.number = number;
    this.tag = item.tag;
    return [item, ...this.release()];
  }

  /** Whether L is another item than the one that the server has there: then this is not the log that was read. */
  contradicts(number: number, tag: string): boolean {
    return number === this.number && this.tag !== '' && tag !== '' && tag !== this.tag;
  }

  /** An answer said that it was complete up to `number`; returns what was held and follows it. */
  completeTo(number: number, tag = ''): T[] {
    if (number > this.number) this.tag = tag;
    else if (number === this.number) this.tag ||= tag;
    this.number = Math.max(this.number, number);
    for (const held of [...this.held.keys()]) if (held <= this.number) this.held.delete(held);
    return this.release();
  }

  /** What is held may be of a log that is no more: lets go of it. */
  letGo(): void {
    this.held.clear();
  }

  /** Starts anew after `number`. */
  reset(number: number, tag = ''): void {
    this.number = number;
    this.tag = tag;
    this.held.clear();
  }

  private release(): T[] {
    const items: T[] = [];
    for (;;) {
      const next = this.held.get(this.number + 1);
      if (next === undefined) return items;
      this.held.delete(++this.number);
      this.tag = next.tag;
      items.push(next);
    }
  }
}
