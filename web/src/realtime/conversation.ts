/* One conversation as this client knows it: applies changes, heads and answers. Pure: asks for nothing by itself. */
import type { Schemas } from '@/api';
import type { Change } from './events';
import { Log, type LogEntry } from './log';
import { Sequencer } from './sequencer';
import type { ConversationView, Message, Role, SystemEvent } from './types';

/** What stands only in answers may be missing in a frame. */
export type Head = Omit<Schemas['Head'], 'last_message' | 'delivered_seq' | 'tag'> & {
  last_message?: Message | null;
  delivered_seq?: number;
  tag?: string;
};
export type ConversationAnswer = Schemas['Conversation'];

/** Answers of the contract carry role names; a client shows what it may do. */
export function roleOf(name: string | undefined): Role {
  if (name === 'OWNER') return 'owner';
  if (name === 'ADMIN_MEMBER') return 'admin';
  return name === 'MEMBER' ? 'member' : 'none';
}

/** The newest message when somebody came. A server of an earlier version does not say it. */
export function sinceOf(member: Schemas['MemberChange']): number {
  return (member.since_seq as number | undefined) ?? 0;
}

/** The tag of the change that is this message. */
export function tagOf(message: Message): string {
  return message.id.split('-').at(-1) ?? '';
}

export function messageEntry(message: Message, me: string): LogEntry {
  return {
    kind: 'message',
    key: message.client_id || message.id,
    seq: message.seq,
    rev: message.rev,
    message,
    mine: message.sender_id === me,
  };
}

function systemEntry({ rev, at }: Change, event: SystemEvent): LogEntry {
  return { kind: 'system', key: `rev-${rev}`, rev, at, event };
}

/** The row of a change; null for one that this client does not know. Each of the contract has a case, or the type check fails. */
export function entryOf(change: Change, me: string): LogEntry | null {
  switch (change.name) {
    case 'message.created':
      return messageEntry(change.data.message, me);
    case 'conversation.created':
    case 'conversation.updated': {
      const { title, description, actor_id: actorId } = change.data.conversation;
      return systemEntry(change, { name: change.name, title, description, actorId });
    }
    case 'member.added':
    case 'member.removed':
    case 'member.updated': {
      const { user_id: userId, role, actor_id: actorId } = change.data.member;
      return systemEntry(change, { name: change.name, userId, role: roleOf(role), actorId });
    }
    case null:
      return null;
  }
}

/** What outlives a reload. */
export interface SavedConversation {
  view: ConversationView;
  /** None in what an older version kept. */
  told?: number;
  tag?: string;
  lo: number;
  loSeq: number;
  entries: readonly LogEntry[];
}

const SAVED_ENTRIES_MAX = 60;

export class Conversation {
  readonly id: string;
  readonly scope: Sequencer<Change>;
  log: Log;
  private me: string;
  private state: ConversationView;
  /** How far the server knows that messages are on a device of mine. */
  private told: number;
  /** Counts what was learned of title, members and roles: an answer asked for before may be older than that. */
  metaVersion = 0;

  constructor(me: string, meta: ConversationAnswer, head: Head) {
    this.id = meta.id;
    this.me = me;
    this.scope = new Sequencer(head.rev, head.tag);
    this.log = new Log(head.rev, head.seq);
    this.told = head.delivered_seq ?? 0;
    this.state = {
      id: meta.id,
      kind: 'group',
      title: '',
      description: '',
      peerId: null,
      memberCount: 0,
      role: 'none',
      createdAt: meta.created_at ?? '',
      rev: head.rev,
      seq: head.seq,
      readSeq: head.read_seq,
      unread: 0,
      mentions: head.mentions,
      lastMessage: head.last_message ?? null,
      lastActivityAt: '',
    };
    this.applyMeta(meta);
  }

  static restore(me: string, saved: SavedConversation): Conversation {
    const { view } = saved;
    const { rev, seq, readSeq, unread, mentions } = view;
    const head = { rev, tag: saved.tag ?? '', seq, read_seq: readSeq, unread, mentions };
    const conversation = new Conversation(me, { id: view.id } as ConversationAnswer, head);
    conversation.told = saved.told ?? 0;
    conversation.state = view;
    conversation.log = new Log(view.rev, view.seq, saved.entries, saved.lo, saved.loSeq);
    return conversation;
  }

  save(): SavedConversation {
    const copy = new Log(
      this.scope.number,
      this.log.tail.hiSeq,
      this.log.tail.entries,
      this.log.tail.lo,
      this.log.tail.loSeq,
    );
    copy.trim(SAVED_ENTRIES_MAX);
    const { lo, loSeq, entries } = copy.tail;
    // The numbers of heads that are ahead of the log come again at the next welcome.
    const view = { ...this.state, rev: this.scope.number, seq: this.log.tail.hiSeq };
    return { view, told: this.told, tag: this.scope.tag, lo, loSeq, entries };
  }

  /** The newest message that is here with all before it, when the server is still to be told so; else 0. */
  get arrived(): number {
    const { kind, lastMessage } = this.state;
    const { loSeq, hiSeq } = this.log.tail;
    const next = this.known + 1;
    if (kind !== 'direct') return 0;
    if (loSeq <= next && next <= hiSeq) return hiSeq;
    // Lists bring one message of each, and of a long one only the beginning.
    return lastMessage?.seq === next && !lastMessage.truncated ? next : 0;
  }

  /** How many messages before those that are here may be on no device of mine. */
  get missed(): number {
    return this.state.kind === 'direct' ? Math.max(0, this.log.tail.loSeq - this.known - 1) : 0;
  }

  /** The server knows that messages up to here are on a device of mine. */
  tell(seq: number): void {
    this.told = Math.max(this.told, seq);
  }

  private get known(): number {
    return Math.max(this.told, this.state.readSeq);
  }

  /** A new object whenever something in it changed. */
  get view(): ConversationView {
    return this.state;
  }

  /** Applies changes that the scope released. Returns the messages among them. */
  apply(changes: readonly Change[]): Message[] {
    const messages: Message[] = [];
    for (const change of changes) {
      this.log.append(change.rev, entryOf(change, this.me));
      this.applyOne(change);
      if (change.data.message) messages.push(change.data.message);
    }
    return messages;
  }

  /** Numbers from heads: only forward. The log does not move. */
  applyHead(head: Head): void {
    this.tell(head.delivered_seq ?? 0);
    const last = head.last_message ?? null;
    const known = this.state.lastMessage;
    // The beginning of a message that is here as a whole brings nothing.
    const isNewer = last !== null && (last.seq > (known?.seq ?? 0) || (last.seq === known?.seq && !last.truncated));
    const lastMessage = isNewer ? last : known;
    this.update({
      rev: Math.max(this.state.rev, head.rev),
      seq: Math.max(this.state.seq, head.seq),
      readSeq: Math.max(this.state.readSeq, head.read_seq),
      mentions: head.mentions,
      lastMessage,
    });
  }

  /** Forgets what was told beyond the log, which may be another one by now: where it stands comes again with each welcome. */
  forgetAhead(): void {
    const { hiSeq, entries } = this.log.tail;
    this.scope.letGo();
    const { rev, seq, readSeq, lastMessage } = this.state;
    if (rev === this.scope.number && seq === hiSeq) return;
    const isHere = lastMessage === null || lastMessage.seq <= hiSeq;
    const last = entries.findLast((entry) => entry.kind === 'message');
    this.update({
      rev: this.scope.number,
      seq: hiSeq,
      readSeq: Math.min(readSeq, hiSeq),
      lastMessage: isHere ? lastMessage : (last?.message ?? null),
    });
  }

  /** Goes on after `head`, without the changes before it; what the scope releases then is to be applied. */
  skipTo(head: Head): Change[] {
    this.log.skipTo(head.rev, head.seq);
    this.applyHead(head);
    return this.scope.completeTo(head.rev, head.tag);
  }

  /** The log cannot be continued: forgets it. */
  reset(): void {
    this.scope.reset(0);
    this.log = new Log(0, 0);
    this.told = 0;
    this.state = { ...this.state, rev: 0, seq: 0, readSeq: 0, unread: 0, mentions: 0, lastMessage: null };
  }

  applyMeta(meta: ConversationAnswer): void {
    this.metaVersion++;
    this.update({
      kind: meta.kind === 'DIRECT' ? 'direct' : 'group',
      title: meta.title ?? '',
      description: meta.description ?? '',
      peerId: meta.kind === 'DIRECT' ? this.peerOf(meta.member_ids ?? []) : null,
      memberCount: meta.member_count ?? 0,
      role: roleOf(meta.role),
    });
  }

  /* Oneself, where one is alone. */
  private peerOf(memberIds: readonly string[]): string | null {
    return memberIds.find((id) => id !== this.me) ?? memberIds[0] ?? null;
  }

  /** Moves the read position forward, also to a message that has not arrived yet. Returns whether it moved. */
  read(seq: number): boolean {
    if (seq <= this.state.readSeq) return false;
    this.update({ readSeq: seq });
    return true;
  }

  setRole(role: Role): void {
    this.metaVersion++;
    this.update({ role });
  }

  private applyOne(change: Change): void {
    const { message, conversation, member } = change.data;
    if (message) {
      const readSeq = message.sender_id === this.me ? message.seq : this.state.readSeq;
      this.update({
        seq: Math.max(this.state.seq, message.seq),
        readSeq: Math.max(this.state.readSeq, readSeq),
        lastMessage: message.seq >= (this.state.lastMessage?.seq ?? 0) ? message : this.state.lastMessage,
      });
    }
    if (conversation) this.update({ title: conversation.title, description: conversation.description });
    if (member?.user_id === this.me && change.name === 'member.updated') this.update({ role: roleOf(member.role) });
    if (member?.user_id === this.me && change.name === 'member.added') this.read(sinceOf(member));
    if (conversation || member) this.metaVersion++;
    this.update({ rev: Math.max(this.state.rev, change.rev) });
  }

  private update(fields: Partial<ConversationView>): void {
    const next = { ...this.state, ...fields };
    next.unread = Math.max(0, next.seq - next.readSeq);
    next.mentions = next.unread === 0 ? 0 : next.mentions;
    next.lastActivityAt = next.lastMessage?.created_at ?? next.createdAt;
    this.state = next;
  }
}
