/* A server as one user's client sees it: logs, feed, connections with a ring, and a network that loses, doubles and
 * reorders. Everything is decided by the seed. */
import { ApiError } from '@/api/errors';
import type { Schemas } from '@/api';
import { type ConversationAnswer, type Head, tagOf } from '../conversation';
import type { Answer, Known, ListAnswer, Question } from '../engine';
import type { Change, ConversationEvent, FeedChange, FeedEvent } from '../events';
import type { EventFrame, WelcomeFrame } from '../frames';
import type { Message } from '../types';
import type { Random } from './random';

export const ME = 'me';
const RING_MAX = 40;
const FEED_KEPT = 30;

interface Log {
  id: string;
  title: string;
  members: Set<string>;
  changes: Change[];
  seq: number;
  readSeq: number;
  /** What a device of mine has, of a direct conversation. */
  deliveredSeq: number;
  direct: boolean;
  /** Events only while it is in focus, heads else. */
  large: boolean;
}

interface Backup {
  logs: Map<string, Log>;
  feed: FeedChange[];
  feedPruned: number;
  feedQueue: FeedEvent[];
}

/** Of a gateway: this one, and the one that knows no tags. */
export type Version = 'old' | 'new';

export type Frame =
  | EventFrame
  | { type: 'gap'; conversation_id: string; head_rev: number }
  | { type: 'heads'; heads: Record<string, Head> };

export class ServerModel {
  readonly logs = new Map<string, Log>();
  feed: FeedChange[] = [];
  feedPruned = 0;
  /** What the feed's consumer has not seen yet. */
  feedQueue: FeedEvent[] = [];
  focused = new Set<string>();
  /** Since then a device may have read and received more than is known here: it does not say so a second time. */
  wasRestored = false;
  /** On their way to the client. */
  network: Frame[] = [];
  connected = false;
  /** The highest event number that reached the client or was lost on the way. */
  delivered = 0;
  /** The gateway that the client is at knows no tags, and refuses what it does not know. */
  private old = false;
  private random: Random;
  private epoch = 1;
  private connection = 0;
  private n = 0;
  private ring: EventFrame[] = [];
  private ringBroken = false;
  private ids = 0;
  private saved: Backup;

  constructor(random: Random) {
    this.random = random;
    this.saved = this.backUp();
  }

  // ---- what happens ----

  create(kind: 'group' | 'direct' | 'large'): void {
    const id = `c${++this.ids}`;
    const [direct, large] = [kind === 'direct', kind === 'large'];
    const title = direct ? '' : 'new';
    const members = new Set([ME, 'a']);
    const log: Log = { id, title, members, changes: [], seq: 0, readSeq: 0, deliveredSeq: 0, direct, large };
    this.logs.set(id, log);
    const conversation = { title, description: '', actor_id: 'a' };
    this.append(log, { name: 'conversation.created', data: { conversation } });
    this.feedQueue.push({ name: 'conversation.joined', data: { membership: membership(id, 'MEMBER') } });
  }

  message(log: Log, sender: string): void {
    const seq = ++log.seq;
    if (sender === ME) log.readSeq = seq;
    const id = `m${++this.ids}`;
    const message: Message = {
      id,
      conversation_id: log.id,
      seq,
      rev: log.changes.length + 1,
      sender_id: sender,
      client_id: `client-${id}`,
      text: id,
      created_at: this.time(),
    };
    this.append(log, { name: 'message.created', data: { message } });
  }

  rename(log: Log): void {
    if (log.direct) return;
    log.title = `title ${++this.ids}`;
    const conversation = { title: log.title, description: '', actor_id: 'a' };
    this.append(log, { name: 'conversation.updated', data: { conversation } });
  }

  member(log: Log): void {
    if (log.direct) return;
    const user = `u${this.random.below(5)}`;
    const gone = log.members.delete(user);
    if (!gone) log.members.add(user);
    const member = { user_id: user, role: 'MEMBER', actor_id: 'a', since_seq: gone ? 0 : log.seq } as const;
    this.append(log, { name: gone ? 'member.removed' : 'member.added', data: { member } });
  }

  comeOrGo(log: Log): void {
    if (log.direct) return;
    const gone = log.members.delete(ME);
    if (!gone) log.members.add(ME);
    // Who comes begins to read behind what is there.
    log.readSeq = gone ? 0 : log.seq;
    const member = { user_id: ME, role: 'MEMBER', actor_id: 'a', since_seq: log.readSeq } as const;
    this.append(log, { name: gone ? 'member.removed' : 'member.added', data: { member } });
    const told = membership(log.id, gone ? 'MEMBER_ROLE_UNSPECIFIED' : 'MEMBER');
    this.feedQueue.push({ name: gone ? 'conversation.left' : 'conversation.joined', data: { membership: told } });
  }

  read(log: Log): void {
    if (!log.members.has(ME) || log.readSeq >= log.seq) return;
    log.readSeq += 1 + this.random.below(log.seq - log.readSeq);
    const read = { conversation_id: log.id, read_seq: log.readSeq, unread: log.seq - log.readSeq };
    this.feedQueue.push({ name: 'read.moved', data: { read } });
  }

  /** A device of mine says that it has the messages up to here. */
  markDelivered(log: Log, seq: number): number {
    if (log.direct) log.deliveredSeq = Math.max(log.deliveredSeq, Math.min(seq, log.seq));
    return this.known(log);
  }

  /** How far the server knows that the messages are on a device of mine. */
  known(log: Log): number {
    return Math.max(log.readSeq, log.deliveredSeq);
  }

  consume(): void {
    const event = this.feedQueue.shift();
    if (!event) return;
    const change: FeedChange = { urev: this.feed.length + 1, tag: `f${++this.ids}`, ...event };
    this.feed.push(change);
    this.feedPruned = Math.max(this.feedPruned, this.feed.length - FEED_KEPT);
    this.send({ ...change, type: 'event', scope: 'feed', n: 0 });
  }

  /** Keeps a copy of all that is stored. */
  backUp(): Backup {
    const { logs, feed, feedPruned, feedQueue } = this;
    return (this.saved = structuredClone({ logs, feed, feedPruned, feedQueue }));
  }

  /** The database comes back from a backup: what was last is gone, and the numbers are given again. An operator may say so. */
  restore(saysSo: boolean): void {
    this.wasRestored = true;
    const { logs, feed, feedPruned, feedQueue } = structuredClone(this.saved);
    this.logs.clear();
    for (const [id, log] of logs) this.logs.set(id, log);
    Object.assign(this, { feed, feedPruned, feedQueue });
    if (saysSo) this.epoch++;
    this.disconnect();
    this.ring = [];
    this.ringBroken = true;
  }

  private append(log: Log, event: ConversationEvent): void {
    const rev = log.changes.length + 1;
    const { message } = event.data;
    const tag = message ? tagOf(message) : `t${++this.ids}`;
    const change: Change = { rev, tag, at: this.time(), ...event };
    log.changes.push(change);
    if (!log.members.has(ME)) return;
    if (log.large && !this.focused.has(log.id)) this.sendHead(log);
    else this.send({ ...change, type: 'event', scope: 'conversation', n: 0, conversation_id: log.id });
  }

  /* Without a number, so a resume does not bring it again; and with nothing of the reader in it. */
  private sendHead(log: Log): void {
    const head = { rev: log.changes.length, seq: log.seq, read_seq: 0, unread: 0, mentions: 0 };
    if (this.connected) this.network.push({ type: 'heads', heads: { [log.id]: head } });
  }

  private time(): string {
    return new Date(1_700_000_000_000 + ++this.ids * 1000).toISOString();
  }

  // ---- the connection ----

  private send(frame: EventFrame): void {
    const numbered = { ...frame, tag: this.told(frame.tag), n: ++this.n };
    this.ring.push(numbered);
    if (this.ring.length > RING_MAX) this.ring.shift();
    if (this.connected) this.network.push(numbered);
  }

  disconnect(): void {
    this.connected = false;
    this.network = [];
  }

  /** The client read too slowly: what waits of one conversation becomes a gap, before it got its number. */
  collapse(): void {
    const log = this.random.pick([...this.logs.values()]);
    const waiting = this.network.flatMap((frame) => (frame.type === 'event' ? [frame.n] : []));
    const dropped = this.network.flatMap((frame) =>
      frame.type === 'event' && concerns(frame, log?.id) ? [frame.n] : [],
    );
    // Not when the network has disordered them already.
    if (!log || dropped.length === 0 || Math.min(...waiting) <= this.delivered) return;
    this.network = this.network
      .filter((frame) => !concerns(frame, log.id))
      .map((frame) =>
        frame.type === 'event' ? { ...frame, n: frame.n - dropped.filter((n) => n < frame.n).length } : frame,
      );
    this.n -= dropped.length;
    this.network.push({ type: 'gap', conversation_id: log.id, head_rev: log.changes.length });
    this.ring = [];
    this.ringBroken = true;
  }

  get sent(): number {
    return this.n;
  }

  /** The next connection is to a gateway of this version. Only that one has what was sent before. */
  comeTo(version: Version): void {
    const old = version === 'old';
    if (old !== this.old) this.ringBroken = true;
    this.old = old;
  }

  /** Null when it is refused. */
  hello(hello: Known): WelcomeFrame | null {
    if (this.old && (hello.have !== undefined || hello.feed_tag !== undefined)) return null;
    const from = hello.resume?.session === `s${this.connection}` && !this.ringBroken ? hello.resume.n : null;
    const resumed = from !== null && this.n - from <= this.ring.length;
    this.connected = true;
    this.network = resumed ? this.ring.filter((event) => event.n > from) : [];
    if (!resumed) {
      this.connection++;
      this.n = this.delivered = 0;
      this.ring = [];
      this.ringBroken = false;
    }
    const { heads, diverged } = this.compare(hello);
    return {
      type: 'welcome',
      id: 1,
      session: `s${this.connection}`,
      resumed,
      epoch: `e${this.epoch}`,
      heartbeat_ms: 25000,
      user_id: ME,
      urev: this.feed.length,
      heads: resumed ? {} : heads,
      diverged: resumed ? [] : diverged,
      feed_tag: this.told(this.feedTag(this.feed.length)),
      feed_diverged: !resumed && !this.goesOnInFeed(hello.urev, hello.feed_tag ?? ''),
      compares: !this.old,
    };
  }

  private compare(hello: Known): { heads: Record<string, Head>; diverged: string[] } {
    const heads: Record<string, Head> = {};
    const diverged: string[] = [];
    for (const log of this.mine()) {
      const known = hello.have?.[log.id] ?? { rev: hello.revs?.[log.id] ?? -1, tag: '' };
      const goesOn = goesOnIn(log.changes, known.rev, known.tag);
      if (!goesOn) diverged.push(log.id);
      if (!goesOn || known.rev !== log.changes.length) heads[log.id] = this.head(log);
    }
    const mine = new Set(this.mine().map(({ id }) => id));
    diverged.push(...Object.keys(hello.have ?? {}).filter((id) => !mine.has(id)));
    return { heads, diverged };
  }

  private told(tag: string): string {
    return this.old ? '' : tag;
  }

  private feedTag(urev: number): string {
    return this.feed[urev - 1]?.tag ?? '';
  }

  private goesOnInFeed(urev: number, tag: string): boolean {
    return goesOnIn(this.feed, urev, tag) && (!tag || urev === 0 || urev > this.feedPruned);
  }

  // ---- answers ----

  mine(): Log[] {
    return [...this.logs.values()].filter((log) => log.members.has(ME));
  }

  head(log: Log, withMessage = false): Head {
    const last = log.changes.findLast((change) => change.data.message)?.data.message ?? null;
    return {
      rev: log.changes.length,
      seq: log.seq,
      read_seq: log.readSeq,
      unread: log.seq - log.readSeq,
      mentions: 0,
      delivered_seq: this.known(log),
      tag: this.told(log.changes.at(-1)?.tag ?? ''),
      ...(withMessage ? { last_message: last } : {}),
    };
  }

  memberCount(log: Log): number {
    return log.members.size + (log.large ? 2000 : 0);
  }

  meta(log: Log): ConversationAnswer {
    return {
      id: log.id,
      kind: log.direct ? 'DIRECT' : 'GROUP',
      title: log.title,
      description: '',
      created_at: '2026-01-01T00:00:00.000Z',
      created_by: 'a',
      member_count: this.memberCount(log),
      role: 'MEMBER',
      member_ids: [],
    };
  }

  private memberLog(id: string): Log {
    const log = this.logs.get(id);
    if (!log?.members.has(ME)) throw new ApiError('not_found', 'no such conversation', false);
    return log;
  }

  answer(question: Question): Answer {
    if (question.kind === 'sync') return { kind: 'sync', answer: this.sync(question) };
    if (question.kind === 'feed') return { kind: 'feed', answer: this.syncFeed(question) };
    if (question.kind === 'list') return { kind: 'list', answer: this.list() };
    const log = this.memberLog(question.id);
    if (question.kind === 'meta') return { kind: 'meta', answer: this.meta(log) };
    return { kind: 'peek', answer: this.head(log, true).last_message ?? null };
  }

  private sync({ id, afterRev, afterTag }: Question & { kind: 'sync' }) {
    this.refuseUnknown(afterTag);
    const log = this.memberLog(id);
    if (afterRev > log.changes.length || !goesOnIn(log.changes, afterRev, afterTag))
      return { changes: [], toRev: 0, hasMore: false, reset: true };
    const found = log.changes.slice(afterRev, afterRev + 1 + this.random.below(12));
    const changes = found.map((change) => ({ ...change, tag: this.told(change.tag) }));
    const toRev = changes.at(-1)?.rev ?? afterRev;
    return { changes, toRev, hasMore: toRev < log.changes.length, reset: false };
  }

  private refuseUnknown(tag: string): void {
    if (this.old && tag) throw new ApiError('invalid', 'after_tag: no such field', false);
  }

  private syncFeed({ afterUrev, afterTag }: Question & { kind: 'feed' }) {
    this.refuseUnknown(afterTag);
    if (afterUrev < this.feedPruned || afterUrev > this.feed.length || !this.goesOnInFeed(afterUrev, afterTag)) {
      const toUrev = this.feed.length;
      return { changes: [], toUrev, toTag: this.told(this.feedTag(toUrev)), hasMore: false, reset: true };
    }
    const found = this.feed.slice(afterUrev, afterUrev + 1 + this.random.below(5));
    const changes = found.map((change) => ({ ...change, tag: this.told(change.tag) }));
    const toUrev = changes.at(-1)?.urev ?? afterUrev;
    return {
      changes,
      toUrev,
      toTag: this.told(this.feedTag(toUrev)),
      hasMore: toUrev < this.feed.length,
      reset: false,
    };
  }

  private list(): ListAnswer {
    const heads = Object.fromEntries(this.mine().map((log) => [log.id, this.head(log, true)]));
    return { heads, conversations: this.mine().map((log) => this.meta(log)) };
  }
}

function concerns(frame: Frame, id: string | undefined): boolean {
  return frame.type === 'event' && (frame.scope === 'conversation' ? frame.conversation_id : '') === id;
}

export function membership(id: string, role: Schemas['MemberRole']): Schemas['ConversationMembership'] {
  return { conversation_id: id, kind: 'CONVERSATION_KIND_UNSPECIFIED', role, actor_id: '' };
}

/* Whether somebody who has this may go on. Without a tag nothing is known against it. */
function goesOnIn(changes: readonly { tag: string }[], number: number, tag: string): boolean {
  return number <= 0 || tag === '' || changes[number - 1]?.tag === tag;
}
