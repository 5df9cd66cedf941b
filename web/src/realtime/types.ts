/* What the client knows, as the screens see it. */
import type { ApiErrorCode, Schemas } from '@/api';

/** All fields of a response are always there but for unset objects; times are, for what the server stored. */
export type Message = Required<Omit<Schemas['Message'], 'truncated'>> & Pick<Schemas['Message'], 'truncated'>;
export type User = Schemas['User'];
export type MemberRole = Schemas['MemberRole'];

export type Role = 'none' | 'member' | 'admin' | 'owner';

export interface ConversationView {
  id: string;
  kind: 'direct' | 'group';
  /** Of a group; empty for a direct one: show the peer's name. */
  title: string;
  description: string;
  /** The other person of a direct conversation, oneself in the one with oneself (useSaved), else null. */
  peerId: string | null;
  memberCount: number;
  role: Role;
  createdAt: string;
  /** Newest change and newest message. */
  rev: number;
  seq: number;
  /** How far I have read; my own messages count as read. */
  readSeq: number;
  unread: number;
  mentions: number;
  lastMessage: Message | null;
  /** Time of the last message, else of creation: the list is sorted by it. */
  lastActivityAt: string;
}

/** A change of the conversation that is no message. */
export type SystemEvent =
  | { name: 'conversation.created' | 'conversation.updated'; title: string; description: string; actorId: string }
  | { name: 'member.added' | 'member.removed' | 'member.updated'; userId: string; role: Role; actorId: string };

export interface MessageEntry {
  kind: 'message';
  /** The same from the first optimistic row on. */
  key: string;
  seq: number;
  rev: number;
  message: Message;
  mine: boolean;
}

export interface SystemEntry {
  kind: 'system';
  key: string;
  rev: number;
  at: string;
  event: SystemEvent;
}

/** A message of mine that the server has not confirmed. */
export interface PendingEntry {
  kind: 'pending';
  key: string;
  clientId: string;
  text: string;
  at: string;
  state: 'sending' | 'failed';
  /** Why it failed. */
  error: ApiErrorCode | null;
}

export type TimelineEntry = MessageEntry | SystemEntry | PendingEntry;

export type PageState = 'idle' | 'loading' | 'failed';

/** One gapless stretch of a conversation; outbox rows stand at its end when it reaches the end. */
export interface TimelineView {
  status: 'empty' | 'loading' | 'ready' | 'failed';
  entries: readonly TimelineEntry[];
  hasOlder: boolean;
  /** False at the end: new messages appear in `entries` by themselves. */
  hasNewer: boolean;
  older: PageState;
  newer: PageState;
  /** Changes when another stretch is shown (jump), not when it grows. */
  stretch: number;
}

export interface Draft {
  text: string;
  caret: number;
}

/** How far another member has read, and from where on: whether they have read what is older, nobody knows. */
export interface ReadView {
  seq: number;
  sinceSeq: number;
}

export interface PresenceView {
  online: boolean;
  /** Null also of somebody whose presence is hidden. */
  lastSeenAt: string | null;
  /** Was online when the connection was lost: nobody knows what came since. */
  stale?: boolean;
}

export interface ConnectionView {
  status: 'offline' | 'connecting' | 'online';
  /** Since when it is not online (ms since the epoch); null while online. */
  downSince: number | null;
  /** When the next attempt is made by itself; null while online or connecting. */
  retryAt: number | null;
  /** Down for longer than a short loss, which is nobody's business. */
  lost: boolean;
}

/** A group that somebody took me out of, or deleted, while this page was open. */
export interface LostChat {
  title: string;
  actorId: string;
  deleted: boolean;
}

export type JumpResult = 'ok' | 'missing' | 'forbidden' | 'failed';
