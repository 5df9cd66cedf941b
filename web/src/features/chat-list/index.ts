export { ChatLine } from './ChatLine';
export { ChatList, type ChatListProps } from './ChatList';
export { preloadRows } from './ChatRows';
export { ChatMenu } from './menuPart';
