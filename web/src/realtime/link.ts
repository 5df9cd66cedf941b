/* Everything of one signed-in user in this tab, wired together: database, engine, socket, outbox, timelines. */
import { accessToken, api, data, onTokensChanged, renewAccessToken } from '@/api';
import { ApiError } from '@/api/errors';
import { askList, type Call, feedAnswer, historyAnswer, syncAnswer } from './answers';
import { begunPeer, begunWith } from './begun';
import { Cache } from './cache';
import { type Database, keepUsers, type OutboxRow } from './database';
import { Deliveries } from './deliveries';
import { Drafts } from './drafts';
import { type Answer, Engine, type ListAnswer, type Question } from './engine';
import type { ServerFrame, WelcomeFrame } from './frames';
import type { Ticket } from './jobs';
import { uuid7 } from './ids';
import { type Kept, takeKept } from './kept';
import { Leader } from './leader';
import { Losses } from './losses';
import { Outbox } from './outbox';
import { Pages } from './pages';
import { People } from './people';
import { ReadMarks } from './readMarks';
import { Screens } from './screens';
import { Socket } from './socket';
import { directWith, realtimeStore, until } from './store';
import { Timelines } from './timelines';
import type { Draft, LostChat, Message, PendingEntry, User } from './types';
import { onWake } from './wake';

export interface LiveMessage {
  conversationId: string;
  message: Message;
  mine: boolean;
}

/** A conversation that was made, and who could not be added to it. */
export interface Made {
  id: string;
  refused: readonly string[];
}

export interface NewConversation {
  kind: 'DIRECT' | 'GROUP';
  title?: string;
  description?: string;
  member_ids: string[];
  client_id: string;
}

/* A frame may be 64 KiB large, and control characters grow sixfold in JSON; a request may be larger. */
const CALL_BYTES_MAX = 60_000;
const TYPING_EVERY_MS = 3_000;
/* Opened conversations that keep their place; the oldest beyond it start afresh. */
const OPENED_MAX = 20;
const TRIMMED_ENTRIES = 100;
/* A chat with more messages that no device has counts as delivered when it is opened. One page. */
const MISSED_MAX = 50;

export class Link {
  readonly socket: Socket;
  readonly people: People;
  readonly timelines: Timelines;
  /** The outbox, once it is read. */
  readonly ready: Promise<Outbox | null>;
  engine: Engine | null = null;
  drafts: Drafts | null = null;

  private me: string;
  private onLive: (live: LiveMessage) => void;
  private db: Database | null = null;
  private outbox: Outbox | null = null;
  private cache: Cache | null = null;
  private leader: Leader;
  private channel: BroadcastChannel;
  private screens: Screens;
  private reads: ReadMarks;
  private pages: Pages;
  private deliveries: Deliveries;
  private losses = new Losses((connection) => realtimeStore.setState({ connection }));
  private readyDone: (outbox: Outbox | null) => void = () => undefined;
  private stopped = false;
  private stops: (() => void)[] = [];
  private focus: readonly string[] = [];
  private begunInFocus = '';
  private opened: string[] = [];
  private typedAt = new Map<string, number>();
  private readsWanted = new Set<string>();
  /* Sent, and not in the log yet: shown until it is. */
  private acknowledged = new Map<string, { entry: PendingEntry; conversationId: string; rev: number }>();

  constructor(me: string, onLive: (live: LiveMessage) => void) {
    this.me = me;
    this.onLive = onLive;
    this.ready = new Promise((resolve) => {
      this.readyDone = resolve;
    });
    this.channel = new BroadcastChannel(`molva-${me}`);
    this.leader = new Leader(me, (leading) => this.onLeading(leading));
    this.socket = this.makeSocket();
    this.people = new People(me, {
      online: () => this.socket.online,
      fetchUsers: async (ids) => (await this.call('auth.SearchUsers', { ids, limit: ids.length })).users,
      fetchPresence: async (ids) => (await this.call('notification.GetPresence', { user_ids: ids })).presences,
      keep: (users) => this.keepUsers(users),
    });
    this.pages = new Pages(me, this.call, (ids) => this.people.meet(ids));
    this.timelines = new Timelines(this.pages, {
      conversation: (id) => this.engine?.conversations.get(id),
      pending: (id) => this.pendingOf(id),
      changed: (id) => this.changed(id),
      loaded: (id) => this.cache?.opened(id),
    });
    this.screens = new Screens({
      engine: () => this.engine,
      timelines: this.timelines,
      pending: (id) => this.pendingOf(id),
    });
    this.reads = new ReadMarks({
      mark: (id, seq) => this.call('message.MarkRead', { conversation_id: id, seq }),
    });
    this.deliveries = new Deliveries({
      wanted: (id) => this.tellsDelivered(id),
      tell: (id) => this.tellDelivered(id),
    });
  }

  /** Resolves when what is kept is in the store. */
  async start(): Promise<void> {
    let kept: Kept;
    try {
      kept = await takeKept(this.me);
    } catch {
      this.readyDone(this.outbox);
      if (!this.stopped) realtimeStore.setState({ noStorage: true });
      return;
    }
    const { db, saved, users } = kept;
    if (this.stopped) return db.close();
    this.db = db;
    this.drafts = new Drafts(db, {
      publish: (id, draft) => this.screens.draft(id, draft),
      tellTabs: (id) => this.stopped || this.channel.postMessage({ kind: 'draft', id }),
    });
    const outbox = this.makeOutbox(db);
    this.outbox = outbox;
    await Promise.all([outbox.reload(), this.drafts.load()]);
    if (this.stopped) return db.close();

    this.engine = this.makeEngine(saved);
    this.engine.focus(this.focus);
    this.cache = new Cache(db, this.engine);
    realtimeStore.setState({ users: Object.fromEntries(users.map((user) => [user.id, user])) });
    if (saved) this.screens.all();
    for (const id of this.engine.conversations.keys()) this.settleBegun(id);
    this.readyDone(outbox);

    this.channel.onmessage = (event: MessageEvent<{ kind: string; id?: string }>) => this.onTab(event.data);
    this.stops.push(
      onWake(
        () => this.socket.probe(),
        () => void this.flush(),
      ),
      onTokensChanged((token) => this.socket.authenticate(token)),
    );
    this.leader.start();
    this.socket.start();
  }

  /** Resolves when all that is to be kept is in the database. */
  async stop(): Promise<void> {
    this.stopped = true;
    this.readyDone(this.outbox);
    for (const stop of this.stops) stop();
    this.socket.stop();
    this.losses.stop();
    this.leader.stop();
    this.outbox?.setSending(false);
    this.people.stop();
    this.screens.stop();
    this.channel.close();
    await Promise.allSettled([this.drafts?.flush(), this.cache?.stop()]);
    this.db?.close();
  }

  // ---- what the screens do ----

  async open(id: string): Promise<void> {
    this.opened = [id, ...this.opened.filter((one) => one !== id)];
    for (const old of this.opened.splice(OPENED_MAX)) {
      this.timelines.close(old);
      this.engine?.conversations.get(old)?.log.trim(TRIMMED_ENTRIES);
    }
    await this.timelines.open(id);
  }

  /** Somebody was chosen to write to. */
  begin(peerId: string): void {
    this.screens.begin(begunWith(peerId), peerId);
  }

  /** Throws ApiError. */
  async create(body: NewConversation): Promise<Made> {
    const { conversation, existed, refused_user_ids: refused } = await data(api.POST('/v1/conversations', { body }));
    if (!conversation) throw new Error('no conversation in the answer');
    if (existed) this.engine?.wantList();
    else this.engine?.created(conversation);
    await until(({ conversations }) => conversation.id in conversations);
    return { id: conversation.id, refused };
  }

  /* With a first message for it, a conversation that was begun here is made. */
  private async address(id: string): Promise<string> {
    const peerId = begunPeer(id);
    if (peerId === null) return id;
    return directWith(peerId) ?? (await this.create({ kind: 'DIRECT', member_ids: [peerId], client_id: uuid7() })).id;
  }

  /* It is there now: what was written to this person goes there. */
  private settleBegun(id: string): void {
    const peerId = this.engine?.conversations.get(id)?.view.peerId;
    const begun = peerId ? begunWith(peerId) : '';
    if (!peerId || !(begun in realtimeStore.getState().conversations)) return;
    // Its view is on the screen, and is to be no shorter for a moment.
    if (this.begunInFocus === begun && !this.timelines.has(id)) void this.open(id);
    this.drafts?.move(begun, id);
    this.outbox?.readdress(begun, id);
    this.screens.changed(begun);
  }

  markRead(id: string, seq: number): void {
    if (this.engine?.read(id, seq)) this.reads.mark(id, seq);
  }

  setTyping(id: string): void {
    if (begunPeer(id) !== null) return;
    const now = Date.now();
    if (now - (this.typedAt.get(id) ?? 0) < TYPING_EVERY_MS) return;
    if (this.socket.send({ type: 'typing', conversation_id: id })) this.typedAt.set(id, now);
  }

  setFocus(ids: readonly string[]): void {
    // Nobody else knows of those that are only begun.
    this.focus = ids.filter((id) => begunPeer(id) === null);
    this.begunInFocus = ids.find((id) => begunPeer(id) !== null) ?? '';
    this.engine?.focus(this.focus);
    this.socket.send({ type: 'focus', conversation_ids: this.focus });
  }

  saveDraft(id: string, draft: Draft | null): void {
    this.drafts?.save(id, draft);
    // After an empty field the next letter is news again.
    if (!draft) this.typedAt.delete(id);
  }

  wantReads(id: string): void {
    if (this.readsWanted.has(id) || begunPeer(id) !== null) return;
    this.readsWanted.add(id);
    void this.fetchReads(id);
  }

  private async fetchReads(id: string): Promise<void> {
    try {
      const { reads } = await this.call('message.ListReads', { conversation_id: id });
      for (const { user_id: userId, seq, delivered_seq: deliveredSeq, since_seq: sinceSeq } of reads ?? []) {
        this.people.came(id, userId, sinceSeq);
        this.people.read(id, userId, seq);
        // Says something of its own only where a device has more than was read, which is never so in a group.
        if (deliveredSeq > seq) this.people.delivered(id, userId, deliveredSeq);
      }
    } catch {
      // Asked again with the next connection or the next screen.
      this.readsWanted.delete(id);
    }
  }

  /* One of the tabs tells, as one sends. */
  private tellsDelivered(id: string): boolean {
    const conversation = this.engine?.conversations.get(id);
    if (!conversation || this.stopped || !realtimeStore.getState().leader || !this.socket.online) return false;
    return conversation.arrived > 0 || (conversation.missed > 0 && conversation.missed <= MISSED_MAX);
  }

  private async tellDelivered(id: string): Promise<void> {
    const conversation = this.engine?.conversations.get(id);
    if (!conversation) return;
    if (conversation.arrived === 0) {
      await this.pages.older(conversation, conversation.log.tail, MISSED_MAX);
      this.changed(id);
    }
    const seq = conversation.arrived;
    if (seq === 0) return;
    const answer = await this.call('message.MarkDelivered', { conversation_id: id, seq });
    conversation.tell(answer.delivered_seq);
    this.cache?.changed(id);
  }

  private tellAllDelivered(): void {
    for (const id of this.engine?.conversations.keys() ?? []) this.deliveries.changed(id);
  }

  // ---- the socket ----

  /* What comes is the server's word. */
  private readonly call: Call = (method, params) => this.socket.call(method, params) as Promise<never>;

  private makeSocket(): Socket {
    return new Socket({
      open: (url, protocol) => new WebSocket(url, protocol),
      url: `${location.origin.replace(/^http/, 'ws')}/v1/ws`,
      token: accessToken,
      renewToken: renewAccessToken,
      hello: () => this.engine?.hello() ?? {},
      seen: () => this.engine?.n ?? 0,
      onWelcome: (frame) => this.onWelcome(frame),
      onFrame: (frame) => this.onFrame(frame),
      onDown: () => this.engine?.disconnected(),
      onStatus: (view) => this.losses.take(view),
      onNotResumable: () => this.engine?.forgetSession(),
      onHelloRefused: () => this.engine?.helloRefused(),
      onOutdated: () => window.dispatchEvent(new Event('molva:outdated')),
    });
  }

  private onWelcome(frame: WelcomeFrame): void {
    if (this.engine?.saidTooLittle(frame)) return this.socket.reconnect();
    this.engine?.welcome(frame);
    if (this.focus.length > 0) this.socket.send({ type: 'focus', conversation_ids: this.focus });
    // What was told of others meanwhile is not told again. Chats that are not on the screen ask when they come back.
    this.readsWanted.clear();
    for (const id of this.focus) this.wantReads(id);
    this.people.connected(frame.resumed);
    this.reads.connected();
    this.tellAllDelivered();
    this.outbox?.wake();
    for (const id of this.focus) void this.timelines.open(id);
  }

  private onFrame(frame: ServerFrame): void {
    const { engine } = this;
    if (!engine) return;
    if (frame.type === 'event') engine.event(frame);
    else if (frame.type === 'ephemeral') this.people.onEphemeral(frame);
    else if (frame.type === 'gap') engine.gap(frame.conversation_id, frame.head_rev);
    else if (frame.type === 'heads') engine.heads(frame.heads);
    // Something that was sent never came: a resume brings it.
    else if (frame.type === 'pong' && engine.misses(frame.n)) this.socket.reconnect();
  }

  // ---- the engine ----

  private makeEngine(saved: Kept['saved']): Engine {
    return new Engine(
      this.me,
      {
        ask: (ticket, question) => void this.ask(ticket, question),
        startTimer: (key, ms) => {
          setTimeout(() => this.stopped || this.engine?.timer(key), ms);
        },
        changed: (id) => this.changed(id),
        removed: (id) => this.changed(id),
        takenOut: (id, lost) => this.onTakenOut(id, lost),
        startedAnew: (id) => this.onStartedAnew(id),
        profileChanged: (user) => this.people.put([user]),
        applied: (messages) => this.onApplied(messages),
        came: (id, userId, sinceSeq) => this.people.came(id, userId, sinceSeq),
        left: (id, userId) => this.people.left(id, userId),
        live: (message) => this.onLiveMessage(message),
      },
      saved,
    );
  }

  private changed(id: string): void {
    this.settleBegun(id);
    this.screens.changed(id);
    this.cache?.changed(id);
    this.deliveries.changed(id);
  }

  private async ask(ticket: Ticket, question: Question): Promise<void> {
    try {
      const answer = await this.answerOf(question);
      this.engine?.answered(ticket, answer);
      if (question.kind === 'list') this.screens.listReady();
    } catch (thrown) {
      this.engine?.failed(ticket, ApiError.from(thrown));
    }
  }

  private async answerOf(question: Question): Promise<Answer> {
    if (question.kind === 'list') {
      const answer = await askList(this.call);
      await this.people.meet(namesIn(answer, this.me));
      return { kind: 'list', answer };
    }
    if (question.kind === 'feed') {
      const params = { after_urev: question.afterUrev, ...afterTag(question.afterTag) };
      return { kind: 'feed', answer: feedAnswer(await this.call('notification.SyncFeed', params)) };
    }
    const { kind, id } = question;
    if (kind === 'sync') {
      const params = { conversation_id: id, after_rev: question.afterRev, ...afterTag(question.afterTag) };
      return { kind, answer: syncAnswer(await this.call('message.Sync', params)) };
    }
    if (kind === 'meta') {
      const { conversation } = await this.call('group.GetConversation', { id });
      if (!conversation) throw new Error('no conversation in the answer');
      return { kind, answer: conversation };
    }
    const { messages } = historyAnswer(await this.call('message.History', { conversation_id: id, limit: 1 }));
    return { kind, answer: messages.at(-1) ?? null };
  }

  /* Whoever is writing there must hear where it went. */
  private onTakenOut(id: string, lost: LostChat): void {
    void this.people.meet([lost.actorId]);
    realtimeStore.setState({ lostChats: { ...realtimeStore.getState().lostChats, [id]: lost } });
  }

  /* How far others have read was said of messages that are no more. */
  private onStartedAnew(id: string): void {
    this.people.forgetReads(id);
    this.readsWanted.delete(id);
    if (this.focus.includes(id)) this.wantReads(id);
    this.timelines.startAnew(id);
  }

  private onApplied(messages: readonly Message[]): void {
    const mine = messages.filter((message) => message.sender_id === this.me);
    if (mine.length > 0) this.outbox?.confirm(mine);
    this.people.wrote(messages);
  }

  private onLiveMessage(message: Message): void {
    this.people.stopTyping(message.conversation_id, message.sender_id);
    this.onLive({ conversationId: message.conversation_id, message, mine: message.sender_id === this.me });
  }

  // ---- the outbox ----

  private makeOutbox(db: Database): Outbox {
    return new Outbox(db, {
      address: (conversationId) => this.address(conversationId),
      send: (conversationId, clientId, text) =>
        this.send(conversationId, clientId, text).catch((thrown: unknown) => this.onRefused(conversationId, thrown)),
      sent: (message) => this.onSent(message),
      changed: (id) => this.screens.changed(id),
      tellTabs: () => this.stopped || this.channel.postMessage({ kind: 'outbox' }),
    });
  }

  /* Over the socket while it is live; else by REST, which may still get through. */
  private async send(conversationId: string, clientId: string, text: string): Promise<Message> {
    const params = { conversation_id: conversationId, client_id: clientId, text };
    if (this.socket.online && bytesOf(params) <= CALL_BYTES_MAX) {
      return (await this.call('message.Send', params)).message as Message;
    }
    const { message } = await data(
      api.POST('/v1/conversations/{conversation_id}/messages', {
        params: { path: { conversation_id: conversationId } },
        body: { client_id: clientId, text },
      }),
    );
    this.socket.reachable();
    return message as Message;
  }

  /* The account of the other one may have been closed: then the chat says so. */
  private onRefused(conversationId: string, thrown: unknown): never {
    const peerId = this.engine?.conversations.get(conversationId)?.view.peerId;
    if (peerId && ApiError.from(thrown).code === 'precondition') this.people.refreshUser(peerId);
    throw thrown;
  }

  private onSent(message: Message): void {
    const { conversation_id: conversationId, client_id: clientId, rev } = message;
    const row = this.outbox?.of(conversationId).find((one) => one.clientId === clientId);
    if (row) this.acknowledged.set(clientId, { entry: pendingEntry(row), conversationId, rev });
    this.engine?.sent(message);
  }

  private pendingOf(id: string): readonly PendingEntry[] {
    const applied = this.engine?.conversations.get(id)?.scope.number ?? 0;
    const pending: PendingEntry[] = [];
    for (const [clientId, one] of this.acknowledged) {
      if (one.conversationId !== id) continue;
      if (one.rev <= applied) this.acknowledged.delete(clientId);
      else pending.push(one.entry);
    }
    for (const row of this.outbox?.of(id) ?? []) {
      if (!this.acknowledged.has(row.clientId)) pending.push(pendingEntry(row));
    }
    return pending;
  }

  // ---- other tabs, and the end of this one ----

  private onLeading(leading: boolean): void {
    realtimeStore.setState({ leader: leading });
    this.tellAllDelivered();
    this.cache?.setLeading(leading);
    // Another tab may have left work behind.
    if (leading) void this.outbox?.reload().then(() => this.stopped || this.outbox?.setSending(true));
  }

  private onTab(message: { kind: string; id?: string }): void {
    if (message.kind === 'outbox') void this.outbox?.reload();
    else if (message.kind === 'draft' && message.id) void this.drafts?.reload(message.id);
  }

  private keepUsers(users: readonly User[]): void {
    // A cache: without room on the disk, or when the page goes, it is asked for again.
    if (this.db && !this.stopped) keepUsers(this.db, users).catch(() => undefined);
  }

  private async flush(): Promise<void> {
    await Promise.all([this.drafts?.flush(), this.cache?.save()]);
  }
}

/* Who is named in the list, last activity first. */
function namesIn({ heads, conversations }: ListAnswer, me: string): string[] {
  const at = (id: string) => heads[id]?.last_message?.created_at ?? '';
  return conversations
    .toSorted((a, b) => (at(a.id) < at(b.id) ? 1 : -1))
    .flatMap(({ id, kind, member_ids: ids }) =>
      kind === 'DIRECT' ? (ids ?? []) : (heads[id]?.last_message?.sender_id ?? []),
    )
    .filter((id) => id !== me);
}

/* A server that gives no tags would refuse it. */
function afterTag(tag: string): { after_tag?: string } {
  return tag ? { after_tag: tag } : {};
}

function bytesOf(params: object): number {
  return new TextEncoder().encode(JSON.stringify(params)).length;
}

const pendingEntries = new WeakMap<OutboxRow, PendingEntry>();

/* The same entry for the same row, so that memoised rows stay. */
function pendingEntry(row: OutboxRow): PendingEntry {
  let entry = pendingEntries.get(row);
  if (!entry) {
    const { clientId, text, at, state, error } = row;
    entry = { kind: 'pending', key: clientId, clientId, text, at, state, error };
    pendingEntries.set(row, entry);
  }
  return entry;
}
