/* Keeps every conversation and the feed in step with the server, whatever is lost, doubled or late on the way.
 *
 * Pure: frames and answers go in, questions and timers come out through EnginePorts; the clock, the socket and React are
 * elsewhere. What must stay true: a scope's number only says what was applied, so any answer may come late or twice. */
import type { Schemas } from '@/api';
import { ApiError } from '@/api/errors';
import {
  Conversation,
  type ConversationAnswer,
  type Head,
  roleOf,
  type SavedConversation,
  tagOf,
  sinceOf,
} from './conversation';
import type { Change, FeedChange } from './events';
import type { EventFrame, WelcomeFrame } from './frames';
import { Jobs, type Ticket } from './jobs';
import { Sequencer } from './sequencer';
import type { LostChat, Message, User } from './types';

export type Question =
  | { kind: 'sync'; id: string; afterRev: number; afterTag: string }
  | { kind: 'feed'; afterUrev: number; afterTag: string }
  /** All heads with their last messages first, then all conversations. */
  | { kind: 'list' }
  | { kind: 'meta'; id: string }
  | { kind: 'peek'; id: string };

type Membership = Schemas['ConversationMembership'];

export interface SyncAnswer {
  changes: Change[];
  toRev: number;
  hasMore: boolean;
  reset: boolean;
}

export interface FeedAnswer {
  changes: FeedChange[];
  toUrev: number;
  toTag: string;
  hasMore: boolean;
  reset: boolean;
}

export interface ListAnswer {
  heads: Record<string, Head>;
  conversations: ConversationAnswer[];
}

export type Answer =
  | { kind: 'sync'; answer: SyncAnswer }
  | { kind: 'feed'; answer: FeedAnswer }
  | { kind: 'list'; answer: ListAnswer }
  | { kind: 'meta'; answer: ConversationAnswer }
  | { kind: 'peek'; answer: Message | null };

export interface EnginePorts {
  /** Answered by `answered` or `failed` with the same ticket, at most once. */
  ask(ticket: Ticket, question: Question): void;
  /** Calls `timer(key)` after this long. */
  startTimer(key: string, ms: number): void;
  /** Something of these conversations changed; called often, to be gathered. */
  changed(conversationId: string): void;
  removed(conversationId: string): void;
  /** Somebody else took me out of this group, or deleted it. */
  takenOut(conversationId: string, lost: LostChat): void;
  /** Its log is another one than was read. */
  startedAnew(conversationId: string): void;
  profileChanged(user: User): void;
  /** Messages that are in the log now, however they came. */
  applied(messages: readonly Message[]): void;
  /** Somebody came to a conversation when this was its newest message. */
  came(conversationId: string, userId: string, sinceSeq: number): void;
  /** Somebody is no longer in it. */
  left(conversationId: string, userId: string): void;
  /** A message that came live, not by catching up. */
  live(message: Message): void;
}

export interface SavedState {
  epoch: string;
  urev: number;
  /** None in what an older version kept. */
  feedTag?: string;
  conversations: SavedConversation[];
}

/** What hello tells of where we stand. A server that gives no tags knows nothing of `have`. */
export interface Known {
  urev: number;
  revs?: Record<string, number>;
  have?: Record<string, { rev: number; tag: string }>;
  feed_tag?: string;
  resume?: { session: string; n: number };
}

const HOLD_MS = 500;
/* Further behind than this, a conversation goes on from its head; what lies between is loaded when somebody scrolls there. */
const SYNC_MAX = 200;
/* More conversations than this that moved are brought up to date by one list instead of a sync each. */
const SYNCS_AT_ONCE_MAX = 16;
/* Above this many members the server may tell heads instead of events. */
const CROWD_MIN = 1000;
const PEEK_MS = 15_000;
/* A hello may be 8 KiB large, with the token, which is a few hundred bytes. Of the rest the heads tell. */
const NAMED_BYTES_MAX = 6_000;
/* A sync that is refused this often means that the user does not belong there any more. */
const REFUSED_MAX = 5;

export class Engine {
  readonly conversations = new Map<string, Conversation>();
  epoch: string | null = null;
  readonly feed = new Sequencer<FeedChange>(0);

  private me: string;
  private ports: EnginePorts;
  private jobs: Jobs;
  private focused = new Set<string>();
  /* Those that `heads` frames told of: no event numbers say whether one was missed. */
  private large = new Set<string>();
  private metaVersions = new Map<number, number>();
  private birth = new Map<string, number>();
  private removedAt = new Map<string, number>();
  private tick = 0;
  private listStartedAt = 0;
  private listVersions = new Map<string, number>();
  private session: string | null = null;
  /* Those that the last hello spoke of: the server has compared them with its logs. */
  private named = new Set<string>();
  /* The newest event number with nothing missing before it, and those that came ahead. */
  /* During an upgrade this gateway is of the version before, and refuses what it does not know: tags. */
  private plain = false;
  private seen = 0;
  private seenAhead = new Set<number>();

  constructor(me: string, ports: EnginePorts, saved?: SavedState) {
    this.me = me;
    this.ports = ports;
    this.jobs = new Jobs({
      ask: (ticket) => this.ask(ticket),
      pause: (key, ms) => ports.startTimer(`retry ${key}`, ms),
    });
    if (!saved) return;
    this.epoch = saved.epoch;
    this.feed.reset(saved.urev, saved.feedTag);
    for (const one of saved.conversations) {
      this.conversations.set(one.view.id, Conversation.restore(me, one));
      this.birth.set(one.view.id, 0);
    }
  }

  // ---- the connection ----

  /** What hello tells of where we stand. */
  hello(): Known {
    const newest = fitting(
      [...this.conversations.values()].sort((a, b) => b.view.lastActivityAt.localeCompare(a.view.lastActivityAt)),
    );
    this.named = new Set(newest.map(({ id }) => id));
    const urev = this.feed.number;
    const known: Known =
      !this.plain && this.knowsTags()
        ? { urev, feed_tag: this.feed.tag, have: byId(newest, ({ scope: { number: rev, tag } }) => ({ rev, tag })) }
        : { urev, revs: byId(newest, ({ scope }) => scope.number) };
    return this.session ? { ...known, resume: { session: this.session, n: this.seen } } : known;
  }

  private knowsTags(): boolean {
    return this.feed.tag !== '' || [...this.conversations.values()].some(({ scope }) => scope.tag !== '');
  }

  /** The server did not understand the hello. If it was not the tags, the next one has them again. */
  helloRefused(): void {
    this.plain = !this.plain && this.knowsTags();
  }

  /** The hello had no tags, and this server would have compared them: to be said again before anything is believed. */
  saidTooLittle(welcome: WelcomeFrame): boolean {
    if (!this.plain || !welcome.compares) return false;
    this.plain = false;
    return !welcome.resumed;
  }

  welcome(welcome: WelcomeFrame): void {
    this.session = welcome.session;
    if (this.epoch !== welcome.epoch || welcome.feed_diverged) this.startAnew(welcome);
    if (!welcome.resumed) {
      this.feed.letGo();
      for (const conversation of this.conversations.values()) conversation.forgetAhead();
      for (const id of welcome.diverged) this.startLogAnew(this.conversations.get(id));
      this.seen = 0;
      this.seenAhead.clear();
      this.catchUpWith(welcome);
    } else if (this.hasLarge()) {
      this.jobs.want('list');
    }
    this.jobs.connect();
  }

  private hasLarge(): boolean {
    if (this.large.size > 0) return true;
    return [...this.conversations.values()].some(({ view }) => view.memberCount > CROWD_MIN);
  }

  disconnected(): void {
    this.jobs.disconnect();
  }

  /** The server will not continue that connection. */
  forgetSession(): void {
    this.session = null;
  }

  /** The newest event number seen: for pings. */
  get n(): number {
    return this.seen;
  }

  /** Whether something that the server sent up to `n` never arrived. */
  misses(n: number): boolean {
    return n > this.seen;
  }

  private startAnew(welcome: WelcomeFrame): void {
    for (const id of [...this.conversations.keys()]) {
      this.remove(id);
      this.ports.startedAnew(id);
    }
    this.jobs.clear();
    this.epoch = welcome.epoch;
    this.feed.reset(welcome.urev, welcome.feed_tag);
    this.jobs.want('list');
  }

  /* What was read is in no log any more. An answer that is under way goes on from there, so it does not count. */
  private startLogAnew(conversation: Conversation | undefined): void {
    if (!conversation) return;
    for (const job of ['sync', 'peek']) this.jobs.drop(`${job} ${conversation.id}`);
    conversation.reset();
    this.ports.startedAnew(conversation.id);
    this.ports.changed(conversation.id);
    this.jobs.want('list');
  }

  /* Of a conversation that hello did not speak of nothing is known but where it stands now: what lies further back may be of
   * another log. A sync from there would tell. */
  private isVouchedFor({ id, scope }: Conversation, head: Head, syncs: boolean): boolean {
    if (this.named.has(id) || !scope.tag || !head.tag) return true;
    if (head.rev === scope.number) return head.tag === scope.tag;
    return syncs && head.rev > scope.number && head.rev - scope.number <= SYNC_MAX;
  }

  private catchUpWith(welcome: WelcomeFrame): void {
    if (welcome.urev !== this.feed.number) this.jobs.want('feed');
    else this.feed.tag ||= welcome.feed_tag;

    const heads = Object.entries(welcome.heads);
    const moved = heads.filter(([id, head]) => head.rev > (this.conversations.get(id)?.scope.number ?? head.rev));
    const syncs = (id: string) => moved.length <= SYNCS_AT_ONCE_MAX || this.focused.has(id);
    for (const [id, head] of heads) {
      const conversation = this.conversations.get(id);
      if (!conversation) {
        this.jobs.want('list');
        continue;
      }
      if (!this.isVouchedFor(conversation, head, syncs(id))) this.startLogAnew(conversation);
      if (head.rev === conversation.scope.number) conversation.scope.tag ||= head.tag ?? '';
      // Ahead of the server: it lost something, and will answer `reset`.
      if (head.rev < conversation.scope.number) this.jobs.want(`sync ${id}`);
      conversation.applyHead(head);
      this.ports.changed(id);
    }
    for (const [id] of moved) {
      if (syncs(id)) this.catchUp(id);
      else this.jobs.want('list');
    }
  }

  private catchUp(id: string): void {
    const conversation = this.conversations.get(id);
    if (!conversation) return;
    const behind = conversation.view.rev - conversation.scope.number;
    this.jobs.want(behind <= SYNC_MAX ? `sync ${id}` : 'list');
  }

  // ---- frames ----

  event(event: EventFrame): void {
    this.note(event.n);
    if (event.scope === 'feed') this.offerFeed(event);
    // A row with a time of our own would say another on each device: a sync brings the stored one.
    else if (event.at === '') this.gap(event.conversation_id, event.rev);
    else this.offer(event.conversation_id, event);
  }

  /** Events were dropped on their way here: of a conversation, or of the feed when `id` is empty. */
  gap(id: string, headRev: number): void {
    if (!id) {
      this.jobs.want('feed');
      return;
    }
    const conversation = this.conversations.get(id);
    if (!conversation) this.jobs.want('list');
    else this.jobs.want(headRev - conversation.scope.number <= SYNC_MAX ? `sync ${id}` : 'list');
  }

  /** Where large conversations stand that are not in focus. */
  heads(heads: Record<string, Head>): void {
    for (const [id, head] of Object.entries(heads)) {
      const conversation = this.conversations.get(id);
      this.large.add(id);
      if (!conversation) this.jobs.want('list');
      if (!conversation || head.rev <= conversation.scope.number) continue;
      conversation.applyHead({ ...head, mentions: conversation.view.mentions });
      this.ports.changed(id);
      if (this.focused.has(id)) this.catchUp(id);
      else if ((conversation.view.lastMessage?.seq ?? 0) < head.seq) this.ports.startTimer(`peek ${id}`, PEEK_MS);
    }
  }

  /** Conversations on the screen are kept complete, not only counted. */
  focus(ids: readonly string[]): void {
    this.focused = new Set(ids);
    for (const id of ids) {
      const conversation = this.conversations.get(id);
      if (conversation && conversation.view.rev > conversation.scope.number) this.catchUp(id);
    }
  }

  timer(key: string): void {
    const [what, ...rest] = key.split(' ');
    const name = rest.join(' ');
    if (what === 'retry') this.jobs.retry(name);
    else if (what === 'peek') this.jobs.want(key);
    else if (what === 'hold' && name === '' && this.feed.hasHole) this.jobs.want('feed');
    else if (what === 'hold' && this.conversations.get(name)?.scope.hasHole) this.jobs.want(`sync ${name}`);
  }

  private note(n: number): void {
    if (n <= this.seen) return;
    this.seenAhead.add(n);
    while (this.seenAhead.delete(this.seen + 1)) this.seen++;
  }

  private offer(id: string, change: Change): void {
    const conversation = this.conversations.get(id);
    if (!conversation) {
      // The list is asked for after this event, so it will be in it.
      this.jobs.want('list');
      return;
    }
    if (conversation.scope.contradicts(change.rev, change.tag)) return this.startLogAnew(conversation);
    const hadHole = conversation.scope.hasHole;
    const applied = this.apply(conversation, conversation.scope.offer(change.rev, change));
    for (const message of applied) this.ports.live(message);
    if (conversation.scope.hasHole && !hadHole) this.ports.startTimer(`hold ${id}`, HOLD_MS);
  }

  private apply(conversation: Conversation, changes: readonly Change[]): Message[] {
    if (changes.length === 0) return [];
    const metaBefore = conversation.metaVersion;
    const messages = conversation.apply(changes);
    // Member counts are not in the log: the server's word ends all guessing.
    if (conversation.metaVersion !== metaBefore) this.jobs.want(`meta ${conversation.id}`);
    this.ports.changed(conversation.id);
    for (const { name, data } of changes) {
      if (name === 'member.added') this.ports.came(conversation.id, data.member.user_id, sinceOf(data.member));
      if (name === 'member.removed') this.ports.left(conversation.id, data.member.user_id);
    }
    if (messages.length > 0) this.ports.applied(messages);
    return messages;
  }

  // ---- the feed ----

  private offerFeed(change: FeedChange): void {
    if (this.feed.contradicts(change.urev, change.tag)) {
      this.jobs.drop('feed');
      this.feed.reset(change.urev, change.tag);
      return this.jobs.want('list');
    }
    const hadHole = this.feed.hasHole;
    for (const one of this.feed.offer(change.urev, change)) this.follow(one);
    if (this.feed.hasHole && !hadHole) this.ports.startTimer('hold ', HOLD_MS);
  }

  private follow(change: FeedChange): void {
    switch (change.name) {
      case 'profile.updated':
        return this.ports.profileChanged(change.data.user);
      case 'read.moved':
        return this.followRead(change.data.read.conversation_id, change.data.read.read_seq);
      case 'conversation.left':
      case 'conversation.deleted':
        return this.followOut(change.data.membership, change.name === 'conversation.deleted');
      case 'conversation.joined':
      case 'conversation.role_changed':
        return this.followRole(change.data.membership);
      case null:
        return;
      default:
        // An event of the contract without a case fails the type check here.
        change satisfies never;
    }
  }

  private followOut({ conversation_id: id, actor_id: actorId }: Membership, deleted: boolean): void {
    const conversation = this.conversations.get(id);
    if (conversation && actorId && actorId !== this.me) {
      this.ports.takenOut(id, { title: conversation.view.title, actorId, deleted });
    }
    this.remove(id);
  }

  private followRole({ conversation_id: id, role }: Membership): void {
    const conversation = this.conversations.get(id);
    if (!conversation) return this.jobs.want('list');
    conversation.setRole(roleOf(role));
    this.jobs.want(`meta ${id}`);
    this.ports.changed(id);
  }

  private followRead(id: string, readSeq: number): void {
    const conversation = this.conversations.get(id);
    // Not known yet: the list that is under way may be older than this.
    if (!conversation) this.jobs.want('list');
    else if (conversation.read(readSeq)) this.ports.changed(id);
  }

  private remove(id: string): void {
    this.removedAt.set(id, ++this.tick);
    this.birth.delete(id);
    this.large.delete(id);
    for (const job of ['sync', 'meta', 'peek']) this.jobs.drop(`${job} ${id}`);
    if (this.conversations.delete(id)) this.ports.removed(id);
  }

  // ---- questions and answers ----

  private ask(ticket: Ticket): void {
    const [kind, id] = ticket.key.split(' ') as [Question['kind'], string];
    if (kind === 'list') {
      this.listStartedAt = ++this.tick;
      this.listVersions = new Map([...this.conversations.values()].map((one) => [one.id, one.metaVersion]));
    }
    if (kind === 'meta') this.metaVersions.set(ticket.serial, this.conversations.get(id)?.metaVersion ?? 0);
    if (kind === 'sync') this.askSync(ticket, id);
    else if (kind === 'feed') this.askFeed(ticket);
    else if (kind === 'list') this.ports.ask(ticket, { kind });
    else this.ports.ask(ticket, { kind, id });
  }

  private askSync(ticket: Ticket, id: string): void {
    const { number, tag } = this.conversations.get(id)?.scope ?? { number: 0, tag: '' };
    this.ports.ask(ticket, { kind: 'sync', id, afterRev: number, afterTag: this.plain ? '' : tag });
  }

  private askFeed(ticket: Ticket): void {
    const { number, tag } = this.feed;
    this.ports.ask(ticket, { kind: 'feed', afterUrev: number, afterTag: this.plain ? '' : tag });
  }

  answered(ticket: Ticket, answer: Answer): void {
    const version = this.metaVersions.get(ticket.serial);
    this.metaVersions.delete(ticket.serial);
    if (!this.jobs.isCurrent(ticket)) return;
    const id = ticket.key.split(' ')[1] ?? '';
    if (answer.kind === 'sync') this.takeSync(ticket, id, answer.answer);
    else if (answer.kind === 'feed') this.takeFeed(ticket, answer.answer);
    else if (answer.kind === 'list') this.takeList(ticket, answer.answer);
    else if (answer.kind === 'meta') this.takeMeta(ticket, id, answer.answer, version);
    else this.takePeek(ticket, id, answer.answer);
  }

  failed(ticket: Ticket, error: ApiError): void {
    this.metaVersions.delete(ticket.serial);
    if (!this.jobs.isCurrent(ticket)) return;
    const refused = error.code === 'not_found' || error.code === 'forbidden';
    // Just joined, and that service has not heard of it yet? Or gone, and the feed will say so.
    if (refused && this.jobs.failures(ticket.key) + 1 >= REFUSED_MAX) {
      this.jobs.done(ticket);
      if (ticket.key !== 'list') this.jobs.want('list');
      return;
    }
    this.jobs.failed(ticket, error);
  }

  private takeSync(ticket: Ticket, id: string, answer: SyncAnswer): void {
    const conversation = this.conversations.get(id);
    if (!conversation) return this.jobs.done(ticket);
    if (answer.reset) {
      this.jobs.done(ticket);
      return this.startLogAnew(conversation);
    }
    const before = conversation.scope.number;
    for (const change of answer.changes) this.apply(conversation, conversation.scope.offer(change.rev, change));
    this.apply(conversation, conversation.scope.completeTo(answer.toRev));
    this.finishPage(ticket, answer.hasMore, conversation.scope.number > before);
  }

  private takeFeed(ticket: Ticket, answer: FeedAnswer): void {
    if (answer.reset) {
      this.feed.reset(answer.toUrev, answer.toTag);
      this.jobs.done(ticket);
      return this.jobs.want('list');
    }
    const before = this.feed.number;
    for (const change of answer.changes) for (const one of this.feed.offer(change.urev, change)) this.follow(one);
    for (const one of this.feed.completeTo(answer.toUrev, answer.toTag)) this.follow(one);
    this.finishPage(ticket, answer.hasMore, this.feed.number > before);
  }

  /* An answer that promises more and brings nothing must not be asked for as fast as it comes. */
  private finishPage(ticket: Ticket, hasMore: boolean, moved: boolean): void {
    if (hasMore && !moved) this.jobs.failed(ticket, new ApiError('internal', 'a page without an end', true));
    else this.jobs.done(ticket, hasMore);
  }

  private takeList(ticket: Ticket, answer: ListAnswer): void {
    const startedAt = this.listStartedAt;
    const listed = new Set<string>();
    for (const meta of answer.conversations) {
      const head = answer.heads[meta.id];
      // Joined between the two halves of the question: its feed change asks again.
      if (!head || (this.removedAt.get(meta.id) ?? -1) > startedAt) continue;
      listed.add(meta.id);
      this.takeListed(meta, head);
    }
    for (const id of [...this.conversations.keys()]) {
      if (!listed.has(id) && (this.birth.get(id) ?? 0) <= startedAt) this.remove(id);
    }
    this.removedAt.clear();
    this.jobs.done(ticket);
  }

  private takeListed(meta: ConversationAnswer, head: Head): void {
    const conversation = this.conversations.get(meta.id);
    if (!conversation) {
      this.add(new Conversation(this.me, meta, head));
      return;
    }
    if (conversation.scope.contradicts(head.rev, head.tag ?? '')) this.startLogAnew(conversation);
    if (head.rev === conversation.scope.number) conversation.scope.tag ||= head.tag ?? '';
    // It may be older than a change seen since it was asked for, or newer than one that is skipped below.
    if (this.listVersions.get(meta.id) === conversation.metaVersion) conversation.applyMeta(meta);
    else this.jobs.want(`meta ${meta.id}`);
    if (head.rev > conversation.scope.number) {
      const close = head.rev - conversation.scope.number <= SYNC_MAX;
      if (close && (this.focused.has(meta.id) || this.jobs.has(`sync ${meta.id}`))) {
        conversation.applyHead(head);
        this.jobs.want(`sync ${meta.id}`);
      } else {
        this.apply(conversation, conversation.skipTo(head));
      }
    } else {
      conversation.applyHead(head);
    }
    this.ports.changed(meta.id);
  }

  private takeMeta(ticket: Ticket, id: string, answer: ConversationAnswer, version: number | undefined): void {
    const conversation = this.conversations.get(id);
    const isCurrent = conversation?.metaVersion === version;
    if (conversation && isCurrent) {
      conversation.applyMeta(answer);
      this.ports.changed(id);
    }
    this.jobs.done(ticket, conversation !== undefined && !isCurrent);
  }

  private takePeek(ticket: Ticket, id: string, message: Message | null): void {
    const conversation = this.conversations.get(id);
    if (conversation && message) {
      const { rev, seq, readSeq, unread, mentions } = conversation.view;
      conversation.applyHead({ rev, seq, read_seq: readSeq, unread, mentions, last_message: message });
      this.ports.changed(id);
    }
    this.jobs.done(ticket);
  }

  // ---- the screens ----

  /** A conversation that this client has just made; its log comes by events. */
  created(meta: ConversationAnswer): void {
    if (this.conversations.has(meta.id)) return;
    this.add(new Conversation(this.me, meta, { rev: 0, seq: 0, read_seq: 0, unread: 0, mentions: 0 }));
    this.jobs.want(`sync ${meta.id}`);
  }

  /** The server's answer to a send: the event that follows says the same. */
  sent(message: Message): void {
    const conversation = this.conversations.get(message.conversation_id);
    if (!conversation) return;
    // Told by the server's word alone whether it gives tags.
    const tag = conversation.scope.tag && tagOf(message);
    const { rev, created_at: at } = message;
    const change: Change = { rev, tag, name: 'message.created', at, data: { message } };
    const hadHole = conversation.scope.hasHole;
    for (const each of this.apply(conversation, conversation.scope.offer(change.rev, change))) this.ports.live(each);
    if (conversation.scope.hasHole && !hadHole) this.ports.startTimer(`hold ${conversation.id}`, HOLD_MS);
  }

  /** Asks for the list: for a conversation that should be there and is not. */
  wantList(): void {
    this.jobs.want('list');
  }

  read(id: string, seq: number): boolean {
    const conversation = this.conversations.get(id);
    const moved = conversation?.read(Math.min(seq, conversation.view.seq)) ?? false;
    if (moved) this.ports.changed(id);
    return moved;
  }

  private add(conversation: Conversation): void {
    this.conversations.set(conversation.id, conversation);
    this.birth.set(conversation.id, ++this.tick);
    this.removedAt.delete(conversation.id);
    this.ports.changed(conversation.id);
  }
}

/* As many of the first as a hello has room for. */
function fitting(conversations: readonly Conversation[]): readonly Conversation[] {
  let left = NAMED_BYTES_MAX;
  const end = conversations.findIndex(({ id, scope: { number: rev, tag } }) => {
    left -= JSON.stringify({ [id]: { rev, tag } }).length;
    return left < 0;
  });
  return end < 0 ? conversations : conversations.slice(0, end);
}

function byId<T>(conversations: readonly Conversation[], value: (one: Conversation) => T): Record<string, T> {
  return Object.fromEntries(conversations.map((one) => [one.id, value(one)]));
}
