/* Frames as they come from the server: checked once, here. Whatever else a frame carries is ignored. */
import type { Schemas } from '@/api';
import { ApiError, isErrorBody } from '@/api/errors';
import type { ChangeData, Head } from './conversation';

export interface WelcomeFrame {
  type: 'welcome';
  id: number;
  session: string;
  resumed: boolean;
  epoch: string;
  heartbeat_ms: number;
  user_id: string;
  urev: number;
  heads: Record<string, Head>;
  /** Conversations whose log is not the one that this client has read. */
  diverged: string[];
  feed_tag: string;
  feed_diverged: boolean;
  /** Whether the server compares logs at all; one of the version before does not. */
  compares: boolean;
}

export interface FeedData {
  membership?: { conversation_id: string; role: string; actor_id?: string };
  read?: { conversation_id: string; read_seq: number };
  user?: Schemas['User'];
}

export interface FeedChange {
  urev: number;
  tag: string;
  name: string;
  data: FeedData;
}

/** Of a conversation when conversation_id is set, else of the feed. */
export interface EventFrame {
  type: 'event';
  n: number;
  name: string;
  conversation_id: string;
  rev: number;
  urev: number;
  tag: string;
  /** Empty when the server does not say when: one of a version before. */
  at: string;
  data: ChangeData | FeedData;
}

export interface EphemeralFrame {
  type: 'ephemeral';
  name: string;
  conversation_id: string;
  data: Record<string, unknown>;
}

export type ServerFrame =
  | WelcomeFrame
  | EventFrame
  | EphemeralFrame
  | { type: 'gap'; conversation_id: string; head_rev: number }
  | { type: 'heads'; heads: Record<string, Head> }
  | { type: 'result'; id: number; result: unknown }
  | { type: 'error'; id: number; error: ApiError }
  | { type: 'pong'; n: number }
  | { type: 'bye'; code: number; resume: boolean; after_ms: number };

type Fields = Record<string, unknown>;

function fieldsOf(value: unknown): Fields {
  return typeof value === 'object' && value !== null ? (value as Fields) : {};
}
function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
function count(value: unknown): number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 ? value : 0;
}

function headsOf(value: unknown): Record<string, Head> {
  const heads: Record<string, Head> = {};
  for (const [id, each] of Object.entries(fieldsOf(value))) heads[id] = headOf(each);
  return heads;
}

/** A head, from a frame or an answer. */
export function headOf(value: unknown): Head {
  const head = fieldsOf(value);
  const last = head['last_message'];
  return {
    rev: count(head['rev']),
    seq: count(head['seq']),
    read_seq: count(head['read_seq']),
    unread: count(head['unread']),
    mentions: count(head['mentions']),
    delivered_seq: count(head['delivered_seq']),
    tag: text(head['tag']),
    ...(last === undefined ? {} : { last_message: last as Head['last_message'] }),
  };
}

function eventOf(frame: Fields): EventFrame | null {
  const data = fieldsOf(frame['data']);
  const event: EventFrame = {
    type: 'event',
    n: count(frame['n']),
    name: text(frame['name']),
    conversation_id: text(frame['conversation_id']),
    rev: count(frame['rev']),
    urev: count(frame['urev']),
    tag: text(frame['tag']),
    at: text(frame['created_at']) || text(fieldsOf(data['message'])['created_at']),
    data: data as EventFrame['data'],
  };
  const number = event.conversation_id ? event.rev : event.urev;
  if (number === 0 || event.name === '') return null;
  if (event.name === 'message.created' && !isMessage(data['message'])) return null;
  return event;
}

function isMessage(value: unknown): boolean {
  const message = fieldsOf(value);
  const texts = ['id', 'conversation_id', 'sender_id', 'text', 'created_at'];
  return (
    texts.every((name) => typeof message[name] === 'string') && count(message['seq']) > 0 && count(message['rev']) > 0
  );
}

function errorOf(frame: Fields): ApiError {
  const body = frame['error'];
  return isErrorBody(body) ? ApiError.fromBody(body) : new ApiError('internal', 'an error without a body', false);
}

const readers: Record<string, (frame: Fields) => ServerFrame | null> = {
  welcome: (frame) =>
    text(frame['session']) && text(frame['epoch']) && text(frame['user_id'])
      ? {
          type: 'welcome',
          id: count(frame['id']),
          session: text(frame['session']),
          resumed: frame['resumed'] === true,
          epoch: text(frame['epoch']),
          heartbeat_ms: count(frame['heartbeat_ms']),
          user_id: text(frame['user_id']),
          urev: count(frame['urev']),
          heads: headsOf(frame['heads']),
          diverged: Array.isArray(frame['diverged']) ? frame['diverged'].map(text) : [],
          feed_tag: text(frame['feed_tag']),
          feed_diverged: frame['feed_diverged'] === true,
          compares: Array.isArray(frame['diverged']),
        }
      : null,
  event: eventOf,
  ephemeral: (frame) => ({
    type: 'ephemeral',
    name: text(frame['name']),
    conversation_id: text(frame['conversation_id']),
    data: fieldsOf(frame['data']),
  }),
  gap: (frame) => ({
    type: 'gap',
    conversation_id: text(frame['conversation_id']),
    head_rev: count(frame['head_rev']),
  }),
  heads: (frame) => ({ type: 'heads', heads: headsOf(frame['heads']) }),
  result: (frame) => ({ type: 'result', id: count(frame['id']), result: frame['result'] }),
  error: (frame) => ({ type: 'error', id: count(frame['id']), error: errorOf(frame) }),
  pong: (frame) => ({ type: 'pong', n: count(frame['n']) }),
  bye: (frame) => ({
    type: 'bye',
    code: count(frame['code']),
    resume: frame['resume'] === true,
    after_ms: count(frame['after_ms']),
  }),
};

/** Null for what this client does not know or cannot trust: it is as if it had not come, and the numbers will tell. */
export function decodeFrame(data: unknown): ServerFrame | null {
  if (typeof data !== 'string') return null;
  let frame: Fields;
  try {
    frame = fieldsOf(JSON.parse(data));
  } catch {
    return null;
  }
  const type = text(frame['type']);
  const read = Object.hasOwn(readers, type) ? readers[type] : undefined;
  return read?.(frame) ?? null;
}
