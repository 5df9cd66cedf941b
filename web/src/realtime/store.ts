/* What the hooks read: written only by the client of this folder. */
import { create } from 'zustand';
import { begunPeer } from './begun';
import type {
  ConnectionView,
  ConversationView,
  Draft,
  LostChat,
  PendingEntry,
  PresenceView,
  ReadView,
  TimelineView,
  User,
} from './types';

export interface RealtimeState {
  connection: ConnectionView;
  /** False until the list is known, from the cache or the server. */
  listReady: boolean;
  conversations: Readonly<Record<string, ConversationView>>;
  /** Ids, last activity first. */
  order: readonly string[];
  timelines: Readonly<Record<string, TimelineView>>;
  /** By conversation id: the newest message of mine that waits in the outbox or was refused. */
  unsent: Readonly<Record<string, PendingEntry>>;
  users: Readonly<Record<string, User>>;
  presence: Readonly<Record<string, PresenceView>>;
  /** User ids by conversation id, first typist first. */
  typing: Readonly<Record<string, readonly string[]>>;
  drafts: Readonly<Record<string, Draft>>;
  /** Read positions of the members by conversation id and user id. */
  reads: Readonly<Record<string, Readonly<Record<string, ReadView>>>>;
  /** Of direct conversations: how far a device of the other one has my messages. */
  delivered: Readonly<Record<string, number>>;
  /** By conversation id: groups that are gone since this page is open. */
  lostChats: Readonly<Record<string, LostChat>>;
  /** Whether this tab is the one that sends, caches and plays sounds. */
  leader: boolean;
  /** Nothing can be kept on this device: no outbox, no drafts, and nothing runs without them. */
  noStorage: boolean;
}

export const initialState: RealtimeState = {
  connection: { status: 'connecting', downSince: null, retryAt: null, lost: false },
  listReady: false,
  conversations: {},
  order: [],
  timelines: {},
  unsent: {},
  users: {},
  presence: {},
  typing: {},
  drafts: {},
  reads: {},
  delivered: {},
  lostChats: {},
  leader: false,
  noStorage: false,
};

export const realtimeStore = create<RealtimeState>(() => initialState);

/** The direct conversation with somebody, where there is one. */
export function directWith(peerId: string, { conversations } = realtimeStore.getState()): string | undefined {
  return Object.values(conversations).find((one) => one.peerId === peerId && begunPeer(one.id) === null)?.id;
}

const WAIT_MAX_MS = 10_000;

/* Resolves when it holds, and in any case after a while: the screen can wait as long as this can. */
export function until(holds: (state: RealtimeState) => boolean): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      unsubscribe();
      resolve();
    };
    const timer = setTimeout(done, WAIT_MAX_MS);
    const unsubscribe = realtimeStore.subscribe((state) => {
      if (holds(state)) done();
    });
    if (holds(realtimeStore.getState())) done();
  });
}
