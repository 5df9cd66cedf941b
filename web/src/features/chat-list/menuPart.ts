import { lazyPart } from '@/ui/lazyPart';

/** Comes when the first menu is asked for. */
export const ChatMenu = lazyPart(
  () => import('./ChatMenu'),
  (part) => part.ChatMenu,
);
