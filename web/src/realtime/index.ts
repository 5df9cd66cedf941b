export { client as realtime, type LiveMessage } from './client';
export {
  useClosed,
  useConnection,
  useConversation,
  useConversationIds,
  useDirectWith,
  useDraft,
  useLeader,
  useNoStorage,
  usePresence,
  useReads,
  useTimeline,
  useTyping,
  useUnsent,
  useUnreadConversations,
  useUser,
} from './hooks';
export { begunPeer, begunWith } from './begun';
export { titleOf, useConversationTitle } from './names';
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
