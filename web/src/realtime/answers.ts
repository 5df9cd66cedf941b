/* Answers of calls, in the form that the engine takes. */
import type { Methods, Schemas } from '@/api';
import type { ConversationAnswer, Head } from './conversation';
import type { FeedAnswer, ListAnswer, SyncAnswer } from './engine';
import { conversationEvent, feedEvent } from './events';
import { headOf } from './frames';
import type { Message } from './types';

export type Presence = Schemas['Presence'];

/** Calls a method. Throws ApiError. */
export type Call = <Name extends keyof Methods>(
  method: Name,
  params: Partial<Methods[Name]['request']>,
) => Promise<Methods[Name]['response']>;

function list<T>(value: readonly T[] | undefined): readonly T[] {
  return Array.isArray(value) ? value : [];
}

/* A server of an earlier version gives none. */
function tagOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

export function syncAnswer(answer: Schemas['SyncResponse']): SyncAnswer {
  const changes = list(answer.changes).map(({ rev, tag, name, created_at, data }) => ({
    rev,
    tag: tagOf(tag),
    at: created_at as string,
    ...conversationEvent(name, data),
  }));
  return {
    changes,
    toRev: Number(answer.to_rev),
    hasMore: answer.has_more === true,
    reset: answer.reset === true,
  };
}

export function feedAnswer(answer: Schemas['SyncFeedResponse']): FeedAnswer {
  const changes = list(answer.changes).map(({ urev, tag, name, data }) => ({
    urev,
    tag: tagOf(tag),
    ...feedEvent(name, data),
  }));
  return {
    changes,
    toUrev: Number(answer.to_urev),
    toTag: tagOf(answer.to_tag),
    hasMore: answer.has_more === true,
    reset: answer.reset === true,
  };
}

export interface HistoryAnswer {
  messages: Message[];
  hasMore: boolean;
}

export function historyAnswer(answer: Schemas['HistoryResponse']): HistoryAnswer {
  return { messages: list(answer.messages) as Message[], hasMore: answer.has_more === true };
}

async function askHeads(call: Call): Promise<Record<string, Head>> {
  const known: Record<string, Head> = {};
  for (let afterId = ''; ;) {
    const page = await call('message.ListHeads', { last_message: true, after_id: afterId, limit: 500 });
    for (const [id, head] of Object.entries(page.heads ?? {})) known[id] = headOf(head);
    const next = page.next_after_id;
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
    const page = await call('group.ListConversations', { after_id: afterId, limit: 500 });
    const found = list(page.conversations);
    conversations.push(...found);
    if (page.has_more !== true || found.length === 0) return { heads: known, conversations };
    afterId = (found.at(-1) as ConversationAnswer).id;
  }
}
