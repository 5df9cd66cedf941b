/* The one client of this page: what the screens call, for whoever is signed in. */
import { onSignOut, sessionStore } from '@/api';
import { begunWith } from './begun';
import { deleteDatabase } from './database';
import { uuid7 } from './ids';
import { forgetLeftovers } from './leftovers';
import { Link, type LiveMessage, type Made } from './link';
import { directWith, initialState, realtimeStore, until } from './store';
import type { Draft, JumpResult, User } from './types';

export type { LiveMessage };

class Client {
  private link: Link | null = null;
  private started: Promise<void> = Promise.resolve();
  private liveListeners = new Set<(live: LiveMessage) => void>();

  /** Begins for the signed-in user; nothing when nobody is, or it has begun. Resolves when what is kept is in the store. */
  start(): Promise<void> {
    const { userId } = sessionStore.getState();
    if (!userId || this.link) return this.started;
    this.link = new Link(userId, (live) => {
      for (const listener of this.liveListeners) listener(live);
    });
    this.started = this.link.start();
    void forgetLeftovers();
    return this.started;
  }

  /** Resolves when all that is to be kept is in the database. */
  async stop(): Promise<void> {
    const { link } = this;
    this.link = null;
    realtimeStore.setState(initialState, true);
    await link?.stop();
  }

  tryNow(): void {
    this.link?.socket.tryNow();
  }

  wantReads(conversationId: string): void {
    this.link?.wantReads(conversationId);
  }

  wantUser(id: string): void {
    this.link?.people.wantUser(id);
  }

  refreshUser(id: string): void {
    this.link?.people.refreshUser(id);
  }

  wantPresence(id: string): void {
    this.link?.people.wantPresence(id);
  }

  async open(conversationId: string): Promise<void> {
    await this.link?.open(conversationId);
  }

  async loadOlder(conversationId: string): Promise<void> {
    await this.link?.timelines.loadOlder(conversationId);
  }

  async loadNewer(conversationId: string): Promise<void> {
    await this.link?.timelines.loadNewer(conversationId);
  }

  async jumpTo(conversationId: string, seq: number): Promise<JumpResult> {
    const { link } = this;
    const result = (await link?.timelines.jumpTo(conversationId, seq)) ?? 'failed';
    /* A page that has just been opened from a link knows the chat before it has a connection. */
    if (result !== 'failed' || realtimeStore.getState().connection.status !== 'connecting') return result;
    await until(({ connection }) => connection.status !== 'connecting');
    return (await link?.timelines.jumpTo(conversationId, seq)) ?? 'failed';
  }

  async jumpToEnd(conversationId: string): Promise<void> {
    await this.link?.timelines.jumpToEnd(conversationId);
  }

  markRead(conversationId: string, seq: number): void {
    this.link?.markRead(conversationId, seq);
  }

  markAllRead(): void {
    for (const { id, seq, unread } of Object.values(realtimeStore.getState().conversations)) {
      if (unread > 0) this.markRead(id, seq);
    }
  }

  setTyping(conversationId: string): void {
    this.link?.setTyping(conversationId);
  }

  setFocus(conversationIds: readonly string[]): void {
    this.link?.setFocus(conversationIds);
  }

  /** The newest draft, also while it is being typed. */
  draft(conversationId: string): Draft | undefined {
    return this.link?.drafts?.get(conversationId) ?? realtimeStore.getState().drafts[conversationId];
  }

  saveDraft(conversationId: string, draft: Draft | null): void {
    this.link?.saveDraft(conversationId, draft);
  }

  /** Resolves with the client id once the message is kept. */
  async send(conversationId: string, text: string): Promise<string> {
    const outbox = await this.link?.ready;
    if (!outbox) throw new Error('signed out');
    return outbox.add(conversationId, text);
  }

  async retry(clientId: string): Promise<void> {
    await (await this.link?.ready)?.retry(clientId);
  }

  /** Answers the text, for editing it. */
  async discard(clientId: string): Promise<string | null> {
    return (await (await this.link?.ready)?.discard(clientId)) ?? null;
  }

  /** The conversation to write to this person in: the one that there is, or one that begins here. */
  directWith(user: { id: string } | User): string {
    if ('username' in user) this.link?.people.put([user]);
    return directWith(user.id) ?? begunWith(user.id);
  }

  /** There is something to show of it from now on. */
  begin(peerId: string): void {
    this.link?.begin(peerId);
  }

  /** Throws ApiError. */
  async createDirect(userId: string): Promise<string> {
    if (!this.link) throw new Error('signed out');
    return (await this.link.create({ kind: 'DIRECT', member_ids: [userId], client_id: uuid7() })).id;
  }

  /** Throws ApiError. */
  async createGroup(title: string, memberIds: readonly string[], description = ''): Promise<Made> {
    if (!this.link) throw new Error('signed out');
    return this.link.create({ kind: 'GROUP', title, description, member_ids: [...memberIds], client_id: uuid7() });
  }

  onLiveMessage(listener: (live: LiveMessage) => void): () => void {
    this.liveListeners.add(listener);
    return () => this.liveListeners.delete(listener);
  }
}

export const client = new Client();

// Signing out leaves nothing of the user on this machine.
onSignOut(async (userId) => {
  void client.stop();
  await deleteDatabase(userId);
});

// The session ended by itself, or from elsewhere.
sessionStore.subscribe(({ userId, reason }, before) => {
  if (before.userId && userId !== before.userId && reason !== 'signed-out') void client.stop().then(forgetLeftovers);
});
