/* Who has read how far, asked by every row of mine: answered from a list that is sorted once per change. */

type Reads = Readonly<Record<string, number>>;

const sorted = new WeakMap<Reads, number[]>();

/** How many of the others have read the message with this seq. */
export function readersOf(reads: Reads | undefined, seq: number): number {
  if (!reads || seq === 0) return 0;
  let positions = sorted.get(reads);
  if (!positions) {
    positions = Object.values(reads).sort((a, b) => a - b);
    sorted.set(reads, positions);
  }
  let low = 0;
  let high = positions.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((positions[middle] ?? 0) < seq) low = middle + 1;
    else high = middle;
  }
  return positions.length - low;
}
