/* Loads stretches of a conversation's past: pages of messages by seq, completed with the changes between them by rev. */
import { type Call, type HistoryAnswer, historyAnswer, syncAnswer } from './answers';
import { type Conversation, entryOf, messageEntry } from './conversation';
import type { LogEntry, Stretch } from './log';
import type { Message } from './types';

const PAGE = 50;
const SYNC_PAGE = 500;
/* So many people came and went between two messages that nobody wants to scroll through it. */
const SYNC_PAGES_MAX = 20;

type Where = { before: number } | { after: number } | { around: number };

export class Pages {
  private call: Call;
  private me: string;
  private meet: (userIds: string[]) => Promise<void>;

  /** `meet` is asked for the names in a page before it is shown. */
  constructor(me: string, call: Call, meet: (userIds: string[]) => Promise<void> = async () => undefined) {
    this.me = me;
    this.call = call;
    this.meet = meet;
  }

  /** The page before a stretch. Throws ApiError. */
  async older(conversation: Conversation, stretch: Stretch, limit = PAGE): Promise<void> {
    const { messages, hasMore } = await this.history(conversation.id, { before: stretch.loSeq }, limit);
    const first = messages[0];
    // Before the first message there are only changes such as the making of the group.
    const lo = hasMore && first ? first.rev : 1;
    const loSeq = hasMore && first ? first.seq : 1;
    await this.insert(conversation, messages, { lo, hi: stretch.lo - 1, loSeq, hiSeq: stretch.loSeq - 1 });
  }

  /** The page after a stretch that does not reach the end. Throws ApiError. */
  async newer(conversation: Conversation, stretch: Stretch): Promise<void> {
    const { messages } = await this.history(conversation.id, { after: stretch.hiSeq }, PAGE);
    const last = messages.at(-1);
    const range = {
      lo: stretch.hi + 1,
      hi: last?.rev ?? stretch.hi,
      loSeq: stretch.hiSeq + 1,
      hiSeq: last?.seq ?? stretch.hiSeq,
    };
    await this.insert(conversation, messages, upToTail(conversation, range));
  }

  /** The stretch around a message. Answers whether the message is there. Throws ApiError. */
  async around(conversation: Conversation, seq: number): Promise<boolean> {
    const { messages } = await this.history(conversation.id, { around: seq }, PAGE);
    const first = messages[0];
    const last = messages.at(-1);
    if (!first || !last) return false;
    const lo = first.seq === 1 ? 1 : first.rev;
    await this.insert(
      conversation,
      messages,
      upToTail(conversation, { lo, hi: last.rev, loSeq: first.seq, hiSeq: last.seq }),
    );
    return messages.some((message) => message.seq === seq);
  }

  private async history(id: string, where: Where, limit: number): Promise<HistoryAnswer> {
    const seq = Object.fromEntries(Object.entries(where).map(([name, value]) => [`${name}_seq`, value]));
    // Before the first message there is nothing; 0 would mean the newest.
    if ('before' in where && where.before <= 1) return { messages: [], hasMore: false };
    return historyAnswer(await this.call('message.History', { conversation_id: id, limit, ...seq }));
  }

  private async insert(
    conversation: Conversation,
    messages: Message[],
    range: Omit<Stretch, 'entries'>,
  ): Promise<void> {
    const { log } = conversation;
    const rows: LogEntry[] = messages.map((message) => messageEntry(message, this.me));
    const others = await this.others(conversation.id, range, new Set(rows.map((row) => row.rev)));
    // Reset meanwhile: this belongs to a log that is no more.
    if (conversation.log !== log) return;
    const entries = [...rows, ...others].filter((row) => row.rev >= range.lo && row.rev <= range.hi);
    await this.meet(entries.flatMap(namesIn));
    if (conversation.log !== log) return;
    log.insert({ ...range, entries: entries.sort((a, b) => a.rev - b.rev) });
  }

  /* What stands between the messages: the revs say whether there is anything. */
  private async others(id: string, { lo, hi }: { lo: number; hi: number }, known: Set<number>): Promise<LogEntry[]> {
    const found: LogEntry[] = [];
    let afterRev = lo - 1;
    let missing = hi - lo + 1 - known.size;
    for (let page = 0; missing > 0 && page < SYNC_PAGES_MAX && afterRev < hi; page++) {
      const limit = Math.min(SYNC_PAGE, hi - afterRev);
      const answer = syncAnswer(await this.call('message.Sync', { conversation_id: id, after_rev: afterRev, limit }));
      if (answer.reset || answer.toRev <= afterRev) break;
      for (const change of answer.changes) {
        if (change.rev > hi || known.has(change.rev)) continue;
        missing--;
        const entry = entryOf(change, this.me);
        if (entry) found.push(entry);
      }
      afterRev = answer.toRev;
    }
    return found;
  }
}

/* A range whose last message is the one before the tail's first reaches the tail, with the changes in between. */
function upToTail(conversation: Conversation, range: Omit<Stretch, 'entries'>): Omit<Stretch, 'entries'> {
  const { tail } = conversation.log;
  const reaches = range.hiSeq >= tail.loSeq - 1 && range.hi < tail.lo;
  return reaches ? { ...range, hi: tail.lo - 1 } : range;
}

function namesIn(entry: LogEntry): string[] {
  if (entry.kind === 'message') return [entry.message.sender_id];
  return 'userId' in entry.event ? [entry.event.actorId, entry.event.userId] : [entry.event.actorId];
}
