/* The title of the page and the number on the app's icon. */
import { useLingui } from '@lingui/react/macro';
import { useEffect } from 'react';
import { useFullTitle, useUnreadConversations } from '@/realtime';
import type { Place } from './routes';

interface Badging {
  setAppBadge?: (count: number) => Promise<void>;
  clearAppBadge?: () => Promise<void>;
}

function showBadge(count: number): void {
  const badging = navigator as Badging;
  const done = count > 0 ? badging.setAppBadge?.(count) : badging.clearAppBadge?.();
  // Not installed: there is no icon to write on.
  done?.catch(() => undefined);
}

/** Both count unread chats, whatever the notifications are set to. */
export function usePageTitle(place: Place): void {
  const { t } = useLingui();
  const unread = useUnreadConversations();
  const chatTitle = useFullTitle(place.at === 'chat' ? place.id : '');
  const name = place.at === 'settings' ? t`Settings` : place.at === 'chat' ? chatTitle : '';

  useEffect(() => {
    document.title = (unread > 0 ? `(${unread}) ` : '') + (name ? `${name} · Molva` : 'Molva');
  }, [unread, name]);
  useEffect(() => {
    showBadge(unread);
  }, [unread]);
  useEffect(
    () => () => {
      document.title = 'Molva';
      showBadge(0);
    },
    [],
  );
}
