/* Answers of calls, in the form that the engine takes. */
import type { Schemas } from '@/api';
import type { Change, ConversationAnswer, Head } from './conversation';
import type { FeedAnswer, ListAnswer, SyncAnswer } from './engine';
import { headOf } from './frames';
import type { Message } from './types';

export type Presence = Schemas['Presence'];

type Answer = Record<string, unknown>;

function list<T>(value: unknown): T[] {
  return Array.isArray(value) ? (value as T[]) : [];
}

interface WireChange {
  rev: number;
  tag?: string;
  name: string;
  created_at: string;
  data?: Change['data'];
}

export function syncAnswer(value: unknown): SyncAnswer {
  const answer = value as Answer;
  const changes = list<WireChange>(answer['changes']).map(({ rev, tag, name, created_at: at, data }) => ({
    rev,
    tag: tag ?? '',
    name,
    at,
    data: data ?? {},
  }));
  return {
    changes,
    toRev: Number(answer['to_rev']),
    hasMore: answer['has_more'] === true,
    reset: answer['reset'] === true,
  };
}

export function feedAnswer(value: unknown): FeedAnswer {
  const answer = value as Answer;
  const changes = list<FeedAnswer['changes'][number]>(answer['changes']).map((change) => ({
    ...change,
    tag: change.tag ?? '',
    data: change.data ?? {},
  }));
  return {
    changes,
    toUrev: Number(answer['to_urev']),
    toTag: typeof answer['to_tag'] === 'string' ? answer['to_tag'] : '',
    hasMore: answer['has_more'] === true,
    reset: answer['reset'] === true,
  };
}

export interface HistoryAnswer {
  messages: Message[];
  hasMore: boolean;
}

export function historyAnswer(value: unknown): HistoryAnswer {
  const answer = value as Answer;
  return { messages: list<Message>(answer['messages']), hasMore: answer['has_more'] === true };
}

export type Call = (method: string, params: object) => Promise<unknown>;

async function askHeads(call: Call): Promise<Record<string, Head>> {
  const known: Record<string, Head> = {};
  for (let afterId = ''; ;) {
    const page = (await call('message.ListHeads', { last_message: true, after_id: afterId, limit: 500 })) as Answer;
    for (const [id, head] of Object.entries((page['heads'] ?? {}) as Answer)) known[id] = headOf(head);
    const next = page['next_after_id'];
    // Ids only grow: an answer that does not go on must not be asked for again and again.
    if (typeof next !== 'string' || next <= afterId) return known;
    afterId = next;
  }
}

/** Heads first: so no conversation is older than the head that it is shown with. */
export async function askList(call: Call): Promise<ListAnswer> {
  const known = await askHeads(call);
  const conversations: ConversationAnswer[] = [];
  for (let afterId = ''; ;) {
    const page = (await call('group.ListConversations', { after_id: afterId, limit: 500 })) as Answer;
    const found = list<ConversationAnswer>(page['conversations']);
    conversations.push(...found);
    if (page['has_more'] !== true || found.length === 0) return { heads: known, conversations };
    afterId = (found.at(-1) as ConversationAnswer).id;
  }
}
