/* What the hooks read: written only by the client of this folder. */
import { create } from 'zustand';
import type {
  ConnectionView,
  ConversationView,
  Draft,
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
  leader: false,
  noStorage: false,
};

export const realtimeStore = create<RealtimeState>(() => initialState);
