import { realtimeStore } from '@/realtime';
import { useCommand } from '@/ui/commands';

/** The chat before or after the open one, in the order of the list; it does not go round. */
export function neighbour(
  ids: readonly string[],
  openId: string | null,
  step: 1 | -1,
  wanted: (id: string) => boolean,
): string | null {
  let index = openId === null ? (step > 0 ? -1 : ids.length) : ids.indexOf(openId);
  if (index < 0 && openId !== null) return null;
  for (index += step; index >= 0 && index < ids.length; index += step) {
    const id = ids[index];
    if (id !== undefined && wanted(id)) return id;
  }
  return null;
}

export function useChatCommands(openId: string | null, onOpen: (id: string) => void): void {
  function go(step: 1 | -1, unreadOnly: boolean): void {
    const { order, conversations } = realtimeStore.getState();
    const id = neighbour(order, openId, step, (each) => !unreadOnly || (conversations[each]?.unread ?? 0) > 0);
    if (id !== null) onOpen(id);
  }
  useCommand('nextChat', () => go(1, false));
  useCommand('previousChat', () => go(-1, false));
  useCommand('nextUnreadChat', () => go(1, true));
  useCommand('previousUnreadChat', () => go(-1, true));
}
