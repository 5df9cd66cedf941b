/* Puts into the store what changed, once per turn of the event loop, however many changes there were. */
import { Begun, begunPeer, begunTimeline } from './begun';
import type { Engine } from './engine';
import { realtimeStore } from './store';
import type { Timelines } from './timelines';
import type { ConversationView, Draft, PendingEntry, TimelineView } from './types';

export interface ScreensPorts {
  engine(): Engine | null;
  timelines: Timelines;
  pending(conversationId: string): readonly PendingEntry[];
}

export class Screens {
  private ports: ScreensPorts;
  private dirty = new Set<string>();
  private scheduled = false;
  private stopped = false;
  private ready = false;
  private begun = new Begun();

  constructor(ports: ScreensPorts) {
    this.ports = ports;
  }

  changed(id: string): void {
    this.dirty.add(id);
    if (this.scheduled) return;
    this.scheduled = true;
    queueMicrotask(() => {
      this.scheduled = false;
      if (!this.stopped) this.publish();
    });
  }

  /** Everything, and the list is known. */
  all(): void {
    this.ready = true;
    for (const id of this.ports.engine()?.conversations.keys() ?? []) this.dirty.add(id);
    this.publish();
  }

  listReady(): void {
    if (this.ready) return;
    this.all();
  }

  /** Somebody was chosen, and nothing is written yet. */
  begin(id: string, peerId: string): void {
    if (this.begun.has(id)) return;
    this.begun.view(id, peerId);
    this.changed(id);
  }

  draft(id: string, draft: Draft | undefined): void {
    if (this.stopped) return;
    const drafts = { ...realtimeStore.getState().drafts };
    if (draft) drafts[id] = draft;
    else delete drafts[id];
    realtimeStore.setState({ drafts });
    if (begunPeer(id) !== null) this.changed(id);
  }

  stop(): void {
    this.stopped = true;
  }

  private publish(): void {
    const engine = this.ports.engine();
    const state = realtimeStore.getState();
    const conversations: Record<string, ConversationView> = { ...state.conversations };
    const timelines: Record<string, TimelineView> = { ...state.timelines };
    const unsent: Record<string, PendingEntry> = { ...state.unsent };
    let moved = false;
    for (const id of this.dirty) {
      const before = conversations[id];
      const peerId = begunPeer(id);
      const view = peerId === null ? engine?.conversations.get(id)?.view : this.begunView(id, peerId);
      if (view) conversations[id] = view;
      else delete conversations[id];
      moved ||= before?.lastActivityAt !== view?.lastActivityAt || !before !== !view || peerId !== null;

      const waiting = view && this.ports.pending(id).at(-1);
      moved ||= unsent[id]?.at !== waiting?.at;
      if (waiting) unsent[id] = waiting;
      else delete unsent[id];

      const timeline = peerId === null ? this.ports.timelines.build(id) : view && this.begunTimeline(id, timelines[id]);
      if (timeline) timelines[id] = timeline;
      else delete timelines[id];
    }
    this.dirty.clear();
    const listed = Object.values(conversations).filter(
      ({ id }) => begunPeer(id) === null || unsent[id] !== undefined || state.drafts[id] !== undefined,
    );
    const order = moved || !this.ready ? sorted(listed, unsent) : state.order;
    realtimeStore.setState({ conversations, timelines, unsent, order, listReady: this.ready });
  }

  /* It is there from when somebody was chosen, or as long as something is written. */
  private begunView(id: string, peerId: string): ConversationView | undefined {
    const written = this.ports.pending(id).length > 0 || realtimeStore.getState().drafts[id] !== undefined;
    return written || this.begun.has(id) ? this.begun.view(id, peerId) : undefined;
  }

  private begunTimeline(id: string, before: TimelineView | undefined): TimelineView {
    const entries = this.ports.pending(id);
    const same = before?.entries.length === entries.length && before.entries.every((one, at) => one === entries[at]);
    return same ? before : begunTimeline(entries);
  }
}

/* What I have written counts, also while the server does not know of it. */
function sorted(conversations: readonly ConversationView[], unsent: Record<string, PendingEntry>): readonly string[] {
  const at = ({ id, lastActivityAt }: ConversationView) => {
    const mine = unsent[id]?.at ?? '';
    return mine > lastActivityAt ? mine : lastActivityAt;
  };
  return conversations.toSorted((a, b) => compare(at(b), at(a)) || compare(a.id, b.id)).map(({ id }) => id);
}

/* Times and ids of the server sort as they are spelt. */
function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
