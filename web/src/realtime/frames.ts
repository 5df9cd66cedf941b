/* Frames as they come from the server: checked once, here. Whatever else a frame carries is ignored. */
import type { Schemas } from '@/api';
import { ApiError, isErrorBody } from '@/api/errors';
import type { EphemeralEvents } from '@/api/generated/events';
import type { Head } from './conversation';
import { type Change, conversationEvent, type EphemeralEvent, type FeedChange, feedEvent } from './events';

/* A frame of the contract, once it is read: what was not in it stands here as 0, '' or false. */
type Read<Name extends keyof Schemas, Own = object> = Omit<Required<Schemas[Name]>, keyof Own> & Own;

/** `diverged` are conversations whose log is not the one that this client has read. */
export type WelcomeFrame = Omit<Read<'WelcomeFrame', { heads: Record<string, Head> }>, 'token_expires_at'> & {
  /** Whether the server compares logs at all; one of the version before does not. */
  compares: boolean;
};

export type EventFrame = { type: 'event'; n: number } & (
  ({ scope: 'conversation'; conversation_id: string } & Change) | ({ scope: 'feed' } & FeedChange)
);

export type EphemeralFrame = { type: 'ephemeral'; conversation_id: string } & EphemeralEvent;

export type ServerFrame =
  | WelcomeFrame
  | EventFrame
  | EphemeralFrame
  | Read<'GapFrame'>
  | Read<'HeadsFrame', { heads: Record<string, Head> }>
  | Read<'ResultFrame', { result: unknown }>
  | Read<'ErrorFrame', { error: ApiError }>
  | Read<'PongFrame'>
  | Read<'ByeFrame'>;

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
  if (text(frame['name']) === '') return null;
  const numbered = { type: 'event', n: count(frame['n']), tag: text(frame['tag']) } as const;
  const conversationId = text(frame['conversation_id']);
  if (conversationId === '') {
    const urev = count(frame['urev']);
    return urev === 0 ? null : { ...numbered, scope: 'feed', urev, ...feedEvent(frame['name'], frame['data']) };
  }
  const message = fieldsOf(frame['data'])['message'];
  const rev = count(frame['rev']);
  const at = text(frame['created_at']) || text(fieldsOf(message)['created_at']);
  if (rev === 0) return null;
  if (frame['name'] === 'message.created' && !isMessage(message)) return null;
  const event = conversationEvent(frame['name'], frame['data']);
  return { ...numbered, scope: 'conversation', conversation_id: conversationId, rev, at, ...event };
}

function isMessage(value: unknown): boolean {
  const message = fieldsOf(value);
  const texts = ['id', 'conversation_id', 'sender_id', 'text', 'created_at'];
  return (
    texts.every((name) => typeof message[name] === 'string') && count(message['seq']) > 0 && count(message['rev']) > 0
  );
}

function positionOf(data: Fields): Schemas['DeliveredMoved'] {
  return { user_id: text(data['user_id']), seq: count(data['seq']) };
}

const passing: { [Name in keyof EphemeralEvents]: (data: Fields) => EphemeralEvents[Name] } = {
  typing: (data) => ({ user_id: text(data['user_id']) }),
  presence: (data) => ({
    user_id: text(data['user_id']),
    online: data['online'] === true,
    ...(text(data['last_seen_at']) ? { last_seen_at: text(data['last_seen_at']) } : {}),
  }),
  read: positionOf,
  delivered: positionOf,
};

function ephemeralOf(frame: Fields): EphemeralFrame | null {
  const name = text(frame['name']) as keyof EphemeralEvents;
  if (!Object.hasOwn(passing, name)) return null;
  const event = { name, data: passing[name](fieldsOf(frame['data'])) } as EphemeralEvent;
  return { type: 'ephemeral', conversation_id: text(frame['conversation_id']), ...event };
}

function errorOf(frame: Fields): ApiError {
  const body = frame['error'];
  return isErrorBody(body) ? ApiError.fromBody(body) : new ApiError('internal', 'an error without a body', false);
}

/* A frame of the contract that is missing here fails the type check; one of a newer contract is as if it had not come. */
const readers: Record<Schemas['ServerFrame']['type'], (frame: Fields) => ServerFrame | null> = {
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
  ephemeral: ephemeralOf,
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
  return Object.hasOwn(readers, type) ? readers[type as ServerFrame['type']](frame) : null;
}
