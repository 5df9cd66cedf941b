export { ChatList, type ChatListProps } from './ChatList';
export { NewChat, type NewChatProps } from './NewChat';
