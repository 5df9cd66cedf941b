/* Who has read how far, asked by every row of mine: answered from lists that are sorted once per change. */
import type { ReadView } from './types';

type Reads = Readonly<Record<string, ReadView>>;

/* Each member has read from `since` to `seq`: both ends by themselves, rising. */
interface Ends {
  from: number[];
  to: number[];
}

const known = new WeakMap<Reads, Ends>();

function endsOf(reads: Reads): Ends {
  let ends = known.get(reads);
  if (!ends) {
    const read = Object.values(reads).filter(({ seq, sinceSeq }) => seq > sinceSeq);
    const rising = (numbers: number[]) => numbers.sort((a, b) => a - b);
    ends = { from: rising(read.map(({ sinceSeq }) => sinceSeq)), to: rising(read.map(({ seq }) => seq)) };
    known.set(reads, ends);
  }
  return ends;
}

/** How many of these rising numbers are not below `least`. */
function countFrom(rising: readonly number[], least: number): number {
  let low = 0;
  let high = rising.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((rising[middle] ?? 0) < least) low = middle + 1;
    else high = middle;
  }
  return rising.length - low;
}

/** How many of the others have read the message with this seq; those who came later do not count. */
export function readersOf(reads: Reads | undefined, seq: number): number {
  if (!reads || seq === 0) return 0;
  const { from, to } = endsOf(reads);
  return countFrom(to, seq) - countFrom(from, seq);
}
