/* Which stretch of each opened conversation is on the screen, and loading more of it. */
import { ApiError } from '@/api/errors';
import type { Conversation } from './conversation';
import type { Stretch } from './log';
import type { Pages } from './pages';
import type { JumpResult, PageState, PendingEntry, TimelineView } from './types';

export interface TimelinesPorts {
  conversation(id: string): Conversation | undefined;
  /** Outbox rows, for the end. */
  pending(id: string): readonly PendingEntry[];
  /** The view of this conversation is to be built again. */
  changed(id: string): void;
  /** What is shown first has come from the server. */
  loaded(id: string): void;
}

/* A screen or two, so that the first view has something to scroll. */
const FIRST_MIN = 30;
const CONTEXT = 20;
/* More unread messages than this are not loaded up to the end at once: the view opens where reading stopped. */
const UNREAD_AT_ONCE_MAX = 150;
const PAGE_MIN = 50;
const PAGE_MAX = 200;

interface State {
  /** A rev within the stretch that is shown, or the end, wherever it moves. */
  anchor: number | 'tail';
  shown: Stretch | null;
  status: TimelineView['status'];
  older: PageState;
  newer: PageState;
  stretch: number;
  /** The log began anew: nothing can be loaded before it is known where it stands. */
  awaitsHead: boolean;
  view: TimelineView | null;
}

export class Timelines {
  private pages: Pages;
  private ports: TimelinesPorts;
  private states = new Map<string, State>();

  constructor(pages: Pages, ports: TimelinesPorts) {
    this.pages = pages;
    this.ports = ports;
  }

  /** Loads what is shown first; again after a failure, or when the end moved on unseen. */
  async open(id: string): Promise<void> {
    const state = this.states.get(id) ?? newState();
    this.states.set(id, state);
    const conversation = this.ports.conversation(id);
    // Not listed yet: the first change of it comes back here.
    if (!conversation || state.status === 'loading' || state.anchor !== 'tail') return;
    if (state.awaitsHead && conversation.view.rev === 0) return;
    state.awaitsHead = false;
    await this.loadFirst(id, state, conversation);
  }

  /** Forgets the view: for conversations that nobody returned to for long. */
  close(id: string): void {
    this.states.delete(id);
    this.ports.changed(id);
  }

  /** What is shown belongs to a log that is no more: loads anew once the conversation is known again. */
  startAnew(id: string): void {
    const state = this.states.get(id);
    if (!state) return;
    this.states.set(id, { ...newState(), stretch: state.stretch + 1, awaitsHead: true });
    this.ports.changed(id);
  }

  has(id: string): boolean {
    return this.states.has(id);
  }

  private async loadFirst(id: string, state: State, conversation: Conversation): Promise<void> {
    const { tail } = conversation.log;
    const { unread, readSeq } = conversation.view;
    const loaded = tail.entries.filter((entry) => entry.kind === 'message').length;
    const wanted = Math.max(FIRST_MIN, unread + CONTEXT);
    if (tail.lo <= 1 || loaded >= wanted) {
      state.status = 'ready';
      return this.ports.changed(id);
    }

    state.status = 'loading';
    this.ports.changed(id);
    try {
      if (unread > UNREAD_AT_ONCE_MAX) await this.showAround(state, conversation, readSeq + 1);
      else await this.pages.older(conversation, tail, Math.min(PAGE_MAX, Math.max(PAGE_MIN, wanted - loaded)));
      state.status = 'ready';
      this.ports.loaded(id);
    } catch {
      // What is cached can be read without the rest.
      state.status = loaded > 0 ? 'ready' : 'failed';
    }
    this.ports.changed(id);
  }

  async loadOlder(id: string): Promise<void> {
    const state = this.states.get(id);
    const conversation = this.ports.conversation(id);
    const stretch = state && conversation && this.stretchOf(state, conversation);
    if (!state || !conversation || !stretch || stretch.lo <= 1 || state.older === 'loading') return;
    state.older = 'loading';
    this.ports.changed(id);
    state.older = await outcome(this.pages.older(conversation, stretch));
    this.ports.changed(id);
  }

  async loadNewer(id: string): Promise<void> {
    const state = this.states.get(id);
    const conversation = this.ports.conversation(id);
    const stretch = state && conversation && this.stretchOf(state, conversation);
    if (!state || !conversation || !stretch || state.newer === 'loading' || conversation.log.isTail(stretch)) return;
    state.newer = 'loading';
    this.ports.changed(id);
    state.newer = await outcome(this.pages.newer(conversation, stretch));
    this.ports.changed(id);
  }

  async jumpTo(id: string, seq: number): Promise<JumpResult> {
    const state = this.states.get(id) ?? newState();
    this.states.set(id, state);
    const conversation = this.ports.conversation(id);
    if (!conversation) return 'forbidden';
    try {
      const found = await this.showAround(state, conversation, seq);
      state.status = 'ready';
      this.ports.changed(id);
      return found ? 'ok' : 'missing';
    } catch (thrown) {
      const { code } = ApiError.from(thrown);
      return code === 'forbidden' || code === 'not_found' ? 'forbidden' : 'failed';
    }
  }

  async jumpToEnd(id: string): Promise<void> {
    const state = this.states.get(id);
    const conversation = this.ports.conversation(id);
    if (!state || !conversation) return;
    const before = this.stretchOf(state, conversation);
    state.anchor = 'tail';
    state.shown = null;
    if (!conversation.log.isTail(before)) state.stretch++;
    await this.loadFirst(id, state, conversation);
  }

  private async showAround(state: State, conversation: Conversation, seq: number): Promise<boolean> {
    const { log } = conversation;
    if (!log.withMessage(seq)) await this.pages.around(conversation, seq);
    const stretch = log.withMessage(seq);
    const entry = stretch?.entries.find((one) => one.kind === 'message' && one.seq === seq);
    if (!stretch || !entry) return false;

    const before = this.stretchOf(state, conversation);
    if (before.lo !== stretch.lo || before.hi !== stretch.hi) state.stretch++;
    state.anchor = log.isTail(stretch) ? 'tail' : entry.rev;
    state.shown = null;
    return true;
  }

  private stretchOf(state: State, conversation: Conversation): Stretch {
    const { log } = conversation;
    return state.anchor === 'tail' ? log.tail : (log.at(state.anchor) ?? log.tail);
  }

  /** The view as of now; the same object when nothing changed. Null when it was never opened. */
  build(id: string): TimelineView | null {
    const state = this.states.get(id);
    if (!state) return null;
    const conversation = this.ports.conversation(id);
    if (!conversation) return state.view;
    if (state.status === 'empty') {
      void this.open(id);
      if ((state.status as TimelineView['status']) === 'empty') return state.view;
    }

    this.follow(state, conversation);
    const stretch = this.stretchOf(state, conversation);
    const atEnd = conversation.log.isTail(stretch);
    state.shown = stretch;
    const pending = atEnd ? this.ports.pending(id) : [];
    const view: TimelineView = {
      status: state.status,
      entries: pending.length > 0 ? [...stretch.entries, ...pending] : stretch.entries,
      hasOlder: stretch.lo > 1,
      hasNewer: !atEnd,
      older: state.older,
      newer: state.newer,
      stretch: state.stretch,
    };
    if (!state.view || !same(state.view, view)) state.view = view;
    return state.view;
  }

  /* The end that was shown may have become the past, and what was the past may have reached the end. */
  private follow(state: State, { log }: Conversation): void {
    const { shown, anchor } = state;
    if (anchor === 'tail' && shown && shown.entries.length > 0 && shown.hi < log.tail.lo && log.at(shown.hi)) {
      state.anchor = shown.hi;
    } else if (anchor !== 'tail') {
      const stretch = log.at(anchor);
      if (!stretch || log.isTail(stretch)) state.anchor = 'tail';
    }
  }
}

function newState(): State {
  return {
    anchor: 'tail',
    shown: null,
    status: 'empty',
    older: 'idle',
    newer: 'idle',
    stretch: 0,
    awaitsHead: false,
    view: null,
  };
}

async function outcome(page: Promise<void>): Promise<PageState> {
  try {
    await page;
    return 'idle';
  } catch {
    return 'failed';
  }
}

function same(a: TimelineView, b: TimelineView): boolean {
  return (
    a.status === b.status &&
    sameEntries(a.entries, b.entries) &&
    a.hasOlder === b.hasOlder &&
    a.hasNewer === b.hasNewer &&
    a.older === b.older &&
    a.newer === b.newer &&
    a.stretch === b.stretch
  );
}

function sameEntries(a: TimelineView['entries'], b: TimelineView['entries']): boolean {
  return a === b || (a.length === b.length && a.every((entry, index) => entry === b[index]));
}
