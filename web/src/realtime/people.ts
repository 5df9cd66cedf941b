/* Profiles, presence and typing of others. What screens ask for one by one is fetched many at a time. */
import type { Presence } from './answers';
import type { EphemeralFrame } from './frames';
import { realtimeStore } from './store';
import type { Message, PresenceView, ReadView, User } from './types';

export interface PeoplePorts {
  online(): boolean;
  /** Throws ApiError. */
  fetchUsers(ids: string[]): Promise<User[]>;
  fetchPresence(ids: string[]): Promise<Presence[]>;
  keep(users: readonly User[]): void;
}

const GATHER_MS = 20;
const USERS_MAX = 100;
const MEET_MS = 1_000;
const PRESENCE_MAX = 100;
export const TYPING_SHOWN_MS = 6_000;

export class People {
  private ports: PeoplePorts;
  private me: string;
  private wantedUsers = new Set<string>();
  private freshUsers = new Set<string>();
  private wantedPresence = new Set<string>();
  private knownPresence = new Set<string>();
  /* Asked for, and not told: they have not answered yet. */
  private hiddenPresence = new Set<string>();
  private timer: ReturnType<typeof setTimeout> | undefined;
  private typists = new Map<string, ReturnType<typeof setTimeout>>();

  constructor(me: string, ports: PeoplePorts) {
    this.me = me;
    this.ports = ports;
  }

  /** Fetches a profile once per connection; a kept one is shown meanwhile. */
  wantUser(id: string): void {
    if (this.freshUsers.has(id)) return;
    this.wantedUsers.add(id);
    this.gather();
  }

  /** Fetches a profile again: something says that it has changed. */
  refreshUser(id: string): void {
    this.freshUsers.delete(id);
    this.wantUser(id);
  }

  /** Fetches those of whom nothing is known, before what they stand in is shown: a name that comes later moves what one reads.
   * It waits for no longer than a moment; who is missing then comes when the name is drawn. */
  async meet(ids: Iterable<string>): Promise<void> {
    const { users } = realtimeStore.getState();
    const unknown = [...new Set(ids)].filter((id) => id !== '' && !(id in users) && !this.freshUsers.has(id));
    if (unknown.length === 0) return;
    const asked = unknown.slice(0, USERS_MAX);
    const fetched = this.ports.fetchUsers(asked).then(
      (found) => {
        this.put(found);
        for (const id of asked) this.freshUsers.add(id);
      },
      () => undefined,
    );
    await Promise.race([fetched, new Promise((resolve) => setTimeout(resolve, MEET_MS))]);
  }

  wantPresence(id: string): void {
    // Nobody needs to be told that they are here themselves.
    if (id === this.me || this.knownPresence.has(id)) return;
    this.wantedPresence.add(id);
    this.gather();
  }

  /** A connection again. Who came and went meanwhile is not told again; profiles are when it continues the last one. */
  connected(resumed: boolean): void {
    for (const id of [...this.knownPresence, ...this.hiddenPresence]) this.wantedPresence.add(id);
    this.knownPresence.clear();
    this.hiddenPresence.clear();
    if (!resumed) this.freshUsers.clear();
    this.gather();
  }

  put(users: readonly User[]): void {
    if (users.length === 0) return;
    const next = { ...realtimeStore.getState().users };
    for (const user of users) {
      next[user.id] = user;
      this.freshUsers.add(user.id);
    }
    realtimeStore.setState({ users: next });
    this.ports.keep(users);
  }

  onEphemeral(frame: EphemeralFrame): void {
    const { conversation_id: id } = frame;
    const { user_id: userId } = frame.data;
    if (userId === '' || userId === this.me) return;
    switch (frame.name) {
      case 'typing':
        return this.typing(id, userId);
      case 'presence':
        return this.presence(frame.data);
      case 'read':
        return this.read(id, userId, frame.data.seq);
      case 'delivered':
        return this.delivered(id, userId, frame.data.seq);
      default:
        // An event of the contract without a case fails the type check here.
        frame satisfies never;
    }
  }

  /** Others' read positions only grow. */
  read(conversationId: string, userId: string, seq: number): void {
    this.moveRead(conversationId, userId, { seq, sinceSeq: 0 });
  }

  /** They came when this was the newest message. */
  came(conversationId: string, userId: string, sinceSeq: number): void {
    this.moveRead(conversationId, userId, { seq: 0, sinceSeq });
  }

  /** They are not in it any more, and count nowhere. */
  left(conversationId: string, userId: string): void {
    const { reads } = realtimeStore.getState();
    if (!reads[conversationId]?.[userId]) return;
    realtimeStore.setState({ reads: { ...reads, [conversationId]: without(reads[conversationId], userId) } });
  }

  private moveRead(conversationId: string, userId: string, { seq, sinceSeq }: ReadView): void {
    const { reads } = realtimeStore.getState();
    const before = reads[conversationId]?.[userId] ?? { seq: 0, sinceSeq: 0 };
    if (userId === this.me || (before.seq >= seq && before.sinceSeq >= sinceSeq)) return;
    const after = { seq: Math.max(before.seq, seq), sinceSeq: Math.max(before.sinceSeq, sinceSeq) };
    realtimeStore.setState({ reads: { ...reads, [conversationId]: { ...reads[conversationId], [userId]: after } } });
  }

  /** So does what their devices have. */
  delivered(conversationId: string, userId: string, seq: number): void {
    const { delivered } = realtimeStore.getState();
    if (userId === this.me || (delivered[conversationId] ?? 0) >= seq) return;
    realtimeStore.setState({ delivered: { ...delivered, [conversationId]: seq } });
  }

  /** Forgets how far others have read and received a conversation. */
  forgetReads(conversationId: string): void {
    const { reads, delivered } = realtimeStore.getState();
    realtimeStore.setState({ reads: without(reads, conversationId), delivered: without(delivered, conversationId) });
  }

  /** Who writes has read up to what they wrote, and has it on a device; no other word comes of that. */
  wrote(messages: readonly Message[]): void {
    // By rising seq: the last one of each sender is the furthest.
    const newest = new Map(messages.map((one) => [`${one.conversation_id} ${one.sender_id}`, one]));
    for (const { conversation_id: conversationId, sender_id: userId, seq } of newest.values()) {
      this.read(conversationId, userId, seq);
      // Whoever writes may be seen from now on.
      if (this.hiddenPresence.delete(userId)) this.wantPresence(userId);
    }
  }

  /** Their message came: they are not typing any more. */
  stopTyping(conversationId: string, userId: string): void {
    const key = `${conversationId} ${userId}`;
    clearTimeout(this.typists.get(key));
    if (this.typists.delete(key)) this.showTyping(conversationId, (ids) => ids.filter((id) => id !== userId));
  }

  stop(): void {
    clearTimeout(this.timer);
    for (const timer of this.typists.values()) clearTimeout(timer);
    this.typists.clear();
  }

  private typing(conversationId: string, userId: string): void {
    const key = `${conversationId} ${userId}`;
    const shown = this.typists.has(key);
    clearTimeout(this.typists.get(key));
    this.typists.set(
      key,
      setTimeout(() => this.stopTyping(conversationId, userId), TYPING_SHOWN_MS),
    );
    if (!shown) this.showTyping(conversationId, (ids) => [...ids, userId]);
  }

  private showTyping(conversationId: string, change: (ids: readonly string[]) => readonly string[]): void {
    const { typing } = realtimeStore.getState();
    realtimeStore.setState({ typing: { ...typing, [conversationId]: change(typing[conversationId] ?? []) } });
  }

  private presence(...all: Presence[]): void {
    const next: Record<string, PresenceView> = { ...realtimeStore.getState().presence };
    for (const { user_id: id, online, last_seen_at: lastSeenAt } of all) {
      next[id] = { online: online === true, lastSeenAt: lastSeenAt ?? null };
      this.knownPresence.add(id);
    }
    realtimeStore.setState({ presence: next });
  }

  private hide(ids: readonly string[]): void {
    const next: Record<string, PresenceView> = { ...realtimeStore.getState().presence };
    for (const id of ids) {
      this.hiddenPresence.add(id);
      next[id] = { online: false, lastSeenAt: null };
    }
    realtimeStore.setState({ presence: next });
  }

  private gather(): void {
    this.timer ??= setTimeout(() => {
      this.timer = undefined;
      void this.fetch();
    }, GATHER_MS);
  }

  private async fetch(): Promise<void> {
    if (!this.ports.online()) return;
    const users = [...this.wantedUsers].slice(0, USERS_MAX);
    const presence = [...this.wantedPresence].slice(0, PRESENCE_MAX);
    for (const id of users) this.wantedUsers.delete(id);
    for (const id of presence) this.wantedPresence.delete(id);
    try {
      if (users.length > 0) {
        this.put(await this.ports.fetchUsers(users));
        // Also those that do not exist: asking again would not help.
        for (const id of users) this.freshUsers.add(id);
      }
      if (presence.length > 0) {
        this.presence(...(await this.ports.fetchPresence(presence)));
        this.hide(presence.filter((id) => !this.knownPresence.has(id)));
      }
    } catch {
      // Wanted still; the next connection or the next screen asks again.
      for (const id of users) this.wantedUsers.add(id);
      for (const id of presence) this.wantedPresence.add(id);
      return;
    }
    if (this.wantedUsers.size > 0 || this.wantedPresence.size > 0) this.gather();
  }
}

function without<T>(values: Record<string, T>, id: string): Record<string, T> {
  return Object.fromEntries(Object.entries(values).filter(([key]) => key !== id));
}
