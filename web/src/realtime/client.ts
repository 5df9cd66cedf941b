/* The one client of this page: what the screens call, for whoever is signed in. */
import { api, data, onSignOut, sessionStore } from '@/api';
import { deleteDatabase } from './database';
import { uuid7 } from './ids';
import { forgetLeftovers } from './leftovers';
import { Link, type LiveMessage } from './link';
import { initialState, realtimeStore, type RealtimeState } from './store';
import type { Draft, JumpResult } from './types';

export type { LiveMessage };

const WAIT_MAX_MS = 10_000;

class Client {
  private link: Link | null = null;
  private liveListeners = new Set<(live: LiveMessage) => void>();

  /** Begins for the signed-in user; nothing when nobody is. */
  start(): void {
    const { userId } = sessionStore.getState();
    if (!userId || this.link) return;
    this.link = new Link(userId, (live) => {
      for (const listener of this.liveListeners) listener(live);
    });
    void this.link.start();
    void forgetLeftovers();
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

  /** Throws ApiError. */
  createDirect(userId: string): Promise<string> {
    return this.create({ kind: 'DIRECT', member_ids: [userId], client_id: uuid7() });
  }

  /** Throws ApiError. */
  createGroup(title: string, memberIds: readonly string[], description = ''): Promise<string> {
    return this.create({ kind: 'GROUP', title, description, member_ids: [...memberIds], client_id: uuid7() });
  }

  onLiveMessage(listener: (live: LiveMessage) => void): () => void {
    this.liveListeners.add(listener);
    return () => this.liveListeners.delete(listener);
  }

  private async create(body: NewConversation): Promise<string> {
    const { conversation, existed } = await data(api.POST('/v1/conversations', { body }));
    if (!conversation) throw new Error('no conversation in the answer');
    if (existed) this.link?.engine?.wantList();
    else this.link?.engine?.created(conversation);
    await until(({ conversations }) => conversation.id in conversations);
    return conversation.id;
  }
}

interface NewConversation {
  kind: 'DIRECT' | 'GROUP';
  title?: string;
  description?: string;
  member_ids: string[];
  client_id: string;
}

/* Resolves when it holds, and in any case after a while: the screen can wait as long as this can. */
function until(holds: (state: RealtimeState) => boolean): Promise<void> {
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
