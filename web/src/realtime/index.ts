export { client as realtime, type LiveMessage } from './client';
export {
  useClosed,
  useConnection,
  useConversation,
  useConversationIds,
  useDelivered,
  useDirectWith,
  useDraft,
  useLeader,
  useNoStorage,
  useOnlineMembers,
  usePresence,
  useReaders,
  useReads,
  useReadsInList,
  useTimeline,
  useTyping,
  useUnsent,
  useUnreadConversations,
  useUser,
} from './hooks';
export { begunPeer, begunWith } from './begun';
export { handleOf, nameOf, titleOf, useConversationTitle, useFullTitle, useHandle, useName } from './names';
export { realtimeStore, type RealtimeState } from './store';
export type {
  ConnectionView,
  ConversationView,
  Draft,
  JumpResult,
  MemberRole,
  Message,
  MessageEntry,
  PageState,
  PendingEntry,
  PresenceView,
  ReadView,
  Role,
  SystemEntry,
  SystemEvent,
  TimelineEntry,
  TimelineView,
  User,
} from './types';
