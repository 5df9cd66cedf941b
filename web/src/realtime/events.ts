/* Events by their names in the contract. One that this client does not know, or cannot read, has no name: it moves the number of
 * its log or feed, and nothing else. */
import type { Schemas } from '@/api';
import {
  type ConversationEvents,
  conversationEvents,
  type EphemeralEvents,
  type FeedEvents,
  feedEvents,
} from '@/api/generated/events';
import type { Message } from './types';

/* The message as the client has it, with all its fields. */
type Stored<Value> = Value extends Schemas['Message'] ? Message : Value;

type FieldOf<Events> = Events[keyof Events] extends infer Data ? (Data extends object ? keyof Data : never) : never;

/* The one field that is set, and the others, which are not. */
type Carried<Data, Fields extends PropertyKey> = {
  [Field in keyof Data]: Stored<Data[Field]>;
} & { [Field in Exclude<Fields, keyof Data>]?: undefined };

type OneOf<Events> =
  | { [Name in keyof Events]: { name: Name; data: Carried<Events[Name], FieldOf<Events>> } }[keyof Events]
  | { name: null; data: { [Field in FieldOf<Events>]?: undefined } };

/** One durable change of a conversation, from an event or from Sync. */
export type Change = ConversationEvent & {
  rev: number;
  /** Empty when the server gives none. */
  tag: string;
  /** Empty when the server does not say when: one of a version before. */
  at: string;
};

/** One durable change of the feed. */
export type FeedChange = FeedEvent & { urev: number; tag: string };

export type ConversationEvent = OneOf<ConversationEvents>;
export type FeedEvent = OneOf<FeedEvents>;
export type EphemeralEvent = {
  [Name in keyof EphemeralEvents]: { name: Name; data: EphemeralEvents[Name] };
}[keyof EphemeralEvents];

export function conversationEvent(name: unknown, data: unknown): ConversationEvent {
  return eventOf<ConversationEvents>(conversationEvents, name, data);
}

export function feedEvent(name: unknown, data: unknown): FeedEvent {
  return eventOf<FeedEvents>(feedEvents, name, data);
}

/* What stands in the field is the server's word. */
function eventOf<Events>(fields: Record<keyof Events, string>, name: unknown, data: unknown): OneOf<Events> {
  const field = Object.hasOwn(fields, name as PropertyKey) ? fields[name as keyof Events] : '';
  const value = (data as Record<string, unknown> | null | undefined)?.[field];
  const isThere = typeof value === 'object' && value !== null;
  return (isThere ? { name, data: { [field]: value } } : { name: null, data: {} }) as OneOf<Events>;
}
