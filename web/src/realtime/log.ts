/* What is loaded of one conversation: gapless stretches of its log, the last one ending at the newest change applied. Pure.
 *
 * A stretch covers all changes with lo <= rev <= hi and all messages with loSeq <= seq <= hiSeq. History pages by seq and
 * events by rev meet here, because a message carries both. */
import type { MessageEntry, SystemEntry } from './types';

export type LogEntry = MessageEntry | SystemEntry;

export interface Stretch {
  lo: number;
  hi: number;
  loSeq: number;
  hiSeq: number;
  /** By rev, ascending. Never changed in place: a new array each time. */
  entries: readonly LogEntry[];
}

function emptyAt(rev: number, seq: number): Stretch {
  return { lo: rev + 1, hi: rev, loSeq: seq + 1, hiSeq: seq, entries: [] };
}

/* Both ascending; of the same rev the one of `first` stays, so that rows keep their identity. */
function mergeEntries(first: readonly LogEntry[], second: readonly LogEntry[]): LogEntry[] {
  const merged: LogEntry[] = [];
  let i = 0;
  let j = 0;
  while (i < first.length || j < second.length) {
    const a = first[i];
    const b = second[j];
    if (a && (!b || a.rev <= b.rev)) {
      merged.push(a);
      i++;
      if (b && b.rev === a.rev) j++;
    } else if (b) {
      merged.push(b);
      j++;
    }
  }
  return merged;
}

function join(a: Stretch, b: Stretch): Stretch {
  return {
    lo: Math.min(a.lo, b.lo),
    hi: Math.max(a.hi, b.hi),
    loSeq: Math.min(a.loSeq, b.loSeq),
    hiSeq: Math.max(a.hiSeq, b.hiSeq),
    entries: mergeEntries(a.entries, b.entries),
  };
}

export class Log {
  /** By rev, apart from each other by at least one change; the last one is the tail. */
  private stretches: Stretch[];

  constructor(rev: number, seq: number, entries: readonly LogEntry[] = [], lo?: number, loSeq?: number) {
    const tail = emptyAt(rev, seq);
    this.stretches = [{ ...tail, lo: lo ?? tail.lo, loSeq: loSeq ?? tail.loSeq, entries }];
  }

  get tail(): Stretch {
    return this.stretches[this.stretches.length - 1] as Stretch;
  }

  /** The next change; `entry` is null when it shows no row of its own. */
  append(rev: number, entry: LogEntry | null): void {
    const tail = { ...this.tail, hi: rev };
    if (entry) tail.entries = [...tail.entries, entry];
    if (entry?.kind === 'message') tail.hiSeq = entry.seq;
    this.stretches[this.stretches.length - 1] = tail;
  }

  /** Everything up to `rev` is known to have happened, unseen: a new tail begins there. */
  skipTo(rev: number, seq: number): void {
    if (this.tail.entries.length === 0) this.stretches.pop();
    this.stretches.push(emptyAt(rev, seq));
  }

  /** Adds a loaded range, joined with all that it touches. */
  insert(range: Stretch): void {
    let joined = range;
    const apart: Stretch[] = [];
    for (const stretch of this.stretches) {
      if (stretch.lo <= joined.hi + 1 && joined.lo <= stretch.hi + 1) joined = join(stretch, joined);
      else apart.push(stretch);
    }
    this.stretches = [...apart, joined].sort((a, b) => a.lo - b.lo || a.hi - b.hi);
  }

  /** The stretch that covers a rev. */
  at(rev: number): Stretch | undefined {
    return this.stretches.find((stretch) => stretch.lo <= rev && rev <= stretch.hi);
  }

  /** The stretch that covers a message. */
  withMessage(seq: number): Stretch | undefined {
    return this.stretches.find((stretch) => stretch.loSeq <= seq && seq <= stretch.hiSeq);
  }

  isTail(stretch: Stretch): boolean {
    return stretch.hi === this.tail.hi && stretch.lo === this.tail.lo;
  }

  /** Forgets all but the newest entries, for conversations that nobody looks at. */
  trim(keep: number): void {
    const tail = this.tail;
    if (tail.entries.length <= keep) {
      this.stretches = [tail];
      return;
    }
    const entries = tail.entries.slice(-keep);
    const first = entries[0] as LogEntry;
    const dropped = tail.entries.slice(0, -keep);
    const lastDropped = dropped.findLast((entry) => entry.kind === 'message');
    const loSeq = lastDropped?.kind === 'message' ? lastDropped.seq + 1 : tail.loSeq;
    this.stretches = [{ ...tail, lo: first.rev, loSeq, entries }];
  }
}
