/* The scroll position of one timeline: where it begins, what it tells the others, how it goes somewhere.
 *
 * The virtualizer keeps the reader's line in place while rows come, go and grow. This class adds what it does not know:
 * rows to begin at, the end that follows the composer, pages to load ahead, the place to come back to. */
import type { VirtualItem, Virtualizer } from '@tanstack/react-virtual';
import { realtime, type TimelineView } from '@/realtime';
import { remPx } from '@/ui/textSize';
import type { Item } from './items';
import { patch, type LogStore } from './logState';
import { placeIn, rememberPlace, type Place } from './place';
import { UNREAD_KEY, type Row } from './rows';

/** Nearer to the end than this is at the end. In rem, as all distances here: they grow with the text. */
export const NEAR_END = 5;
/** The divider stands this far below the top: a line or two of what one has read. */
const DIVIDER_TOP = 4.5;
/** The day that sticks to the top: its line, and where its own separator takes its place. */
const DAY_LINE = 2.5;
const DAY_HEIGHT = 2.75;
/** Pages are asked for this many screens before they are needed. */
const AHEAD_SCREENS = 2;
/** Frames in which a position may still be corrected by what was measured. */
const SETTLE_FRAMES = 8;

/* Rows that are measured lie near the view: looking farther than this for the line is in vain. */
const LINE_SEARCH_MAX = 200;

const SCROLL_INPUTS = ['wheel', 'touchmove', 'keydown', 'pointerdown'] as const;
const OTHER_INPUTS = ['keydown', 'input', 'click'] as const;

export type LogVirtualizer = Virtualizer<HTMLDivElement, HTMLDivElement>;

/** Where a timeline stands when it appears. */
export type Start =
  { at: 'end' } | { at: 'unread' } | { at: 'row'; key: string; top: number } | { at: 'seq'; seq: number };

export class LogController {
  private virtualizer: LogVirtualizer | null = null;
  private scroller: HTMLDivElement | null = null;
  private rows: readonly Row<Item>[] = [];
  private view: TimelineView | null = null;
  private settling = 0;
  private ready = false;
  /* Whether the end is followed, and the size of the view for which that was found. */
  private follow = true;
  private size = { width: 0, height: 0 };
  /* Something else is being used: the field may get low and high again within one frame, which leaves the view as large as
   * it was, and scrolled. */
  private elsewhere = false;
  private walked: string | null = null;
  /* The row at the top of the view: what is above it may change its size, the row itself must not move. It is held from
   * the arrival of older rows, which show above it before they are measured, until the reader scrolls. */
  private line: string | null = null;
  private lineHeld = false;
  private finishSettling: () => void = () => undefined;

  constructor(
    readonly conversationId: string,
    readonly store: LogStore,
  ) {}

  /* After every render: what is on the page now. */
  update(virtualizer: LogVirtualizer, scroller: HTMLDivElement, rows: readonly Row<Item>[], view: TimelineView): void {
    const oldest = this.rows[0]?.key;
    if (oldest !== undefined && oldest !== rows[0]?.key) this.lineHeld = true;
    virtualizer.shouldAdjustScrollPositionOnItemSizeChange = this.isAboveLine;
    this.virtualizer = virtualizer;
    this.scroller = scroller;
    this.rows = rows;
    this.view = view;
    if (this.ready) this.onChange();
  }

  /* The first position. The rows are hidden until it holds, a frame or two. */
  begin(start: Start): () => void {
    const { scroller } = this;
    if (!scroller) return () => undefined;
    let left = false;
    scroller.style.visibility = 'hidden';
    this.goTo(start, () => {
      if (left) return;
      scroller.style.visibility = '';
      this.size = { width: scroller.clientWidth, height: scroller.clientHeight };
      this.ready = true;
      this.onChange();
    });
    const release = () => {
      this.lineHeld = false;
    };
    SCROLL_INPUTS.forEach((name) => scroller.addEventListener(name, release, { passive: true }));
    const used = (event: Event) => {
      if (event.target instanceof Node && scroller.contains(event.target)) return;
      this.elsewhere = true;
      // What it moves is told with the next frame.
      requestAnimationFrame(() => requestAnimationFrame(() => (this.elsewhere = false)));
    };
    OTHER_INPUTS.forEach((name) => document.addEventListener(name, used, true));
    const resized = new ResizeObserver(() => {
      this.onResize();
    });
    resized.observe(scroller);
    return () => {
      left = true;
      this.ready = false;
      resized.disconnect();
      OTHER_INPUTS.forEach((name) => document.removeEventListener(name, used, true));
      SCROLL_INPUTS.forEach((name) => scroller.removeEventListener(name, release));
      this.line = null;
      this.finishSettling();
    };
  }

  goTo(start: Start, done: () => void = () => undefined): void {
    if (start.at !== 'end') this.follow = false;
    switch (start.at) {
      case 'end':
        this.settle(() => this.endDelta(), done);
        return;
      case 'unread': {
        const key = this.rows.some((row) => row.key === UNREAD_KEY) ? UNREAD_KEY : null;
        if (key === null) this.settle(() => this.endDelta(), done);
        else this.standAt(key, DIVIDER_TOP * remPx(), done);
        return;
      }
      case 'row':
        this.standAt(start.key, start.top, done);
        return;
      case 'seq': {
        const key = this.keyOfSeq(start.seq);
        if (key === null) this.goTo({ at: 'unread' }, done);
        else this.standAt(key, 'center', done);
      }
    }
  }

  /** The key of the message with this seq; null when it is not in this stretch. */
  keyOfSeq(seq: number): string | null {
    for (const row of this.rows) {
      if (row.type === 'message' && row.entry.seq === seq) return row.key;
    }
    return null;
  }

  toEnd(smooth: boolean): void {
    const near = (this.virtualizer?.getDistanceFromEnd() ?? 0) < 2 * (this.scroller?.clientHeight ?? 0);
    this.follow = true;
    if (smooth && near && !matchMedia('(prefers-reduced-motion: reduce)').matches) {
      this.virtualizer?.scrollToEnd({ behavior: 'smooth' });
    } else {
      this.settle(
        () => this.endDelta(),
        () => undefined,
      );
    }
  }

  /** To the end of the conversation, by `load` when that is another stretch. */
  toEndOf(load: () => Promise<void>): void {
    if (this.view?.hasNewer) void load();
    else this.toEnd(true);
  }

  highlight(seq: number): void {
    const key = this.keyOfSeq(seq);
    patch(this.store, { highlighted: null });
    if (key !== null) patch(this.store, { highlighted: key });
  }

  /** Where the reader is now. */
  place(): Place | null {
    const { virtualizer } = this;
    if (!virtualizer || !this.ready) return null;
    const offset = virtualizer.scrollOffset ?? 0;
    const item = virtualizer.getVirtualItemForOffset(offset);
    if (!item) return null;
    return {
      key: String(item.key),
      top: item.start - offset,
      seq: this.seqFrom(item.index),
      atEnd: this.isAtEnd(),
    };
  }

  /** The next or previous row that takes the focus, `steps` away; null keeps the one there is. */
  neighbour(key: string | null, steps: number): string | null {
    const stops = this.rows.filter((row) => 'entry' in row);
    if (stops.length === 0) return null;
    const at = key === null ? -1 : stops.findIndex((row) => row.key === key);
    const from = at === -1 ? stops.findIndex((row) => row.key === this.lastInView()) : at;
    const next = Math.min(stops.length - 1, Math.max(0, (at === -1 ? from - Math.sign(steps) : from) + steps));
    return stops[next]?.key ?? null;
  }

  /** How many rows a page has. */
  page(): number {
    const range = this.virtualizer?.range;
    return range ? Math.max(1, range.endIndex - range.startIndex - 1) : 10;
  }

  edge(which: 'first' | 'last'): string | null {
    const stops = this.rows.filter((row) => 'entry' in row);
    return (which === 'first' ? stops[0] : stops.at(-1))?.key ?? null;
  }

  lastInView(): string | null {
    const range = this.virtualizer?.range;
    if (!range) return null;
    for (let index = range.endIndex; index >= range.startIndex; index--) {
      const row = this.rows[index];
      if (row && 'entry' in row) return row.key;
    }
    return null;
  }

  /** The arrow keys go there: it takes the focus and comes into view once it is mounted. */
  walkTo(key: string): void {
    this.walked = key;
    patch(this.store, { active: key, focused: true });
    this.arrive();
  }

  /* After a render: the row that was walked to may be there now. */
  arrive(): void {
    const article = this.walked === null ? null : this.element(this.walked)?.querySelector('article');
    if (!article || this.walked === null) return;
    article.focus({ preventScroll: true });
    this.reveal(this.walked);
    this.walked = null;
  }

  private reveal(key: string): void {
    const index = this.indexOf(key);
    if (index !== -1) this.virtualizer?.scrollToIndex(index, { align: 'auto' });
  }

  element(key: string): HTMLElement | null {
    return this.scroller?.querySelector<HTMLElement>(`[data-row="${CSS.escape(key)}"]`) ?? null;
  }

  /* Called by the virtualizer for every scroll and every size that changed. */
  readonly onChange = (): void => {
    const { virtualizer, scroller, view } = this;
    if (!this.ready || !virtualizer || !scroller || !view) return;
    /* In the middle of a render with other rows: update() follows. */
    if (virtualizer.options.count !== this.rows.length) return;
    const offset = virtualizer.scrollOffset ?? 0;
    const atEnd = this.isAtEnd();
    /* In a view that has just changed its size everything is somewhere else: onResize puts it right. */
    const settled = scroller.clientHeight === this.size.height && scroller.clientWidth === this.size.width;
    if (settled && this.elsewhere && this.follow && !atEnd && !view.hasNewer) return this.goTo({ at: 'end' });
    if (settled) this.follow = atEnd;
    patch(this.store, {
      atEnd,
      scrolling: virtualizer.isScrolling,
      ...this.dayInView(offset),
      dividerBelow: this.isBelow(UNREAD_KEY, offset + scroller.clientHeight),
    });
    const place = settled ? this.place() : null;
    if (place) {
      rememberPlace(this.conversationId, place);
      if (!this.lineHeld) this.line = place.key;
    }
    this.loadAhead(offset, scroller.clientHeight, view);
  };

  private readonly isAboveLine = (item: VirtualItem, _delta: number, virtualizer: LogVirtualizer): boolean => {
    const first = !virtualizer.itemSizeCache.has(item.key);
    if (first && item.start < (virtualizer.scrollOffset ?? 0)) return true;
    if (this.line === null) return false;
    const { count, getItemKey } = virtualizer.options;
    for (let index = item.index + 1; index < count; index++) {
      if (getItemKey(index) === this.line) return true;
      if (index > item.index + LINE_SEARCH_MAX) return false;
    }
    return false;
  };

  private loadAhead(offset: number, height: number, view: TimelineView): void {
    if (view.hasOlder && view.older === 'idle' && offset < AHEAD_SCREENS * height) {
      queueMicrotask(() => void realtime.loadOlder(this.conversationId));
    }
    const below = this.virtualizer?.getDistanceFromEnd() ?? Infinity;
    if (view.hasNewer && view.newer === 'idle' && below < AHEAD_SCREENS * height) {
      queueMicrotask(() => void realtime.loadNewer(this.conversationId));
    }
  }

  private isAtEnd(): boolean {
    return this.view?.hasNewer === false && (this.virtualizer?.isAtEnd(NEAR_END * remPx()) ?? false);
  }

  private isBelow(key: string, bottom: number): boolean {
    const index = this.indexOf(key);
    const item = index === -1 ? undefined : this.virtualizer?.measurementsCache[index];
    return item !== undefined && item.start >= bottom;
  }

  private dayInView(offset: number): { dayAt: number | null; dayCovered: boolean } {
    const item = this.virtualizer?.getVirtualItemForOffset(offset + DAY_LINE * remPx());
    const row = item ? this.rows[item.index] : undefined;
    if (!item || !row) return { dayAt: null, dayCovered: true };
    const at = row.type === 'day' ? row.at : 'entry' in row ? row.entry.at : null;
    const next = this.rows[item.index + 1];
    const nextTop = item.end - offset;
    const covered = row.type === 'day' || (next?.type === 'day' && nextTop < DAY_HEIGHT * remPx()) || offset < 8;
    return { dayAt: at === null ? null : new Date(at).setHours(0, 0, 0, 0), dayCovered: covered };
  }

  /* The composer grew, the keyboard came, the window was resized: who was at the end stays there, who was reading keeps
   * the line. */
  private onResize(): void {
    const { scroller } = this;
    if (!scroller) return;
    const { width } = this.size;
    this.size = { width: scroller.clientWidth, height: scroller.clientHeight };
    if (!this.ready) return;
    const place = placeIn(this.conversationId);
    if (this.follow && this.view?.hasNewer === false) this.goTo({ at: 'end' });
    else if (place && width !== this.size.width) this.goTo({ at: 'row', key: place.key, top: place.top });
    else this.onChange();
  }

  private indexOf(key: string): number {
    return this.rows.findIndex((row) => row.key === key);
  }

  private seqFrom(index: number): number {
    for (let i = index; i < this.rows.length; i++) {
      const row = this.rows[i];
      if (row?.type === 'message' && row.entry.seq > 0) return row.entry.seq;
    }
    return 0;
  }

  private endDelta(): number | null {
    const { scroller } = this;
    return scroller ? scroller.scrollHeight - scroller.clientHeight - scroller.scrollTop : null;
  }

  private standAt(key: string, where: number | 'center', done: () => void): void {
    this.approach(key, where);
    this.settle(() => {
      const delta = this.rowDelta(key, where);
      /* Not there yet: by what is measured now the guess is a better one. */
      if (delta === null) this.approach(key, where);
      return delta;
    }, done);
  }

  /* To where the row should be by the sizes known so far. */
  private approach(key: string, where: number | 'center'): void {
    const { virtualizer, scroller } = this;
    const index = this.indexOf(key);
    if (index === -1 || !virtualizer || !scroller) return;
    const item = virtualizer.measurementsCache[index];
    if (item) virtualizer.scrollToOffset(item.start - (where === 'center' ? scroller.clientHeight / 3 : where));
  }

  /* How far the view has to move for the row to be where it is wanted; null while the row is not there. */
  private rowDelta(key: string, where: number | 'center'): number | null {
    const { scroller } = this;
    const row = this.element(key);
    if (!scroller || !row) return null;
    const box = row.getBoundingClientRect();
    const view = scroller.getBoundingClientRect();
    const wanted = where === 'center' ? Math.max(8, (view.height - box.height) / 2) : where;
    return box.top - view.top - wanted;
  }

  /* Moves until a frame has passed in which nothing was left to move. The reader's own scrolling ends it. */
  private settle(delta: () => number | null, done: () => void): void {
    const { scroller, virtualizer } = this;
    if (!scroller || !virtualizer) {
      done();
      return;
    }
    this.finishSettling();
    let frames = 0;
    let still = 0;
    let taken = false;
    const take = () => {
      taken = true;
    };
    SCROLL_INPUTS.forEach((name) => scroller.addEventListener(name, take, { passive: true }));
    this.finishSettling = () => {
      this.finishSettling = () => undefined;
      cancelAnimationFrame(this.settling);
      SCROLL_INPUTS.forEach((name) => scroller.removeEventListener(name, take));
      done();
    };
    const step = () => {
      frames += 1;
      const left = delta();
      const most = scroller.scrollHeight - scroller.clientHeight;
      const target = Math.min(most, Math.max(0, scroller.scrollTop + (left ?? 0)));
      const move = target - scroller.scrollTop;
      if (left !== null && Math.abs(move) < 1) still += 1;
      else still = 0;
      if (still === 1) scroller.style.visibility = '';
      if (taken || still >= 2 || frames > SETTLE_FRAMES) {
        this.finishSettling();
        return;
      }
      if (left !== null && Math.abs(move) >= 1) virtualizer.scrollToOffset(target);
      this.settling = requestAnimationFrame(step);
    };
    step();
  }
}
